"""One suggestion nobody asked for in a conversation, as suggestions.yml has it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from actions.booking import slots
from actions.suggestions import SuggestionsError, load_suggestions
from clinic.search import SUGGESTED
from tests.actions.clinic import ROOT, Stage, words
from tests.actions.dialogue import Dialogue


@pytest.mark.asyncio
async def test_an_earlier_time_nearby_is_suggested_once_and_says_why(talk: Dialogue, stage: Stage) -> None:
    stage.mis.window_list = [
        window
        for window in stage.mis.window_list
        if window.branch_id != "leninsky" or window.start.date() > date(2026, 11, 25)
    ]

    first = await talk.write("к лору на Ленинский ближайшее")
    shown = [offer["reason"] for offer in talk.slots[slots.OFFERS]]
    talk.slots[slots.OFFERS] = None
    await talk.run("action_ask_booking__offer", talk.message("ещё раз", "inform", [], None))
    again = [offer["reason"] for offer in talk.slots[slots.OFFERS]]

    assert shown.count("nearby_sooner") == 1 and "рядом, раньше" in first.text
    assert not set(again) & set(SUGGESTED)


@pytest.mark.asyncio
async def test_a_time_that_was_not_wished_says_so_in_its_line(talk: Dialogue) -> None:
    turn = await talk.write("к лору на Ленинский завтра в 11:30", "book_visit")

    for line in turn.text.splitlines():
        if line[:2] in ("1.", "2.", "3.", "4.", "5.") and "11:30" not in line:
            assert line.endswith(")"), line


def test_every_suggestion_has_a_reason_in_words() -> None:
    rules = load_suggestions(ROOT / "data/catalogue/suggestions.yml")
    assert rules.most == 1
    assert all(words().reason(rule.kind) for rule in rules.rules)
    assert rules.left(0) == rules.rules and rules.left(1) == ()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("most: 1\nsuggest: {massage: {days: 1}}\n", "suggestions.yml:2: suggest.massage: is no suggestion"),
        ("most: one\nsuggest: {}\n", "suggestions.yml:1: most: must be a number"),
        ("most: 1\nsuggest: {same_profile: {days: 0}}\n", "suggestions.yml:2: suggest.same_profile.days"),
        ("suggest: {}\n", "'most' is missing"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "suggestions.yml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SuggestionsError) as caught:
        load_suggestions(path)
    assert part in str(caught.value)
