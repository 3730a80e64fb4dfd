"""Which day of a message is the new one: «перенесите со среды на пятницу», «вместо среды в четверг»."""

from __future__ import annotations

from dataclasses import replace

from lang.wish_lexicon import Term, Terms
from lang.wish_phrase import Phrase

_MOVING = frozenset(
    {"перенести", "переписать", "перезаписать", "сдвинуть", "передвинуть", "поменять", "переставить",
     "переносить", "перенос", "передвигать", "сдвигать", "менять"}
)  # fmt: skip
_CANCELLING = frozenset({"отменить", "отменять", "снять", "убрать"})
_BOOKING = frozenset({"записать", "записаться", "записывать"})


def moves(between: list[Term], terms: Terms) -> bool:
    """Whether the words between two phrases say that the second takes the place of the first."""
    if any(word.has_lemma(_MOVING) for word in between):
        return True
    return any(word.has_lemma(_BOOKING) for word in between) and _any(terms, _CANCELLING)


def only_target(terms: Terms, phrases: list[Phrase]) -> list[Phrase]:
    """The phrases with those marked as dropped that name the day or time to be given up."""
    result = list(phrases)
    for place, phrase in enumerate(phrases):
        if terms[phrase.start - 1].is_word("вместо") and len(phrases) > 1:
            result[place] = replace(phrase, dropped=True)
    if not _any(terms, _MOVING | _CANCELLING):
        return result
    kept = _first_of_target(terms, phrases)
    for place, phrase in enumerate(phrases[:kept]):
        if any(other.dimension == phrase.dimension for other in phrases[kept:]) and not phrase.hurry:
            result[place] = replace(phrase, dropped=True)
    return result


def _first_of_target(terms: Terms, phrases: list[Phrase]) -> int:
    """The place of the first phrase of the new day: behind the verb, or the «на» after «с» or «на»."""
    moved = [place for place, phrase in enumerate(phrases) if phrase.link == "moved"]
    if moved:
        return moved[-1]
    for place in range(1, len(phrases)):
        phrase = phrases[place]
        earlier = [other for other in phrases[:place] if other.dimension == phrase.dimension]
        if phrase.link == "or":
            return 0
        if not terms[phrase.start].is_word("на") or not earlier:
            continue
        if any(terms[other.start].is_word("с", "со", "на") for other in phrases[:place]):
            return place
    return 0


def _any(terms: Terms, lemmas: frozenset[str]) -> bool:
    return any(terms[index].has_lemma(lemmas) for index in range(len(terms)))
