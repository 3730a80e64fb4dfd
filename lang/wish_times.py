"""Times of the day in the wish grammar: «вечером», «после 18:30», «с 5 до 7 вечера», «в полшестого»."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from lang.wish_clock import Moment, clock
from lang.wish_lexicon import Terms
from lang.wish_relations import EARLIER, LATER, Relation, relation

PARTS: dict[str, tuple[time, time]] = {
    "morning": (time(8), time(12)),
    "day": (time(12), time(17)),
    "lunch": (time(12), time(14)),
    "before_lunch": (time(8), time(13)),
    "after_lunch": (time(13), time(18)),
    "evening": (time(17), time(21)),
    "first_half": (time(8), time(13)),
    "second_half": (time(13), time(21)),
    "before_work": (time(8), time(9)),
    "after_work": (time(18), time(21)),
}
_GREETING = frozenset({"добрый", "хороший", "приятный", "спокойный", "чудесный", "прекрасный"})
_WORK = frozenset({"работа", "смена"})
_TIME_NOUN = frozenset(
    {"время", "час", "часы", "прием", "запись", "перерыв", "окно", "окошко", "слот", "пора"}
)
_ABOUT = frozenset(
    {"около", "примерно", "приблизительно", "ориентировочно", "ровно", "где-то", "так", "строго"}
)


@dataclass(frozen=True)
class TimeItem:
    """A stretch of the day: a named part, or one between clock times (`None` for an open end)."""

    part: str = ""
    first: Moment | None = None
    last: Moment | None = None

    @property
    def exact(self) -> bool:
        return self.first is not None and self.first == self.last


Found = tuple[TimeItem, int]


def parse_time(terms: Terms, index: int, *, dated: bool) -> Found | None:
    """The phrase about the time of the day that begins at `index`, and the index after it.

    `dated` says that a date stands just before, which lets a bare number be a time («завтра 10»).
    """
    return (
        _half_of_day(terms, index)
        or _clock_phrase(terms, index, dated=dated)
        or _between_parts(terms, index)
        or _part(terms, index)
    )


def _half_of_day(terms: Terms, index: int) -> Found | None:
    at = index + terms[index].is_word("в", "во", "на")
    term = terms[at]
    if term.kind not in {"ordinal", "number"} or term.value not in {1, 2} or terms[at + 1].kind != "half":
        return None
    end = at + 2
    if terms[end].kind == "unit" and terms[end].value != "day":
        return None
    if terms[end].kind in {"month"} or terms[end].value == "next":
        return None
    end += terms[end].is_word("дня")
    return TimeItem("first_half" if term.value == 1 else "second_half"), end


def _clock_phrase(terms: Terms, index: int, *, dated: bool) -> Found | None:
    start = index
    if terms[start].value == "hour" and terms[start].is_word("часов", "часа", "часам", "часиков"):
        if relation(terms, start + 1)[0] is Relation.NONE:
            return None
        start += 1
    while terms[start].text in _ABOUT:
        start += 1
    if terms[start].is_word("между"):
        return _stretch(terms, start + 1, Relation.FROM, joint="и")
    bound, at = relation(terms, start)
    while terms[at].text in _ABOUT:
        at += 1
    if terms[at].is_word("районе", "течение"):
        at += 1
    about = start > index or at > start + 1
    stretch = _stretch(terms, at, bound, joint="")
    if stretch:
        return stretch
    found = clock(terms, at, bound, dated=dated, about=about)
    if not found:
        return None
    moment, end = found
    if bound in {Relation.FROM, Relation.AFTER}:
        return TimeItem("", moment, None), end
    if bound is Relation.BEFORE or (bound is Relation.UNTIL and terms[start].is_word("не")):
        return TimeItem("", None, moment), end
    if bound is Relation.UNTIL:
        return None
    if terms[end].is_word("или", "и") and terms[end + 1].text in LATER:
        return TimeItem("", moment, None), end + 2
    if terms[end].is_word("или", "и") and terms[end + 1].text in EARLIER:
        return TimeItem("", None, moment), end + 2
    return TimeItem("", moment, moment), end


def _stretch(terms: Terms, index: int, bound: Relation, *, joint: str) -> Found | None:
    """«с 9 до 12», «10-12», «между 5 и 7 вечера»: `index` is at the first clock time."""
    if bound not in {Relation.NONE, Relation.AT, Relation.FROM}:
        return None
    left = clock(terms, index, Relation.FROM, dated=True, about=True, ranged=True)
    if not left:
        return None
    at = left[1]
    at = _joint(terms, at, bound, joint)
    if not at:
        return None
    right = clock(terms, at, Relation.BEFORE, dated=True, about=True)
    if right:
        first, last = _agreed(left[0], right[0])
        plausible = bound is not Relation.NONE or first.sure or last.sure or 7 <= first.hour < last.hour <= 22
        return (TimeItem("", first, last), right[1]) if plausible else None
    if (
        terms[at].kind == "part"
        and terms[at].value in {"lunch", "noon", "evening"}
        and bound is Relation.FROM
    ):
        hour = {"lunch": 13, "noon": 12, "evening": 17}[terms[at].value]
        return TimeItem("", left[0], Moment(hour, 0)), at + 1
    return None


def _joint(terms: Terms, index: int, bound: Relation, joint: str) -> int:
    """The index after what joins both ends of a stretch; 0 if nothing does."""
    if joint:
        return index + 1 if terms[index].text == joint else 0
    if terms[index].text == "-":
        return index + 1
    if bound is not Relation.FROM:
        return 0
    if terms[index].is_word("и", ",") and terms[index + 1].is_word("до", "по"):
        return index + 2
    return index + 1 if terms[index].is_word("до", "по") else 0


def _agreed(first: Moment, last: Moment) -> tuple[Moment, Moment]:
    """Both ends of a stretch under one «утра» or «вечера»: «с 5 до 7 вечера», «с 9 до 6»."""
    if first.loose and not last.loose and last.half:
        same = first.in_half(last.half)
        if same.clock() < last.clock():
            return same, last
    return first, last


def _part(terms: Terms, index: int) -> Found | None:
    bound, at = _bound_of_part(terms, index)
    while terms[at].is_word(
        "самого", "самый", "рано", "поздно", "ранним", "поздним", "раннее", "позднее", "это"
    ):
        at += 1
    term = terms[at]
    if bound in {Relation.AFTER, Relation.BEFORE} and term.has_lemma(_WORK):
        return TimeItem("after_work" if bound is Relation.AFTER else "before_work"), at + 1
    if term.kind == "portion" and term.value == 1 and terms[at + 1].is_word("дня"):
        return TimeItem("day"), at + 2
    if term.kind == "ordinal" or term.kind != "part" or _is_greeting(terms, at):
        return None
    end = at + 1
    if terms[end].has_lemma(_TIME_NOUN) and "ADJF" in term.tag:
        end += 1
    elif "ADJF" in term.tag:
        return None
    if term.value == "noon":
        return _noon(bound), end
    if term.value == "lunch" and bound in {Relation.AFTER, Relation.BEFORE}:
        return TimeItem("after_lunch" if bound is Relation.AFTER else "before_lunch"), end
    if term.value == "evening" and bound is Relation.BEFORE:
        return TimeItem("", None, Moment(17, 0)), end
    if term.value == "morning" and bound is Relation.AFTER:
        return TimeItem("", Moment(12, 0), None), end
    if term.value == "lunch" and bound is Relation.NONE and not term.has_lemma(frozenset({"обеденный"})):
        return None
    if bound not in {Relation.NONE, Relation.AT, Relation.FROM, Relation.UNTIL} or term.value not in PARTS:
        return None
    return TimeItem(str(term.value)), end


def _between_parts(terms: Terms, index: int) -> Found | None:
    """«с утра до обеда», «с обеда до 16», «с утра до вечера»."""
    if not terms[index].is_word("с", "со") or terms[index + 1].kind != "part":
        return None
    starts = {"morning": 8, "lunch": 13, "noon": 12}.get(str(terms[index + 1].value))
    at = index + 2
    at += terms[at].is_word("и", ",") and terms[at + 1].is_word("до")
    if starts is None or not terms[at].is_word("до"):
        return None
    ends = {"lunch": 13, "noon": 12, "evening": 17}.get(str(terms[at + 1].value))
    first = Moment(starts, 0, plain=True)
    if terms[at + 1].kind == "part" and ends is not None:
        return TimeItem("", first, Moment(ends, 0, plain=True)), at + 2
    right = clock(terms, at + 1, Relation.BEFORE, dated=True, about=True)
    return (TimeItem("", first, right[0]), right[1]) if right else None


def _bound_of_part(terms: Terms, index: int) -> tuple[Relation, int]:
    if terms[index].is_word("ближе") and terms[index + 1].is_word("к"):
        return Relation.AT, index + 2
    if terms[index].is_word("под"):
        return Relation.AT, index + 1
    if terms[index].is_word("во") and terms[index + 1].is_word("время"):
        return Relation.AT, index + 2
    return relation(terms, index)


def _noon(bound: Relation) -> TimeItem:
    noon = Moment(12, 0)
    if bound in {Relation.AFTER, Relation.FROM}:
        return TimeItem("", noon, None)
    if bound in {Relation.BEFORE, Relation.UNTIL}:
        return TimeItem("", None, noon)
    return TimeItem("", noon, noon)


def _is_greeting(terms: Terms, index: int) -> bool:
    beside = [terms[index - 1], *([terms[index + 1]] if terms[index].is_word("вечер", "утро") else [])]
    return any("ADJF" in term.tag and term.has_lemma(_GREETING) for term in beside)
