"""What in a message tells that a day or a time is not wished for: complaints, the past, birth dates."""

from __future__ import annotations

from lang.text import analyser
from lang.wish_lexicon import Term, Terms

_COMPLAINTS = frozenset({
    "болеть", "заболеть", "разболеться", "тошнить", "рвать", "вырвать", "кашлять", "температура", "жар",
    "температурить", "подняться", "кружиться", "мучить", "ныть", "колоть", "опухнуть", "отекать", "отечь",
    "чесаться", "онеметь", "простыть", "беспокоить", "проснуться", "кровить", "кровоточить", "задыхаться",
    "боль", "сопли", "насморк", "кашель", "бессонница", "слабость", "понос", "рвота", "сыпь", "давление",
    "знобить", "скрутить", "прихватить", "стрелять", "жечь", "тянуть", "зудеть", "плакать", "изжога",
    "отек", "вздутие", "приступ", "мигрень", "судорога", "держаться", "больничный",
})  # fmt: skip
_PAST_VERBS = frozenset({
    "упасть", "удариться", "сломать", "начаться", "появиться", "сдавать", "сдать", "делать", "сделать",
    "приходить", "прийти", "посещать", "ходить", "лечиться", "удалить", "поставить", "ставить", "случиться",
    "произойти", "вызывать", "звонить", "обращаться", "ударить", "укусить", "порезать", "обжечь", "родить",
    "подвернуть", "потерять", "проходить", "пройти", "пить", "принять", "съесть", "ждать", "отравиться",
})  # fmt: skip
_SAYING = frozenset({
    "хотеть", "захотеть", "думать", "подумать", "планировать", "собираться", "собраться", "решить",
    "мочь", "смочь", "мечтать", "просить", "попросить", "сказать", "посоветовать", "рекомендовать",
    "велеть", "забыть", "понять", "передумать", "ошибиться", "перепутать", "освободиться", "согласиться",
    "выбрать", "предложить", "надеяться", "рассчитывать", "устроить", "остаться", "потребоваться",
    "понадобиться", "прийтись", "опоздать", "успеть",
})  # fmt: skip
_ARRANGED = frozenset(
    {"записать", "назначить", "прописать", "запланировать", "сделать", "выдать", "выписать"}
)
_TAKING = frozenset(
    {"пить", "колоть", "мазать", "капать", "закапывать", "полоскать", "глотать", "принимать", "ставить"}
)
_GOING = frozenset({"ходить", "заниматься", "тренироваться", "посещать", "ездить", "летать"})
_SLOTS = frozenset({"место", "окно", "окошко", "время", "талон", "слот", "запись", "местечко"})
_CYCLE = frozenset({"месячные", "месячный", "менструация"})
_PAPERS = frozenset({
    "полис", "рецепт", "направление", "справка", "анализ", "заключение", "договор", "чек", "снимок",
    "выписка", "узи", "мрт", "кт", "счет", "квитанция", "больничный", "результат", "карта",
    "доверенность", "паспорт",
})  # fmt: skip
_VALID = frozenset(
    {"действовать", "действительный", "истекать", "истечь", "годный", "просрочить", "закончиться"}
)
_BOOKING_NOUNS = frozenset({"запись", "прием"})
_BOOKING = frozenset({
    "записать", "записаться", "запись", "можно", "хотеть", "хотеться", "нужный", "нужно", "надо", "попасть",
    "прием", "записывать", "запишите", "удобно", "свободный", "перенести", "желательно", "успеть",
})  # fmt: skip
_BIRTH = frozenset({"рождение", "родиться", "др", "рожд"})
_STREETS = frozenset({"улица", "ул", "проспект", "площадь", "переулок", "метро", "бульвар"})
_LISTED = frozenset({"part", "weekday", "number"})
_BREAKS = frozenset({",", ".", "!", "?", ";", "(", ")", "и", "а", "но", "поэтому"})


def clause(terms: Terms, start: int, end: int, *, wide: bool = False) -> list[Term]:
    """The words around terms `start` … `end - 1` up to the next sign, conjunction or word of booking.

    A `wide` clause goes on over «запись» and «приём», which may be those of the past.
    """
    first, last = start, end
    while first > 0 and start - first < 12 and not _breaks(terms, first - 1, wide):
        first -= 1
    while last < len(terms) and last - end < 12 and not _breaks(terms, last, wide):
        last += 1
    return [terms[index] for index in range(first, last)]


def _breaks(terms: Terms, index: int, wide: bool) -> bool:
    term = terms[index]
    if term.is_word("и") and terms[index - 1].kind == terms[index + 1].kind in _LISTED:
        return False
    if term.text in _BREAKS or term.is_word("лучше"):
        return True
    if not term.has_lemma(_BOOKING) or term.tag.startswith("PRTS"):
        return False
    return not (wide and term.has_lemma(_BOOKING_NOUNS))


def tells_of_complaint(words: list[Term]) -> bool:
    return any(word.has_lemma(_COMPLAINTS) for word in words)


def tells_of_past(words: list[Term]) -> bool:
    """Whether somebody says what happened («упал», «сдавала анализы», «был у вас»)."""
    if any(word.is_word("бы", "б") for word in words):
        return False
    if any(word.has_lemma(_SLOTS) and word.tag.startswith("NOUN") for word in words) and any(
        word.has_lemma(frozenset({"появиться", "освободиться"})) for word in words
    ):
        return False
    if any(word.is_word("был", "была", "были") or word.has_lemma(_CYCLE) for word in words):
        return True
    planned = any(word.tag.startswith("INFN") for word in words)
    return any("past" in word.tag and _happened(word, planned=planned) for word in words)


def _happened(word: Term, *, planned: bool) -> bool:
    """Whether a past form tells of an event; beside an infinitive only a known one («велел прийти»)."""
    if word.has_lemma(_PAST_VERBS) or word.has_lemma(_COMPLAINTS):
        return True
    if word.tag.startswith("PRTS"):
        return word.has_lemma(_ARRANGED) and not planned
    if planned or word.kind != "word" or word.has_lemma(_SAYING):
        return False
    return word.tag.startswith("VERB") and analyser().word_is_known(word.text)


def is_arranged(words: list[Term]) -> bool:
    """Whether somebody has a visit already: «муж записан на вторник», «назначено на 14:00»."""
    return any(word.tag.startswith("PRTS") and _happened(word, planned=False) for word in words)


def tells_of_habit(words: list[Term]) -> bool:
    """Whether somebody tells of what is done regularly: «через день пью таблетки», «хожу на йогу»."""
    return any(
        word.has_lemma(_TAKING | _GOING) and "pres" in word.tag and "sing,1per" in word.tag for word in words
    )


def is_of_paper(terms: Terms, start: int, words: list[Term]) -> bool:
    """Whether the date at `start` is that of a paper: «рецепт от 25 апреля», «полис действует до …»."""
    if any(word.has_lemma(_VALID) for word in words):
        return any(word.has_lemma(_PAPERS) for word in words)
    named = any(terms[index].has_lemma(_PAPERS) for index in range(start - 3, start))
    return terms[start].is_word("от") and named


def is_address(terms: Terms, start: int) -> bool:
    """Whether the date at `start` names a street: «на улице 8 Марта»."""
    return any(terms[index].has_lemma(_STREETS) for index in (start - 2, start - 1, start))


def is_birth_date(terms: Terms, start: int, end: int) -> bool:
    """Whether the date at terms `start` … `end - 1` is said to be that of a birth."""
    near = [terms[index] for index in (*range(start - 4, start), *range(end, end + 3))]
    if any(term.has_lemma(_BIRTH) for term in near):
        return True
    return any(terms.matches(index, "г", ".", "р") or terms[index].is_word("гр") for index in (end, end + 1))
