"""First pass of the wish grammar: the phrases of a message, in order, with what links them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from lang import wish_context, wish_echo, wish_markers
from lang.wish_calendar import DAY, DateItem
from lang.wish_dates import parse_date
from lang.wish_lexicon import Terms
from lang.wish_moves import moves, only_target
from lang.wish_phrase import Phrase
from lang.wish_times import TimeItem, parse_time

_OR = frozenset({"или", "либо"})
_INSTEAD = frozenset({"точнее", "вернее", "ой", "нет", "лучше", "передумать", "наоборот"})
_HENCE = frozenset({"поэтому", "значит", "следовательно"})
_NEED = frozenset({"надо", "нужно", "нужный", "хотеть"})
_AT_WORK = frozenset({"работаю", "учусь", "занят", "занята", "учится", "учатся"})
_WORKING = frozenset({"работаю", "учусь", "дежурю"})
_LISTING = frozenset({"и", ",", "или", "либо", "/", "ни", "&", "-", "да"})


def scan(terms: Terms, today: date) -> list[Phrase]:
    """All phrases of the message, in order, with their links; phrases about the past are left out."""
    phrases: list[Phrase] = []
    index, refused_from, conditional = 0, -1, -1
    while index < len(terms):
        phrase = wish_echo.echoed(phrases, terms, index, today)
        phrase = phrase or _phrase(terms, index, today, dated=_stands_beside(phrases, terms, index))
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
        if _corrects(phrases, terms, phrase):
            link, negated = "contrast", False
        if refused and _is_condition(terms, phrase.start):
            conditional = phrase.end
        elif refused:
            phrases = _refuse_before(phrases, phrase, link)
            negated = True
        phrase = wish_echo.same_month(phrases, wish_echo.same_week(phrases, phrase, link), link, today)
        phrases = wish_echo.same_half(phrases, phrase, link)
        if phrase.date and phrase.date.closed and terms[phrase.start - 1].text in _WORKING:
            negated = True
        if negated and phrase.date and phrase.date.kind == "bound":
            phrase, negated = replace(phrase, date=_other_side(phrase.date)), False
        phrases.append(replace(phrase, link=link, negated=negated))
        index = max(phrase.end, refused)
    return _meant(terms, _either(phrases))


def _phrase(terms: Terms, index: int, today: date, *, dated: bool) -> Phrase | None:
    if terms[index].kind in {"sign", "barrier"}:
        return None
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
    if (
        not _OR.isdisjoint(texts)
        or texts[-1:] == ["хоть"]
        or ("если" in texts and ("нет" in texts or "не" in texts))
    ):
        return "or"
    if moves(words, terms):
        return "moved"
    if {"так", "что"} <= set(texts) or not _HENCE.isdisjoint(texts):
        return "instead"
    if any(word.has_lemma(_INSTEAD) or word.text in _INSTEAD for word in words):
        return "instead"
    if "а" in texts and any(word.has_lemma(_NEED) for word in words):
        return "instead"
    if "а" in texts or "но" in texts:
        return "contrast"
    if any(text not in _LISTING for text in texts):
        return ""
    return "and" if "и" in texts else "list"


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


def _corrects(phrases: list[Phrase], terms: Terms, phrase: Phrase) -> bool:
    """«не сегодня, завтра»: a bare «не» and a comma correct, while «кроме среды, пятницы» is a list."""
    if not phrases or not phrases[-1].negated or phrases[-1].dimension != phrase.dimension:
        return False
    last = phrases[-1]
    if phrase.start - last.end != 1 or terms[last.end].text != "," or not terms[last.start - 1].is_word("не"):
        return False
    return terms[last.start - 2].kind in {"end", "sign"} or terms[last.start - 2].is_word("ой", "нет", "ну")


def _other_side(item: DateItem) -> DateItem:
    """«раньше пятницы не смогу» is from Friday on: the days that the refused ones leave."""
    if item.first is None and item.last is not None:
        return replace(item, first=item.last + DAY, last=None)
    if item.last is None and item.first is not None:
        return replace(item, first=None, last=item.first - DAY)
    return item


def _either(phrases: list[Phrase]) -> list[Phrase]:
    """«в понедельник либо в 10, либо в 15»: the first «либо» stands before a pair and not between."""
    result = list(phrases)
    for place in range(1, len(phrases) - 1):
        before, phrase, after = phrases[place - 1 : place + 2]
        paired = phrase.link == after.link == "or" and phrase.dimension == after.dimension
        if paired and before.dimension != phrase.dimension:
            result[place] = replace(phrase, link="")
    return result


def _refuse_before(phrases: list[Phrase], last: Phrase, link: str) -> list[Phrase]:
    """«в среду утром не могу» refuses the day with the time, «вторник и среда не подходят» both days."""
    if (
        phrases
        and link == "and"
        and phrases[-1].date
        and last.date
        and phrases[-1].date.kind == last.date.kind
    ):
        return [*phrases[:-1], replace(phrases[-1], negated=True)]
    if phrases and last.time and phrases[-1].date and phrases[-1].end == last.start:
        return [*phrases[:-1], replace(phrases[-1], dropped=True)]
    return phrases


def _meant(terms: Terms, phrases: list[Phrase]) -> list[Phrase]:
    """Without phrases about the past, complaints and births, and without what a move leaves behind."""
    kept = [
        replace(phrase, dropped=phrase.dropped or _of_past(terms, phrases, place))
        for place, phrase in enumerate(phrases)
    ]
    kept = only_target(terms, _without_date_of_today(kept))
    return [phrase for phrase in kept if not phrase.dropped]


def _without_date_of_today(phrases: list[Phrase]) -> list[Phrase]:
    """«сегодня понедельник, а мне нужно на среду»: which day it is now, not a wish."""
    if len(phrases) < 3:
        return phrases
    today, named, *later = phrases
    told = today.date and today.date.kind == "relative" and today.date.first and named.date
    said = named.date.kind if named.date else ""
    if not told or said not in {"weekday", "date"} or named.start != today.end:
        return phrases
    if not any(phrase.date for phrase in later):
        return phrases
    return [replace(today, dropped=True), replace(named, dropped=True), *later]


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
    wide = wish_context.clause(terms, phrase.start, phrase.end, wide=True)
    if wish_context.is_arranged(wide) and not _named_again(phrases, place):
        return True
    if phrase.date and wish_context.is_of_paper(terms, phrase.start, wide):
        return True
    habitual = (
        phrase.date.kind in {"shift", "recurring"} if phrase.date else not (phrase.time and phrase.time.exact)
    )
    if habitual and wish_context.tells_of_habit(words):
        return True
    if phrase.time:
        planned = any(near.date and near.date.kind not in {"past", "bound"} for near in touching)
        today = any(
            near.date and near.date.kind == "relative" and terms[near.start].value == 0 for near in touching
        )
        past = wish_context.tells_of_past(wide)
        return (
            past
            if planned and not today
            else past or (not phrase.time.exact and wish_context.tells_of_complaint(words))
        )
    if phrase.date and _could_be_past(terms, phrase):
        return wish_context.tells_of_past(wide) or (
            phrase.date.kind in {"bound", "recurring"} and wish_context.tells_of_complaint(words)
        )
    return False


def _named_again(phrases: list[Phrase], place: int) -> bool:
    """Whether «в этот же день» takes up the day of the phrase."""
    return any(later.date is phrases[place].date is not None for later in phrases[place + 1 :])


def _could_be_past(terms: Terms, phrase: Phrase) -> bool:
    item = phrase.date
    if item is None or item.problem:
        return False
    if item.kind == "relative":
        return 0 in (terms[phrase.start].value, terms[phrase.start + 1].value)
    return item.kind in {"weekday", "bound", "weekend", "recurring", "date", "span", "range"}
