"""What the desk relies on when it gives a conversation back: Rasa's own restart forgets form and slots."""

from __future__ import annotations

import asyncio

from rasa.core.actions.action import ActionRestart
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channel import _parse_data
from tests.bot.conftest import ROOT


def in_the_middle_of_a_booking(domain: Domain) -> DialogueStateTracker:
    tracker = DialogueStateTracker("web:1", domain.slots)
    for event in (
        ActionExecuted("booking_form"),
        ActiveLoop("booking_form"),
        SlotSet("booking__what", {"kind": "specialty", "ids": ["ent"]}),
        SlotSet("requested_slot", "booking__place"),
        ActionExecuted("action_listen"),
    ):
        tracker.update(event, domain)
    return tracker


def test_a_restart_comes_before_the_form_and_forgets_everything_without_a_word() -> None:
    domain = Domain.load(str(ROOT / "domain.yml"))
    tracker = in_the_middle_of_a_booking(domain)
    parsed = _parse_data("restart", {"intent": "restart", "entities": {}})
    assert parsed is not None
    tracker.update(UserUttered("restart", parsed["intent"], parse_data=parsed), domain)

    assert "restart" in domain.intents
    action, _ = RulePolicy._find_action_from_default_actions(tracker)
    assert action == "action_restart"
    channel = CollectingOutputChannel()
    run = ActionRestart().run(channel, _no_words(), tracker, domain)
    for event in asyncio.run(run):
        tracker.update(event, domain)

    assert channel.messages == []
    assert tracker.active_loop_name is None
    assert tracker.get_slot("requested_slot") is None
    assert tracker.get_slot("booking__what") is None


class _NoWords:
    async def generate(self, *_: object, **__: object) -> None:
        return None


def _no_words() -> _NoWords:
    return _NoWords()
