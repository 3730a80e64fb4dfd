"""Days that date phrases of the wish grammar name, and the calendar arithmetic they share."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from lang.wish_lexicon import Terms
from lang.wish_relations import Relation

DAY = timedelta(days=1)


@dataclass(frozen=True)
class DateItem:
    """Days that a phrase names.

    `kind` tells phrases of one sort, which make a list («в среду, четверг»), from those that explain each
    other («24 ноября, вторник»). `only` are the weekdays that a recurring phrase allows. `weekdays` and
    `monthday` let the phrase be looked up anew inside a span («на следующей неделе в среду»); `around` is
    the week or month that a single day stands for («через неделю в среду»). `said` is the word that told
    which weekday («следующую»).
    """

    kind: str
    first: date | None = None
    last: date | None = None
    only: frozenset[int] = frozenset()
    weekdays: frozenset[int] = frozenset()
    monthday: int = 0
    around: tuple[date, date] | None = None
    said: str = ""
    soonest: bool = False
    problem: str = ""

    @property
    def closed(self) -> bool:
        return self.first is not None and self.last is not None


Found = tuple[DateItem, int]
Reader = Callable[[Terms, int, date, Relation], "Found | None"]


def monday_of(day: date) -> date:
    return day - day.weekday() * DAY


def last_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def next_month(day: date) -> date:
    """The first day of the month after that of `day`."""
    return last_of_month(day) + DAY


def add_months(day: date, months: int) -> date:
    """The same day so many months later, the month's last day if it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def next_such_day(day: int, month: int | None, today: date) -> date | None:
    """The nearest existing date from `today` on with this day (and month); `None` if none ever exists."""
    if month is not None and not 1 <= month <= 12:
        return None
    first = today.replace(day=1)
    for _ in range(12 * 8 + 1):
        if (month is None or first.month == month) and 1 <= day <= monthrange(first.year, first.month)[1]:
            found = first.replace(day=day)
            if found >= today:
                return found
        first = next_month(first)
    return None


def which(terms: Terms, index: int) -> tuple[str, int]:
    """«этот», «следующий» … at `index` as a name ("" if absent) and the index after it."""
    if terms[index].kind != "which":
        return "", index
    end = index + 1
    if terms[index].text in {"след", "сл", "слд", "ближ", "тек"} and terms[end].text == ".":
        end += 1
    if terms[end].is_word("же"):
        end += 1
    return str(terms[index].value), end
