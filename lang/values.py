"""Tells a message that is nothing but one value: the answer to a question, whatever the classifier says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Literal

from lang.birth_dates import BirthDateMatch, BirthDateProblem, find_birth_date
from lang.name_words import is_filler
from lang.names import FullNameMatch, NameProblem, looks_like_name, parse_full_name
from lang.phones import PhoneProblem, find_phone
from lang.text import all_lemmas
from lang.wish import parse_wish

ValueKind = Literal["name", "phone", "birth_date", "date", "number", "time"]

_WORD = re.compile(r"[^\W_]+")
_PHONE_WORDS = frozenset(
    {
        *("телефон", "тел", "т", "tel", "phone", "моб", "мобильный", "сотовый", "номер", "мой", "это", "вот"),
        "звонить",
    }
)
_BIRTH_WORDS = frozenset(
    {"дата", "рождение", "др", "родиться", "я", "мой", "день", "это", "вот", "год", "г", "р", "от", "с"}
)
_WISH_WORDS = frozenset(
    {"в", "на", "к", "с", "до", "лучше", "можно", "давать", "давайте", "час", "ну", "тогда", "и"}
)
_NUMBER = re.compile(
    r"(?:№|номер|вариант|пункт|слот)?\s*(\d{1,3}|[а-я]+)(?:-?(?:й|ый|ой|я|ая|е|ое|го))?"
    r"\s*(?:вариант|номер|пункт|слот)?[.!)]*"
)
_COUNTS = frozenset(
    {
        *("один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять", "десять"),
        *("первый", "второй", "третий", "четвертый", "пятый", "шестой", "последний"),
    }
)


_LONGEST = 200
_FAREWELL = re.compile(
    r"\W*(?:ну\W+)?до\s+(?:(?:после)?завтра\W*"
    r"|(?:вечера|утра|понедельника|вторника|среды|четверга|пятницы|субботы|воскресенья)[^\w!]*!\W*)",
    re.IGNORECASE,
)


def bare_value(text: str, now: datetime) -> ValueKind | None:
    """What the whole message is a value of, or None when it says anything else beside.

    A broken phone or an impossible birth date is still a phone or a birth date; a future day is a «date»;
    a part of a name («Илья») is a «name»; «до завтра», «до пятницы!» are farewells. `now` is the aware
    present.
    """
    stripped = text.strip()
    if len(stripped) > _LONGEST or not re.search(r"\w", stripped) or _FAREWELL.fullmatch(stripped):
        return None
    for kind, holds in _CHECKS:
        if holds(stripped, now):
            return kind
    return None


def _is_phone(text: str, now: datetime) -> bool:
    found = find_phone(text)
    if isinstance(found, PhoneProblem) and _is_birth_date(text, now):
        return False
    return found is not None and _only(text, [(found.start, found.end)], _PHONE_WORDS)


def _is_number(text: str, _now: datetime) -> bool:
    match = _NUMBER.fullmatch(" ".join(text.lower().replace("ё", "е").split()))
    if match is None:
        return False
    word = match.group(1)
    return word.isdigit() or any(lemma in _COUNTS for lemma in all_lemmas(word))


def _is_birth_date(text: str, now: datetime) -> bool:
    found = find_birth_date(text, now.date())
    if found is None or not _only(text, [(found.start, found.end)], _BIRTH_WORDS):
        return False
    if isinstance(found, BirthDateMatch):
        return found.value < now.date()
    return isinstance(found, BirthDateProblem) and found.code in {"too_old", "no_such_date"}


def _is_time(text: str, now: datetime) -> bool:
    found = parse_wish(text, now)
    if found is None or not _only(text, found.spans, _WISH_WORDS):
        return False
    return found.wish.dates == (None, None) and not found.wish.soonest and not found.wish.alternatives


def _is_date(text: str, now: datetime) -> bool:
    found = parse_wish(text, now)
    return found is not None and _only(text, found.spans, _WISH_WORDS)


def _is_name(text: str, _now: datetime) -> bool:
    found = parse_full_name(text)
    if isinstance(found, FullNameMatch):
        outside = text[: found.start] + " " + text[found.end :]
        return all(is_filler(word) for word in _WORD.findall(outside))
    return found == NameProblem("latin") or looks_like_name(text)


_CHECKS: tuple[tuple[ValueKind, Callable[[str, datetime], bool]], ...] = (
    ("phone", _is_phone),
    ("number", _is_number),
    ("birth_date", _is_birth_date),
    ("time", _is_time),
    ("date", _is_date),
    ("name", _is_name),
)


def _only(text: str, spans: Iterable[tuple[int, int]], fillers: frozenset[str]) -> bool:
    """Whether outside the spans there is nothing but words that add nothing."""
    rest = list(text)
    for start, end in spans:
        rest[start:end] = " " * (end - start)
    return all(any(lemma in fillers for lemma in all_lemmas(word)) for word in _WORD.findall("".join(rest)))
