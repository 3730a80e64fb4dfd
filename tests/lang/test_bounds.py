"""Texts that are no messages must not hold a turn: misspelled words are looked up only so many times."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from lang.mentions import Recogniser
from lang.red_flags import load_red_flags
from lang.spelling import Speller
from lang.words import MOST_UNKNOWN, split_words

LIST = Path(__file__).parents[2] / "data" / "catalogue" / "red_flags.yml"


def nonsense(length: int) -> str:
    """Russian letters in words of 5–11 that no dictionary has."""
    chance = random.Random(length)
    words = (
        "".join(chance.choice("бвгджзклмнпрстфхцчшщ") for _ in range(chance.randint(5, 11)))
        for _ in range(length)
    )
    return " ".join(words)[:length]


def count_repairs(patch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    guess = Speller._nearest

    def counting(self: Speller, word: str) -> tuple[float, tuple[str, ...]] | None:
        asked.append(word)
        return guess(self, word)

    patch.setattr(Speller, "_nearest", counting)
    return asked


def test_red_flags_repair_few_words_of_a_long_text(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = count_repairs(monkeypatch)
    red_flags = load_red_flags(LIST)
    assert red_flags.check(nonsense(4000)) is None
    assert 0 < len(asked) <= MOST_UNKNOWN


def test_red_flags_still_see_plain_danger_after_nonsense() -> None:
    red_flags = load_red_flags(LIST)
    assert red_flags.check(nonsense(3000) + " вызовите скорую") is not None
    assert red_flags.check(nonsense(3000) + " муж без сознания") is not None


def test_recogniser_skips_words_past_the_limit(recogniser: Recogniser) -> None:
    text = nonsense(4000)
    words = split_words(text)
    assert len(words) > 2 * MOST_UNKNOWN
    assert sum(not word.known and not word.skipped for word in words) == MOST_UNKNOWN
    assert [m.value for m in recogniser.find(text + ". Запишите к неврологу")] == ["neurologist"]


def test_recogniser_finds_services_far_apart(recogniser: Recogniser) -> None:
    text = "узи почек и лор. " * 40
    found = recogniser.find(text)
    assert [m.kind for m in found].count("service") == 40
    assert [m.kind for m in found].count("specialty") == 40
