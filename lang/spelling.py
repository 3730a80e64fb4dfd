"""Nearest dictionary word for a misspelled one; callers ask only for words the dictionary lacks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SOUNDS = str.maketrans("оеяюэыйбвгджз", "аиаууиипфктшс")


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """The word roughly as heard: «гениколог» and «геникалок» sound alike."""
    heard = word.translate(_SOUNDS).replace("ь", "").replace("ъ", "").replace("тс", "ц")
    return re.sub(r"(.)\1+", r"\1", heard)


def allowed_edits(length: int) -> int:
    """How many typos a word of this length may have and still be recognised."""
    if length < 5:
        return 0
    if length < 7:
        return 1
    return 2 if length < 11 else 3


class Speller:
    """Finds the keys of the dictionary forms nearest to a misspelled word.

    `forms` maps each spelling (an inflected form) to what it stands for.
    """

    def __init__(self, forms: Mapping[str, Iterable[str]]) -> None:
        self._keys = {form: tuple(dict.fromkeys(keys)) for form, keys in forms.items()}
        written: dict[int, list[str]] = defaultdict(list)
        heard: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for form in self._keys:
            if len(form) >= 4 and form.isalpha():
                written[len(form)].append(form)
                heard[len(sound(form))][sound(form)].append(form)
        self._written = dict(written)
        self._heard = {length: dict(forms_by_sound) for length, forms_by_sound in heard.items()}
        self.nearest = lru_cache(maxsize=20_000)(self._nearest)

    def _nearest(self, word: str) -> tuple[float, tuple[str, ...]] | None:
        """(edits, keys) of the closest forms, or None when nothing is close enough."""
        limit = allowed_edits(len(word))
        if not limit or not word.isalpha():
            return None
        best: dict[str, float] = {}
        for length in range(len(word) - limit, len(word) + limit + 1):
            for form, edits, _ in process.extract(
                word, self._written.get(length, ()), scorer=OSA.distance, score_cutoff=limit, limit=8
            ):
                # The first letter is rarely missed; without it a far word is more likely another word.
                best[form] = edits + (0.5 if form[0] != word[0] else 0)
        spoken = sound(word)
        for length in (len(spoken) - 1, len(spoken), len(spoken) + 1):
            bucket = self._heard.get(length)
            if not bucket:
                continue
            for heard, edits, _ in process.extract(
                spoken, bucket.keys(), scorer=OSA.distance, score_cutoff=1, limit=8
            ):
                for form in bucket[heard]:
                    if edits == 0 or len(word) >= 6:
                        best[form] = min(best.get(form, 9), edits + 0.6)
        if not best:
            return None
        least = min(best.values())
        if least > limit:
            return None
        near = [form for form, distance in best.items() if distance <= least + 0.01]
        return least, tuple(dict.fromkeys(key for form in near for key in self._keys[form]))
