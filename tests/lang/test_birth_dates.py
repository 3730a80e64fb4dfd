from __future__ import annotations

from datetime import date

import pytest

from lang.birth_dates import BirthDateMatch, BirthDateProblem, age, find_birth_date

TODAY = date(2026, 11, 23)

RIGHT = [
    ("12.05.1987", date(1987, 5, 12)),
    ("12.5.1987", date(1987, 5, 12)),
    ("12.05.87", date(1987, 5, 12)),
    ("12/05/1987", date(1987, 5, 12)),
    ("12/5/87", date(1987, 5, 12)),
    ("12-05-1987", date(1987, 5, 12)),
    ("12-05-87", date(1987, 5, 12)),
    ("12,05,1987", date(1987, 5, 12)),
    ("12 05 1987", date(1987, 5, 12)),
    ("12. 05. 1987", date(1987, 5, 12)),
    ("12.05.1987.", date(1987, 5, 12)),
    ("1987-05-12", date(1987, 5, 12)),
    ("1987.05.12", date(1987, 5, 12)),
    ("120587", date(1987, 5, 12)),
    ("12051987", date(1987, 5, 12)),
    ("010120", date(2020, 1, 1)),
    ("01.01.20", date(2020, 1, 1)),
    ("01.01.26", date(2026, 1, 1)),
    ("01.01.27", date(1927, 1, 1)),
    ("31 12 99", date(1999, 12, 31)),
    ("12 мая 1987", date(1987, 5, 12)),
    ("12 Мая 1987 года", date(1987, 5, 12)),
    ("12 мая 87", date(1987, 5, 12)),
    ("12 мая 1987г", date(1987, 5, 12)),
    ("12 май 1987", date(1987, 5, 12)),
    ("12-го мая 1987 г.р.", date(1987, 5, 12)),
    ("5 июня 90 г.", date(1990, 6, 5)),
    ("1 янв 2001", date(2001, 1, 1)),
    ("3 сент. 1975", date(1975, 9, 3)),
    ("8 марта 1960", date(1960, 3, 8)),
    ("7 августа 2012", date(2012, 8, 7)),
    ("30 ноября 1949 года рождения", date(1949, 11, 30)),
    ("9 октября 2019", date(2019, 10, 9)),
    ("двенадцатого мая восемьдесят седьмого", date(1987, 5, 12)),
    ("двенадцатое мая тысяча девятьсот восемьдесят седьмого года", date(1987, 5, 12)),
    ("двадцать пятого мая 2001", date(2001, 5, 25)),
    ("тридцать первого декабря тысяча девятьсот девяносто девятого", date(1999, 12, 31)),
    ("первое января двухтысячного", date(2000, 1, 1)),
    ("третьего марта две тысячи пятого года", date(2005, 3, 3)),
    ("15 марта две тысячи двадцать шестого", date(2026, 3, 15)),
    ("седьмое июля две тысячи девятнадцатого", date(2019, 7, 7)),
    ("12 III 1985", date(1985, 3, 12)),
    ("12.III.1985", date(1985, 3, 12)),
    ("12/III-85", date(1985, 3, 12)),
    ("12-iii-1985", date(1985, 3, 12)),
    ("12.ХII.1985", date(1985, 12, 12)),
    ("12 ХІІ 85", date(1985, 12, 12)),
    ("3 IV 85 г.р.", date(1985, 4, 3)),
    ("1 X 2001", date(2001, 10, 1)),
    ("12 марта 85", date(1985, 3, 12)),
    ("85-03-12", date(1985, 3, 12)),
    ("85.03.12", date(1985, 3, 12)),
    ("99-12-31", date(1999, 12, 31)),
    ("1985 03 12", date(1985, 3, 12)),
    ("12.03-1985", date(1985, 3, 12)),
    ("12/03-85", date(1985, 3, 12)),
    ("12:03:1985", date(1985, 3, 12)),
    ("12_03_1985", date(1985, 3, 12)),
    ("12\\03\\1985", date(1985, 3, 12)),
    ("12 . 03 . 85", date(1985, 3, 12)),
    ("я родилась 12.05.1987", date(1987, 5, 12)),
    ("дата рождения: 7.8.2001г.р.", date(2001, 8, 7)),
    ("др 7.8.2001", date(2001, 8, 7)),
    ("Петров Илья 12.05.1987 89161234567", date(1987, 5, 12)),
    ("89161234567, 12.05.1987", date(1987, 5, 12)),
    ("сын, 01.09.2015, нужен лор", date(2015, 9, 1)),
    ("29.02.2004", date(2004, 2, 29)),
    ("23.11.2026", date(2026, 11, 23)),
    ("12.05.1987 10:30", date(1987, 5, 12)),
    ("не 12.05.2030, а 12.05.1930", date(1930, 5, 12)),
]


@pytest.mark.parametrize(("text", "expected"), RIGHT)
def test_find_birth_date_reads_dates(text: str, expected: date) -> None:
    found = find_birth_date(text, TODAY)
    assert isinstance(found, BirthDateMatch), found
    assert found.value == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("31.02.1990", "no_such_date"),
        ("29.02.2001", "no_such_date"),
        ("32.12.1990", "no_such_date"),
        ("12.13.1990", "no_such_date"),
        ("31 июня 1990", "no_such_date"),
        ("31 февраля", "no_such_date"),
        ("12.05.2030", "future"),
        ("24.11.2026", "future"),
        ("12 мая 2027", "future"),
        ("12.05.1850", "too_old"),
        ("1 января 1900", "too_old"),
        ("12.05", "year_missing"),
        ("12 мая", "year_missing"),
        ("двенадцатого мая", "year_missing"),
    ],
)
def test_find_birth_date_names_the_problem(text: str, code: str) -> None:
    found = find_birth_date(text, TODAY)
    assert isinstance(found, BirthDateProblem), found
    assert found.code == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "завтра",
        "завтра в 10:30",
        "мне 35 лет",
        "89161234567",
        "8 916 123-45-67",
        "в 10.30",
        "сорок пятого",
        "полис 120587",
        "номер 010203",
        "2202 2002 1234 5678",
        "с 9 до 18",
        "лор",
        "маяковская",
        "1500",
        "12 XX 1985",
    ],
)
def test_find_birth_date_takes_nothing_else_for_a_date(text: str) -> None:
    assert find_birth_date(text, TODAY) is None


def test_span_is_in_the_original_text() -> None:
    text = "Ёлкина Анна, 5 июня 1990 года, тел. 89161234567"
    found = find_birth_date(text, TODAY)
    assert isinstance(found, BirthDateMatch)
    assert text[found.start : found.end] == "5 июня 1990 года"


@pytest.mark.parametrize(
    ("birth", "on", "years"),
    [
        (date(1987, 5, 12), date(2026, 5, 11), 38),
        (date(1987, 5, 12), date(2026, 5, 12), 39),
        (date(2004, 2, 29), date(2026, 2, 28), 21),
        (date(2004, 2, 29), date(2026, 3, 1), 22),
        (date(2026, 11, 23), date(2026, 11, 23), 0),
    ],
)
def test_age(birth: date, on: date, years: int) -> None:
    assert age(birth, on) == years
