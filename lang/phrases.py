"""Finds dictionary phrases in a message: any inflection, any order, small gaps, misspelled words."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lang.same_words import class_of, words_of
from lang.spelling import Speller
from lang.text import parses
from lang.words import Word, split_words

_WINDOW = 16
# «врач, который занимается аллергией» says no more than «врач по аллергии».
_FILLERS = frozenset({"который", "занимается", "лечит", "смотрит", "занимающийся"})
_PREPOSITION_MATTERS = _SAME_WORDS = frozenset({"service", "group"})


@dataclass(frozen=True)
class Phrase:
    """A phrase of the dictionary and what it stands for; `gap`: how many foreign words may stand inside."""

    kind: str
    value: str
    words: tuple[tuple[str, ...], ...]
    gap: int


@dataclass(frozen=True)
class Found:
    """Word positions of one phrase in the message, `length` of them more than small words and `forms` of them
    in the phrase's own form; `edits` is 0 when every word was spelled right."""

    phrase: Phrase
    positions: tuple[int, ...]
    length: int
    forms: int
    edits: float
    weight: float
    ordered: bool
    gaps: int

    @property
    def rank(self) -> tuple[float, ...]:
        """Longer first, then better spelled, in order, closer together, in its own forms, of rarer words."""
        return (
            -self.length,
            self.edits,
            not self.ordered,
            self.gaps,
            -self.forms,
            -self.weight,
            self.positions[0],
        )


@dataclass(frozen=True)
class Reading:
    """What a word of the message may stand for in the dictionary: key → edits."""

    keys: dict[str, float]


def phrase(kind: str, value: str, text: str, gap: int) -> Phrase | None:
    """A phrase from its dictionary form; None when nothing but small words is left of it."""
    said = split_words(text)
    chosen = [word for word in said if word.content]
    if len(chosen) == 1 and kind in _PREPOSITION_MATTERS:
        # «На дому» is a service, «дом» is not.
        chosen = said
    words = tuple(_keys(word) for word in chosen)
    if kind in _SAME_WORDS:
        words = tuple(tuple(dict.fromkeys(class_of(key) for key in keys)) for keys in words)
    return Phrase(kind, value, words, gap) if words else None


def _keys(word: Word) -> tuple[str, ...]:
    # A short or abbreviated word has accidental readings («кт» is no form of «кто»): only itself then.
    return word.lemmas if len(word.text) > 3 or word.known else (word.text,)


class PhraseIndex:
    """All phrases of the catalogue; `find` costs a few dictionary look-ups per word of the message."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self.phrases = tuple(dict.fromkeys(phrases))
        frequency = Counter(key for item in self.phrases for keys in item.words for key in set(keys))
        self._weights = {
            item: sum(1 / min(frequency[key] for key in keys) for keys in item.words) for item in self.phrases
        }
        self._by_anchor: dict[str, list[tuple[Phrase, int]]] = defaultdict(list)
        forms: dict[str, set[str]] = defaultdict(set)
        for item in self.phrases:
            rarity = [min(frequency[key] for key in keys) for keys in item.words]
            anchor = rarity.index(min(rarity))
            for key in item.words[anchor]:
                self._by_anchor[key].append((item, anchor))
            for keys in item.words:
                for key in keys:
                    forms[key].add(key)
        self.keys = frozenset(forms)
        for key in list(forms):
            for word in words_of(key):
                forms[word].add(key)
                for form in _inflected(word):
                    forms[form].add(key)
        self._forms = {form: tuple(sorted(keys)) for form, keys in forms.items()}
        self.speller = Speller(self._forms)

    def read(self, word: Word, repair: bool = True) -> Reading:
        """What the word may stand for; misspelled unknown words are repaired when `repair`."""
        named = (key for lemma in word.lemmas for key in (lemma, class_of(lemma)))
        keys = {key: 0.0 for key in named if key in self.keys}
        for key in self._forms.get(word.text, ()):
            keys[key] = 0.0
        if not keys and repair and not word.known and not word.skipped:
            nearest = self.speller.nearest(word.text)
            if nearest is not None:
                keys = dict.fromkeys(nearest[1], nearest[0])
        return Reading(keys)

    def find(self, words: Sequence[Word], readings: Sequence[Reading]) -> list[Found]:
        """Every phrase present in the message, best first; overlaps are left to the caller."""
        where: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for position, reading in enumerate(readings):
            for key, edits in reading.keys.items():
                where[key].append((position, edits))
        found: dict[tuple[str, str, tuple[int, ...]], Found] = {}
        for key, places in where.items():
            for item, anchor in self._by_anchor.get(key, ()):
                for place, edits in places:
                    match = self._around(item, anchor, place, edits, where, words)
                    if match is not None:
                        mark = (item.kind, item.value, match.positions)
                        if mark not in found or match.edits < found[mark].edits:
                            found[mark] = match
        return sorted(found.values(), key=lambda match: match.rank)

    def _around(
        self,
        item: Phrase,
        anchor: int,
        place: int,
        edits: float,
        where: dict[str, list[tuple[int, float]]],
        words: Sequence[Word],
    ) -> Found | None:
        taken = {place: edits}
        order = {anchor: place}
        for number, keys in enumerate(item.words):
            if number == anchor:
                continue
            # Of two equally near words the one on the phrase's own side wins.
            side = 1 if number > anchor else -1
            near = [
                (abs(position - place) - (0.5 if (position - place) * side > 0 else 0), position, cost)
                for key in keys
                for position, cost in _close(where.get(key, ()), place)
                if position not in taken
            ]
            if not near:
                return None
            _, position, cost = min(near)
            taken[position] = cost
            order[number] = position
        first, last = min(taken), max(taken)
        inside = [w for i, w in enumerate(words[first + 1 : last + 1], first + 1) if i in taken or _counts(w)]
        gaps = max(0, len(inside) + 1 - len(taken))
        if gaps > item.gap or any(word.breaks for word in words[first + 1 : last + 1]):
            return None
        if item.gap == 0 and len(taken) == 2 and _apart(words[first + 1 : last + 1]):
            return None
        if any(word.text in {"не", "нет", "без"} for word in words[first : last + 1]):
            allowed = {key for keys in item.words for key in keys}
            if not allowed & {"не", "нет", "без"}:
                return None
        ordered = sorted(order.values()) == [order[number] for number in sorted(order)]
        length = sum(words[position].content for position in taken)
        forms = sum(words[position].text in item.words[number] for number, position in order.items())
        positions, weight = tuple(sorted(taken)), self._weights[item]
        return Found(item, positions, length, forms, sum(taken.values()), weight, ordered, gaps)


def _counts(word: Word) -> bool:
    return word.content and word.text not in _FILLERS and word.lemmas[0] not in _FILLERS


def _close(places: Sequence[tuple[int, float]], place: int) -> Sequence[tuple[int, float]]:
    """The places that may belong to the same phrase; places are in the order of the text."""
    if len(places) < _WINDOW:
        return places
    first = bisect_left(places, (place - _WINDOW, 0.0))
    return places[first : bisect_left(places, (place + _WINDOW, 0.0))]


def _apart(words: Sequence[Word]) -> bool:
    """«к хирургу или к ортопеду», «гинеколог, хирург» are two doctors, not a «хирург-ортопед»."""
    return any(
        (word.comma and word.lemmas[0] not in _FILLERS) or word.text in {"и", "или", "а", "но", "к", "ко"}
        for word in words
    )


def _inflected(key: str) -> set[str]:
    if len(key) < 3 or not key.isalpha():
        return set()
    parse = parses(key)[0]
    if parse.tag.POS not in {"NOUN", "ADJF"} or parse.normal_form.replace("ё", "е") != key:
        return set()
    return {form.word.replace("ё", "е") for form in parse.lexeme}
