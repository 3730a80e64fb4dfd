"""Surnames that the dictionary knows only as forms of everyday words: «много лапин», «клёнова ветвь»."""

from __future__ import annotations

import pytest

from lang.names import FullNameMatch, NameProblem, parse_full_name

MEN = ("Лапин", "Кузин", "Рябин", "Сомов", "Клёнов", "Травин", "Снегов", "Праздников", "Медников", "Луков")
WOMEN = ("Пчелина", "Сомова", "Клёнова", "Розова", "Малинова", "Филина", "Лукова")


@pytest.mark.parametrize("surname", MEN)
@pytest.mark.parametrize("text", ["{} Олег Ильич 89161234567", "{} Олег", "Олег Ильич {}", "я {} Олег Ильич"])
def test_men(surname: str, text: str) -> None:
    found = parse_full_name(text.format(surname))

    assert isinstance(found, FullNameMatch)
    assert (found.surname, found.given) == (surname, "Олег")


@pytest.mark.parametrize("surname", WOMEN)
def test_women(surname: str) -> None:
    found = parse_full_name(f"{surname} Анна Сергеевна")

    assert isinstance(found, FullNameMatch) and found.surname == surname


def test_alone_it_lacks_the_given_name() -> None:
    assert parse_full_name("Лапин") == NameProblem("given_missing")


@pytest.mark.parametrize("text", ["много анализов Анне", "сдать пару анализов", "часов в пять"])
def test_words_stay_words(text: str) -> None:
    assert isinstance(parse_full_name(text), NameProblem)
