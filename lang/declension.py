"""Cases of names and phrases: «к Ивановой А. С.», «врача ультразвуковой диагностики»."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Literal, Protocol

from lang.text import parses

Case = Literal["nominative", "genitive", "dative", "accusative", "instrumental", "prepositional"]
Gender = Literal["masc", "femn"]

_CASES: dict[str, str] = {
    "nominative": "nomn",
    "genitive": "gent",
    "dative": "datv",
    "accusative": "accs",
    "instrumental": "ablt",
    "prepositional": "loct",
}
_ORDER = ("gent", "datv", "accs", "ablt", "loct")
_VOWELS = "аеёиоуыэюя"
_HISSING = "жчшщ"


class FullName(Protocol):
    """A person's name in the nominative; any part but the surname may be empty."""

    @property
    def surname(self) -> str: ...

    @property
    def given(self) -> str: ...

    @property
    def patronymic(self) -> str: ...


def doctor_name(fullname: FullName, case: Case = "dative", short: bool = False) -> str:
    """«Ивановой Анне Сергеевне»; `short` gives «Ивановой А. С.». ValueError for an unknown case."""
    grammeme = _grammeme(case)
    gender = gender_of(fullname)
    surname = _each_part(fullname.surname, lambda part: _surname(part, gender, grammeme))
    if short:
        initials = [f"{part[0].upper()}." for part in (fullname.given, fullname.patronymic) if part]
        return " ".join([surname, *initials]).strip()
    given = _each_part(fullname.given, lambda part: _given(part, gender, grammeme))
    patronymic = " ".join(_patronymic(part, gender, grammeme) for part in fullname.patronymic.split())
    return " ".join(part for part in (surname, given, patronymic) if part)


def gender_of(fullname: FullName) -> Gender:
    """The grammatical gender told by the patronymic, else the given name, else the surname."""
    patronymic = fullname.patronymic.lower()
    if patronymic.endswith(("вна", "чна", "шна", "кызы", "гызы")):
        return "femn"
    if patronymic.endswith(("ич", "оглы", "оглу")):
        return "masc"
    for parse in parses(fullname.given.lower()) if fullname.given else ():
        if {"Name", "nomn"} <= set(parse.tag.grammemes) and parse.tag.gender in {"masc", "femn"}:
            return "femn" if parse.tag.gender == "femn" else "masc"
    if fullname.surname.lower().endswith(("ова", "ева", "ёва", "ина", "ына", "ая")):
        return "femn"
    return "masc"


def inflect(phrase: str, case: Case) -> str:
    """A singular nominative phrase in another case; what depends on its head noun stays as it is.

    «врач ультразвуковой диагностики» → «врача ультразвуковой диагностики»; a noun in parentheses is in
    apposition and goes along. Unknown and undeclined words stay. ValueError for an unknown case.
    """
    return _inflected(phrase, _grammeme(case))


@lru_cache(maxsize=4096)
def _inflected(phrase: str, grammeme: str) -> str:
    pieces = re.split(r"([^\w-]+)", phrase)
    result: list[str] = []
    group: list[str] = []
    head: Any = None
    for piece in pieces:
        if "(" in piece or ")" in piece or "," in piece or "/" in piece:
            result += [*_group(group, head, grammeme), piece]
            group, head = [], None
            continue
        group.append(piece)
        if head is None:
            head = _noun(piece)
    return "".join(result + _group(group, head, grammeme))


def _noun(word: str) -> Any:
    """The reading of `word` as a noun in the nominative singular, people before things."""
    found = [
        parse
        for parse in parses(word.lower())
        if {"NOUN", "nomn"} <= set(parse.tag.grammemes) and "plur" not in parse.tag
    ]
    return (
        min(found, key=lambda parse: parse.tag.animacy != "anim", default=None) if word.strip("- ") else None
    )


def _group(words: list[str], head: Any, grammeme: str) -> list[str]:
    result, before_head = [], True
    for word in words:
        if head is None or not before_head or not word.strip("- "):
            result.append(word)
        elif _noun(word) == head:
            result.append(_spelt_like(word, _form(head, {grammeme, "sing"})))
            before_head = False
        else:
            result.append(_adjective(word, head, grammeme))
    return result


def _adjective(word: str, head: Any, grammeme: str) -> str:
    wanted = {grammeme, "sing"} | (
        {head.tag.gender} if head.tag.gender in {"masc", "femn", "neut"} else set()
    )
    if grammeme == "accs" and head.tag.gender == "masc":
        wanted.add(head.tag.animacy)
    for parse in parses(word.lower()):
        if parse.tag.POS in {"ADJF", "PRTF"} and "nomn" in parse.tag:
            return _spelt_like(word, _form(parse, wanted))
    return word


def _form(parse: Any, grammemes: set[str]) -> str:
    inflected = parse.inflect(grammemes)
    return str(inflected.word if inflected else parse.word)


def _spelt_like(original: str, form: str) -> str:
    """`form` with the capitals of `original` and its way with ё: «ЛОР» gives «ЛОРу»."""
    if "ё" not in original.lower():
        form = form.replace("ё", "е")
    pairs = enumerate(zip(original.lower(), form, strict=False))
    same = next((place for place, (old, new) in pairs if old != new), min(len(original), len(form)))
    return original[:same] + form[same:]


def _grammeme(case: str) -> str:
    if case not in _CASES:
        raise ValueError(f"unknown case {case!r}; allowed: {', '.join(_CASES)}")
    return _CASES[case]


def _each_part(word: str, decline: Any) -> str:
    parts = [part.capitalize() if part.isupper() else part for part in word.split("-")]
    return "-".join(_spelt_like(part, decline(part.lower())) if part else part for part in parts)


def _surname(word: str, gender: Gender, case: str) -> str:
    if case == "nomn" or not word:
        return word
    place = _ORDER.index(case)
    if gender == "femn" and word.endswith(("ова", "ева", "ёва", "ина", "ына")):
        return word[:-1] + ("ой", "ой", "у", "ой", "ой")[place]
    if gender == "femn" and word.endswith(("ая", "яя")):
        soft = word.endswith("яя")
        return word[:-2] + (("ей", "ей", "юю", "ей", "ей") if soft else ("ой", "ой", "ую", "ой", "ой"))[place]
    if gender == "femn" and word[-1] not in "ая":
        return word
    if word.endswith(("ых", "их")):
        return word
    if gender == "masc" and word.endswith(("ов", "ев", "ёв", "ин", "ын")) and len(word) > 3:
        return word + ("а", "у", "а", "ым", "е")[place]
    if gender == "masc" and re.search(r"(?:[кгхшщчж]ий|ый|..ой)$", word) and len(word) > 4:
        softened = word.endswith("ий")
        hissing = softened and word[-3] in _HISSING
        endings = ("его", "ему", "его", "им", "ем") if hissing else ("ого", "ому", "ого", "им", "ом")
        return word[:-2] + (endings if softened else ("ого", "ому", "ого", "ым", "ом"))[place]
    return _by_dictionary(word, "Surn", gender, case) or _as_noun(word, gender, place)


def _given(word: str, gender: Gender, case: str) -> str:
    if case == "nomn" or not word:
        return word
    return _by_dictionary(word, "Name", gender, case) or _as_noun(word, gender, _ORDER.index(case))


def _patronymic(original: str, gender: Gender, case: str) -> str:
    original = original.capitalize() if original.isupper() else original
    word = original.lower()
    if case == "nomn" or word.endswith(("оглы", "оглу", "кызы", "гызы")):
        return original
    form = _by_dictionary(word, "Patr", gender, case) or _as_noun(word, gender, _ORDER.index(case))
    return _spelt_like(original, form)


def _by_dictionary(word: str, kind: str, gender: Gender, case: str) -> str:
    for parse in parses(word):
        known = {kind, "nomn", "sing"} <= set(parse.tag.grammemes) and parse.is_known
        if known and parse.tag.gender in {gender, "ms-f", None}:
            return _form(parse, {case, "sing"})
    return ""


def _as_noun(word: str, gender: Gender, place: int) -> str:
    """The regular noun endings; what they do not fit stays undeclined."""
    if word.endswith("ия"):
        return word[:-1] + ("и", "и", "ю", "ей", "и")[place]
    if word.endswith("я"):
        return word[:-1] + ("и", "е", "ю", "ей", "е")[place]
    if word.endswith("а") and len(word) > 2 and word[-2] not in _VOWELS:
        plural = "и" if word[-2] in "гкх" + _HISSING else "ы"
        return word[:-1] + (plural, "е", "у", "ей" if word[-2] in _HISSING + "ц" else "ой", "е")[place]
    if gender == "femn" or word[-1] in _VOWELS:
        return word
    if word[-1] in "ьй":
        return word[:-1] + ("я", "ю", "я", "ем", "е")[place]
    return word + ("а", "у", "а", "ем" if word[-1] in _HISSING + "ц" else "ом", "е")[place]
