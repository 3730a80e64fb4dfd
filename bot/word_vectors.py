"""Meaning of words: navec's vectors of Russian news, which natasha brings along (its only use here)."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np
from navec import Navec

SIZE = 300
_FILE = "data/emb/navec_news_v1_1B_250K_300d_100q.tar"


class WordVectors:
    """Vectors of unit length by lemma; 250,000 lemmas, 50 MB, loaded in half a second."""

    def __init__(self, navec: Navec) -> None:
        self._navec = navec

    @lru_cache(maxsize=20_000)  # noqa: B019 - one object lives as long as the process
    def of(self, lemma: str) -> np.ndarray | None:
        if lemma not in self._navec:
            return None
        vector: np.ndarray = self._navec[lemma]
        return vector / np.linalg.norm(vector)

    def mean(self, lemmas: Iterable[str], weights: Mapping[str, float], unknown: float) -> np.ndarray:
        """Unit vector of a text, shape (300,): its words weighted, `unknown` for words without a weight."""
        total = np.zeros(SIZE)
        for lemma in lemmas:
            vector = self.of(lemma)
            if vector is not None:
                total += vector * weights.get(lemma, unknown)
        length = np.linalg.norm(total)
        return total / length if length else total


@lru_cache(maxsize=1)
def word_vectors() -> WordVectors:
    """The vectors of this process. FileNotFoundError when natasha is not installed with its data."""
    found = importlib.util.find_spec("natasha")
    if found is None or found.origin is None:
        raise FileNotFoundError("natasha is not installed: it brings the word vectors")
    return WordVectors(Navec.load(str(Path(found.origin).parent / _FILE)))
