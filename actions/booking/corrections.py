"""Corrections of the patient's data: «дата рождения не 87, а 78», «телефон другой»."""

from __future__ import annotations

import re

from actions.booking import slots
from actions.booking.turn import Turn
from lang.birth_corrections import corrected
from lang.birth_dates import BirthDateMatch, find_birth_date
from lang.phones import find_phone

_PHONE = r"телефон\w*|номер\w*(?!\s+полис)"
_BIRTH = r"дат\w+\s+рождени\w+|год\w*\s+рождени\w+|день\s+рождени\w+|родил\w+"
_NAME = r"фамили\w+|имя|отчеств\w+"
_DATA = re.compile(rf"\b(?:{_PHONE}|{_BIRTH}|{_NAME})\b", re.IGNORECASE)
_WRONG = r"(?:друг\w+|не\s*вер\w+|не\s*прав\w+|не\s+т(?:от|а|о)|стар\w+|ошиб\w+|измен\w+|исправ\w+|поменя\w+)"


def _wrong(what: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{what})\b.{{0,20}}\b{_WRONG}|\b{_WRONG}.{{0,12}}\b(?:{what})\b", re.IGNORECASE)


_WRONG_VALUES = (
    (slots.PHONE, _wrong(_PHONE)),
    (slots.BIRTH_DATE, _wrong(_BIRTH)),
    (slots.PATIENT, _wrong(_NAME)),
)


def speaks_of_data(text: str) -> bool:
    """Whether the text names a phone, a birth date or a part of the name."""
    return _DATA.search(text) is not None


def take(turn: Turn) -> bool:
    """Apply a correction that gives no whole value; whether there was one."""
    draft, text = turn.draft, turn.reading.text
    today = turn.now.date()
    if draft.birth_date is not None and not isinstance(find_birth_date(text, today), BirthDateMatch):
        meant = corrected(text, draft.birth_date, today)
        if meant is not None:
            draft.set(slots.BIRTH_DATE, meant.isoformat())
            return True
    if find_phone(text) is not None or find_birth_date(text, today) is not None:
        return False
    for slot, pattern in _WRONG_VALUES:
        if draft.knows(slot) and pattern.search(text) and not re.search(r"\bа\s+\w", text):
            draft.forget(slot, slots.CONFIRMED)
            return True
    return False
