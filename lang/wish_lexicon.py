"""Words of the wish grammar: a text becomes terms that the grammar can match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import OSA

from lang.text import Token, all_lemmas, analyser, best_tag, normalise, parses, tokens

_WEEKDAYS = ("понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье")
_MONTHS = (
    "январь", "февраль", "март", "апрель", "май", "июнь",
    "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь",
)  # fmt: skip
_RELATIVE = {"сегодня": 0, "завтра": 1, "послезавтра": 2, "послепослезавтра": 3}
_UNITS = {
    "минута": "minute", "минутка": "minute", "час": "hour", "часик": "hour", "день": "day", "сутки": "day",
    "денек": "day", "неделя": "week", "неделька": "week", "месяц": "month", "месяцок": "month", "год": "year",
    "полгода": "halfyear", "полмесяца": "halfmonth", "день-другой": "pairdays",
}  # fmt: skip
_PARTS = {
    "утро": "morning", "утречко": "morning", "утром": "morning", "утречком": "morning", "поутру": "morning",
    "утрец": "morning", "утренний": "morning", "вечер": "evening", "вечерок": "evening", "вечером": "evening",
    "вечерком": "evening", "вечерний": "evening", "ночь": "night", "ночью": "night", "обед": "lunch",
    "обеденный": "lunch", "дневной": "day", "полдень": "noon", "полночь": "midnight",
}  # fmt: skip
_WHICH = {
    "этот": "this", "текущий": "this", "нынешний": "this", "следующий": "next", "следущий": "next",
    "будущий": "next", "тот": "that", "близкий": "nearest", "прошлый": "past", "прошедший": "past",
    "предыдущий": "past", "минувший": "past", "позапрошлый": "past",
}  # fmt: skip

_BY_LEMMA: dict[str, tuple[str, Any]] = {
    **{word: ("weekday", number) for number, word in enumerate(_WEEKDAYS)},
    **{word: ("month", number) for number, word in enumerate(_MONTHS, 1)},
    **{word: ("relative", days) for word, days in _RELATIVE.items()},
    "завтрашний": ("relative", 1), "сегодняшний": ("relative", 0), "послезавтрашний": ("relative", 2),
    **{word: ("unit", unit) for word, unit in _UNITS.items()},
    **{word: ("part", part) for word, part in _PARTS.items()},
    **{word: ("which", which) for word, which in _WHICH.items()},
    "выходной": ("daykind", "weekend"), "выхи": ("daykind", "weekend"), "уик-энд": ("daykind", "weekend"),
    "уикенд": ("daykind", "weekend"), "будни": ("daykind", "workdays"), "будний": ("daykind", "workdays"),
    "будень": ("daykind", "workdays"), "рабочий": ("daykind", "workdays"),
    "число": ("number_word", None), "половина": ("half", None), "четверть": ("quarter", None),
    "начало": ("portion", 0), "середина": ("portion", 1), "конец": ("portion", 2),
}  # fmt: skip

_BY_TEXT: dict[str, tuple[str, Any]] = {
    "пн": ("weekday", 0), "пнд": ("weekday", 0), "понед": ("weekday", 0), "понедельничек": ("weekday", 0),
    "понедельничка": ("weekday", 0), "вт": ("weekday", 1), "втр": ("weekday", 1), "ср": ("weekday", 2),
    "срд": ("weekday", 2), "чт": ("weekday", 3), "чтв": ("weekday", 3), "четв": ("weekday", 3),
    "пт": ("weekday", 4), "птн": ("weekday", 4), "пятничку": ("weekday", 4), "пятн": ("weekday", 4),
    "сб": ("weekday", 5), "сбт": ("weekday", 5), "субб": ("weekday", 5), "субботку": ("weekday", 5),
    "вс": ("weekday", 6), "вск": ("weekday", 6), "воскр": ("weekday", 6), "воскресение": ("weekday", 6),
    "воскресения": ("weekday", 6), "воскресению": ("weekday", 6), "воскресенье": ("weekday", 6),
    "янв": ("month", 1), "фев": ("month", 2), "февр": ("month", 2), "апр": ("month", 4), "июн": ("month", 6),
    "июл": ("month", 7), "авг": ("month", 8), "сен": ("month", 9), "сент": ("month", 9), "окт": ("month", 10),
    "ноя": ("month", 11), "нояб": ("month", 11), "дек": ("month", 12), "седня": ("relative", 0),
    "севодня": ("relative", 0), "седни": ("relative", 0), "сёдня": ("relative", 0), "завтро": ("relative", 1),
    "завра": ("relative", 1), "днем": ("part", "day"), "дня": ("unit", "day"), "ч": ("unit", "hour"),
    "мин": ("unit", "minute"), "нед": ("unit", "week"), "мес": ("unit", "month"), "дн": ("unit", "day"),
    "след": ("which", "next"), "сл": ("which", "next"), "ближ": ("which", "nearest"),
    "этих": ("which", "this"), "тек": ("which", "this"), "вых": ("daykind", "weekend"),
    "обеда": ("part", "lunch"), "обда": ("part", "lunch"),
    "утреца": ("part", "morning"),
    "срду": ("weekday", 2),
    "срелу": ("weekday", 2), "чтверг": ("weekday", 3),
    "полудня": ("part", "noon"), "полудню": ("part", "noon"),
    "часов": ("unit", "hour"), "пол": ("half", None),
}  # fmt: skip

_CARDINALS = {
    word: number
    for number, word in enumerate(
        [
            "ноль",
            "один",
            "два",
            "три",
            "четыре",
            "пять",
            "шесть",
            "семь",
            "восемь",
            "девять",
            "десять",
            "одиннадцать",
            "двенадцать",
            "тринадцать",
            "четырнадцать",
            "пятнадцать",
            "шестнадцать",
            "семнадцать",
            "восемнадцать",
            "девятнадцать",
            "двадцать",
        ]
    )
} | {"нуль": 0, "тридцать": 30, "сорок": 40, "пятьдесят": 50, "двое": 2, "трое": 3, "пара": 2, "парочка": 2}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        [
            "первый",
            "второй",
            "третий",
            "четвертый",
            "пятый",
            "шестой",
            "седьмой",
            "восьмой",
            "девятый",
            "десятый",
            "одиннадцатый",
            "двенадцатый",
            "тринадцатый",
            "четырнадцатый",
            "пятнадцатый",
            "шестнадцатый",
            "семнадцатый",
            "восемнадцатый",
            "девятнадцатый",
            "двадцатый",
        ],
        1,
    )
} | {"тридцатый": 30}
_ORDINAL_ENDINGS = frozenset(
    ["го", "ого", "его", "е", "ое", "ье", "му", "ому", "ему", "м", "ым", "им", "й", "ый", "ий", "ой"]
)
_CARDINAL_ENDINGS = frozenset(["ти", "и", "х", "ми", "ух"])

_PHONE = r"(?<![\d.])(?:\+?[78][\s(.-]*)?\(?\d{3}\)?[\s.-]*\d{3}[\s.-]*\d{2}[\s.-]*\d{2}(?!\d)"
_COMPOSITE = re.compile(
    rf"""
      (?P<iso>(?<!\d)(\d{{4}})-(\d{{2}})-(\d{{2}})(?!\d))
    | (?P<full>(?<![\d./-])(\d{{1,2}})(?P<by>[./-])(\d{{1,2}})(?P=by)(\d{{4}}|\d{{2}})(?![\d/]))
    | (?P<phone>{_PHONE})
    | (?P<clock>(?<!\d)(\d{{1,2}})\s?:\s?(\d{{2}})(?!\d))
    | (?P<thousands>(?<!\d)\d{{1,3}}(?:[ .\u00a0]\d{{3}})+(?!\d))
    | (?P<dotted>(?<![\d.,])(\d{{1,2}})([./])(\d{{1,2}})(?![\d%]|[.,]\d))
    | (?P<chain>(?<!\d)\d+(?:-\d+){{2,}})
    | (?P<long>\d{{5,}})
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Term:
    """A unit of the grammar: `kind` says what `value` means, words outside the grammar are "word"."""

    kind: str
    value: Any
    text: str
    start: int
    end: int
    lemmas: tuple[str, ...] = ()
    tag: str = ""

    def is_word(self, *texts: str) -> bool:
        return self.text in texts

    def has_lemma(self, lemmas: frozenset[str]) -> bool:
        return not lemmas.isdisjoint(self.lemmas)


class Terms:
    """The terms of one text; outside its ends stand terms of kind "end"."""

    def __init__(self, items: list[Term], length: int) -> None:
        self._items = items
        self._size = len(items)
        self._end = Term("end", None, "", length, length)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> Term:
        return self._items[index] if 0 <= index < self._size else self._end

    def span(self, first: int, after: int) -> tuple[int, int]:
        """Offsets into the text of the terms `first` … `after - 1`."""
        return self[first].start, self[after - 1].end

    def matches(self, index: int, *texts: str) -> bool:
        """Whether these words follow one another from `index`."""
        return all(self[index + step].text == text for step, text in enumerate(texts))


def lex(text: str) -> Terms:
    """The terms of `text` with offsets into it."""
    items: list[Term] = []
    position = 0
    for match in _COMPOSITE.finditer(text):
        items += _words(text, position, match.start())
        items.append(_composite(match))
        position = match.end()
    items += _words(text, position, len(text))
    return Terms(_join_numbers(items), len(text))


def _composite(match: re.Match[str]) -> Term:
    kind, text = str(match.lastgroup), match.group()
    value: Any = None
    numbers = (
        [int(digits) for digits in re.findall(r"\d+", text)]
        if kind in {"iso", "full", "clock", "dotted"}
        else []
    )
    if kind == "iso":
        kind, value = "date", (numbers[2], numbers[1], numbers[0])
    elif kind == "full":
        year = numbers[2] + (2000 if numbers[2] < 100 else 0)
        kind, value = "date", (numbers[0], numbers[1], year)
    elif kind in {"clock", "dotted"}:
        value = (numbers[0], numbers[1])
    else:
        kind = "barrier"
    return Term(kind, value, normalise(text), match.start(), match.end())


def _words(text: str, start: int, end: int) -> list[Term]:
    terms: list[Term] = []
    for token in tokens(text[start:end]):
        terms += _parted(token, start) or [_term(token, start)]
    return terms


def _parted(token: Token, offset: int) -> list[Term]:
    """«пн-пт», «завтра-послезавтра»: words of the grammar joined by a hyphen, with the hyphen between."""
    halves = token.text.split("-")
    if len(halves) != 2 or len(token.text) != token.end - token.start:
        return []
    (kind, value), (other, end) = (_meaning(half) if half else ("word", None) for half in halves)
    if kind != other or kind not in {"weekday", "relative", "part", "number"}:
        return []
    start = token.start + offset
    middle = start + len(halves[0])
    return [
        Term(kind, value, halves[0], start, middle, all_lemmas(halves[0]), best_tag(halves[0])),
        Term("sign", None, "-", middle, middle + 1, (), "PNCT"),
        Term(
            kind, end, halves[1], middle + 1, token.end + offset, all_lemmas(halves[1]), best_tag(halves[1])
        ),
    ]


def _term(token: Token, offset: int) -> Term:
    kind, value = _meaning(token.text)
    lemmas = () if token.tag in {"NUMB", "PNCT"} else all_lemmas(token.text)
    if token.tag == "PNCT":
        kind = "sign"
    start, end = token.start + offset, token.end + offset
    return Term(kind, value, token.text, start, end, lemmas, token.tag)


@lru_cache(maxsize=20_000)
def _meaning(word: str) -> tuple[str, Any]:
    if word.isdigit():
        return ("number", int(word)) if word.isascii() and len(word) < 5 else ("barrier", None)
    if word in _BY_TEXT:
        return _BY_TEXT[word]
    for lemma in all_lemmas(word):
        if lemma in _BY_LEMMA:
            return _BY_LEMMA[lemma]
        if lemma in _CARDINALS:
            return "number", _CARDINALS[lemma]
        if lemma in _ORDINALS:
            return "ordinal", _ORDINALS[lemma]
    if word.startswith("пол") and len(word) > 6:
        for lemma in all_lemmas(word[3:].lstrip("-")):
            if lemma in _ORDINALS:
                return "half_past", _ORDINALS[lemma]
    if len(word) < 5 or analyser().word_is_known(word) or _is_surname(word):
        return "word", None
    return _misspelt(word)


def _is_surname(word: str) -> bool:
    return "Surn" in best_tag(word) or word.endswith(_SURNAME_ENDINGS)


_SURNAME_ENDINGS = (
    "ов", "ова", "ову", "овой", "овым", "ев", "ева", "еву", "евой", "ин", "ина", "ину", "иной", "иным",
    "ский", "ская", "ского", "скому", "ской", "скую", "ским", "енко", "чук", "юк",
)  # fmt: skip


def _misspelt(word: str) -> tuple[str, Any]:
    allowed = 1 if len(word) < 9 else 2
    forms = _forms()
    close = process.extract(word, forms.keys(), scorer=OSA.distance, score_cutoff=allowed, limit=3)
    for form, _distance, _index in close:
        if word[0] == form[0] or word[-2:] == form[-2:]:
            return forms[form]
    return "word", None


@lru_cache(maxsize=1)
def _forms() -> dict[str, tuple[str, Any]]:
    """Inflected forms of the words worth repairing: long ones that nothing else resembles."""
    forms: dict[str, tuple[str, Any]] = {}
    for lemma in (*_WEEKDAYS, *_MONTHS, *_RELATIVE, *_REPAIRED):
        for parse in parses(lemma)[:1]:
            for form in parse.lexeme:
                word = form.word.replace("ё", "е")
                if len(word) >= 5:
                    forms[word] = _BY_LEMMA[lemma]
    return forms


_REPAIRED = (
    "утром",
    "вечером",
    "вечер",
    "следующий",
    "неделя",
    "выходной",
    "будни",
    "половина",
    "завтрашний",
)


def _join_numbers(items: list[Term]) -> list[Term]:
    """Join «двадцать» + «пятого», «5» + «-» + «го» into one term each."""
    joined: list[Term] = []
    index = 0
    while index < len(items):
        here = items[index]
        after = items[index + 1] if index + 1 < len(items) else None
        further = items[index + 2] if index + 2 < len(items) else None
        if after is not None and _make_one_number(here, after):
            joined.append(_merged(here, after, after.kind, here.value + after.value))
            index += 2
            continue
        suffix, step = (further, 3) if after is not None and after.text == "-" else (after, 2)
        if here.text.isdigit() and suffix is not None and suffix.start - here.end == step - 2:
            kind = "ordinal" if suffix.text in _ORDINAL_ENDINGS else "number"
            if kind == "ordinal" or suffix.text in (_CARDINAL_ENDINGS if step == 3 else {"ти"}):
                joined.append(_merged(here, suffix, kind, here.value))
                index += step
                continue
        joined.append(here)
        index += 1
    return joined


def _make_one_number(tens: Term, units: Term) -> bool:
    """«двадцать пятого», «двадцати пяти», but not «(без) двадцати шесть»."""
    if (
        tens.kind != "number"
        or tens.value not in {20, 30, 40, 50}
        or tens.text.isdigit()
        or units.text.isdigit()
    ):
        return False
    if units.kind == "ordinal":
        return units.value < 10 and tens.text in {"двадцать", "тридцать", "сорок", "пятьдесят"}
    if units.kind != "number" or not 0 < units.value < 10:
        return False
    cases = [{reading.tag.case for reading in parses(term.text)} for term in (tens, units)]
    return bool(cases[0] & cases[1])


def _merged(first: Term, last: Term, kind: str, value: int) -> Term:
    return Term(kind, value, f"{first.text} {last.text}", first.start, last.end, (), "NUMB")
