"""Which of several doctors a message only tells of: who sent the patient, who has been seen, who is kin."""

from __future__ import annotations

from collections.abc import Sequence

from lang.text import parses
from lang.words import Word

_SENDS = frozenset(
    {
        *("направить", "направлять", "отправить", "отправлять", "послать", "посоветовать", "советовать"),
        *("рекомендовать", "порекомендовать", "назначить", "прописать", "выписать", "сказать", "говорить"),
        *("велеть", "просить", "попросить", "дать", "отфутболить", "смотреть", "посмотреть", "осмотреть"),
        *("помочь", "разводить", "уволиться", "понимать"),
    }
)
_SEEN_BEFORE = frozenset({"быть", "ходить", "сходить", "наблюдаться", "лечиться", "побывать", "после"})
_SENT_BY = frozenset({"направление", "рекомендация", "совет", "заключение", "назначение"})
_SEEN_AFTER = frozenset({"пройти", "проходить"})
_KIN = frozenset(
    {
        *("муж", "жена", "сестра", "брат", "подруга", "друг", "сосед", "соседка", "дочь", "дочка", "сын"),
        *("папа", "мама", "отец", "мать", "знакомый", "знакомая", "тетя", "дядя", "свекровь", "невестка"),
    }
)
_WORKS = frozenset({"работать", "проработать", "отработать", "трудиться"})
_NEAR = 3


def only_told_of(words: Sequence[Word], first: int, last: int) -> bool:
    """Whether the doctor named by the words `first` to `last` is no one to go to.

    Meant for a message that names another doctor too: «хирург направил к неврологу», «был у лора»,
    «по направлению терапевта», «уролога уже прошли», «подруга-косметолог советует».
    """
    return (
        _sends(words, first, last)
        or _seen(words, first)
        or _done(words, last)
        or _kin(words, first)
        or _works(words, first)
    )


def _sends(words: Sequence[Word], first: int, last: int) -> bool:
    if first and words[first - 1].text in {"к", "ко"} and not _ends(words[first]):
        return False
    if not _is_case(words[last], "nomn"):
        return False
    for word in words[last + 1 : last + 1 + _NEAR]:
        if _ends(word):
            return False
        if word.lemmas[0] in _SENDS and parses(word.text)[0].tag.POS == "VERB":
            return True
    return False


def _seen(words: Sequence[Word], first: int) -> bool:
    before = _before(words, first)
    if not before or not _is_case(words[first], "gent"):
        return False
    near = {lemma for word in before[-_NEAR:] for lemma in word.lemmas}
    if before[-1].text in {"у", "после"}:
        return bool(near & _SEEN_BEFORE)
    # «Направление на консультацию хирурга» names where to go.
    return bool(near & _SENT_BY) and not any(word.text in {"к", "на"} for word in before)


def _done(words: Sequence[Word], last: int) -> bool:
    after = []
    for word in words[last + 1 : last + 1 + _NEAR]:
        if _ends(word):
            break
        after.append(word)
    return any(word.lemmas[0] in _SEEN_AFTER and "past" in parses(word.text)[0].tag for word in after)


def _kin(words: Sequence[Word], first: int) -> bool:
    before = _before(words, first)
    return bool(before) and before[-1].lemmas[0] in _KIN and _is_case(words[first], "nomn")


def _works(words: Sequence[Word], first: int) -> bool:
    before = _before(words, first)
    return bool(before) and before[-1].lemmas[0] in _WORKS and _is_case(words[first], "ablt")


def _before(words: Sequence[Word], first: int) -> list[Word]:
    """The nearest words of the same clause."""
    start = first
    while start > 0 and first - start < _NEAR and not _ends(words[start]):
        start -= 1
    return list(words[start:first])


def _ends(word: Word) -> bool:
    return word.breaks or word.comma


def _is_case(word: Word, case: str) -> bool:
    return any(reading.tag.case == case for reading in parses(word.text))
