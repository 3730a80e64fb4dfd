"""Phone numbers as Russian patients write them. No numbering plan, only what a clinic needs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

PhoneProblemCode = Literal["too_short", "too_long", "letters", "foreign", "bad_code"]


@dataclass(frozen=True)
class PhoneMatch:
    """A Russian number: `e164` like «+79161234567», `start`/`end` its span in the text."""

    e164: str
    start: int
    end: int


@dataclass(frozen=True)
class PhoneProblem:
    """Something meant as a phone that cannot be used; a foreign number keeps its `e164`."""

    code: PhoneProblemCode
    start: int
    end: int
    e164: str = ""


_ATTACHED = r"(?:(?<=\bтел)|(?<=\bмоб)|(?<=\bсот)|(?<=\bт)|(?<=\btel)|(?<![\w+]))"
_RUN = re.compile(rf"{_ATTACHED}\+*[ ]?\(?\d(?:[\d ()./-]*\d)?(?!\w)", re.IGNORECASE)
# Signs that part digits in other texts too («10:30», «12, 14») part a phone only in its usual groups.
_GROUPED = re.compile(
    rf"{_ATTACHED}(?:\+[ +(]*)?[78][^\w\n]{{0,3}}[3489]\d\d(?:[^\w\n]{{1,3}}\d{{7}}"
    r"|[^\w\n]{1,3}\d{3}[^\w\n]{1,3}\d{2}[^\w\n]{0,3}\d{2})(?!\w)",
    re.IGNORECASE,
)
_FIGURE_LIKE = str.maketrans("oоОOlLiIіІзЗzZбвВ", "00001111113333688")
_SIGNS = str.maketrans("_*|~'\"`´’[]{}=\\", "         ()()  ")
_WITH_LETTERS = re.compile(
    r"(?<!\w)(?:\+7|\b[78])[ (-]*\d{2,}[\d ()\-]*[a-zа-яё][\dа-яёa-z ()\-]*", re.IGNORECASE
)
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}([./])\d{1,2}\1(?:19|20)?\d{2}|\d{1,2}-\d{1,2}-(?:19|20)\d{2}"
    r"|(?:19|20)\d{2}([./-])\d{1,2}\2\d{1,2})(?!\d)"
)
_BARE_DATE = re.compile(
    r"(?:0?[1-9]|[12]\d|3[01])[ ./-]{0,3}(?:0[1-9]|1[0-2]|(?<!\d)[1-9])[ ./-]{0,3}(?:19|20)\d\d"
    r"|(?:19|20)\d\d[ ./-]{0,3}(?:0[1-9]|1[0-2])[ ./-]{0,3}(?:0[1-9]|[12]\d|3[01])"
)
_PHONE_WORD = re.compile(
    r"(?:телефон\w*|тел|моб\w*|номер\w*|сотов\w*|(?:по|пере)?звон\w*|whats ?app|ватсап\w*|связ\w+)\W*$",
    re.IGNORECASE,
)
_NOT_PHONE_WORD = re.compile(
    r"(?:карт[аыуе]\w*|полис\w*|снилс\w*|омс|дмс|паспорт\w*|инн|договор\w*|талон\w*|заказ\w*|серия|сч[её]т\w*)"
    r"(?:\s+(?:№|номер))?\W*$",
    re.IGNORECASE,
)
# ITU country codes a patient of a Russian clinic may plausibly have; used only for numbers without «+».
_NEIGHBOURS = ("375", "380", "374", "994", "995", "996", "998", "992", "993", "373", "972", "971")


def find_phone(text: str) -> PhoneMatch | PhoneProblem | None:
    """The first phone of the text; a problem if something is meant as a phone but is none; else None.

    Card numbers, policies, СНИЛС and dates are not phones. A local number of 5–9 digits counts as «too_short»
    only when the text says that it is a phone or has nothing else.
    """
    text = _plain(text)
    problem: PhoneProblem | None = None
    for start, end in _candidates(text):
        found = _judge(text, start, end)
        if isinstance(found, PhoneMatch):
            return found
        problem = problem or found
    grouped = _GROUPED.search(text)
    if grouped and not _NOT_PHONE_WORD.search(text[: grouped.start()]):
        start, end = grouped.span()
        if problem is None or not problem.start <= start < problem.end:
            return PhoneMatch(f"+7{_digits(grouped.group())[1:]}", start, end)
    return problem or _letters(text)


def _plain(text: str) -> str:
    """The same text, as long, in common figures, spaces and dashes."""
    return "".join(_plain_sign(char) for char in text).translate(_SIGNS)


def _plain_sign(char: str) -> str:
    if char < "\x80" or "а" <= char <= "я":
        return char
    figure = unicodedata.decimal(char, None)
    if figure is not None:
        return str(figure)
    kind = unicodedata.category(char)
    if kind == "Pd" or char == "\u2212":
        return "-"
    # Joiners, variation selectors and frames of keycaps part digits no more than a space does.
    return " " if kind in {"Zs", "Cf", "Mn", "Me"} else char


def _candidates(text: str) -> Iterator[tuple[int, int]]:
    dates = [match.span() for match in _DATE.finditer(text)]
    for match in _RUN.finditer(text):
        position, end = match.span()
        for date_start, date_end in dates:
            if position <= date_start and date_end <= end:
                yield from _trimmed(text, position, date_start)
                position = date_end
        yield from _trimmed(text, position, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and not (text[start].isdigit() or text[start] in "+("):
        start += 1
    while end > start and not text[end - 1].isdigit():
        end -= 1
    if start < end:
        yield from _split_numbers(text, start, end)


def _split_numbers(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Two numbers parted by spaces («8 916 123 45 67 89161234568») are tried as a whole, then in prefixes."""
    digits = [index for index in range(start, end) if text[index].isdigit()]
    if len(digits) > 15:
        for size in (11, 10):
            cut = digits[size - 1] + 1
            if size < len(digits) and text[cut] in " ,;/" and _national(_digits(text[start:cut])):
                yield start, cut
                yield from _trimmed(text, cut, end)
                return
    yield start, end


def _digits(text: str) -> str:
    return "".join(char for char in text if char.isdigit())


def _national(digits: str) -> str | None:
    """Ten digits of a Russian number, or None."""
    if len(digits) == 11 and digits[0] in "78":
        digits = digits[1:]
    elif len(digits) == 12 and digits.startswith("78"):
        digits = digits[2:]
    # No code begins with 89: that is «8 9…» with a digit lost.
    return digits if len(digits) == 10 and digits[0] in "3489" and not digits.startswith("89") else None


def _judge(text: str, start: int, end: int) -> PhoneMatch | PhoneProblem | None:
    piece = text[start:end]
    digits = _digits(piece)
    before = text[:start]
    if _NOT_PHONE_WORD.search(before) and not piece.startswith("+"):
        return None
    if re.fullmatch(r"\d{4}([ -]\d{4}){3}", piece) or re.fullmatch(r"\d{3}-\d{3}-\d{3}[ -]\d{2}", piece):
        return None
    plus = piece.startswith("+")
    if not plus and _BARE_DATE.fullmatch(piece):
        return None
    if plus and not digits.startswith(("7", "8")):
        if 8 <= len(digits) <= 15:
            return PhoneProblem("foreign", start, end, f"+{digits}")
        return PhoneProblem("too_short" if len(digits) < 8 else "too_long", start, end)
    national = _national(digits)
    if national is not None:
        return PhoneMatch(f"+7{national}", start, end)
    meant = plus or bool(_PHONE_WORD.search(before)) or not re.search(r"\w", before + text[end:])
    if len(digits) == 12 and digits.startswith(_NEIGHBOURS):
        return PhoneProblem("foreign", start, end, f"+{digits}")
    if len(digits) == 11 and digits[0] in "78":
        # Kazakhstan shares +7: its codes begin with 6 and 7.
        if digits[1] in "67" and digits[0] == "7":
            return PhoneProblem("foreign", start, end, f"+{digits}")
        return PhoneProblem("bad_code", start, end)
    if len(digits) == 10 and digits[0] not in "3489":
        return PhoneProblem("bad_code", start, end) if meant else None
    if len(digits) >= 11:
        long_enough = plus or digits[0] in "78" or meant
        return PhoneProblem("too_long", start, end) if long_enough and len(digits) < 16 else None
    if (meant and 7 <= len(digits) <= 9) or (plus and len(digits) < 10) or (_mobile_like(digits, piece)):
        return PhoneProblem("too_short", start, end)
    if meant and 5 <= len(digits) < 7 and _PHONE_WORD.search(before):
        return PhoneProblem("too_short", start, end)
    return None


def _mobile_like(digits: str, piece: str) -> bool:
    return len(digits) in (9, 10) and digits.startswith(("89", "79")) and " " not in piece.strip()


def _letters(text: str) -> PhoneProblem | None:
    figures = text.translate(_FIGURE_LIKE)
    for pattern in (_GROUPED, _RUN):
        for match in pattern.finditer(figures):
            digits = _digits(match.group())
            said = sum(char.isdigit() for char in text[match.start() : match.end()])
            if len(digits) == 11 and _national(digits) and said >= 5:
                return PhoneProblem("letters", *match.span())
    for match in _WITH_LETTERS.finditer(text):
        piece = match.group().rstrip(" ()-")
        digits = _digits(piece)
        tail_digits = re.search(r"\d[^\d]*$", piece)
        letters = sum(char.isalpha() for char in piece)
        if len(digits) >= 5 and tail_digits and letters <= 4 and 8 <= len(digits) + letters <= 13:
            return PhoneProblem("letters", match.start(), match.start() + len(piece))
    return None
