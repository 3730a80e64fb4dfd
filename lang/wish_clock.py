"""One clock time: «10:30», «в 3», «7 вечера», «половина шестого», «без четверти девять»."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import time

from lang.wish_day_numbers import dotted_is_time
from lang.wish_lexicon import Terms
from lang.wish_relations import Relation, counts_something

_LABELS = frozenset({
    "вариант", "номер", "кабинет", "дом", "квартира", "улица", "корпус", "школа", "поликлиника", "больница",
    "ребенок", "дети", "возраст", "полис", "рост", "вес", "стоимость", "цена", "рубль", "проспект", "пункт",
})  # fmt: skip


_YEARS = range(2001, 2040)


@dataclass(frozen=True)
class Moment:
    """A clock time as said. `half` is «утра», «дня», «вечера», «ночи» or "".

    `sure` says that the words can mean nothing but a time; `plain` that the 24-hour clock was written out
    («07:30»), so that nothing is to be guessed about the half of the day.
    """

    hour: int
    minute: int
    half: str = ""
    sure: bool = True
    plain: bool = False

    @property
    def loose(self) -> bool:
        """Whether another half of the day would change the time."""
        return not self.half and not self.plain and 1 <= self.hour <= 12

    def in_half(self, half: str) -> Moment:
        return replace(self, half=half)

    def clock(self) -> time:
        """The time of the day; 1–7 without «утра» or «вечера» is the afternoon."""
        hour = self.hour
        afternoon = (
            (not self.half and not self.plain and 1 <= hour <= 7)
            or (self.half == "дня" and 1 <= hour <= 7)
            or (self.half == "вечера" and 1 <= hour <= 11)
            or (self.half == "ночи" and 9 <= hour <= 11)
        )
        if afternoon:
            hour += 12
        elif self.half in {"утра", "ночи"} and hour == 12:
            hour = 0
        return time(hour % 24, self.minute)


Found = tuple[Moment, int]


def clock(
    terms: Terms, index: int, bound: Relation, *, dated: bool, about: bool, ranged: bool = False
) -> Found | None:
    """The clock time at `index` (its preposition, already read, is `bound`) and the index after it.

    A bare number is a time only behind a preposition, beside a date or after «около»; in a range its noun
    may stand behind the other end.
    """
    found = _by_fractions(terms, index) or _written(terms, index, bound) or _spoken(terms, index)
    if not found:
        return None
    moment, end = found
    half, end = _half(terms, end)
    if half:
        moment = replace(moment, half=half, sure=moment.sure or half != "дня")
    if moment.sure:
        return moment, end
    if half == "дня" and terms[index - 1].is_word("на") and not dated:
        return None
    if (
        terms[end].is_word("до", "-", "по")
        and terms[end + 1].kind == "number"
        and counts_something(terms, end + 2)
    ):
        return None
    if (
        terms[index - 1].has_lemma(_LABELS)
        or terms[index - 2].has_lemma(_LABELS)
        or terms[index - 1].text == "№"
    ):
        return None
    if moment.minute == 0 and terms[index].kind == "number" and terms[index].value > 23:
        return None
    if bound is Relation.NONE and not dated and not about:
        return None
    if counts_something(terms, end, dated=dated) and not (ranged and terms[end].text == "-"):
        return None
    if (
        bound in {Relation.NONE, Relation.AT}
        and terms[index - 1].is_word("на")
        and not 1 <= moment.hour <= 21
    ):
        return None
    return moment, end


def _half(terms: Terms, index: int) -> tuple[str, int]:
    term = terms[index]
    if term.kind == "unit" and term.text == "дня":
        return "дня", index + 1
    if term.kind == "part" and term.text in {"утра", "вечера", "ночи"}:
        return term.text, index + 1
    if term.is_word("по") and terms[index + 1].kind not in {"number", "weekday", "relative", "ordinal"}:
        return "", index
    return "", index


def _written(terms: Terms, index: int, bound: Relation) -> Found | None:
    term = terms[index]
    if term.kind == "clock" or (term.kind == "dotted" and dotted_is_time(terms, index)):
        hour, minute = term.value
        if hour > 23 or minute > 59:
            return None
        end = index + 1 + (terms[index + 1].value == "hour")
        return Moment(hour, minute, plain=term.text.startswith("0") or hour > 12), end
    if term.kind != "number" or not term.text.isdigit():
        return None
    if len(term.text) == 4 and terms[index - 1].is_word("в", "к") and not counts_something(terms, index + 1):
        hour, minute = divmod(term.value, 100)
        if term.value in _YEARS and terms[index - 2].kind not in {"relative", "weekday", "month"}:
            return None
        if 7 <= hour <= 21 and minute < 60 and minute % 5 == 0:
            return Moment(hour, minute, plain=True), index + 1
        return None
    if term.value > 23 or len(term.text) > 2:
        return None
    minutes, end = _minutes(terms, index)
    if minutes >= 0:
        sure = terms[index + 1].kind != "number"
        return Moment(term.value, minutes, sure=sure, plain=term.text.startswith("0") or term.value > 12), end
    return None


def _minutes(terms: Terms, index: int) -> tuple[int, int]:
    """Minutes after the hour at `index` in «18 00», «18-30», «9 ч 30 мин»; -1 if there are none."""
    here, after = terms[index], terms[index + 1]
    if after.value == "hour" and terms[index + 2].kind == "number" and terms[index + 2].value < 60:
        further = terms[index + 3]
        if further.value == "minute":
            return int(terms[index + 2].value), index + 4
        if len(terms[index + 2].text) == 2 and after.text != "часов":
            return int(terms[index + 2].value), index + 3
    spaced = after.kind == "number" and len(after.text) == 2 and after.start - here.end == 1
    if spaced and after.text.isdigit() and after.value % 5 == 0 and after.value < 60:
        counted = counts_something(terms, index + 2, dated=True)
        return (-1, index) if counted else (int(after.value), index + 2)
    tight = after.text == "-" and after.start == here.end and terms[index + 2].start == after.end
    minutes = terms[index + 2]
    if (
        not tight
        or minutes.kind != "number"
        or len(minutes.text) != 2
        or minutes.value % 5
        or minutes.value > 59
    ):
        return -1, index
    if minutes.value == 0 or minutes.value > 23 or terms[index - 1].is_word("в", "к"):
        return int(minutes.value), index + 3
    return -1, index


def _spoken(terms: Terms, index: int) -> Found | None:
    term = terms[index]
    if term.value == "noon" and terms[index].is_word("полудня", "полдень", "полудню"):
        return Moment(12, 0), index + 1
    if term.kind == "unit" and term.value == "hour" and term.text in {"час", "часу", "часа"}:
        if term.text == "час" and terms[index + 1].is_word("дня"):
            return Moment(1, 0), index + 1
        if (
            terms[index - 1].is_word("в", "к", "до", "после", "около", "на")
            and terms[index + 1].text != "пик"
        ):
            return Moment(1, 0, sure=term.text != "часа"), index + 1
        return None
    if term.kind == "ordinal" and terms[index + 1].value == "hour" and terms[index - 1].is_word("в"):
        return None
    if term.kind != "number" or not 0 <= term.value <= 24:
        return None
    end, sure = index + 1, False
    hour = term.value % 24
    after = terms[end]
    if after.kind == "unit" and after.value == "hour":
        end += 1
        sure = terms[index - 1].kind not in {"end"} and terms[index - 1].is_word(
            "в", "к", "после", "до", "с", "на", "раньше", "позже", "около", "чем", "по", "и", "или"
        )
        if terms[end].text == ".":
            end += terms[end + 1].kind != "end"
    elif not term.text.isdigit():
        if after.kind == "number" and after.value == 0:
            zeros = 1 + (terms[end + 1].kind == "number" and terms[end + 1].value == 0)
            return Moment(hour, 0, plain=hour > 12), end + zeros
        if (
            after.kind == "number"
            and 10 <= after.value < 60
            and after.value % 5 == 0
            and not after.text.isdigit()
        ):
            return Moment(hour, after.value, plain=hour > 12), end + 1
    return Moment(
        hour, 0, sure=sure, plain=hour > 12 or (term.text.startswith("0") and len(term.text) == 2)
    ), end


def _by_fractions(terms: Terms, index: int) -> Found | None:
    """«половина шестого», «полшестого», «четверть десятого», «10 минут пятого», «без четверти девять»."""
    term, after = terms[index], terms[index + 1]
    if term.kind == "half_past" and 1 <= term.value <= 12:
        return _past(term.value, 30), index + 1
    if term.kind == "half":
        at = index + 1 + (after.text == "-")
        if terms[at].kind in {"ordinal", "number"} and 1 <= terms[at].value <= 12:
            return _past(terms[at].value, 30), at + 1
        return None
    if term.kind == "quarter" and after.kind == "ordinal" and 1 <= after.value <= 12:
        return _past(after.value, 15), index + 2
    if term.kind == "number" and after.value == "minute" and terms[index + 2].kind == "ordinal":
        hour = terms[index + 2].value
        return (_past(hour, term.value), index + 3) if 1 <= hour <= 12 and term.value < 60 else None
    if not term.is_word("без") or (after.kind != "number" and after.kind != "quarter"):
        return None
    minutes = 15 if after.kind == "quarter" else after.value
    at = index + 2 + (terms[index + 2].value == "minute")
    hour = 1 if terms[at].value == "hour" else terms[at].value
    if terms[at].kind not in {"number", "unit"} or not isinstance(hour, int) or not 1 <= hour <= 12:
        return None
    return (_past(hour, 60 - minutes), at + 1) if 1 <= minutes < 30 else None


def _past(hour: int, minutes: int) -> Moment:
    """So many minutes of the hour that ends at `hour`: half of the sixth is 5:30."""
    return Moment((hour - 2) % 12 + 1, minutes)
