"""Messages mistyped for training."""

from __future__ import annotations

import random

import pytest

from bot.slips import with_slips

TEXTS = ["Запишите меня к кардиологу на завтра", "сколько стоит узи брюшной полости", "перенесите приём"]


@pytest.mark.parametrize("seed", range(200))
def test_something_is_always_mistyped(seed: int) -> None:
    chooser = random.Random(seed)
    text = TEXTS[seed % len(TEXTS)]

    mistyped = with_slips(text, chooser)

    assert mistyped != text.lower()
    assert len(mistyped) <= 1.5 * len(text)


@pytest.mark.parametrize("text", ["", "да", "👍", "8 927 000-00-00", "о"])
def test_what_has_no_long_word_only_changes_its_alphabet(text: str) -> None:
    for seed in range(50):
        assert len(with_slips(text, random.Random(seed))) <= 2 * len(text)


def test_the_same_seed_makes_the_same_slips() -> None:
    assert with_slips(TEXTS[0], random.Random(3)) == with_slips(TEXTS[0], random.Random(3))
