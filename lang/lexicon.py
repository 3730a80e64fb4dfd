"""The words a repair may know, and the one a misspelled word was most likely meant to be."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache

from rapidfuzz.distance import OSA

from lang.neighbours import Neighbours
from lang.romanised import russian_skeleton, skeletons
from lang.spelling import allowed_edits, sound
from lang.surnames import looks_like_surname
from lang.text import analyser, normalise, parses
from lang.typo_cost import typo_cost
from lang.words import is_known

_PLAIN = re.compile("[а-я]+")
_DIMINUTIVE = re.compile(r"(.{4,}?)(ик|чик|[ое]чк(?=[аиуео])|к(?=[аиуео]))(?:[аиуе]|ой|ом|ам|ами|ов)?")
# «Артрит» and «артроз», «цистит» and «цистома» are different illnesses, however alike they are written.
_ILLNESS_END = re.compile(r"(ит|оз|ом|еми|ури|пати)(?:ы|у|а|е|ом|ов|ам|ами|ах|ой|я|ю|и|ей|й)?$")
_FREQUENCY = 0.08
_FITS = 0.15
_MARGIN = 0.04
# A short word or one that ends like a surname is changed for the likeliest slips only.
_SURE_COST = 0.5
_SHORT_COST = 0.95
# Beyond the given words only those of such a length are repaired, and only if nothing else is as near.
_SHORTEST_FREE, _LONGEST_FREE = 6, 20
_RIVAL = 0.35
# Written so often that even a word like a surname is rather a slip than a surname.
COMMON = 12
# Often enough to complete a word of four letters.
_FAMILIAR = 6
_CASES = {
    **dict.fromkeys(("к", "ко"), ("datv",)),
    **dict.fromkeys(("у", "от", "из", "до", "без", "для", "после", "около", "кроме"), ("gent", "gen2")),
    **dict.fromkeys(("на", "в", "во"), ("accs", "loct", "loc2")),
    **dict.fromkeys(("о", "об", "при"), ("loct", "loc2")),
    **dict.fromkeys(("с", "со"), ("gent", "ablt", "gen2")),
    **dict.fromkeys(("по",), ("datv", "accs", "loct")),
    **dict.fromkeys(("за",), ("accs", "ablt")),
    **dict.fromkeys(("перед", "над"), ("ablt",)),
    **dict.fromkeys(("под",), ("accs", "ablt")),
    **dict.fromkeys(("про", "через"), ("accs",)),
}


class Lexicon:
    """Words with how often each is written; only words of Russian letters are candidates.

    `counts` maps a normalised word to a number ≥ 0; `names` are known too but never proposed, and what
    resembles one of them more than any other word is left alone.
    """

    def __init__(self, counts: Mapping[str, float], names: frozenset[str] = frozenset()) -> None:
        self._counts = counts
        self._names = names
        candidates = [word for word in counts if len(word) > 2 and _PLAIN.fullmatch(word)]
        self._written = Neighbours(word for word in candidates if len(word) > 3)
        self._heard: dict[str, list[str]] = defaultdict(list)
        self._romanised: dict[str, list[str]] = defaultdict(list)
        for word in candidates:
            if len(word) > 3:
                self._heard[sound(word)].append(word)
        for word in counts:
            if _PLAIN.fullmatch(word):
                self._romanised[russian_skeleton(word)].append(word)
        self._near_names: Neighbours | None = None
        self._cached = lru_cache(maxsize=20_000)(self._nearest)

    def with_names(self, names: Iterable[str]) -> Lexicon:
        """The same words with further names; shares everything else, so it costs only the names."""
        other = object.__new__(Lexicon)
        other.__dict__.update(self.__dict__)
        other._names = self._names | frozenset(normalise(name) for name in names)
        other._near_names = None
        other._cached = lru_cache(maxsize=20_000)(other._nearest)
        return other

    def has(self, word: str) -> bool:
        """Whether the word was given, as a word or as a name."""
        return word in self._counts or word in self._names

    def knows(self, word: str) -> bool:
        """Whether it was given or is in the dictionary of the language."""
        return word in self._counts or word in self._names or is_known(word)

    def count(self, word: str) -> float:
        return self._counts.get(word, 0.0)

    def closest(self, word: str, before: str = "") -> tuple[str, float] | None:
        """(what the unknown word was meant to be, cost of its typos), None when unsure.

        `before`: the word before it, which decides between forms when it is a preposition.
        """
        return self._cached(word, before if before in _CASES else "")

    def nearest(self, word: str, before: str = "", most: float = 9.0) -> str | None:
        """The same without the cost, which must not be over `most`."""
        found = self.closest(word, before)
        return found[0] if found is not None and found[1] <= most else None

    def romanised(self, word: str) -> str | None:
        """The given word that sounds like the Latin one, the commonest of several; None if there is none."""
        best = [
            ((rank, -self._counts[form]), form)
            for rank, skeleton in enumerate(skeletons(word))
            for form in self._romanised.get(skeleton, ())
        ]
        return min(best)[1] if best else None

    def _nearest(self, word: str, before: str) -> tuple[str, float] | None:
        if not 4 <= len(word) <= 30:
            return None
        if self.is_diminutive(word):
            return None
        costs: dict[str, float] = {form: typo_cost(word, form) for form in self._heard.get(sound(word), ())}
        for form in self._written.near(word, 1):
            costs[form] = typo_cost(word, form)
        far = allowed_edits(len(word))
        if far > 1 and min(costs.values(), default=9.0) > 1.0:
            for form in self._written.near(word, 2):
                if form not in costs:
                    costs[form] = typo_cost(word, form)
        ranked = sorted(
            (cost - self._weight(form, before), cost, form)
            for form, cost in costs.items()
            if cost <= self._most_cost(word, form) and not _other_illness(word, form)
        )
        if not ranked:
            return None if self._resembles_name(word, _SURE_COST) else _from_dictionary(word)
        rank, cost, best = ranked[0]
        # Two words equally near leave it open which was meant, unless they are forms of one.
        if len(ranked) > 1 and ranked[1][0] - rank < _MARGIN and not _akin(best, ranked[1][2]):
            return None
        if self._resembles_name(word, cost):
            return None
        return best, cost

    def is_diminutive(self, word: str) -> bool:
        """«анализик», «витаминку», «парковочка»: no slip, though the dictionary lacks it."""
        parted = _DIMINUTIVE.fullmatch(word)
        if parted is None:
            return False
        stem = parted.group(1)
        tails = ("ка", "ок") if parted.group(2).endswith("чк") else ("", "а")
        return any(self.knows(stem + tail) for tail in tails)

    def _most_cost(self, word: str, form: str) -> float:
        # «Хирургова» is no «хирургов», «сегодян» is «сегодня».
        ended_alike = sorted(word[-2:]) == sorted(form[-2:])
        if looks_like_surname(word) and not (ended_alike and self._counts[form] >= COMMON):
            return _SURE_COST
        if len(word) == 4 and self._counts[form] < _FAMILIAR:
            return _SURE_COST
        slips = OSA.distance(word, form)
        if slips > 1 and (len(word) < 7 or (len(word) < 10 and word[0] != form[0])):
            # Two slips in a short word leave little of it, however alike they sound.
            return _SURE_COST
        if len(word) < 7:
            return _SHORT_COST
        if looks_like_surname(word):
            return 1.0
        return 1.25 if len(word) < 10 else 2.0

    def _weight(self, form: str, before: str) -> float:
        weight = _FREQUENCY * math.log2(1 + min(self._counts[form], 500))
        if before and any(case in reading.tag for reading in parses(form) for case in _CASES[before]):
            weight += _FITS
        return weight

    def _resembles_name(self, word: str, cost: float) -> bool:
        if not self._names:
            return False
        if self._near_names is None:
            self._near_names = Neighbours(name for name in self._names if len(name) > 3)
        near = self._near_names.near(word, 1 if len(word) < 8 else 2)
        return any(typo_cost(word, name) <= cost for name in near)


def _from_dictionary(word: str) -> tuple[str, float] | None:
    """The only word of the language one slip away, for a word long enough that this is no chance."""
    if not _SHORTEST_FREE <= len(word) <= _LONGEST_FREE or looks_like_surname(word):
        return None
    found = sorted(
        (typo_cost(word, form), form) for form in _one_slip(word) if analyser().word_is_known(form)
    )
    if not found:
        return None
    cost, best = found[0]
    rivals = (form for other, form in found if other - cost < _RIVAL)
    return (best, cost) if all(_akin(best, form) for form in rivals) else None


def _one_slip(word: str) -> set[str]:
    """The word with two letters swapped back or a doubled one written once: what no new word differs by."""
    forms = set()
    for place in range(len(word) - 1):
        before, letter, following, after = word[:place], word[place], word[place + 1], word[place + 2 :]
        forms.add(before + letter + after if letter == following else before + following + letter + after)
    return forms


def _other_illness(word: str, form: str) -> bool:
    endings = [_ILLNESS_END.search(each) for each in (word, form)]
    return all(endings) and len({end.group(1) for end in endings if end}) > 1


def _akin(one: str, other: str) -> bool:
    return any(a.normal_form == b.normal_form for a in parses(one)[:3] for b in parses(other)[:3])
