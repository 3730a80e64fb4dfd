"""Phrases that lean on the one before: «в следующую среду или четверг», «не в эту среду, а в следующую»."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lang.wish_calendar import DAY, DateItem, last_of_month, monday_of, next_such_day, which
from lang.wish_lexicon import Terms
from lang.wish_phrase import Phrase
from lang.wish_relations import counts_something
from lang.wish_times import TimeItem

_ROW = frozenset({"or", "list", "and", "contrast", "instead", "moved"})
_SAME = frozenset({"этот", "тот"})


def echoed(phrases: list[Phrase], terms: Terms, index: int, today: date) -> Phrase | None:
    """A phrase at `index` whose day is only told by an earlier phrase, `None` if it is none."""
    named = [phrase.date for phrase in phrases if phrase.date and not phrase.date.problem]
    if not named:
        return None
    return (
        _same_day_again(named[-1], terms, index)
        or _other_week(named[-1], terms, index, today)
        or _day_of_range(named[-1], terms, index)
    )


def _same_day_again(last: DateItem, terms: Terms, index: int) -> Phrase | None:
    """«в этот же день»."""
    at = index + terms[index].is_word("в", "на")
    if not terms[at].has_lemma(_SAME) or not terms.matches(at + 1, "же", "день"):
        return None
    return Phrase(index, at + 3, date=last)


def _other_week(last: DateItem, terms: Terms, index: int, today: date) -> Phrase | None:
    """«(не в эту среду, а) в следующую»: the weekday or week is not said again."""
    if not terms[index].is_word("в", "на", "во") or last.kind not in {"weekday", "span"}:
        return None
    said, end = which(terms, index + 1)
    if said not in {"next", "that"} or terms[end].tag.startswith(("NOUN", "ADJF", "NUMR", "LATN", "NUMB")):
        return None
    monday = monday_of(today) + 7 * DAY
    if last.kind == "weekday" and len(last.weekdays) == 1:
        day = monday + min(last.weekdays) * DAY
        return Phrase(index, end, date=replace(last, first=day, last=day, said=said))
    if last.last == monday - DAY:
        return Phrase(index, end, date=DateItem("span", monday, monday + 6 * DAY))
    return None


def _day_of_range(last: DateItem, terms: Terms, index: int) -> Phrase | None:
    """«с 19 по 30 июня, только не 22»: a bare number left out of a range of days."""
    term = terms[index]
    if last.kind != "range" or last.first is None or last.last is None or term.kind != "number":
        return None
    if not terms[index - 1].is_word("не", "кроме") or counts_something(terms, index + 1):
        return None
    day = next_such_day(term.value, None, last.first)
    if day is None or day > last.last:
        return None
    return Phrase(index, index + 1, date=DateItem("date", day, day))


def same_month(phrases: list[Phrase], phrase: Phrase, link: str, today: date) -> Phrase:
    """«не пятого декабря, а шестого»: a day without month is of the month said before."""
    last = phrases[-1].date if phrases else None
    item = phrase.date
    if not (item and last and item.kind == last.kind == "date" and item.around and item.monthday):
        return phrase
    if link not in _ROW or last.around or last.first is None:
        return phrase
    day = next_such_day(item.monthday, last.first.month, today)
    if day is None:
        return phrase
    around = (day.replace(day=1), last_of_month(day))
    return replace(phrase, date=replace(item, first=day, last=day, around=around))


def same_week(phrases: list[Phrase], phrase: Phrase, link: str) -> Phrase:
    """«в следующую среду или четверг»: the second weekday is of the week of the first."""
    last = phrases[-1].date if phrases else None
    item = phrase.date
    if not (item and last and item.kind == last.kind == "weekday" and last.said and not item.said):
        return phrase
    if link not in {"or", "list", "and"} or last.first is None:
        return phrase
    day = monday_of(last.first) + min(item.weekdays) * DAY
    return replace(phrase, date=replace(item, first=day, last=day, said=last.said))


def same_half(phrases: list[Phrase], phrase: Phrase, link: str) -> list[Phrase]:
    """«в 9 или 10 вечера»: what half of the day is said of the second time holds for the first."""
    last = phrases[-1].time if phrases else None
    item = phrase.time
    if not (last and item and last.exact and item.exact and last.first and item.first):
        return phrases
    if link not in {"or", "list", "and"} or not last.first.loose or not item.first.half:
        return phrases
    moment = last.first.in_half(item.first.half)
    if moment.clock() >= item.first.clock():
        return phrases
    return [*phrases[:-1], replace(phrases[-1], time=TimeItem("", moment, moment))]
