"""No action outlasts the patient's turn, and no call to the MIS outlasts its action."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SafeAction, Say
from actions.booking.form import ValidateBookingForm
from actions.booking.submit import ActionBookVisit
from actions.turn_time import ACTION_SECONDS, LEAST_SECONDS, TURN_SECONDS, seconds_for_action
from actions.visits.form import ValidateVisitsForm
from mis.calls import LEAST_WRITE_SECONDS
from mis.deadline import seconds_left
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue, entities_of

NOW = 1_800_000_000.0


def after(*events: dict[str, Any]) -> float:
    tracker: Any = SimpleNamespace(events=list(events))
    return seconds_for_action(tracker, NOW, LEAST_SECONDS)


def user(seconds_ago: float) -> dict[str, Any]:
    return {"event": "user", "timestamp": NOW - seconds_ago}


@pytest.mark.parametrize(
    ("seconds_ago", "expected"),
    [(0.0, ACTION_SECONDS), (3.0, TURN_SECONDS - 3), (6.0, TURN_SECONDS - 6), (12.0, LEAST_SECONDS)],
)
def test_an_action_has_what_is_left_of_the_turn(seconds_ago: float, expected: float) -> None:
    assert after(user(100), user(seconds_ago), {"event": "action"}) == pytest.approx(expected)


@pytest.mark.parametrize(
    "events", [(), ({"event": "action"},), ({"event": "user"},), (user(-5),), (user(3600),)]
)
def test_a_turn_that_began_nobody_knows_when_is_not_cut_short(events: tuple[dict[str, Any], ...]) -> None:
    assert after(*events) == ACTION_SECONDS


@pytest.mark.parametrize("action", [ActionBookVisit, ValidateBookingForm, ValidateVisitsForm])
def test_what_writes_is_begun_even_late_in_the_turn(action: type[SafeAction]) -> None:
    """The patient waits for nothing else, and has been told by the desk that it takes longer."""
    assert action.least_seconds - 0.3 > LEAST_WRITE_SECONDS + 1


class Asking(SafeAction):
    """Tells how long its thread could wait for the MIS."""

    action_name = "action_asking"
    left: float | None = None

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        type(self).left = await asyncio.to_thread(seconds_left)
        return []


@pytest.mark.parametrize("gone", [0.0, 4.0])
async def test_calls_to_the_mis_end_before_their_action(stage: Stage, gone: float) -> None:
    talk = Dialogue(stage)
    message = talk.message("здравствуйте", "greet", entities_of("здравствуйте", stage.clock()), None)
    tracker = talk.tracker(message)
    tracker.events = [{"event": "user", "timestamp": stage.clock().timestamp() - gone}]
    await Asking(stage.context).run(CollectingDispatcher(), tracker, {})
    assert Asking.left is not None
    assert 0 < Asking.left < min(ACTION_SECONDS, TURN_SECONDS - gone)
