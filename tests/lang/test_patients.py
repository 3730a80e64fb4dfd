from __future__ import annotations

import pytest

from lang.patients import is_about_child, said_ages


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("сыну 5 лет", 5),
        ("Дочке 3 годика, кашляет", 3),
        ("мне 45 лет", 45),
        ("мальчик 15-ти лет", 15),
        ("девочка, 1 год", 1),
        ("ребёнку 8 месяцев", 0),
        ("малышу 8 мес.", 0),
        ("новорождённому 3 недели", 0),
    ],
)
def test_an_age_in_figures_is_read_in_years(text: str, years: int) -> None:
    assert said_ages(text) == (years,)


@pytest.mark.parametrize(
    "text",
    [
        "сын",
        "",
        "болеет уже 5 лет",
        "2 раза в день",
        "год как болит",
        "ребёнку 2 года назад делали",
        "к 5 вечера",
        "89161234567",
    ],
)
def test_other_figures_are_no_age(text: str) -> None:
    assert said_ages(text) == ()


@pytest.mark.parametrize(
    "text",
    [
        *("сыну 5 лет", "у ребёнка сыпь", "дочку показать", "дети болеют", "детский лор", "для мелкой"),
        *("внучке плохо", "Грудничок не спит", "подростку нужна справка", "дочь 17 лет", "у крохи зубки"),
        *("20 лет назад родила, теперь дочку показать", "мне 30 лет, сыну 4 года", "малой кашляет"),
    ],
)
def test_a_child_is_called_so(text: str) -> None:
    assert is_about_child(text)


@pytest.mark.parametrize(
    "text", ["болит спина", "сыну 30 лет", "дочь 18 лет", "маме 70 лет", "мужу плохо", "", "мне 16 лет"]
)
def test_grown_ups_and_unnamed_patients_are_no_children(text: str) -> None:
    assert not is_about_child(text)
