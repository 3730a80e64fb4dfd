"""The table of the comparison: a line for each figure, a column for each pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.pipelines.contenders import CONTENDERS

NONE = "–"


def table(results: Mapping[str, Mapping[str, Any]]) -> str:
    """Markdown; `results` are those of bench/pipelines/__main__.py by letter."""
    letters = [letter for letter in CONTENDERS if letter in results]
    titles = [f"{letter}: {CONTENDERS[letter].title}" for letter in letters]
    lines = [_line(["what", *titles]), _line(["---", *["--:"] * len(letters)])]
    names = dict.fromkeys(row["name"] for letter in letters for row in results[letter]["rows"])
    for name in names:
        lines.append(_line([name, *(_share(results[letter]["rows"], name) for letter in letters)]))
    for title, show in (
        ("parse p50 / p95, ms", lambda one: f"{one['parse']['p50']:.1f} / {one['parse']['p95']:.1f}"),
        ("training, s", lambda one: f"{one['training']:.0f}"),
        ("load from the start of the process, s", lambda one: f"{one['load']:.0f}"),
        ("largest memory of the process, MB", lambda one: f"{one['memory']:.0f}"),
        ("training messages", lambda one: str(one["examples"])),
        ("measured on", lambda one: str(one["date"])),
    ):
        lines.append(_line([title, *(show(results[letter]) for letter in letters)]))
    return "\n".join(lines)


def _share(rows: list[dict[str, Any]], name: str) -> str:
    for row in rows:
        if row["name"] == name:
            return f"{row['value']:.1%}" + (f" ({row['note']})" if row["note"] else "")
    return NONE


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
