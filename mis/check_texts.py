"""The words of a check, from mis_check.yml: every finding has its own, and all their places are filled."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter

from lang.strict_yaml import DataFileError, Problems, Value, read_yaml
from mis.check_findings import GAPS, KINDS, QUIRKS, Weight

_ALWAYS = ("where", "base", "count", "names")
COLUMNS = (
    "branch",
    "reached",
    "seconds",
    "schedule",
    "doctors",
    "rooms",
    "services",
    "lengths",
    "days",
    "quirks",
)
OPERATIONS = ("branches", "windows", "one_doctor", "taken", "status", "services", "doctors")
REACHED = ("whole", "part", "none")
VERDICTS = ("usable", "unusable")


class CheckTextsError(DataFileError):
    """mis_check.yml cannot be used; every problem names its line and what is allowed."""


@dataclass(frozen=True)
class Advice:
    """`what` was found and what to `do` about it."""

    what: str
    do: str


@dataclass(frozen=True)
class CheckTexts:
    """All words of a check, ready for `str.format`."""

    title: str
    base: str
    columns: Mapping[str, str]
    reached: Mapping[str, str]
    unknown: str
    of: str
    all_branches: str
    all_answered: str
    and_more: str
    headings: Mapping[str, str]
    verdict: Mapping[str, str]
    operations: Mapping[str, str]
    problems: Mapping[str, Advice]
    quirks: Mapping[str, str]
    gaps: Mapping[str, str]


def load_check_texts(path: Path) -> CheckTexts:
    """Read mis_check.yml. Raises CheckTextsError: file, line, what is wrong, what is allowed."""
    problems = Problems()
    root = read_yaml(path, problems)
    names = tuple(CheckTexts.__dataclass_fields__)
    top = root.fields(names) if root else {}
    if len(top) < len(names):
        problems.stop_if_any(CheckTextsError)
    headings = (*(weight.value for weight in Weight), "quirks", "gaps")
    texts = CheckTexts(
        title=_words(top["title"], ("file", "bases", "branches")),
        base=_words(top["base"], ("base", "transport", "host")),
        columns=_map(top["columns"], COLUMNS),
        reached=_map(top["reached"], REACHED),
        unknown=_words(top["unknown"]),
        of=_words(top["of"], ("part", "whole")),
        all_branches=_words(top["all_branches"]),
        all_answered=_words(top["all_answered"]),
        and_more=_words(top["and_more"], ("names", "count")),
        headings=_map(top["headings"], headings, ("base",)),
        verdict=_map(top["verdict"], VERDICTS, ("count", "branches")),
        operations=_map(top["operations"], OPERATIONS),
        problems={
            kind: _advice(value, KINDS[kind][1])
            for kind, value in top["problems"].fields(tuple(KINDS)).items()
        },
        quirks=_map(top["quirks"], QUIRKS, ("count", "where")),
        gaps=_map(top["gaps"], GAPS),
    )
    problems.stop_if_any(CheckTextsError)
    return texts


def _advice(value: Value, figures: Collection[str]) -> Advice:
    fields = value.fields(("what", "do"))
    places = (*_ALWAYS, *figures)
    read = {key: _words(words, places) for key, words in fields.items()}
    return Advice(read.get("what", ""), read.get("do", ""))


def _map(value: Value, keys: tuple[str, ...], places: Collection[str] = ()) -> Mapping[str, str]:
    return {key: _words(words, places) for key, words in value.fields(keys).items()}


def _words(value: Value, places: Collection[str] = ()) -> str:
    words = value.text()
    try:
        used = {name for _, name, _, _ in Formatter().parse(words) if name is not None}
    except ValueError as failure:
        value.wrong(f"has a brace that is never closed ({failure})", "{{ and }} for braces themselves")
        return ""
    for name in sorted(used - set(places)):
        allowed = ", ".join(f"{{{place}}}" for place in places) or "no places to fill"
        value.wrong(f"nothing fills {{{name}}}", allowed)
    return words
