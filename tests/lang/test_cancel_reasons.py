"""Reasons of a cancellation: read from YAML, told by words, mistakes named with their line."""

from __future__ import annotations

from pathlib import Path

import pytest

from lang.cancel_reasons import MOST, CancelReasonsError, load_cancel_reasons

FILE = Path(__file__).resolve().parents[2] / "data/catalogue/cancel_reasons.yml"


@pytest.mark.parametrize(
    ("text", "reason"), [("я заболела", "ill"), ("слишком дорого", "price"), ("просто так", None)]
)
def test_words_tell_the_reason(text: str, reason: str | None) -> None:
    found = load_cancel_reasons(FILE).find(text)

    assert (found.id if found else None) == reason


def test_a_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "cancel_reasons.yml"
    lines = [f"  r{number}: {{title: Причина, words: []}}" for number in range(MOST + 1)]
    path.write_text("reasons:\n" + "\n".join(lines) + "\n", encoding="utf-8")

    with pytest.raises(CancelReasonsError, match=r"cancel_reasons.yml:8.*one reason too many"):
        load_cancel_reasons(path)
