"""Birth dates as people write them: figures in any order of signs, months in words, dictation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from lang.russian_numbers import spoken_number
from lang.text import normalise

BirthDateProblemCode = Literal["future", "no_such_date", "too_old", "year_missing"]
_OLDEST = 115
_MONTHS = {
    **{"янв": 1, "фев": 2, "мар": 3, "апр": 4, "май": 5, "мая": 5, "мае": 5, "июн": 6},
    **{"июл": 7, "авг": 8, "сен": 9, "окт": 10, "ноя": 11, "дек": 12},
}
_MONTH_WORD = re.compile(
    r"(?:январ|феврал|март|апрел|июн|июл|август|сентябр|октябр|ноябр|декабр)[а-я]{0,3}|ма[йяе]"
    r"|янв|фев|мар|апр|авг|сент?|окт|ноя|нояб|дек"
)
_YEAR_END = r"(?:\s*(?:г\.?\s*р\.?|г\.|год[ау]?\s*рождения|год[ау]?\b|г\b))?"
_NUMERIC = re.compile(
    r"(?<![\d.])(?P<day>\d{1,2})\s?(?P<sign>[./,\-–— ])\s?(?P<month>\d{1,2})\s?(?P=sign)\s?"
    r"(?P<year>\d{4}|\d{2}(?!\d))(?![.]?\d)" + _YEAR_END
)
_ISO = re.compile(
    r"(?<!\d)(?P<year>(?:18|19|20)\d\d)\s?[./\-–— ]\s?(?P<month>0?[1-9]|1[0-2])\s?[./\-–— ]\s?"
    r"(?P<day>\d{1,2})(?![.:]?\d)"
)
# No day of a month is past 31: «85-03-12» begins with the year.
_YEAR_FIRST = re.compile(
    r"(?<![\d.])(?P<year>3[2-9]|[4-9]\d)(?P<sign>[./\-–—])(?P<month>0?[1-9]|1[0-2])(?P=sign)"
    r"(?P<day>0?[1-9]|[12]\d|3[01])(?![.]?\d)"
)
# With different signs («12.03-85») it is no range of hours only if the year cannot be an hour.
_MIXED = re.compile(
    r"(?<![\d.])(?P<day>\d{1,2})\s?[./,:_\\\-–—]\s?(?P<month>\d{1,2})\s?[./,:_\\\-–—]\s?"
    r"(?P<year>(?:18|19|20)\d\d|3[2-9]|[4-9]\d)(?![.:]?\d)" + _YEAR_END
)
_ROMAN = re.compile(
    r"(?<![\d.])(?P<day>\d{1,2})\s?[./\-–— ]\s?(?P<roman>[ivxхіl]{1,4})\s?[./\-–— ]\s?"
    r"(?P<year>\d{4}|\d{2})(?!\d)" + _YEAR_END,
    re.IGNORECASE,
)
_ROMAN_MONTHS = {
    **{"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6},
    **{"vii": 7, "viii": 8, "ix": 9, "x": 10, "xi": 11, "xii": 12},
}
_NUMBER_OF = re.compile(r"(?:полис\w*|паспорт\w*|номер\w*|код\w*|договор\w*|№)\W*$", re.IGNORECASE)
_SOLID = re.compile(r"(?<!\d)(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4}|\d{2})(?!\d)" + _YEAR_END)
_SHORT = re.compile(r"(?<![\d.])(?P<day>\d{1,2})[./](?P<month>\d{1,2})(?![./]?\d)")


@dataclass(frozen=True)
class BirthDateMatch:
    """A date that can be a birth date, with its span in the text."""

    value: date
    start: int
    end: int


@dataclass(frozen=True)
class BirthDateProblem:
    """A date that cannot be a birth date, and why."""

    code: BirthDateProblemCode
    start: int
    end: int


@dataclass(frozen=True)
class _Said:
    """A date as said; `year` is None when it was not."""

    day: int
    month: int
    year: int | None
    start: int
    end: int


def month_number(word: str) -> int | None:
    """1–12 for the name of a month in any case, None for another word."""
    plain = normalise(word)
    return _MONTHS[plain[:3]] if _MONTH_WORD.fullmatch(plain) else None


def find_birth_date(text: str, today: date) -> BirthDateMatch | BirthDateProblem | None:
    """The first date of the text that can be a birth date, else the first problem, else None.

    Two-digit years are of the past hundred years («20» is 2020 in 2026, «27» is 1927).
    """
    problem: BirthDateProblem | None = None
    for said in _dates(text, today):
        found = _judge(said, today)
        if isinstance(found, BirthDateMatch):
            return found
        problem = problem or found
    return problem


def age(birth: date, on: date) -> int:
    """Full years lived on a day; those born on 29 February grow older on 1 March of common years."""
    return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))


def _judge(said: _Said, today: date) -> BirthDateMatch | BirthDateProblem:
    if said.year is None:
        some_leap_year = 2000
        exists = _date(some_leap_year, said.month, said.day) is not None
        return BirthDateProblem("year_missing" if exists else "no_such_date", said.start, said.end)
    value = _date(said.year, said.month, said.day)
    if value is None:
        return BirthDateProblem("no_such_date", said.start, said.end)
    if value > today:
        return BirthDateProblem("future", said.start, said.end)
    if age(value, today) > _OLDEST:
        return BirthDateProblem("too_old", said.start, said.end)
    return BirthDateMatch(value, said.start, said.end)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(year: int, digits: int, today: date) -> int:
    if digits > 2:
        return year
    century = today.year // 100 * 100
    return century + year if century + year <= today.year else century - 100 + year


def _dates(text: str, today: date) -> Iterator[_Said]:
    taken: list[tuple[int, int]] = []
    for pattern in (_ISO, _YEAR_FIRST, _ROMAN, _NUMERIC, _MIXED, _SOLID, _SHORT):
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            said = _from_figures(match, text, today)
            if said is not None:
                taken.append(match.span())
                yield said
    for said in _in_words(text, today):
        if not any(said.start < end and start < said.end for start, end in taken):
            yield said


def _from_figures(match: re.Match[str], text: str, today: date) -> _Said | None:
    parts = match.groupdict()
    day, month = int(parts["day"]), _month_number(parts)
    if month is None:
        return None
    written = parts.get("year")
    year = None if written is None else _full_year(int(written), len(written), today)
    if match.re is _SOLID:
        # Six or eight figures in a row are a date only if nothing else can be meant.
        if not 1 <= month <= 12 or not 1 <= day <= 31:
            return None
        if _NUMBER_OF.search(text[: match.start()]):
            return None
    if match.re is _SHORT and not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    if match.re is _NUMERIC and parts["sign"] == " " and not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    return _Said(day, month, year, match.start(), match.end())


def _month_number(parts: dict[str, str]) -> int | None:
    if "roman" in parts:
        return _ROMAN_MONTHS.get(parts["roman"].lower().translate(str.maketrans("хіl", "xii")))
    return int(parts["month"])


_WORD = re.compile(r"[^\W\d_]+\.?|\d+(?:-?(?:го|е|ого))?")
_FILLERS = frozenset({"года", "год", "г", "году", "рождения", "р", "числа", "месяца", "месяц"})


def _in_words(text: str, today: date) -> Iterator[_Said]:
    """«12 мая 1987», «двенадцатого мая восемьдесят седьмого», «5-го июня 90 г.», «май 1987, 12 число»."""
    words = [(normalise(match.group()).rstrip("."), *match.span()) for match in _WORD.finditer(text)]
    for index, (word, _, word_end) in enumerate(words):
        month = _month(word)
        if month is None or index == 0:
            continue
        day = _day_before(words, index)
        if day is None:
            continue
        number, first = day
        year, end = _year_after(words, index + 1, today)
        yield _Said(number, month, year, words[first][1], end or word_end)


def _month(word: str) -> int | None:
    return _MONTHS[word[:3]] if _MONTH_WORD.fullmatch(word) else None


def _day_before(words: list[tuple[str, int, int]], index: int) -> tuple[int, int] | None:
    for size in (2, 1):
        first = index - size
        if first < 0:
            continue
        number = spoken_number([word for word, _, _ in words[first:index]])
        if number is not None and 1 <= number <= 99:
            return number, first
    return None


def _year_after(words: list[tuple[str, int, int]], first: int, today: date) -> tuple[int | None, int | None]:
    for size in (5, 4, 3, 2, 1):
        chosen = [word for word, _, _ in words[first : first + size]]
        if len(chosen) < size:
            continue
        number = spoken_number(chosen)
        if number is None or not (0 <= number <= 99 or 1000 <= number <= 2999):
            continue
        short = number < 100
        if short and size == 1 and not chosen[0][0].isdigit() and not chosen[0].endswith(("го", "й")):
            continue
        last = first + size - 1
        while last + 1 < len(words) and words[last + 1][0] in _FILLERS:
            last += 1
        return _full_year(number, 2 if short else 4, today), words[last][2]
    return None, None
