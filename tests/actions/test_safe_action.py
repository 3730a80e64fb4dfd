"""No action raises, hangs, goes silent, logs what a patient wrote, or claims a booking after a failure."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, NoReturn

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import turn_time
from actions.base import Events, SafeAction, Say
from actions.registry import ACTIONS
from clinic.directory import DirectoryUnavailable
from mis.port import MisUnavailable
from tests.actions.clinic import Stage
from tests.actions.dialogue import STEPS, Dialogue, entities_of, spoken

SECRET = "Петров Илья 89160001234"


class Failing(SafeAction):
    action_name = "action_failing"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        raise ValueError(SECRET)


class Hanging(SafeAction):
    action_name = "action_hanging"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        await asyncio.Event().wait()
        raise AssertionError("never set")


class Talkative(SafeAction):
    action_name = "action_talkative"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        say("utter_thank")
        raise ValueError(SECRET)


async def run(action: type[SafeAction], stage: Stage, caplog: pytest.LogCaptureFixture) -> list[str]:
    talk = Dialogue(stage)
    dispatcher = CollectingDispatcher()
    message = talk.message(SECRET, "inform", entities_of(SECRET, stage.clock()), None)
    with caplog.at_level(logging.DEBUG):
        events = await action(stage.context).run(dispatcher, talk.tracker(message), {})
    assert events == []
    return [said.name for said in spoken(dispatcher)]


@pytest.mark.parametrize("action", [Failing, Hanging])
async def test_a_failure_is_spoken_and_nothing_personal_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, action: type[SafeAction]
) -> None:
    monkeypatch.setattr(turn_time, "ACTION_SECONDS", 0.01)
    monkeypatch.setattr(SafeAction, "least_seconds", 0.01)

    assert await run(action, stage, caplog) == ["utter_service_unavailable"]

    assert action.action_name in caplog.text
    for piece in (*SECRET.split(), "Traceback"):
        assert piece not in caplog.text


async def test_what_was_said_already_is_enough(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    assert await run(Talkative, stage, caplog) == ["utter_thank"]


def raising(error: Exception) -> Any:
    def call(*args: Any, **kwargs: Any) -> NoReturn:
        raise error

    return call


class Broken:
    """Every method of it raises."""

    def __init__(self, error: Exception, catalogue: Any = None) -> None:
        self._error = error
        self.catalogue = catalogue

    def __getattr__(self, name: str) -> Any:
        return raising(self._error)


@pytest.mark.parametrize("error", [RuntimeError(SECRET), MisUnavailable(SECRET), DirectoryUnavailable()])
@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.action_name)
async def test_a_clinic_that_fails_is_survived(
    stage: Stage, caplog: pytest.LogCaptureFixture, action: type[SafeAction], error: Exception
) -> None:
    talk = Dialogue(stage)
    slot = f"booking__{action.action_name.rpartition('__')[2]}"
    way = STEPS.get(slot, Dialogue.to_confirmed)
    await (way(talk) if way else talk.write("хочу записаться", "book_visit"))
    if action.action_name == "action_book_visit":
        talk.slots["booking__confirmed"] = True
    for part in ("directory", "bookings", "requests", "consents", "search"):
        object.__setattr__(stage.context.clinic, part, Broken(error, stage.context.catalogue))
    text = "сколько стоит приём лора, Петров Илья 89160001234"
    message = talk.message(text, "inform", entities_of(text, stage.clock()), None)

    with caplog.at_level(logging.DEBUG):
        turn = await talk.run(action, message)

    goes_on = any(event["event"] == "followup" for event in turn.validation)
    assert turn.said or goes_on or action.action_name.startswith("validate_")
    assert turn.said or turn.validation
    assert "utter_booked" not in turn.names
    assert "Вы записаны" not in turn.text
    for piece in SECRET.split():
        assert piece not in caplog.text
