"""Finds what a patient took back: «к окулисту… ой нет, к лору», «к терапевту, точнее к кардиологу»."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lang.words import Word

_TAKES_BACK = frozenset(
    {
        *("ой", "упс", "тьфу", "вернее", "точнее", "пардон", "ошибся", "ошиблась", "ошибка", "перепутал"),
        *(
            "перепутала",
            "передумал",
            "передумала",
            "опечатка",
            "оговорился",
            "оговорилась",
            "извините",
            "простите",
            "виноват",
        ),
        *("виновата",),
    }
)
_AFTER_NO = frozenset(
    {
        *("нет", "не", "хотя", "все", "таки", "всетаки", "лучше", "давайте", "давай", "тогда", "запишите"),
        *("запиши", "мне", "нужен", "нужна", "надо", "уж", "уже", "наверное", "пожалуй", "скорее"),
        *("просто",),
    }
)
_ADDS = frozenset({"и", "или", "либо", "если", "еще", "также", "тоже", "плюс", "потом", "затем"})
_SAME = frozenset({"то", "есть", "просто", "короче", "он", "же", "и", "врач", "или", "в", "общем"})
_FARTHEST = 7


def takes_back(between: Sequence[Word]) -> bool:
    """Whether the words between two names say that the second is meant instead of the first."""
    texts = [word.text for word in between]
    if not texts or len(texts) > _FARTHEST or _ADDS & {*texts}:
        return False
    if _TAKES_BACK & {*texts}:
        return True
    if any(pair == ("то", "есть") for pair in pairwise(texts)):
        return True
    said = [word for word in between if word.content]
    return {"нет", "лучше"} & {*texts} != set() and all(word.text in _AFTER_NO for word in said)


def says_again(between: Sequence[Word]) -> bool:
    """Whether nothing between two names parts them: «аллерголог-иммунолог», «кожник, то есть дерматолог»."""
    return all(word.text in _SAME or not word.content for word in between)
