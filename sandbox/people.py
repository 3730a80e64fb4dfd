"""Invented Russian names with the right gender in all three parts."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

from sandbox.data_files import load, section

_FEMININE = (("ский", "ская"), ("цкий", "цкая"), ("ый", "ая"), ("ой", "ая"), ("ий", "ая"))
_POSSESSIVE = ("ов", "ев", "ёв", "ин", "ын")
# Nouns and foreign surnames that only look possessive.
_UNCHANGED = frozenset({"Цой", "Литвин"})


@dataclass(frozen=True, slots=True)
class Person:
    surname: str
    given: str
    patronymic: str
    woman: bool

    def __str__(self) -> str:
        return " ".join(part for part in (self.surname, self.given, self.patronymic) if part)


def feminine(surname: str) -> str:
    """The form a woman bears: «Иванова», «Вишневская», «Толстая», and «Мороз» as it is."""
    if surname in _UNCHANGED:
        return surname
    if surname.endswith(_POSSESSIVE):
        return surname + "а"
    for masculine, ending in _FEMININE:
        if surname.endswith(masculine):
            return surname.removesuffix(masculine) + ending
    return surname


@dataclass(frozen=True, slots=True)
class _Group:
    surnames: Sequence[str]
    surname_weights: Sequence[float]
    male: Mapping[str, tuple[str, str]]
    male_weights: Sequence[float]
    female: Sequence[str]
    female_weights: Sequence[float]


class Names:
    """Draws people whose surnames and given names are met about as often as in life."""

    def __init__(self, path: Path) -> None:
        groups = section(load(path), "groups", path)
        self._groups = [self._group(group) for group in groups]
        self._shares = list(accumulate(float(group["share"]) for group in groups))

    @staticmethod
    def _group(group: Mapping[str, Any]) -> _Group:
        surnames = str(group["surnames"]).split()
        male = {given: (pair[0], pair[1]) for given, pair in group["male"].items()}
        female = str(group["female"]).split()
        return _Group(
            surnames, _falling(surnames, 12), male, _falling(list(male), 5), female, _falling(female, 6)
        )

    def draw(self, chance: random.Random, *, woman: bool) -> Person:
        """One person; the same state of `chance` gives the same person."""
        group = chance.choices(self._groups, cum_weights=self._shares)[0]
        surname = chance.choices(group.surnames, cum_weights=group.surname_weights)[0]
        father = chance.choices(list(group.male), cum_weights=group.male_weights)[0]
        if woman:
            given = chance.choices(group.female, cum_weights=group.female_weights)[0]
            return Person(feminine(surname), given, group.male[father][1], woman=True)
        given = chance.choices(list(group.male), cum_weights=group.male_weights)[0]
        return Person(surname, given, group.male[father][0], woman=False)


def _falling(names: Sequence[str], head: int) -> list[float]:
    """Cumulative weights that fall with rank, flat over about the first `head`, as names do."""
    return list(accumulate(1 / (head + rank) for rank in range(len(names))))
