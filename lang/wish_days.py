"""Days by name: «завтра», «в след среду», «на этой неделе», «в начале декабря», «по будням»."""

from __future__ import annotations

from datetime import date

from lang.wish_calendar import DAY, DateItem, Found, last_of_month, monday_of, next_month, which
from lang.wish_lexicon import Terms
from lang.wish_relations import Relation

_LATER = frozenset({"next", "that"})
_EVERY = frozenset({"каждый"})
_NEW = frozenset({"новый"})
_FIRST = frozenset({"первый"})
_LAST = frozenset({"последний"})
_NEAR_A_WEEKDAY = frozenset({
    "weekday", "relative", "part", "number", "clock", "dotted", "date", "which",
    "half", "half_past", "quarter",
})  # fmt: skip
_WORKING = frozenset({"рабочий"})


def relative(terms: Terms, index: int, today: date, bound: Relation) -> Found | None:
    term = terms[index]
    if term.kind == "relative":
        end = index + 1
        if "ADJF" in term.tag and terms[end].kind in {"unit", "number_word"}:
            end += 1
        if terms[end].is_word("же"):
            end += 1
        day = today + term.value * DAY
        return DateItem("relative", day, day), end
    if term.is_word("вчера", "позавчера"):
        day = today - DAY * (1 if term.text == "вчера" else 2)
        if terms[index - 1].is_word("на"):
            return DateItem("relative", day, day, problem="past_date"), index + 1
        return DateItem("past"), index + 1
    return None


def weekday(terms: Terms, index: int, today: date, bound: Relation) -> Found | None:
    said, at = which(terms, index)
    every = terms[at].has_lemma(_EVERY)
    at += every
    if terms[at].kind != "weekday":
        return None
    if len(terms[at].text) == 2 and not _short_name_meant(terms, at, bound):
        return None
    number = terms[at].value
    end = at + 1 + (len(terms[at].text) == 2 and terms[at + 1].text == "." and terms[at + 2].kind != "end")
    if not said:
        said, end = _said_after(terms, end)
    if said == "past":
        return DateItem("past"), end
    if every or "plur,datv" in terms[at].tag or (bound is Relation.UNTIL and _recurring(terms, at)):
        return DateItem("recurring", only=frozenset({number})), end
    day = today + ((number - today.weekday() - 1) % 7 + 1) * DAY
    monday = monday_of(today)
    if said == "this" and monday + number * DAY >= today:
        day = monday + number * DAY
    elif said in _LATER:
        day = monday + (7 + number) * DAY
    return DateItem("weekday", day, day, weekdays=frozenset({number}), said=said), end


def _said_after(terms: Terms, index: int) -> tuple[str, int]:
    """«на неделе следующей», «в пятницу ближайшую»: what is said behind the noun, with none of its own."""
    said, end = which(terms, index)
    apart = terms[end].kind in {"end", "sign", "part"} or terms[end].tag.startswith(("PREP", "CONJ", "VERB"))
    return (said, end) if said in {"next", "nearest", "past"} and apart else ("", index)


def _short_name_meant(terms: Terms, index: int, bound: Relation) -> bool:
    """«вт», «ср», «вс» are weekdays beside a preposition, other words of the grammar or alone."""
    if bound is not Relation.NONE or len(terms) == 1 or terms[index + 1].is_word("не"):
        return True
    near = (terms[place] for place in (index - 2, index - 1, index + 1, index + 2))
    return any(term.kind in _NEAR_A_WEEKDAY for term in near)


def _recurring(terms: Terms, index: int) -> bool:
    tag = terms[index].tag
    return "plur" in tag or len(terms[index].text) <= 3 or ("datv" in tag and "sing" in tag)


def week(terms: Terms, index: int, today: date, bound: Relation) -> Found | None:
    said, at = which(terms, index)
    term = terms[at]
    if term.kind != "unit" or term.value != "week":
        return None
    end = at + 1
    if not said:
        said, end = _said_after(terms, end)
    if said == "past":
        return DateItem("past"), end
    if not said and not (terms[index - 1].is_word("на") and term.is_word("неделе")):
        return None
    monday = monday_of(today)
    if said in _LATER:
        return DateItem("span", monday + 7 * DAY, monday + 13 * DAY), end
    if said == "nearest":
        return DateItem("span", today, today + 7 * DAY, soonest=True), end
    return DateItem("span", today, monday + 6 * DAY), end


def month(terms: Terms, index: int, today: date, bound: Relation) -> Found | None:
    """«в декабре», «в следующем месяце», «в этом месяце»."""
    said, at = which(terms, index)
    term = terms[at]
    if said == "past" and (term.kind == "month" or term.value == "month"):
        return DateItem("past"), at + 1
    if term.kind == "month":
        if bound is Relation.NONE and terms[index - 1].text not in {"или", "и", "-", ",", "между"}:
            return None
        if terms[index - 1].is_word("к", "ко"):
            return None
        return _month_with_year(terms, at, today)
    if term.kind == "unit" and term.value == "month" and said in {"this", "next", "that"}:
        if said == "this":
            return DateItem("span", today, last_of_month(today)), at + 1
        return _month_part(next_month(today), None), at + 1
    return None


def _month_with_year(terms: Terms, index: int, today: date) -> Found:
    """The whole month at `index`, «в марте 2027 года»; one of a year gone by is the past."""
    first, end = _named_month(terms[index].value, today), index + 1
    said, noun = which(terms, end)
    if said == "past" and terms[noun].value == "year":
        return DateItem("past"), noun + 1
    year = terms[end]
    if year.kind == "number" and 1900 <= year.value < 2100:
        first = first.replace(year=year.value)
        end += 1 + terms[end + 1].is_word("года", "год", "г")
    if last_of_month(first) < today:
        return DateItem("past"), end
    return _month_part(first, None), end


def _named_month(number: int, today: date) -> date:
    return date(today.year + (number < today.month), number, 1)


def _month_part(first: date, portion: int | None) -> DateItem:
    last = last_of_month(first)
    start, end = {None: (1, last.day), 0: (1, 10), 1: (11, 20), 2: (21, last.day)}[portion]
    return DateItem("span", first.replace(day=start), first.replace(day=end))


def portion(terms: Terms, index: int, today: date, bound: Relation) -> Found | None:
    """«в начале недели», «конец месяца», «в середине декабря», «в первых числах декабря»."""
    if terms[index].has_lemma(_LAST) and terms[index + 1].text in {"день", "число"}:
        return _last_day(terms, index + 2, today)
    if terms[index].has_lemma(_FIRST) and terms[index + 1].kind == "number_word":
        part, at = 0, index + 2
    elif terms[index].kind == "portion":
        part, at = int(terms[index].value), index + 1
    else:
        return None
    said, noun = which(terms, at)
    term = terms[noun]
    if said == "past":
        return None
    if term.kind == "month":
        return _month_part(_named_month(term.value, today), part), noun + 1
    if term.kind != "unit":
        return None
    if term.value == "week":
        return _week_part(part, said, today), noun + 1
    if term.value == "month":
        item = _month_part(today.replace(day=1), part)
        if said in _LATER or (not said and item.last is not None and item.last < today):
            item = _month_part(next_month(today), part)
        return item, noun + 1
    if term.value == "year" and part == 2:
        return DateItem("span", date(today.year, 12, 21), date(today.year, 12, 31)), noun + 1
    return None


def _last_day(terms: Terms, index: int, today: date) -> Found | None:
    """«(в последний день) февраля», «месяца», «следующего месяца»."""
    said, at = which(terms, index)
    if terms[at].kind == "month":
        first = _named_month(terms[at].value, today)
    elif terms[at].kind == "unit" and terms[at].value == "month" and said != "past":
        first = next_month(today) if said in _LATER else today
    else:
        return None
    day = last_of_month(first)
    return DateItem("span", day, day), at + 1


def _week_part(part: int, said: str, today: date) -> DateItem:
    start, end = ((0, 1), (2, 3), (4, 6))[part]
    monday = monday_of(today)
    passed = today.weekday() > (start if part < 2 else end)
    if said in _LATER or (not said and passed):
        monday += 7 * DAY
    return DateItem("span", monday + start * DAY, monday + end * DAY)


def kind_of_day(terms: Terms, index: int, today: date, bound: Relation) -> Found | None:
    """«на выходных», «в следующие выходные», «по будням», «в рабочий день»."""
    said, at = which(terms, index)
    term = terms[at]
    if term.kind != "daykind":
        return None
    has_noun = terms[at + 1].kind == "unit" and terms[at + 1].value == "day"
    end = at + 1 + has_noun
    if said == "past":
        return DateItem("past"), end
    if term.value == "workdays":
        if term.has_lemma(_WORKING) and not has_noun:
            return None
        return DateItem("recurring", only=frozenset(range(5))), end
    if terms[index - 1].is_word("по"):
        return DateItem("recurring", only=frozenset({5, 6})), end
    saturday = monday_of(today) + 5 * DAY
    if said in _LATER or (said != "this" and today.weekday() == 6):
        saturday += 7 * DAY
    return DateItem("weekend", saturday, saturday + DAY, weekdays=frozenset({5, 6})), end


def new_year(terms: Terms, index: int, today: date, bound: Relation) -> Found | None:
    """«до нового года», «после нового года»: the first of January."""
    if not terms[index].has_lemma(_NEW) or terms[index + 1].value != "year":
        return None
    if bound not in {Relation.BEFORE, Relation.AFTER, Relation.UNTIL}:
        return None
    day = date(today.year + 1, 1, 1)
    return DateItem("date", day, day), index + 2
