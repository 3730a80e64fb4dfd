"""A phrase of the wish grammar: a date, a time or a word of hurry at its place in the message."""

from __future__ import annotations

from dataclasses import dataclass

from lang.wish_calendar import DateItem
from lang.wish_times import TimeItem


@dataclass(frozen=True)
class Phrase:
    """A date, a time or a word of hurry: terms `start` … `end - 1`.

    `link` tells how it follows the phrase before: "or", "instead" (a correction), "contrast" («а»),
    "and" («и»), "list" (comma or nothing) or "". `negated` phrases are not wanted, `dropped` ones say
    nothing.
    """

    start: int
    end: int
    date: DateItem | None = None
    time: TimeItem | None = None
    hurry: str = ""
    link: str = ""
    negated: bool = False
    dropped: bool = False

    @property
    def dimension(self) -> str:
        return "date" if self.date else "time" if self.time else "hurry"
