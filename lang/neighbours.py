"""Finds the words of a large list that are a typing error or two away, looking at a few dozen of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

_FARTHEST = 2


def _kept(length: int) -> int:
    """How many letters of one end of such a word are right whatever single slip it has."""
    return 1 if length < 5 else 2 if length < 7 else 3


class Neighbours:
    """Words of three letters and more by length and by how they begin and end.

    A single slip leaves the beginning or the end of a word right, so no neighbour is missed; of two slips
    those are missed that damage both ends.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._beginning: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._ending: dict[tuple[int, str], list[str]] = defaultdict(list)
        for word in dict.fromkeys(words):
            length = len(word)
            if length < 3:
                continue
            # A word is looked for from words up to two letters shorter or longer.
            for kept in range(_kept(length - _FARTHEST), _kept(length + _FARTHEST) + 1):
                self._beginning[length, word[:kept]].append(word)
                self._ending[length, word[-kept:]].append(word)

    def near(self, word: str, limit: int) -> set[str]:
        """Words `limit` (1 or 2) edits away or nearer; a swap of two letters is one edit."""
        kept = _kept(len(word))
        found: set[str] = set()
        for length in range(len(word) - limit, len(word) + limit + 1):
            for bucket in (
                self._beginning.get((length, word[:kept])),
                self._ending.get((length, word[-kept:])),
            ):
                if bucket:
                    hits = process.extract(word, bucket, scorer=OSA.distance, score_cutoff=limit, limit=None)
                    found.update(form for form, _, _ in hits)
        return found
