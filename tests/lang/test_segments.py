from __future__ import annotations

import random
from itertools import pairwise

import pytest

from lang.segments import segments


def parts(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in segments(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Здравствуйте! Болит спина. Сколько стоит приём?",
            ["Здравствуйте! Болит спина.", "Сколько стоит приём?"],
        ),
        ("запишите к лору, а ещё сколько стоит узи", ["запишите к лору,", "а ещё сколько стоит узи"]),
        (
            "запишите к лору заодно расскажите про оплату",
            ["запишите к лору", "заодно расскажите про оплату"],
        ),
        ("хочу сделать узи\nи сколько стоит мрт", ["хочу сделать узи", "и сколько стоит мрт"]),
        ("хочу к лору, но не завтра утром", ["хочу к лору,", "но не завтра утром"]),
        ("запишите меня к лору плюс анализы сдать", ["запишите меня к лору", "плюс анализы сдать"]),
        ("ПЕРЕНЕСИТЕ ЗАПИСЬ А ТАКЖЕ ДАЙТЕ СПРАВКУ", ["ПЕРЕНЕСИТЕ ЗАПИСЬ", "А ТАКЖЕ ДАЙТЕ СПРАВКУ"]),
    ],
)
def test_sentences_and_joined_clauses_are_parts(text: str, expected: list[str]) -> None:
    assert parts(text) == expected


@pytest.mark.parametrize(
    "text", ["да", "сколько стоит прием...", "запишите меня к лору завтра", "узи. мрт. кт", "👍", "   "]
)
def test_what_nothing_divides_is_one_part(text: str) -> None:
    assert segments(text) == [(0, len(text))]


def test_a_short_part_is_no_part_of_its_own() -> None:
    assert parts("Привет. Запишите к лору") == ["Привет. Запишите к лору"]
    assert parts("Запишите к лору. Ага") == ["Запишите к лору. Ага"]


def test_an_empty_text_has_one_empty_part() -> None:
    assert segments("") == [(0, 0)]


_PIECES = ["запишите", "к", "лору", "и", "ещё", "а", "узи", ", ", ". ", "! ", " ", "\n", "сколько", "👍", "5"]


def test_parts_lie_side_by_side_over_the_whole_text() -> None:
    chance = random.Random(5)
    for _ in range(500):
        text = "".join(chance.choices(_PIECES, k=chance.randrange(25)))
        spans = segments(text)
        assert spans[0][0] == 0, text
        assert spans[-1][1] == len(text), text
        assert all(before[1] == after[0] for before, after in pairwise(spans)), text


def test_a_short_part_stays_with_what_it_follows() -> None:
    text = "запишите к гинекологу и неврологу и сколько стоит"

    assert [text[start:end].strip() for start, end in segments(text)] == [
        "запишите к гинекологу и неврологу",
        "и сколько стоит",
    ]
