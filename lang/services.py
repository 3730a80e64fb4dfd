"""Guesses the service meant by a group word and some words of its name: «мрт мозга», «узи почек и печени»."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lang.catalogue import Catalogue
from lang.phrases import Phrase, Reading
from lang.text import parses
from lang.words import Word

_REACH = 5
_LEAST_ALIKE = 0.15
_SAME_KIND = 1.25
# Words that stand in names of services («анализ в тот же день») but name none beside a group's word.
_NAMING = frozenset({"NOUN", "ADJF", "ADJS", "PRTF", "PRTS"})
_ORDINARY = frozenset(
    {
        *("час", "день", "неделя", "месяц", "год", "раз", "время", "порядок"),
        *("человек", "вопрос", "результат", "этот", "пол", "срок", "дом", "домой"),
        *("хороший", "новый", "большой", "маленький", "полный", "готовый"),
    }
)


@dataclass(frozen=True)
class ServiceGuess:
    """Up to three service ids, best first, and the words that the guess rests on."""

    ids: tuple[str, ...]
    score: float
    first: int
    last: int


class ServiceGuesser:
    """Ranks the services of a group by the words that stand near the group's word."""

    def __init__(self, catalogue: Catalogue, phrases: Iterable[Phrase]) -> None:
        self._kinds = {group.id: group.kind for group in catalogue.groups.values()}
        self._phrases: dict[str, list[tuple[str, tuple[frozenset[str], ...]]]] = defaultdict(list)
        self._with: dict[tuple[str, str], list[int]] = defaultdict(list)
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        heads: dict[str, set[str]] = defaultdict(set)
        for item in phrases:
            if item.kind == "group":
                heads[self._kinds[item.value]].update(key for keys in item.words for key in keys)
        for item in phrases:
            if item.kind != "service":
                continue
            kind = catalogue.services[item.value].kind
            words = tuple(frozenset(keys) for keys in item.words if not heads[kind] & set(keys))
            if words:
                for key in frozenset().union(*words):
                    self._with[kind, key].append(len(self._phrases[kind]))
                self._phrases[kind].append((item.value, words))
                counts[kind].update(key for keys in words for key in keys)
        self._counts = counts
        self._word_weights = {
            kind: [tuple(self._weight(kind, keys) for keys in words) for _, words in known]
            for kind, known in self._phrases.items()
        }

    def guess(
        self,
        group: str,
        own: tuple[int, ...],
        words: Sequence[Word],
        readings: Sequence[Reading],
        busy: set[int],
    ) -> ServiceGuess | None:
        """The services named by the words after the group's word (or the two before it), or None."""
        kind = self._kinds[group]
        said: dict[str, int] = {}
        for position in self._near(own, words, busy):
            if not words[position].content:
                continue
            for key in readings[position].keys:
                if self._counts[kind][key]:
                    said.setdefault(key, position)
        if not said:
            return None
        best: dict[str, tuple[float, frozenset[int]]] = {}
        # In the order of the catalogue: of two services as near the first one is meant.
        for number in sorted({number for key in said for number in self._with[kind, key]}):
            service, phrase_words = self._phrases[kind][number]
            weights = self._word_weights[kind][number]
            hits = [place for place, keys in enumerate(phrase_words) if keys & said.keys()]
            weight = sum(weights[place] for place in hits)
            missed = sum(weights) - weight
            used = frozenset(said[key] for place in hits for key in phrase_words[place] & said.keys())
            value = (weight - 0.4 * missed, used)
            if service not in best or value[0] > best[service][0]:
                best[service] = value
        ranked = sorted(best, key=lambda service: -best[service][0])[:3]
        if not ranked:
            return None
        used = best[ranked[0]][1]
        if not any(names_something(words[position]) for position in used):
            return None
        return ServiceGuess(tuple(ranked), 0.6, min(used), max(used))

    def _near(self, own: tuple[int, ...], words: Sequence[Word], busy: set[int]) -> Iterable[int]:
        content = 0
        for position in range(own[-1] + 1, len(words)):
            if words[position].breaks or (position in busy and position not in own) or content == _REACH:
                break
            content += words[position].content
            yield position
        for position in range(own[0] - 1, max(own[0] - 3, -1), -1):
            if words[position + 1].breaks or position in busy:
                break
            yield position

    def _weight(self, kind: str, keys: frozenset[str]) -> float:
        total = len(self._phrases[kind]) + 1
        return math.log(total / (1 + min(self._counts[kind][key] or total for key in keys)))


@lru_cache(maxsize=20_000)
def _names_something(text: str) -> bool:
    readings = parses(text)
    if not readings or not readings[0].tag.POS:
        return True
    tag, normal = readings[0].tag, readings[0].normal_form.replace("ё", "е")
    return tag.POS in _NAMING and "Apro" not in tag and normal not in _ORDINARY


def names_something(word: Word) -> bool:
    """Whether a word beside a group's word may name a service: no verb, pronoun, adverb or «день»."""
    return not word.known or _names_something(word.text)


class ServiceNeighbours:
    """Ranks all services by how well one of their names fits the words of a message."""

    def __init__(self, catalogue: Catalogue, phrases: Iterable[Phrase]) -> None:
        self._kinds = {service.id: service.kind for service in catalogue.services.values()}
        self._phrases = [item for item in phrases if item.kind == "service"]
        self._with: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, item in enumerate(self._phrases):
            for place, keys in enumerate(item.words):
                for key in keys:
                    self._with[key].append((number, place))
        self._word_weights = [tuple(self._weight(keys) for keys in item.words) for item in self._phrases]
        self._weights = [sum(weights) for weights in self._word_weights]
        self.ranked = lru_cache(maxsize=5_000)(self._ranked)

    def _ranked(self, said: tuple[tuple[str, ...], ...], kind: str) -> tuple[str, ...]:
        """Service ids, best first, for what each word may stand for; those of `kind` are preferred."""
        shared: dict[int, dict[int, float]] = defaultdict(dict)
        whole = 0.0
        for keys in said:
            known = [key for key in keys if key in self._with]
            if not known:
                continue
            whole += self._weight(known)
            for key in known:
                for number, place in self._with[key]:
                    shared[number][place] = self._word_weights[number][place]
        best: dict[str, float] = {}
        for number, places in shared.items():
            common = sum(places.values())
            service = self._phrases[number].value
            alike = common / max(whole + self._weights[number] - common, 0.01)
            if self._kinds[service] == kind:
                alike *= _SAME_KIND
            if alike > best.get(service, _LEAST_ALIKE):
                best[service] = alike
        return tuple(sorted(best, key=lambda service: -best[service]))

    def _weight(self, keys: Iterable[str]) -> float:
        return math.log(len(self._phrases) / min(len(self._with[key]) for key in keys)) + 0.5
