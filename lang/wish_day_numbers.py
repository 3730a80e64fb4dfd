"""Days by number: «24.11», «24 ноября 2026», «5-го», «двадцать пятое», «числа 5»."""

from __future__ import annotations

from datetime import date

from lang.text import parses
from lang.wish_calendar import DateItem, Found, last_of_month, next_such_day, which
from lang.wish_lexicon import Terms
from lang.wish_relations import Relation, counts_something

_NUMBERS = frozenset({"number", "ordinal"})
_LISTING = frozenset({"или", "либо", "и", ",", "-", "по", "до", "на"})


def figures(terms: Terms, index: int, today: date, bound: Relation) -> Found | None:
    """«24.11.2026», «2026-11-24», «24.11», «24/11»."""
    term = terms[index]
    if term.kind == "dotted":
        day, month = term.value
        if dotted_is_time(terms, index) or counts_something(terms, index + 1, dated=True):
            return None
        if month > 12 or not 1 <= day <= 31:
            return (
                (DateItem("date", problem="no_such_date"), index + 1) if bound is not Relation.NONE else None
            )
        if bound is Relation.NONE and len(term.text.replace("/", ".").split(".")[1]) < 2:
            return None
        return _dated(day, month, today), index + 1
    if term.kind != "date":
        return None
    day, month, year = term.value
    return _full_date(day, month, year, today, asked=terms[index - 1].is_word("на")), index + 1


def dotted_is_time(terms: Terms, index: int) -> bool:
    """Whether «10.30» at `index` is a time and not the 10th of a month."""
    hour, minute = terms[index].value
    text = terms[index].text
    if "/" in text or len(text.split(".")[1]) < 2 or hour > 23 or minute > 59:
        return False
    if minute > 12 or minute == 0:
        return True
    return minute % 5 == 0 and terms[index - 1].is_word("в", "во", "к", "ко")


def _dated(day: int, month: int | None, today: date) -> DateItem:
    found = next_such_day(day, month, today)
    if found is None:
        return DateItem("date", problem="no_such_date")
    around = (found.replace(day=1), last_of_month(found)) if month is None else None
    return DateItem("date", found, found, monthday=day, around=around)


def _full_date(day: int, month: int, year: int, today: date, *, asked: bool) -> DateItem:
    """A date with its year; years far back are birth dates unless the date is asked for."""
    if year < today.year - 1 and not asked:
        return DateItem("past")
    try:
        found = date(year, month, day)
    except ValueError:
        return DateItem("date", problem="no_such_date")
    return DateItem("full_date", found, found, problem="past_date" if found < today else "")


def day_number(terms: Terms, index: int, today: date, bound: Relation) -> Found | None:
    term = terms[index]
    if term.kind == "number_word" and terms[index + 1].kind in _NUMBERS:
        return _dated(terms[index + 1].value, None, today), index + 2
    if term.kind == "month" and _month_first(terms, index):
        return _dated(terms[index + 1].value, term.value, today), index + 2
    if term.kind not in _NUMBERS or "femn" in term.tag:
        return None
    if _month_in_order(terms, index):
        end = index + 2
        return _dated(term.value, terms[index + 1].value, today), end + terms[end].is_word("месяца")
    if terms[index + 1].kind == "month":
        return _with_month(terms, index, today)
    month, by_number = _shared_month(terms, index + 1)
    if month:
        return _dated(term.value, month, today), index + 1
    if terms[index + 1].kind == "number_word":
        return _dated(term.value, None, today), index + 2
    if by_number or _means_day(terms, index, bound):
        return _dated(term.value, None, today), index + 1
    return None


def _month_first(terms: Terms, index: int) -> bool:
    """«март 12», «на ноябрь 25»."""
    named, number = terms[index], terms[index + 1]
    if number.kind != "number" or not 1 <= number.value <= 31 or counts_something(terms, index + 2):
        return False
    return (
        "nomn" in named.tag
        or any("nomn" in reading.tag for reading in parses(named.text))
        or "UNKN" in named.tag
    )


def _month_in_order(terms: Terms, index: int) -> bool:
    """«двенадцатого третьего», «на седьмое десятого»: the month said as a number."""
    day, month = terms[index], terms[index + 1]
    if day.kind != "ordinal" or month.kind != "ordinal" or not 1 <= day.value <= 31:
        return False
    if not 1 <= month.value <= 12 or not (month.text.endswith("го") and day.text.endswith(("го", "е"))):
        return False
    return terms[index + 2].kind not in {"number_word", "half"} and terms[index + 2].value not in {
        "day",
        "week",
    }


def _with_month(terms: Terms, index: int, today: date) -> Found:
    day, month, end = terms[index].value, terms[index + 1].value, index + 2
    if terms[end].text == "." and len(terms[end - 1].text) < 5:
        end += 1
    year = terms[end]
    if year.kind == "number" and 1900 <= year.value < 2100:
        end += 1
        if terms[end].is_word("года", "год", "г"):
            end += 1
        return _full_date(day, month, year.value, today, asked=terms[index - 1].is_word("на")), end
    said, noun = which(terms, end)
    if said == "past" and terms[noun].value == "year":
        return DateItem("past"), noun + 1
    if terms[end].is_word("месяца"):
        end += 1
    return _dated(day, month, today), end


def _shared_month(terms: Terms, index: int) -> tuple[int, bool]:
    """The month that ends a list of numbers («24, 25 или 27 ноября»), or that it ends with «числа»."""
    for _ in range(4):
        if terms[index].text not in _LISTING:
            return 0, False
        while terms[index].text in _LISTING:
            index += 1
        if terms[index].is_word("в", "с"):
            index += 1
        if terms[index].kind not in _NUMBERS:
            return 0, False
        if terms[index + 1].kind == "month":
            return int(terms[index + 1].value), False
        if terms[index + 1].kind == "number_word":
            return 0, True
        index += 1
    return 0, False


def _means_day(terms: Terms, index: int, bound: Relation) -> bool:
    """Whether a number without month or «числа» is a day: «на 25», «5-го», «до двадцатого»."""
    term, after = terms[index], terms[index + 1]
    if not 1 <= term.value <= 31 or counts_something(terms, index + 1):
        return False
    if term.kind == "number":
        timed = index == 0 and after.is_word("в", "на", "к") and terms[index + 2].kind in {"number", "clock"}
        led = bound is not Relation.NONE or terms[index - 1].kind == "weekday" or timed
        return led and term.value > 23 and after.kind not in {"number", "part", "unit"}
    if not any(case in term.tag for case in ("NUMB", "gent", "accs", "nomn,neut", "neut")):
        return False
    if after.kind == "portion" or after.kind == "half" or terms[index - 1].is_word("половина", "четверть"):
        return False
    in_figures = any(char.isdigit() for char in term.text)
    if in_figures:
        return not term.text.endswith((" й", " ой", " ый", " ий"))
    bounded = bound in {Relation.FROM, Relation.AFTER, Relation.BEFORE, Relation.UNTIL}
    named = terms[index - 1].is_word("на") and _stands_free(terms, index + 1)
    return (
        bounded
        or named
        or (term.value > 5 and (bound is Relation.AT or "gent" in term.tag))
        or " " in term.text
    )


def _stands_free(terms: Terms, index: int) -> bool:
    """Whether nothing stands there that an ordinal before could belong to."""
    return terms[index].kind in {"end", "sign", "clock"} or terms[index].tag.startswith(("PREP", "CONJ"))
