"""Numbers of insurance policies: ОМС has sixteen digits, ДМС whatever the insurer likes."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

from lang.birth_dates import BirthDateMatch, find_birth_date
from lang.phones import PhoneMatch, find_phone

PolicyKind = Literal["oms", "dms", ""]

_DASH = "-‐‑‒–—−"
_SERIES = rf"(?:(?!(?:омс|дмс|енп|от|до|на|к|с)\b)[A-Za-zА-Яа-яЁё]{{1,3}}[{_DASH}/ ]?)?"
_CODE = rf"{_SERIES}\d[\dA-Za-zА-Яа-я]*(?:[{_DASH}/ ]{{1,3}}[\dA-Za-zА-Яа-я]*\d[\dA-Za-zА-Яа-я]*)*"
_ANNOUNCED = re.compile(
    r"\b(?P<word>(?:номер\w*\s+)?(?:полис\w*|страховк\w*|енп|дмс|омс)|серия)"
    r"(?P<between>(?:[^\w\n]+[A-Za-zА-Яа-яЁё]+){0,4}?)[^\w\n]*(?P<number>" + _CODE + ")",
    re.IGNORECASE,
)
_PHONE_WORD = re.compile(r"\b(?:тел\w*|моб\w*|звон\w+|сотов\w*)", re.IGNORECASE)
_WHOLE = re.compile(rf"\W*(?:(?:номер|серия|это|вот|мой)\W+)*(?P<number>{_CODE})\W*", re.IGNORECASE)
_SIXTEEN = re.compile(r"(?<!\d)\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?!\d)")
_SHORTEST, _LONGEST = 5, 20
_OMS_DIGITS = 16


@dataclass(frozen=True)
class PolicyMatch:
    """A policy's number. `value` is its normal form: capitals, single dashes, ОМС as sixteen digits."""

    value: str
    kind: PolicyKind
    start: int
    end: int


def find_policy_number(text: str, asked: bool = False) -> PolicyMatch | None:
    """The number of a policy that the text gives, or None.

    A number counts only with a word that announces it («полис 123456»); `asked` says that the patient was
    asked for it: then a number alone will do. Phones and dates are never policies unless so announced.
    """
    for match in _ANNOUNCED.finditer(text):
        between = match.group("between")
        if _PHONE_WORD.search(between) or _PHONE_WORD.search(match.group("word")):
            continue
        found = _policy(text, *match.span("number"), match.group("word"))
        if found is not None:
            return found
    if not asked:
        return None
    sixteen = _SIXTEEN.search(text)
    if sixteen:
        return _policy(text, *sixteen.span(), "")
    bare = _WHOLE.fullmatch(text)
    if bare is None or isinstance(find_phone(text), PhoneMatch):
        return None
    return _policy(text, *bare.span("number"), "")


def without_policy(text: str, asked: bool = False) -> str:
    """The text, as long, with spaces for the policy's number: what is left may hold a phone or a date."""
    found = find_policy_number(text, asked)
    return (
        text if found is None else text[: found.start] + " " * (found.end - found.start) + text[found.end :]
    )


def _policy(text: str, start: int, end: int, word: str) -> PolicyMatch | None:
    raw = text[start:end]
    # A phone or a date that follows in the same breath is no part of the number.
    for later in _others(text, start, end):
        if start < later < end:
            end = later
            raw = text[start:end].rstrip(" ,;-/")
            end = start + len(raw)
    digits = "".join(char for char in raw if char.isdigit())
    if not _SHORTEST <= len(digits) <= _LONGEST or _is_date(raw):
        return None
    compact = re.sub(r"[ -]", "", raw)
    if compact.isdigit() and len(compact) == _OMS_DIGITS:
        kind: PolicyKind = "dms" if "дмс" in word.lower() else "oms"
        return PolicyMatch(compact, kind, start, end)
    return PolicyMatch(_normal(raw), "dms" if "дмс" in word.lower() else "", start, end)


def _others(text: str, start: int, end: int) -> list[int]:
    """Where something else begins inside the run of a policy's number."""
    found = []
    piece = text[start:end]
    for match in re.finditer(r"[ ,;]", piece):
        rest = text[start + match.end() :]
        before = "".join(char for char in piece[: match.start()] if char.isdigit())
        if len(before) < _SHORTEST:
            continue
        phone = find_phone(rest)
        if isinstance(phone, PhoneMatch) and phone.start == 0:
            found.append(start + match.start())
            break
        if re.match(r"\d{1,2}[./]\d{1,2}[./]\d{2,4}", rest):
            found.append(start + match.start())
            break
    return found


def _is_date(raw: str) -> bool:
    return isinstance(find_birth_date(raw, date.max), BirthDateMatch)


def _normal(raw: str) -> str:
    plain = "".join("-" if unicodedata.category(char) == "Pd" else char for char in raw).upper()
    return re.sub(r"\s+", " ", re.sub(r"\s*([-/])\s*", r"\1", plain)).strip()
