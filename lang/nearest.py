"""Stations, districts and towns in a text, for those that are not branches but have one near."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lang.catalogue import BranchFacts
from lang.words import Word, split_words


@dataclass(frozen=True)
class NearPlace:
    """A place named in a text and the id of the branch that is the nearest to it."""

    name: str
    branch: str


class NearPlaces:
    """Finds the stations of the branches and the places that branches.yml tells them to be near to."""

    def __init__(self, branches: Mapping[str, BranchFacts]) -> None:
        self._called = [
            (tuple(frozenset(word.lemmas) for word in split_words(name)), NearPlace(name, branch.id))
            for branch in branches.values()
            for name in (*branch.metro, *branch.near)
        ]
        self._called.sort(key=lambda called: -len(called[0]))

    def find(self, text: str) -> NearPlace | None:
        """The longest of the places that the text names, in any case; None if it names none."""
        words = split_words(text)
        return next((place for phrase, place in self._called if _contains(words, phrase)), None)


def _contains(words: list[Word], phrase: tuple[frozenset[str], ...]) -> bool:
    length = len(phrase)
    return any(
        all(set(word.lemmas) & wanted for word, wanted in zip(words[at : at + length], phrase, strict=True))
        for at in range(len(words) - length + 1)
    )
