"""Text typed by a patient is never a command."""

from __future__ import annotations

import pytest

from bot.plain_text import without_command_prefix


@pytest.mark.parametrize(
    ("typed", "given"),
    [
        ("/restart", "restart"),
        ("  /restart", "restart"),
        ("//restart", "restart"),
        ("/ /restart", "restart"),
        ("／restart", "restart"),
        ("\u200b/restart", "restart"),
        ("\ufeff /\u2060/affirm{}", "affirm{}"),
        ("/", "."),
        ("к лору 24/11", "к лору 24/11"),
        ("да", "да"),
    ],
)
def test_leading_slashes_go(typed: str, given: str) -> None:
    assert without_command_prefix(typed) == given
