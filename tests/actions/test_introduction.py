"""The first answer of a conversation says who is speaking, whatever the first message is."""

from __future__ import annotations

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Say
from actions.introduction import introduce
from tests.actions.dialogue import Dialogue, spoken

pytestmark = pytest.mark.asyncio

STARTED = {"event": "action", "name": "action_session_start"}


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ([STARTED, {"event": "user"}], ["utter_hello"]),
        ([STARTED, {"event": "user"}, {"event": "bot"}, {"event": "user"}], []),
        ([{"event": "user"}], []),
    ],
)
async def test_said_once(talk: Dialogue, events: list[dict[str, str]], said: list[str]) -> None:
    talk.events = events
    dispatcher = CollectingDispatcher()

    introduce(Say(dispatcher), talk.tracker())

    assert [each.name for each in spoken(dispatcher)] == said
