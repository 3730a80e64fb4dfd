"""Numbers said in words, cardinal or ordinal, any case: «двенадцатого», «две тысячи пятый»."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from lang.text import all_lemmas

_UNITS = {
    **{"ноль": 0, "один": 1, "два": 2, "три": 3, "четыре": 4, "пять": 5, "шесть": 6, "семь": 7, "восемь": 8},
    **{"девять": 9, "десять": 10, "одиннадцать": 11, "двенадцать": 12, "тринадцать": 13, "четырнадцать": 14},
    **{"пятнадцать": 15, "шестнадцать": 16, "семнадцать": 17, "восемнадцать": 18, "девятнадцать": 19},
    **{"двадцать": 20, "тридцать": 30, "сорок": 40, "пятьдесят": 50, "шестьдесят": 60, "семьдесят": 70},
    **{"восемьдесят": 80, "девяносто": 90, "сто": 100, "двести": 200, "девятьсот": 900, "восемьсот": 800},
}
_ORDINALS = {
    **{"нулевой": 0, "первый": 1, "второй": 2, "третий": 3, "четвертый": 4, "пятый": 5, "шестой": 6},
    **{"седьмой": 7, "восьмой": 8, "девятый": 9, "десятый": 10, "одиннадцатый": 11, "двенадцатый": 12},
    **{"тринадцатый": 13, "четырнадцатый": 14, "пятнадцатый": 15, "шестнадцатый": 16, "семнадцатый": 17},
    **{"восемнадцатый": 18, "девятнадцатый": 19, "двадцатый": 20, "тридцатый": 30, "сороковой": 40},
    **{"пятидесятый": 50, "шестидесятый": 60, "семидесятый": 70, "восьмидесятый": 80, "девяностый": 90},
    **{"сотый": 100, "двухтысячный": 2000, "тысячный": 1000, "девятисотый": 900},
}
_FIGURES = re.compile(r"(\d{1,4})(?:-?(?:го|е|ого))?")


@lru_cache(maxsize=4_000)
def _one(word: str) -> tuple[int, bool] | None:
    """(value, is ordinal) of one word."""
    for lemma in all_lemmas(word):
        if lemma in _UNITS:
            return _UNITS[lemma], False
        if lemma in _ORDINALS:
            return _ORDINALS[lemma], True
    return None


def spoken_number(words: Sequence[str]) -> int | None:
    """The number that all the words together say, or None; an ordinal ends it: «первого второго» is none."""
    if len(words) == 1 and (figures := _FIGURES.fullmatch(words[0])):
        return int(figures.group(1))
    total = current = 0
    smallest = 10_000
    for index, word in enumerate(words):
        if "тысяча" in all_lemmas(word):
            if index > 1 or total:
                return None
            total, current, smallest = (current or 1) * 1000, 0, 1000
            continue
        value = _one(word)
        if value is None:
            return None
        number, ordinal = value
        rank = 1000 if number >= 1000 else 100 if number >= 100 else 10 if number >= 20 else 1
        if rank >= smallest or (ordinal and index != len(words) - 1):
            return None
        smallest = 1 if number < 20 else rank
        current += number
    return total + current
