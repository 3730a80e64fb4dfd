"""First pass of the wish grammar: the phrases of a message, in order, with what links them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from lang import wish_context, wish_markers
from lang.wish_calendar import DAY, DateItem, monday_of
from lang.wish_dates import parse_date
from lang.wish_lexicon import Terms
from lang.wish_times import TimeItem, parse_time

_OR = frozenset({"или", "либо"})
_INSTEAD = frozenset({"точнее", "вернее", "ой", "нет", "лучше", "передумать", "наоборот"})
_MOVING = frozenset(
    {"перенести", "переписать", "перезаписать", "сдвинуть", "передвинуть", "поменять", "переставить"}
)
_AT_WORK = frozenset({"работаю", "учусь", "занят", "занята"})
_LISTING = frozenset({"и", ",", "или", "либо", "/", "ни", "&", "-", "да"})


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


def scan(terms: Terms, today: date) -> list[Phrase]:
    """All phrases of the message, in order, with their links; phrases about the past are left out."""
    phrases: list[Phrase] = []
    index, refused_from, conditional = 0, -1, -1
    while index < len(terms):
        phrase = _phrase(terms, index, today, dated=_stands_beside(phrases, terms, index))
        if phrase is None:
            after = wish_markers.excluding(terms, index)
            refused_from = after if after else refused_from
            if after:
                index = after
                continue
            index += 1
            continue
        link = _link(terms, phrases[-1].end, phrase.start) if phrases else ""
        negated = refused_from == phrase.start or _continues_refusal(phrases, terms, phrase)
        refused = wish_markers.refused_after(terms, phrase.end)
        if phrases and conditional == phrases[-1].end:
            link = "or"
        if refused and _is_condition(terms, phrase.start):
            conditional = phrase.end
        elif refused:
            phrases = _refuse_day(phrases, phrase)
            negated = True
        phrase = _same_week(phrases, phrase, link)
        phrases = _same_half(phrases, phrase, link)
        phrases.append(replace(phrase, link=link, negated=negated))
        index = max(phrase.end, refused)
    return _meant(terms, phrases)


def _phrase(terms: Terms, index: int, today: date, *, dated: bool) -> Phrase | None:
    end = wish_markers.hurry(terms, index)
    if end:
        return Phrase(index, end, hurry="soonest")
    end, emphatic = wish_markers.anyhow(terms, index)
    if end:
        return Phrase(index, end, hurry="indifferent" if emphatic else "any")
    day = parse_date(terms, index, today)
    if day:
        return Phrase(index, day[1], date=day[0])
    clock = parse_time(terms, index, dated=dated)
    if clock is None:
        return None
    item, end = clock
    if terms[index - 1].text in _AT_WORK and item.last and not item.exact:
        item = TimeItem("", item.last, None)
    return Phrase(index, end, time=item)


def _stands_beside(phrases: list[Phrase], terms: Terms, index: int) -> bool:
    """Whether a date or time ends just before `index`, so that a bare number there is likely a time."""
    if not phrases or phrases[-1].hurry:
        return False
    end = phrases[-1].end
    return end == index or (end + 1 == index and terms[end].text in {",", "-", "или", "и"})


def _link(terms: Terms, end: int, start: int) -> str:
    words = [terms[index] for index in range(end, start)]
    texts = [word.text for word in words]
    if not _OR.isdisjoint(texts) or ("если" in texts and ("нет" in texts or "не" in texts)):
        return "or"
    if any(word.has_lemma(_MOVING) for word in words):
        return "moved"
    if any(word.has_lemma(_INSTEAD) or word.text in _INSTEAD for word in words):
        return "instead"
    if "а" in texts or "но" in texts:
        return "contrast"
    if any(text not in _LISTING for text in texts):
        return ""
    return "and" if "и" in texts else "list"


def _same_week(phrases: list[Phrase], phrase: Phrase, link: str) -> Phrase:
    """«в следующую среду или четверг»: the second weekday is of the week of the first."""
    last = phrases[-1].date if phrases else None
    item = phrase.date
    if not (item and last and item.kind == last.kind == "weekday" and last.said and not item.said):
        return phrase
    if link not in {"or", "list", "and"} or last.first is None:
        return phrase
    day = monday_of(last.first) + min(item.weekdays) * DAY
    return replace(phrase, date=replace(item, first=day, last=day, said=last.said))


def _same_half(phrases: list[Phrase], phrase: Phrase, link: str) -> list[Phrase]:
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


def _continues_refusal(phrases: list[Phrase], terms: Terms, phrase: Phrase) -> bool:
    """«кроме среды и пятницы»: whether a refusal goes on to this phrase."""
    if not phrases or not phrases[-1].negated:
        return False
    last = phrases[-1]
    between = [terms[index].text for index in range(last.end, phrase.start)]
    if not between or any(text not in {"и", ",", "или", "ни"} for text in between):
        return False
    if last.date and phrase.date:
        return last.date.kind == phrase.date.kind
    return bool(last.time and phrase.time and last.time.part and phrase.time.part)


def _is_condition(terms: Terms, start: int) -> bool:
    return any(terms[index].is_word("если") for index in range(start - 3, start))


def _refuse_day(phrases: list[Phrase], last: Phrase) -> list[Phrase]:
    """«в среду утром не могу» refuses the day that stands with the time."""
    if phrases and last.time and phrases[-1].date and phrases[-1].end == last.start:
        return [*phrases[:-1], replace(phrases[-1], dropped=True)]
    return phrases


def _meant(terms: Terms, phrases: list[Phrase]) -> list[Phrase]:
    """Without phrases about the past, complaints and births, and without what a move leaves behind."""
    kept = [
        replace(phrase, dropped=phrase.dropped or _of_past(terms, phrases, place))
        for place, phrase in enumerate(phrases)
    ]
    kept = _only_target(terms, kept)
    return [phrase for phrase in kept if not phrase.dropped]


def _of_past(terms: Terms, phrases: list[Phrase], place: int) -> bool:
    phrase = phrases[place]
    if phrase.date and phrase.date.kind == "past":
        return True
    if phrase.date and phrase.date.kind in {"date", "full_date"}:
        birth = wish_context.is_birth_date(terms, phrase.start, phrase.end)
        if birth or wish_context.is_address(terms, phrase.start):
            return True
    if phrase.hurry or phrase.negated:
        return False
    beside = [near for near in phrases[max(place - 1, 0) : place + 2] if near is not phrase]
    touching = [near for near in beside if near.end == phrase.start or near.start == phrase.end]
    if phrase.time and any(near.date and near.date.kind == "past" for near in touching):
        return True
    words = wish_context.clause(terms, phrase.start, phrase.end)
    if phrase.time:
        planned = any(near.date and near.date.kind not in {"past", "bound"} for near in touching)
        today = any(
            near.date and near.date.kind == "relative" and terms[near.start].value == 0 for near in touching
        )
        past = wish_context.tells_of_past(words)
        return (
            past
            if planned and not today
            else past or (not phrase.time.exact and wish_context.tells_of_complaint(words))
        )
    if phrase.date and _could_be_past(terms, phrase):
        return wish_context.tells_of_past(words) or (
            phrase.date.kind in {"bound", "recurring"} and wish_context.tells_of_complaint(words)
        )
    return False


def _could_be_past(terms: Terms, phrase: Phrase) -> bool:
    item = phrase.date
    if item is None or item.problem:
        return False
    if item.kind == "relative":
        return 0 in (terms[phrase.start].value, terms[phrase.start + 1].value)
    return item.kind in {"weekday", "bound", "weekend", "recurring", "date", "span"}


def _only_target(terms: Terms, phrases: list[Phrase]) -> list[Phrase]:
    """«перенесите со среды на пятницу», «вместо среды в четверг»: only the new day is wished for."""
    moving = any(terms[index].has_lemma(_MOVING) for index in range(len(terms)))
    result = list(phrases)
    for place, phrase in enumerate(phrases):
        if terms[phrase.start - 1].is_word("вместо") and len(phrases) > 1:
            result[place] = replace(phrase, dropped=True)
        later = [other for other in phrases[place + 1 :] if other.dimension == phrase.dimension]
        if not later or not moving:
            continue
        onto = terms[later[0].start].is_word("на") and later[0].link != "or"
        from_day = terms[phrase.start].is_word("с", "со") and onto
        if (
            from_day
            or any(other.link == "moved" for other in later)
            or (onto and terms[phrase.start].is_word("на"))
        ):
            result[place] = replace(phrase, dropped=True)
    return result
