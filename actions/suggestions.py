"""What may be suggested unasked beside the times that meet a wish, as suggestions.yml has it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clinic.search import SUGGESTED, Suggestion
from lang.strict_yaml import DataFileError, Problems, Value, read_yaml


class SuggestionsError(DataFileError):
    """suggestions.yml cannot be used; every problem names its line and what is allowed."""


@dataclass(frozen=True)
class Suggestions:
    """The rules in their order, and how many suggestions one conversation may hold."""

    most: int
    rules: tuple[Suggestion, ...]

    def left(self, made: int) -> tuple[Suggestion, ...]:
        """The rules that still apply after `made` suggestions."""
        return self.rules if made < self.most else ()


def load_suggestions(path: Path) -> Suggestions:
    """Read suggestions.yml. Raises SuggestionsError: file, line, what is wrong, what is allowed."""
    problems = Problems()
    root = read_yaml(path, problems)
    top = root.fields(("most", "suggest")) if root else {}
    rules: list[Suggestion] = []
    for kind, entry in top["suggest"].items() if "suggest" in top else ():
        known = next((known for known in SUGGESTED if known == kind), None)
        if known is None:
            entry.wrong("is no suggestion", ", ".join(SUGGESTED))
            continue
        fields = entry.fields(("days",))
        if "days" in fields:
            rules.append(Suggestion(known, _count(fields["days"], 1)))
    most = _count(top["most"], 0) if "most" in top else 0
    problems.stop_if_any(SuggestionsError)
    return Suggestions(most, tuple(rules))


def _count(value: Value, least: int) -> int:
    text = value.text()
    if not text.isdigit() or int(text) < least:
        value.wrong(f"must be a number, not {text!r}", f"{least} and more")
        return least
    return int(text)
