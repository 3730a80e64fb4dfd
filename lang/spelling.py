"""Nearest dictionary word for a misspelled one; callers ask only for words the dictionary lacks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA, Prefix

_SOUNDS = str.maketrans("оеяюэыйбвгджз", "аиаууиипфктшс")
_REPEATED = re.compile(r"(.)\1+")


def sound(word: str) -> str:
    """The word roughly as heard: «гениколог» and «геникалок» sound alike."""
    heard = word.translate(_SOUNDS).replace("ь", "").replace("ъ", "").replace("тс", "ц")
    return _REPEATED.sub(r"\1", heard)


def allowed_edits(length: int) -> int:
    """How many typos a word of this length may have and still be recognised."""
    if length < 5:
        return 0
    if length < 7:
        return 1
    return 2 if length < 11 else 3


class _Buckets:
    """Words by length and beginning: a look-up compares hundreds of words, not tens of thousands."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_first: dict[tuple[int, str], list[str]] = defaultdict(list)
        self._by_pair: dict[tuple[int, str], list[str]] = defaultdict(list)
        for word in dict.fromkeys(words):
            self._by_first[len(word), word[0]].append(word)
            self._by_pair[len(word), word[1:3]].append(word)

    def near(self, word: str, limit: int) -> dict[str, int]:
        """Words at most `limit` edits away that begin alike or whose beginning has one typo."""
        found: dict[str, int] = {}
        for length in range(len(word) - limit, len(word) + limit + 1):
            choices = [self._by_first.get((length, letter), ()) for letter in dict.fromkeys(word[:2])]
            choices += [self._by_pair.get((length, pair), ()) for pair in (word[1:3], word[:2], word[2:4])]
            for bucket in choices:
                if bucket:
                    hits = process.extract(word, bucket, scorer=OSA.distance, score_cutoff=limit, limit=8)
                    found.update((form, edits) for form, edits, _ in hits)
        return found


class Speller:
    """Finds the keys of the dictionary forms nearest to a misspelled word.

    `forms` maps each spelling (an inflected form) to what it stands for.
    """

    def __init__(self, forms: Mapping[str, Iterable[str]]) -> None:
        words = {form: tuple(dict.fromkeys(keys)) for form, keys in forms.items()}
        self._keys = {form: keys for form, keys in words.items() if len(form) >= 4 and form.isalpha()}
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for form in self._keys:
            self._by_sound[sound(form)].append(form)
        self._written = _Buckets(self._keys)
        self._heard = _Buckets(heard for heard in self._by_sound if len(heard) > 2)
        self.nearest = lru_cache(maxsize=20_000)(self._nearest)

    def _nearest(self, word: str) -> tuple[float, tuple[str, ...]] | None:
        """(edits, keys) of the closest forms, or None when nothing is close enough."""
        limit = allowed_edits(len(word))
        if not limit or not word.isalpha():
            return None
        best: dict[str, float] = {}
        for form, edits in self._written.near(word, limit).items():
            # The first letter is rarely missed; with another one it is likelier another word.
            best[form] = edits + (0.5 if form[0] != word[0] else 0)
        spoken = sound(word)
        if len(spoken) > 2:
            for heard, edits in self._heard.near(spoken, 1 if len(word) >= 6 else 0).items():
                for form in self._by_sound[heard]:
                    best[form] = min(best.get(form, 9), edits + 0.6)
        if not best:
            return None
        for form in best:
            # Of equally near words the one that begins alike longer: «гастероскопия» is no «гистероскопия».
            best[form] -= 0.02 * Prefix.similarity(form, word)
        least = min(best.values())
        if least > limit:
            return None
        near = [form for form, distance in best.items() if distance <= least + 0.01]
        return max(least, 0.5), tuple(dict.fromkeys(key for form in near for key in self._keys[form]))
