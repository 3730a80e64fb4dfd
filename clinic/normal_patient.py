"""The one form in which a patient's data go to the ledger and to the MIS.

A MIS finds a patient by the letters of the name and the digits of the phone; whatever is spelled otherwise
becomes a second card of the same person.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import date

from lang.name_words import TAILS
from mis.port import FullName, Patient

OLDEST_YEAR = 1900
_LOOK_ALIKES = str.maketrans("abcehkmoptxyABCEHKMOPTXYëË", "авсенкмортхуАВСЕНКМОРТХУёЁ")
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_LATIN = re.compile("[a-z]", re.IGNORECASE)
_DASHES = re.compile(r"\s*[-\u2010-\u2015\u2212][-\u2010-\u2015\u2212\s]*")
_APOSTROPHES = re.compile("[`´’ʼ‘]")
# «О'Коннор», but «Жанн'а» has only a slip of the key in it.
_PART = re.compile(r"(?:^|(?<=-)|(?<=\bо')|(?<=\bд'))[^\W\d_]", re.IGNORECASE)


class BadPatient(ValueError):
    """Data that must not be sent to a MIS: it would make a card nobody can be found by."""


def normal_patient(patient: Patient, today: date) -> Patient:
    """`patient` in normal form; the normal form of a normal form is itself.

    Phone `+7` and ten digits; names trimmed, one space between words, capitals at the start of each part,
    Latin letters that look Cyrillic made Cyrillic. «Ё» stays as it was written. Raises `BadPatient` for a
    phone that is not Russian, a missing name, and a birth date that cannot be true.
    """
    if not patient.birth_date.year >= OLDEST_YEAR or patient.birth_date > today:
        raise BadPatient("the birth date cannot be true")
    written = patient.name
    beside = f"{written.surname} {written.given} {written.patronymic}"
    russian = _CYRILLIC.search(beside) is not None
    surname, given, patronymic = (
        _name(part, russian) for part in (written.surname, written.given, written.patronymic)
    )
    if not surname or not given:
        raise BadPatient("a patient has a surname and a given name")
    return Patient(FullName(surname, given, patronymic), normal_phone(patient.phone), patient.birth_date)


def normal_phone(written: str) -> str:
    """`+7XXXXXXXXXX`. Raises `BadPatient`."""
    digits = "".join(str(unicodedata.decimal(char)) for char in written if char.isdecimal())
    if len(digits) == 11 and digits[0] in "78":
        digits = digits[1:]
    elif written.strip().startswith("+"):
        raise BadPatient("the phone is no Russian number")
    if len(digits) != 10:
        raise BadPatient("the phone is no Russian number")
    return f"+7{digits}"


def patient_key(patient: Patient) -> str:
    """One key for one person however their name is spelled; a child on a parent's phone is another person.

    The surname is left out: two people of one phone, one birthday and one given name there are not, but two
    spellings of a surname there are.
    """
    text = f"{_folded(patient.name.given)}|{patient.birth_date.isoformat()}|{patient.phone[-10:]}"
    return hashlib.sha256(text.encode()).hexdigest()


def known_spelling(patient: Patient, known: FullName) -> Patient:
    """`patient` with the name as the MIS has it already, if both are the same name.

    «Березов Илья» is the «Берёзов Илья Олегович» of the last visit; «Березин Илья» is not.
    """
    new = patient.name
    same = _folded(new.surname) == _folded(known.surname) and _folded(new.given) == _folded(known.given)
    patronymics = {_folded(new.patronymic), _folded(known.patronymic)} - {""}
    if not same or len(patronymics) > 1:
        return patient
    name = FullName(known.surname, known.given, known.patronymic or new.patronymic)
    return Patient(name, patient.phone, patient.birth_date)


def _name(written: str, russian: bool) -> str:
    text = " ".join(unicodedata.normalize("NFC", written).split())
    text = _APOSTROPHES.sub("'", _DASHES.sub("-", text)).strip("-' .,")
    return " ".join(
        _capitalised(_cyrillic(word, russian), first=not number) for number, word in enumerate(text.split())
    )


def _cyrillic(word: str, russian: bool) -> str:
    """A word that is Russian but for letters of the wrong layout; `russian`: the words beside it are."""
    folded = word.translate(_LOOK_ALIKES)
    return folded if (russian or _CYRILLIC.search(word)) and not _LATIN.search(folded) else word


def _capitalised(word: str, first: bool) -> str:
    small = word.lower()
    if not first and small in TAILS:
        return small
    return _PART.sub(lambda found: found.group().upper(), small)


def _folded(name: str) -> str:
    return re.sub(r"[\s\-']", "", name.casefold()).replace("ё", "е")
