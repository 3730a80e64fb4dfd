"""Services by the words of their names, as somebody types them: any order and case, an unfinished word."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from lang.catalogue import Catalogue, CatalogueService
from lang.spelling import Speller
from lang.words import split_words

# A word of the name tells more than one of another name, and that more than what the service is one of.
_NAME, _SYNONYM, _GROUP = 4, 3, 1
# What stands in the same form, not only as the same word.
_EXACT = 1
_SHORTEST_BEGINNING = 2


class ServiceWords:
    """Making it takes some seconds, `find` a millisecond. Safe to share between threads."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._services = list(catalogue.services.values())
        popular = {id_ for group in catalogue.groups.values() for id_ in group.popular}
        # Of equal ones the popular first, then those of the shorter name.
        self._usual = [(each.id not in popular, len(each.name)) for each in self._services]
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for group in catalogue.groups.values():
            if not group.services:
                groups[group.kind] += [group.name, *group.synonyms]
        said: defaultdict[str, dict[int, int]] = defaultdict(dict)
        for number, service in enumerate(self._services):
            for weight, phrases in (
                (_NAME, (service.name,)),
                (_SYNONYM, service.synonyms),
                (_GROUP, groups[service.kind]),
            ):
                for word, more in _words(phrases).items():
                    said[word][number] = max(said[word].get(number, 0), weight + more)
        self._said: Mapping[str, Mapping[int, int]] = said
        self._vocabulary = sorted(said)
        self._speller = Speller({word: (word,) for word in said})

    def find(self, text: str, most: int) -> list[CatalogueService]:
        """The services that have the most of the words, the likeliest first; none for words nobody has."""
        hits: Counter[int] = Counter()
        worth: Counter[int] = Counter()
        for word in split_words(text):
            if word.content and not word.skipped:
                for number, weight in self._having(word.text, word.lemmas).items():
                    hits[number] += 1
                    worth[number] += weight
        best = max(hits.values(), default=0)
        found = [number for number in worth if hits[number] == best]
        found.sort(key=lambda number: (-worth[number], *self._usual[number], number))
        return [self._services[number] for number in found[:most]]

    def _having(self, written: str, lemmas: Sequence[str]) -> dict[int, int]:
        """Services with the word and what it is worth in each."""
        found: dict[int, int] = {}
        for word in self._likely(written, lemmas):
            for number, weight in self._said.get(word, {}).items():
                found[number] = max(found.get(number, 0), weight)
        return found

    def _likely(self, written: str, lemmas: Sequence[str]) -> Iterable[str]:
        likely = {written, *lemmas} & self._said.keys()
        if len(written) >= _SHORTEST_BEGINNING:
            likely |= set(self._beginning_with(written))
        if not likely and (nearest := self._speller.nearest(written)) is not None:
            return nearest[1]
        return likely

    def _beginning_with(self, beginning: str) -> Iterable[str]:
        for place in range(bisect_left(self._vocabulary, beginning), len(self._vocabulary)):
            word = self._vocabulary[place]
            if not word.startswith(beginning):
                return
            yield word


def _words(phrases: Iterable[str]) -> dict[str, int]:
    """Words as they are written, and their normal forms."""
    found: dict[str, int] = {}
    for phrase in phrases:
        for word in split_words(phrase):
            if word.content:
                found |= {lemma: found.get(lemma, 0) for lemma in word.lemmas}
                found[word.text] = _EXACT
    return found
