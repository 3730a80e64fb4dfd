"""Date phrases with their prepositions and ranges: «до конца месяца», «с 3 по 7 декабря», «пн-ср»."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from lang.wish_calendar import DAY, DateItem, Found, Reader, add_months, last_of_month
from lang.wish_day_numbers import day_number, figures
from lang.wish_days import kind_of_day, month, new_year, portion, relative, week, weekday
from lang.wish_lexicon import Terms
from lang.wish_relations import EARLIER, LATER, Relation, relation
from lang.wish_shifts import shift

_READERS: tuple[Reader, ...] = (
    relative, portion, weekday, week, kind_of_day, shift, figures, day_number, month, new_year,
)  # fmt: skip
_HALF_YEAR = timedelta(days=183)


def parse_date(terms: Terms, index: int, today: date) -> Found | None:
    """The date phrase that begins at `index` with its preposition, and the index after it."""
    if terms[index].is_word("между"):
        return _between(terms, index + 1, today)
    bound, start = relation(terms, index)
    ranged = bound in {Relation.NONE, Relation.AT, Relation.FROM}
    from_month = _days_of_month(terms, start, today, bound) if ranged else None
    if from_month:
        return from_month
    left = _day(terms, start, today, bound)
    if left is None:
        return None
    return (_range(terms, left, today, bound) if ranged else None) or _single(terms, start, left, bound)


def _day(terms: Terms, index: int, today: date, bound: Relation) -> Found | None:
    for reader in _READERS:
        found = reader(terms, index, today, bound)
        if found:
            return found
    return None


def _single(terms: Terms, index: int, found: Found, bound: Relation) -> Found:
    item, end = found
    if terms[end].is_word("включительно"):
        end += 1
        bound = Relation.UNTIL if bound is Relation.BEFORE else bound
    elif bound in {Relation.NONE, Relation.AT} and terms[end].is_word("или", "и"):
        later, earlier = terms[end + 1].text in LATER, terms[end + 1].text in EARLIER
        bound = Relation.FROM if later else Relation.UNTIL if earlier else bound
        end += 2 * (later or earlier)
    elif bound is Relation.BEFORE and terms[index].kind == "portion" and terms[index].value == 2:
        bound = Relation.UNTIL
    return _bounded(item, bound), end


def _bounded(item: DateItem, bound: Relation) -> DateItem:
    """The days before, from or after those of `item`."""
    if item.first is None or item.last is None or bound in {Relation.NONE, Relation.AT}:
        return item
    free = replace(item, kind="bound", weekdays=frozenset(), monthday=0, around=None)
    if bound is Relation.FROM:
        return replace(free, last=None)
    if bound is Relation.AFTER:
        return replace(free, first=item.last + DAY, last=None)
    if bound is Relation.BEFORE:
        return replace(free, first=None, last=item.first - DAY)
    return replace(free, first=None, last=item.last)


def _between(terms: Terms, index: int, today: date) -> Found | None:
    left = _day(terms, index, today, Relation.AT)
    if not left or not terms[left[1]].is_word("и"):
        return None
    right = _day(terms, left[1] + 1, today, Relation.AT)
    return (_joined(left[0], right[0], today, inclusive=True), right[1]) if right else None


def _range(terms: Terms, left: Found, today: date, bound: Relation) -> Found | None:
    hyphen = _hyphen(terms, left[1], bound)
    if hyphen is None:
        return None
    start, inclusive = hyphen
    right = _day(terms, start, today, Relation.AT)
    if not right or right[0].kind not in {left[0].kind, "span"}:
        return None
    end = right[1]
    if terms[start].kind == "portion" and terms[start].value == 2:
        inclusive = True
    if terms[end].is_word("включительно"):
        inclusive, end = True, end + 1
    return _joined(left[0], right[0], today, inclusive=inclusive), end


def _hyphen(terms: Terms, index: int, bound: Relation) -> tuple[int, bool] | None:
    """Where the right end of a range begins, and whether that end belongs to the range."""
    if terms[index].text == "-":
        return index + 1, True
    if bound is not Relation.FROM:
        return None
    if terms[index].is_word("и", ",") and terms[index + 1].is_word("до", "по", "вплоть"):
        index += 1
    if terms[index].is_word("по"):
        return index + 1, True
    if terms[index].is_word("вплоть") and terms[index + 1].is_word("до"):
        return index + 2, True
    if terms[index].is_word("до"):
        return index + 1, False
    return None


def _joined(left: DateItem, right: DateItem, today: date, *, inclusive: bool) -> DateItem:
    problem = left.problem or right.problem
    if problem or left.first is None or right.first is None or right.last is None:
        return DateItem("range", problem=problem or "contradiction")
    first, last = left.first, right.last if inclusive else right.first - DAY
    if last < first and right.weekdays:
        last += 7 * DAY
    if last < first and left.monthday and right.monthday:
        if add_months(first, -12) <= last and last - add_months(first, -12) < _HALF_YEAR:
            first = add_months(first, -12)
        elif add_months(last, 12) - first < _HALF_YEAR:
            last = add_months(last, 12)
    if last < first:
        return DateItem("range", problem="contradiction")
    return DateItem("range", first, last, weekdays=_weekdays_from(left, right) if inclusive else frozenset())


def _weekdays_from(left: DateItem, right: DateItem) -> frozenset[int]:
    """The weekdays of «со среды по пятницу», to be looked up in a week; none if they reach over a Sunday."""
    if len(left.weekdays) != 1 or len(right.weekdays) != 1:
        return frozenset()
    return frozenset(range(min(left.weekdays), min(right.weekdays) + 1))


def _days_of_month(terms: Terms, index: int, today: date, bound: Relation) -> Found | None:
    """«с 3 по 7 декабря», «3-4 декабря», «с 24 по 26»: the left number borrows the month of the right."""
    left = terms[index]
    hyphen = _hyphen(terms, index + 1, bound)
    if left.kind not in {"number", "ordinal"} or hyphen is None or _minutes_meant(terms, index):
        return None
    start, inclusive = hyphen
    right = _day(terms, start, today, Relation.UNTIL if inclusive else Relation.NONE)
    if (
        not right
        or right[0].kind not in {"date", "full_date"}
        or terms[start].kind not in {"number", "ordinal"}
    ):
        return None
    item, end = right
    if terms[end - 1].kind not in {"month", "number_word", "ordinal"} and not _days_meant(
        terms, index, start
    ):
        return None
    if terms[end].is_word("включительно"):
        inclusive, end = True, end + 1
    if item.problem or item.last is None:
        return DateItem("range", problem=item.problem or "no_such_date"), end
    return _within_months(left.value, item.last, today, inclusive=inclusive), end


def _minutes_meant(terms: Terms, index: int) -> bool:
    """«в четверг 14-30»: behind a day such numbers are hours and minutes."""
    minutes = terms[index + 2]
    return (
        terms[index - 1].kind in {"weekday", "relative", "month"}
        and terms[index].value <= 21
        and terms[index + 1].text == "-"
        and len(minutes.text) == 2
        and minutes.value in {30, 40, 45, 50}
    )


def _days_meant(terms: Terms, left: int, right: int) -> bool:
    if terms[left].kind == "number" and terms[left - 1].is_word("в", "к"):
        return False
    by_words = terms[right - 1].is_word("по") and terms[right].value <= 31
    return by_words or terms[right].value > 23 or terms[left].kind == "ordinal"


def _within_months(start: int, last: date, today: date, *, inclusive: bool) -> DateItem:
    month_start = last.replace(day=1)
    if start > last.day:
        month_start = (month_start - DAY).replace(day=1)
    if not 1 <= start <= last_of_month(month_start).day:
        return DateItem("range", problem="no_such_date")
    first = month_start.replace(day=start)
    end = last if inclusive else last - DAY
    if end < first or (start > last.day and first < today):
        return DateItem("range", problem="contradiction")
    return DateItem("range", first, end)
