from __future__ import annotations

import pytest

from lang.told import asks, demands, is_told


@pytest.mark.parametrize(
    "text", ["я уже сдавала у вас кровь", "записана на среду", "отменила приём заранее", "чек пришёл"]
)
def test_what_was_or_is_settled_is_told(text: str) -> None:
    assert is_told(text)
    assert not asks(text)


@pytest.mark.parametrize(
    "text",
    [
        "готовы ли анализы",
        "сколько вы взяли",
        "хотела записаться",
        "был у лора, запишите снова",
        "заплатила?",
    ],
)
def test_what_asks_beside_the_past_is_not_told(text: str) -> None:
    assert asks(text)
    assert not is_told(text)


def test_an_order_or_a_question_mark_demands() -> None:
    assert demands("отмените приём")
    assert demands("работаете?")
    assert not demands("надо к лору")
    assert not is_told("к лору завтра")
