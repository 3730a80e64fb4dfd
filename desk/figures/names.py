"""Names and formulas of the figures in words, from `data/catalogue/figures.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from lang.strict_yaml import Problems, read_yaml

FigureKey = Literal[
    "in_queue",
    "service_level",
    "reply_time",
    "speed_of_answer",
    "abandonment",
    "promises_kept",
    "handling_time",
    "open_to_close",
    "done_by_bot",
    "topics",
]


@dataclass(frozen=True)
class FigureName:
    """What stands beside a number."""

    name: str
    formula: str


def load_figure_names(path: Path) -> Mapping[FigureKey, FigureName]:
    """Reads the file; raises lang.strict_yaml.DataFileError naming file, line and what is allowed."""
    problems = Problems()
    found: dict[FigureKey, FigureName] = {}
    root = read_yaml(path, problems)
    if root is not None:
        parts = root.fields(("figures",))
        values = parts["figures"].fields(get_args(FigureKey)) if "figures" in parts else {}
        for key in get_args(FigureKey):
            if key in values:
                words = values[key].fields(("name", "formula"))
                found[key] = FigureName(
                    *(words[each].text() if each in words else "" for each in ("name", "formula"))
                )
    problems.stop_if_any()
    return found
