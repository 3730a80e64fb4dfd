"""What in a message tells that a day or a time is not wished for: complaints, the past, birth dates."""

from __future__ import annotations

from lang.wish_lexicon import Term, Terms

_COMPLAINTS = frozenset({
    "болеть", "заболеть", "разболеться", "тошнить", "рвать", "вырвать", "кашлять", "температура", "жар",
    "температурить", "подняться", "кружиться", "мучить", "ныть", "колоть", "опухнуть", "отекать", "отечь",
    "чесаться", "онеметь", "простыть", "беспокоить", "проснуться", "кровить", "кровоточить", "задыхаться",
    "боль", "сопли", "насморк", "кашель", "бессонница", "слабость", "понос", "рвота", "сыпь", "давление",
    "знобить", "скрутить", "прихватить", "стрелять", "жечь", "тянуть", "зудеть", "плакать", "изжога",
    "отек", "вздутие", "приступ", "мигрень", "судорога",
})  # fmt: skip
_PAST_VERBS = frozenset({
    "упасть", "удариться", "сломать", "начаться", "появиться", "сдавать", "сдать", "делать", "сделать",
    "приходить", "прийти", "посещать", "ходить", "лечиться", "удалить", "поставить", "ставить", "случиться",
    "произойти", "вызывать", "звонить", "обращаться", "ударить", "укусить", "порезать", "обжечь", "родить",
    "подвернуть", "потерять", "проходить", "пройти", "пить", "принять", "съесть", "ждать", "отравиться",
})  # fmt: skip
_BOOKING = frozenset({
    "записать", "записаться", "запись", "можно", "хотеть", "хотеться", "нужный", "нужно", "надо", "попасть",
    "прием", "записывать", "запишите", "удобно", "свободный", "перенести", "желательно", "успеть",
})  # fmt: skip
_BIRTH = frozenset({"рождение", "родиться", "др", "рожд"})
_STREETS = frozenset({"улица", "ул", "проспект", "площадь", "переулок", "метро", "бульвар"})
_BREAKS = frozenset({",", ".", "!", "?", ";", "(", ")", "и", "а", "но", "поэтому"})


def clause(terms: Terms, start: int, end: int) -> list[Term]:
    """The words around terms `start` … `end - 1` up to the next sign, conjunction or word of booking."""
    first, last = start, end
    while first > 0 and start - first < 12 and not _breaks(terms[first - 1]):
        first -= 1
    while last < len(terms) and last - end < 12 and not _breaks(terms[last]):
        last += 1
    return [terms[index] for index in range(first, last)]


def _breaks(term: Term) -> bool:
    return term.text in _BREAKS or term.is_word("лучше") or term.has_lemma(_BOOKING)


def tells_of_complaint(words: list[Term]) -> bool:
    return any(word.has_lemma(_COMPLAINTS) for word in words)


def tells_of_past(words: list[Term]) -> bool:
    """Whether somebody says what happened («упал», «сдавала анализы», «был у вас»)."""
    if any(word.is_word("бы", "б") for word in words):
        return False
    return any(
        word.is_word("был", "была", "были")
        or ("past" in word.tag and (word.has_lemma(_PAST_VERBS) or word.has_lemma(_COMPLAINTS)))
        for word in words
    )


def is_address(terms: Terms, start: int) -> bool:
    """Whether the date at `start` names a street: «на улице 8 Марта»."""
    return any(terms[index].has_lemma(_STREETS) for index in (start - 2, start - 1, start))


def is_birth_date(terms: Terms, start: int, end: int) -> bool:
    """Whether the date at terms `start` … `end - 1` is said to be that of a birth."""
    near = [terms[index] for index in (*range(start - 4, start), *range(end, end + 3))]
    if any(term.has_lemma(_BIRTH) for term in near):
        return True
    return any(terms.matches(index, "г", ".", "р") or terms[index].is_word("гр") for index in (end, end + 1))
