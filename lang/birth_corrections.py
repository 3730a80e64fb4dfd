"""A birth date corrected in part: «не 87, а 78», «не мая, а июня», «год 1978»."""

from __future__ import annotations

import re
from datetime import date

from lang.birth_dates import month_number

_NOT_BUT = re.compile(
    r"\bне\s+(?:в\s+)?(?P<old>[\w-]+)(?:\s+(?:год\w*|числа))?[^\w]*\s+а\s+(?:в\s+)?(?P<new>[\w-]+)",
    re.IGNORECASE,
)
_YEAR = re.compile(
    r"\b(?:год\w*)\D{0,14}(?P<year>(?:19|20)?\d\d)\b|\b(?P<before>(?:19|20)\d\d)\s*год", re.IGNORECASE
)
_FIRST_YEAR = 1900


def corrected(text: str, known: date, today: date) -> date | None:
    """`known` with the one part that the text changes, or None: no such part, or no such date.

    «не X, а Y» changes the part that X is: the year (two or four figures), the day or the month.
    """
    match = _NOT_BUT.search(text)
    if match:
        return _replaced(known, match.group("old"), match.group("new"), today)
    year = _YEAR.search(text)
    if year and re.search(r"\bрожд|\bродил", text, re.IGNORECASE):
        return _dated(known, today, year=_full_year(int(year.group("year") or year.group("before")), today))
    return None


def _replaced(known: date, old: str, new: str, today: date) -> date | None:
    month_before, month_after = month_number(old), month_number(new)
    if month_before and month_after:
        return _dated(known, today, month=month_after) if month_before == known.month else None
    if not (old.isdigit() and new.isdigit()):
        return None
    before, after = int(old), int(new)
    if before in (known.year, known.year % 100) and (len(new) in (2, 4)) and before != known.day:
        return _dated(known, today, year=_full_year(after, today))
    if before == known.day:
        return _dated(known, today, day=after)
    return _dated(known, today, month=after) if before == known.month else None


def _full_year(year: int, today: date) -> int:
    if year >= _FIRST_YEAR:
        return year
    return 2000 + year if 2000 + year <= today.year else _FIRST_YEAR + year


def _dated(known: date, today: date, **parts: int) -> date | None:
    try:
        found = known.replace(**parts)
    except ValueError:
        return None
    return found if found.year > _FIRST_YEAR and found <= today else None
