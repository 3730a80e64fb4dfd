"""Days counted from now: «через неделю», «дня через три», «в течение месяца», «в ближайшие 3 дня»."""

from __future__ import annotations

from datetime import date

from lang.wish_calendar import DAY, DateItem, Found, add_months, last_of_month, monday_of
from lang.wish_lexicon import Terms
from lang.wish_relations import Relation

_WITHIN = frozenset({"течение", "течении", "пределах"})
_UNITS = frozenset({"day", "week", "month", "year", "halfyear", "halfmonth"})


def shift(terms: Terms, index: int, today: date, bound: Relation) -> Found | None:
    return _later(terms, index, today) or _within(terms, index, today)


def _later(terms: Terms, index: int, today: date) -> Found | None:
    if terms[index].is_word("через", "чрез", "спустя"):
        least, most, unit, end = _amount(terms, index + 1)
    elif terms[index].kind == "unit" and terms[index + 1].is_word("через"):
        unit = str(terms[index].value)
        least, most, _unit, end = _amount(terms, index + 2)
        if _unit or not least:
            return None
    else:
        return None
    if unit not in _UNITS or not least:
        return None
    if terms[end].is_word("после", "до", "от") and terms[end + 1].kind == "word":
        return None
    first, last = _moved(today, least, unit), _moved(today, most, unit)
    if first is None or last is None:
        return None
    if least != most:
        return DateItem("range", first, last), end
    around = None
    if unit == "week":
        around = (monday_of(first), monday_of(first) + 6 * DAY)
    elif unit == "month":
        around = (first.replace(day=1), last_of_month(first))
    return DateItem("shift", first, first, around=around), end


def _amount(terms: Terms, index: int) -> tuple[int, int, str, int]:
    """«3 дня», «2-3 недели», «неделю», «пару дней»: least, most, unit ("" if none), index after it."""
    least = most = 0
    if terms[index].kind == "number":
        least = most = int(terms[index].value)
        index += 1
        if terms[index].text in {"-", "или"} and terms[index + 1].kind == "number":
            most = int(terms[index + 1].value)
            index += 2
        elif terms[index].kind == "number" and terms[index].value == least + 1:
            most = int(terms[index].value)
            index += 1
    if terms[index].kind == "daykind" and terms[index + 1].kind == "unit":
        index += 1
    if terms[index].kind == "unit":
        if not least:
            least = most = 1
        unit, end = str(terms[index].value), index + 1
        if least == 1 and terms[end].is_word("или") and terms[end + 1].kind == "number":
            return least, max(least, int(terms[end + 1].value)), unit, end + 2
        return least, most, unit, end
    return least, most, "", index


def _moved(today: date, amount: int, unit: str) -> date | None:
    months = {"month": amount, "year": 12 * amount, "halfyear": 6}.get(unit)
    if months is not None:
        return add_months(today, months) if months <= 60 else None
    days = amount * {"day": 1, "week": 7, "halfmonth": 15}[unit]
    return today + days * DAY if days <= 1000 else None


def _within(terms: Terms, index: int, today: date) -> Found | None:
    soonest = False
    if terms[index].text in _WITHIN:
        start = index + 1
    elif terms[index].value == "nearest" and (
        terms[index + 1].kind == "number" or terms[index + 1].value == "month"
    ):
        start, soonest = index + 1, True
    else:
        return None
    least, most, unit, end = _amount(terms, start)
    if unit == "day" and terms[start].kind != "number":
        return None
    last = _moved(today, most, unit) if unit in _UNITS and least else None
    return (DateItem("span", today, last, soonest=soonest), end) if last else None
