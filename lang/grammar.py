"""Russian grammar for texts that are filled in: cases, numbers, money, days, prepositions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from lang.calendar_words import clock, day, wish_phrase
from lang.declension import Case, FullName, doctor_name, gender_of, inflect

__all__ = [
    "Case",
    "FullName",
    "clock",
    "day",
    "doctor_name",
    "gender_of",
    "inflect",
    "money",
    "plural",
    "wish_phrase",
    "with_preposition",
]

_NO_BREAK = "\u00a0"
_CONSONANTS = "бвгджзйклмнпрстфхцчшщ"
_FULL_FORMS: dict[str, tuple[str, re.Pattern[str]]] = {
    "в": ("во", re.compile(rf"[вф][{_CONSONANTS}]|льв|мн[еу]|сне|двор")),
    "с": ("со", re.compile(rf"[сзшж][{_CONSONANTS}]|щ|вт|вс|мн|льв")),
    "к": ("ко", re.compile("вт|вс|мн|льв|дню|сну")),
}


def plural(number: int, forms: Sequence[str]) -> str:
    """The form that goes with a number: `plural(2, ("минута", "минуты", "минут"))` is «минуты»."""
    one, few, many = forms
    tens, units = abs(number) % 100, abs(number) % 10
    if units == 1 and tens != 11:
        return one
    return few if 2 <= units <= 4 and not 12 <= tens <= 14 else many


def money(amount: Decimal) -> str:
    """«1 800 ₽» with no-break spaces; kopecks only if there are any."""
    exact = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    digits = f"{exact:,.2f}".removesuffix(".00")
    return digits.replace(",", _NO_BREAK).replace(".", ",") + f"{_NO_BREAK}₽"


def with_preposition(preposition: str, phrase: str) -> str:
    """«в», «к» or «с» before a phrase, in the full form where it is said: «во вторник», «со среды»."""
    full, sounds = _FULL_FORMS.get(preposition, (preposition, re.compile("")))
    return f"{full if sounds.match(phrase.lower()) else preposition} {phrase}"
