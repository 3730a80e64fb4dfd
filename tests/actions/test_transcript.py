"""The talk as a person who takes over reads it."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions.past import transcript
from clinic.requests import Line


def tracker(*events: dict[str, object]) -> Tracker:
    return Tracker("c1", {}, {}, list(events), False, None, {}, "action_listen")


def test_messages_of_both_sides_in_order_and_nothing_else() -> None:
    found = transcript(
        tracker(
            {"event": "action", "name": "action_session_start"},
            {"event": "user", "text": "позовите человека"},
            {"event": "slot", "name": "what", "value": None},
            {"event": "bot", "text": None},
            {"event": "bot", "text": "Передала администратору."},
        )
    )
    assert found == (Line("patient", "позовите человека"), Line("maria", "Передала администратору."))


def test_a_long_talk_keeps_its_end() -> None:
    found = transcript(tracker(*({"event": "user", "text": str(number)} for number in range(100))))
    assert (len(found), found[-1].text) == (60, "99")
