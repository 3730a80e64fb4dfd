"""Words of the wish grammar that name no day: «ближайшее», «срочно», «когда угодно», «кроме», «не могу»."""

from __future__ import annotations

from lang.wish_lexicon import Term, Terms

_HURRY = frozenset({
    "срочно", "экстренно", "неотложно", "безотлагательно", "немедленно", "незамедлительно", "поскорее",
    "поскорей", "побыстрее", "побыстрей", "пораньше", "асап", "asap",
})  # fmt: skip
_FASTER = frozenset({"раньше", "быстрее", "скорее", "скорей", "быстрей", "ближе", "пораньше", "побыстрее"})
_TIME = frozenset({
    "время", "дата", "день", "число", "час", "запись", "прием", "окно", "окошко", "слот", "талон", "место",
    "срок", "времечко", "денек", "талончик",
})  # fmt: skip
_FREE = frozenset(
    {"свободный", "доступный", "возможный", "попасть", "попавшийся", "открытый", "имеющийся", "попасться"}
)
_NOT_TIME = frozenset({
    "врач", "доктор", "специалист", "клиника", "филиал", "адрес", "кто", "где", "куда", "пол", "мужчина",
    "женщина", "район", "цена", "больница", "поликлиника", "отделение", "терапевт", "город", "метро",
})  # fmt: skip
_INDIFFERENT: tuple[tuple[str, ...], ...] = (
    ("без", "разницы"), ("все", "равно"), ("не", "важно"), ("неважно",), ("не", "принципиально"),
    ("непринципиально",), ("не", "имеет", "значения"), ("значения", "не", "имеет"), ("пофиг",),
    ("не", "принципиален"), ("без", "разници"), ("безразлично",),
)  # fmt: skip
_WHENEVER: tuple[tuple[str, ...], ...] = (
    ("когда", "угодно"), ("хоть", "когда"), ("как", "угодно"), ("в", "какое", "угодно", "время"),
    ("на", "ваше", "усмотрение"), ("когда", "вам", "удобно"), ("когда", "получится"), ("когда", "есть"),
    ("когда", "будет"),
)  # fmt: skip
_PHRASES_OF_HURRY: tuple[tuple[str, ...], ...] = (
    ("прямо", "сейчас"), ("на", "сейчас"), ("сейчас", "же"), ("в", "кратчайшие", "сроки"), ("на", "днях"),
    ("в", "самое", "ближайшее", "время"), ("вне", "очереди"),
)  # fmt: skip
_ABOUT_TIME = frozenset({"когда", "день", "время", "дата", "час", "сколько", "число"})
_CANNOT = frozenset({
    "мочь", "смочь", "получаться", "получиться", "подходить", "подойти", "устраивать", "устроить",
    "успевать", "успеть", "выйти", "выходить", "годиться", "удобно", "удобный", "вариант", "хотеть", "надо",
    "предлагать", "рассматривать", "ставить", "записывать",
})  # fmt: skip
_BUSY = frozenset({
    "занят", "занята", "занято", "заняты", "неудобно", "никак", "неудобен", "неудобна", "отпадает",
    "отпадают", "исключено", "исключается", "исключаются", "исключен", "исключена", "исключены", "мимо",
})  # fmt: skip
_COMING = frozenset(
    {"прийти", "приехать", "подойти", "подъехать", "быть", "попасть", "придти", "явиться", "я", "мы"}
)


def _by_first_word(phrases: tuple[tuple[str, ...], ...]) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for phrase in phrases:
        found.setdefault(phrase[0], []).append(phrase)
    return found


_INDIFFERENT_BY_WORD = _by_first_word(_INDIFFERENT)
_WHENEVER_BY_WORD = _by_first_word(_WHENEVER)
_HURRY_BY_WORD = _by_first_word(_PHRASES_OF_HURRY)


def hurry(terms: Terms, index: int) -> int:
    """The index after «срочно», «ближайшее», «чем раньше, тем лучше» at `index`; 0 if there is none."""
    term = terms[index]
    for phrase in _HURRY_BY_WORD.get(term.text, ()):
        if terms.matches(index, *phrase):
            return index + len(phrase)
    if terms.matches(index, "как", "можно") and terms[index + 2].text in _FASTER:
        return index + 3
    if term.is_word("чем") and terms[index + 1].text in _FASTER:
        end = index + 2
        comma = terms[end].text == ","
        if terms.matches(end + comma, "тем", "лучше"):
            end += 2 + comma
        return end
    if term.text in _HURRY:
        return index + 1
    if term.is_word("горит") and _alone(terms, index):
        return index + 1
    if term.text.startswith("срочн") and terms[index + 1].has_lemma(_TIME):
        return index + 2
    return _nearest(terms, index)


def _alone(terms: Terms, index: int) -> bool:
    """Whether the word stands between signs, with «очень» or «прямо» at most: «очень горит!»."""
    before = index - 1 - terms[index - 1].is_word("очень", "прям", "прямо", "просто", "уже")
    return all(terms[place].kind in {"end", "sign"} for place in (before, index + 1))


def _nearest(terms: Terms, index: int) -> int:
    at = index
    at += terms[at].is_word("в", "на")
    superlative = terms[at].is_word("самое", "самый", "самую", "самые", "самая", "самом")
    at += superlative
    term = terms[at]
    early = superlative and "ранний" in term.lemmas
    first = "первый" in term.lemmas and (
        terms[at + 1].has_lemma(_FREE) or (terms[at + 1].is_word("же") and terms[at + 2].has_lemma(_FREE))
    )
    if not (term.text.startswith("ближайш") or early or first):
        return 0
    end = at + 1
    end += terms[end].is_word("же")
    free = terms[end].has_lemma(_FREE)
    end += free
    if terms[end].has_lemma(_TIME):
        return end + 1
    neuter = term.text.endswith(("ее", "ое", "ему", "ьее"))
    closed = (
        terms[end].kind not in {"word", "unit", "ordinal"}
        or not terms[end].tag.startswith(("NOUN", "ADJF"))
        # «Ближайшее Соколова Вера»: what does not agree is not described by it.
        or (term.text.endswith(("ее", "ое")) and "neut" not in terms[end].tag)
    )
    return end if closed and (neuter or terms[end].kind in {"end", "sign", "part"}) else 0


def anyhow(terms: Terms, index: int) -> tuple[int, bool]:
    """The index after «без разницы», «любое время» … at `index` (0 if none) and whether it is emphatic.

    «Без разницы» asks for the earliest whatever else is said; «в любой день» only if nothing else is.
    """
    word = terms[index].text
    for phrase in _INDIFFERENT_BY_WORD.get(word, ()):
        if terms.matches(index, *phrase):
            end = index + len(phrase)
            if phrase == ("все", "равно") and not _ends_or_asks(terms[end]):
                return 0, False
            if _concerns_other(terms, index, end):
                return 0, False
            about_hour = any(
                terms[near].is_word("время", "сколько", "час") for near in (index - 1, end, end + 1, end + 2)
            )
            while terms[end].is_word("когда", "в", "во", "на", "какой", "какое", "сколько") or (
                terms[end].has_lemma(_ABOUT_TIME) and end > index + len(phrase)
            ):
                end += 1
            return end, not about_hour
    for phrase in _WHENEVER_BY_WORD.get(word, ()):
        if terms.matches(index, *phrase):
            return index + len(phrase), False
    at = index + terms[index].is_word("в", "на")
    if "любой" not in terms[at].lemmas:
        return 0, False
    noun = at + 2
    noun += 2 * terms.matches(noun, "для", "вас") + terms[noun].is_word("вам")
    if terms[at + 1].has_lemma(_FREE | {"удобный"}) and terms[noun].has_lemma(_TIME):
        return noun + 1, False
    if terms[at + 1].has_lemma(_TIME) and not terms[at + 1].has_lemma(frozenset({"место"})):
        return at + 2, False
    alone = terms[at + 1].kind in {"end", "sign"} or terms[at + 1].tag.startswith(
        ("VERB", "PREP", "CONJ", "ADVB")
    )
    return (at + 1, False) if terms[at].is_word("любое") and alone else (0, False)


def _ends_or_asks(term: Term) -> bool:
    return term.kind in {"end", "sign"} or term.is_word("когда", "какой", "во", "в", "на", "какое")


def _concerns_other(terms: Terms, start: int, end: int) -> bool:
    """Whether indifference is about the doctor or the place and not about the time."""
    after = [terms[index] for index in range(end, end + 4)]
    before = [terms[index] for index in range(start - 2, start)]
    return any(term.has_lemma(_NOT_TIME) for term in (*_until_sign(after), *before))


def _until_sign(terms: list[Term]) -> list[Term]:
    for count, term in enumerate(terms):
        if term.kind in {"sign", "end"}:
            return terms[:count]
    return terms


def excluding(terms: Terms, index: int) -> int:
    """The index after «кроме», «исключая», «только не», «не» at `index`; 0 if there is none."""
    if terms[index].is_word("кроме", "исключая", "помимо", "окромя"):
        return index + 1
    if terms.matches(index, "за", "исключением") or terms.matches(index, "не", "считая"):
        return index + 2
    if terms.matches(index, "только", "не"):
        return index + 2
    if terms[index].is_word("не", "ни"):
        if terms[index + 1].has_lemma(_CANNOT) and terms[index + 1].kind == "word":
            return _skip_coming(terms, index + 2)
        return index + 1
    if terms[index].is_word("неудобно"):
        return index + 1
    return 0


def _skip_coming(terms: Terms, index: int) -> int:
    while terms[index].has_lemma(_COMING):
        index += 1
    return index


def refused_after(terms: Terms, index: int) -> int:
    """The index after «не могу», «не получится», «занята» that refuses what stands before; 0 if none does."""
    at = index
    while at < index + 2 and (terms[at].is_word("я", "мне", "у", "меня", "но", "-", "точно", "мы", "вообще")):
        at += 1
    if terms[at].text in _BUSY:
        return at + 1
    if terms[at].text in {"работаю", "учусь"} and not terms[at + 1].is_word("до", "с", "и", "дома"):
        return at + 1
    if terms.matches(at, "на", "работе") or terms.matches(at, "на", "смене"):
        return at + 2
    if terms[at].is_word("не") and terms[at + 1].has_lemma(_CANNOT):
        end = at + 2
        if terms[end].has_lemma(_COMING):
            return end + 1
        return 0 if terms[end].tag.startswith("INFN") else end
    return 0
