"""Words written together or apart by mistake: «клору», «кардио лог», «приём25ноября», «к0гда»."""

from __future__ import annotations

import re
from functools import lru_cache

from lang.lexicon import Lexicon
from lang.text import parses

_CASES = {
    **{"к": ("datv",), "ко": ("datv",), "у": ("gent",), "о": ("loct",), "об": ("loct",), "до": ("gent",)},
    **{"от": ("gent",), "из": ("gent",), "без": ("gent",), "для": ("gent",), "после": ("gent",)},
    **{"в": ("accs", "loct", "loc2"), "во": ("accs", "loct"), "на": ("accs", "loct", "loc2")},
    **{"с": ("gent", "ablt"), "со": ("gent", "ablt"), "по": ("datv", "loct"), "за": ("accs", "ablt")},
    **{"при": ("loct",), "над": ("ablt",), "под": ("accs", "ablt"), "про": ("accs",), "через": ("accs",)},
}
_PARTICLES = frozenset({"и", "а", "не", "ни", "но", "что", "как", "где", "это", "так", "уже", "еще", "или"})
_ENCLITICS = frozenset({"ли", "бы", "же", "б"})
_DECLINED = frozenset({"NOUN", "ADJF", "NPRO", "NUMR"})
_SAID = frozenset({"VERB", "INFN", "GRND"})
_NEGATED = _SAID | {"ADVB", "PRED", "ADJS", "COMP", "CONJ"}
# Shortened adjectives that begin new words: «медколледж» is no honey and a college.
_COMPOUNDED = frozenset({"мед", "спец", "физ", "проф", "гос", "дет"})
_MOST_PARTS = 4
_SPACE = 0.6
_ONE_LETTER = 0.15
_MOST_COST = 1.1
_FIGURES_FOR_LETTERS = re.compile("[а-я]*[0346][а-я]+[а-я0346]*|[а-я]+[0346][а-я]*")
_FIGURE_LETTERS = str.maketrans("0346", "озчб")
_ORDINAL = frozenset(
    {
        "го",
        "му",
        "ого",
        "его",
        "ому",
        "ему",
        "ый",
        "ий",
        "ой",
        "ая",
        "ое",
        "ые",
        "ых",
        "ым",
        "ти",
        "ми",
        "мя",
        "ух",
        "ех",
    }
)
_BEFORE_FIGURES = frozenset({"на", "до", "по", "от", "со", "около", "после", "через"})


class Gluer:
    """Parts and joins words by what the lexicon has."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self.parted = lru_cache(maxsize=20_000)(self._parted)

    def joined(self, first: str, second: str) -> str | None:
        """The one word that two neighbours were meant to be, or None."""
        whole = first + second
        if len(whole) < 5 or not self._lexicon.count(whole):
            return None
        unknown = not self._lexicon.knows(first) or not self._lexicon.knows(second)
        if len(first) == 1:
            return whole if unknown and first in _CASES and not self._lexicon.nearest(second) else None
        if first in ("не", "ни"):
            return whole if not self._lexicon.knows(second) else None
        if unknown:
            return whole
        if first in _CASES and parses(second)[0].tag.POS in _SAID:
            # «за писаться» is «записаться», but «до работает» are two: hardly anyone writes «доработает».
            return whole if self._lexicon.count(whole) >= self._lexicon.count(second) else None
        rare = not self._lexicon.count(first) or not self._lexicon.count(second)
        return whole if rare and min(len(first), len(second)) > 1 and len(whole) > 6 else None

    def _parted(self, word: str) -> tuple[str, float] | None:
        """(the words an unknown one was glued from, cost); None unless every part is sure."""
        if not 4 <= len(word) <= 60 or self._lexicon.is_diminutive(word):
            return None
        found = self._parts(word, _MOST_PARTS)
        if found is None or found[0] > _MOST_COST * (len(found[1]) - 1):
            return None
        return " ".join(found[1]), found[0]

    def _parts(self, word: str, most: int) -> tuple[float, tuple[str, ...]] | None:
        """(cost, parts) of the likeliest way, each part known; there are two parts at least."""
        best: tuple[float, tuple[str, ...]] | None = None
        for cut in range(1, len(word) - 1):
            first, rest = word[:cut], word[cut:]
            small = first in _CASES or first in _PARTICLES
            if not small and not (cut > 2 and first not in _COMPOUNDED and self._lexicon.count(first)):
                continue
            price = _SPACE + (_ONE_LETTER if cut == 1 else 0.0) + (0.0 if small else self._rarity(first))
            ends: list[tuple[float, tuple[str, ...]]] = []
            if rest not in _CASES and self._may_follow(first, rest):
                ends.append((self._rarity(rest), (rest,)))
            if most > 2:
                more = self._parts(rest, most - 1)
                if more is not None and self._may_follow(first, more[1][0]):
                    ends.append(more)
            for cost, parts in ends:
                if best is None or price + cost < best[0]:
                    best = (price + cost, (first, *parts))
        return best

    def _rarity(self, word: str) -> float:
        return 0.0 if word in _PARTICLES or word in _ENCLITICS else 0.4 / (1 + self._lexicon.count(word))

    def _may_follow(self, first: str, rest: str) -> bool:
        if rest in _CASES or rest in _PARTICLES:
            return first not in _CASES and first not in _PARTICLES
        if first in _CASES:
            return len(rest) > 2 and self._fits(rest, _CASES[first])
        if rest in _ENCLITICS:
            return len(first) > 1 and self._lexicon.count(first) >= 3
        if len(rest) < 3 or not self._lexicon.count(rest):
            return False
        if first in ("не", "ни"):
            return parses(rest)[0].tag.POS in _NEGATED
        return len(first) > 1 or self._lexicon.count(rest) >= 3

    def _fits(self, word: str, cases: tuple[str, ...]) -> bool:
        if not self._lexicon.count(word):
            return False
        readings = parses(word)
        if not any(reading.is_known for reading in readings):
            return True
        return any(r.tag.POS in _DECLINED and any(case in r.tag for case in cases) for r in readings)


def with_figures(word: str, lexicon: Lexicon) -> str | None:
    """A word of letters and figures as it was meant: «к0гда», «25ноября»; None when it may be right."""
    if len(word) > 3 and _FIGURES_FOR_LETTERS.fullmatch(word):
        meant = word.translate(_FIGURE_LETTERS)
        if sum(letter.isdigit() for letter in word) * 3 <= len(word) and lexicon.knows(meant):
            return meant
    after = re.fullmatch(r"(\d+)([а-я]{2,})", word)
    if after and after.group(2) not in _ORDINAL and (len(after.group(2)) > 2 or after.group(2) in _CASES):
        return f"{after.group(1)} {after.group(2)}" if lexicon.knows(after.group(2)) else None
    before = re.fullmatch(r"([а-я]{2,})(\d+)", word)
    if before and (before.group(1) in _BEFORE_FIGURES or _is_long(before.group(1), lexicon)):
        return f"{before.group(1)} {before.group(2)}"
    inside = re.fullmatch(r"([а-я]{1,2}|[а-я]{5,})(\d+)([а-я]{3,})", word)
    if inside and inside.group(3) not in _ORDINAL:
        first, number, last = inside.groups()
        if lexicon.knows(last) and (first in _CASES or _is_long(first, lexicon)):
            return f"{first} {number} {last}"
    return None


def _is_long(word: str, lexicon: Lexicon) -> bool:
    return len(word) > 4 and lexicon.knows(word)


def without_repeats(word: str, lexicon: Lexicon) -> str | None:
    """«оооочень», «привееет» without the drawn out letters; None if there are none or no word is left."""
    if not re.search(r"(.)\1\1", word):
        return None
    drawn = re.compile(r"(.)\1\1+")
    single, double = drawn.sub(r"\1", word), drawn.sub(r"\1\1", word)
    for form in (single, double):
        if len(form) > 1 and lexicon.count(form):
            return form
    found = next((form for form in (single, double) if len(form) > 1 and lexicon.knows(form)), None)
    return found or lexicon.nearest(word) or lexicon.nearest(single)
