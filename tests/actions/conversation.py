"""A conversation over several forms, run as Rasa runs it: rules, forms, what actions ask to run next."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import yaml
from rasa_sdk import Tracker

from actions.booking.slots import REQUESTED
from tests.actions.clinic import ROOT, Stage
from tests.actions.dialogue import BY_NAME, MOST_ACTIONS, Dialogue, Said, Turn, domain, responses

LISTEN = "action_listen"


@cache
def _rules() -> list[dict[str, Any]]:
    return [
        rule
        for path in sorted((ROOT / "data/rules").glob("*.yml"))
        for rule in yaml.safe_load(path.read_text(encoding="utf-8"))["rules"]
    ]


def rule_for(intent: str, loop: str | None) -> list[str]:
    """The actions of the rule for an intent while the form `loop`, or none, is active."""
    fitting: list[tuple[int, list[str]]] = []
    for rule in _rules():
        condition = [one["active_loop"] for one in rule.get("condition", ()) if "active_loop" in one]
        if rule["steps"][0].get("intent") != intent or (condition and condition != [loop]):
            continue
        fitting.append((len(condition), [step["action"] for step in rule["steps"] if "action" in step]))
    assert fitting, f"no rule for {intent} in {loop}"
    return max(fitting)[1]


def after_form(form: str) -> str:
    """The action of the rule for a form that has all it asked for."""
    for rule in _rules():
        if rule["steps"][0].get("action") == form:
            return str(rule["steps"][-1]["action"])
    raise AssertionError(f"{form} ended without saying what follows")


class Conversation(Dialogue):
    """`loop` is the active form, `said` everything that was said in the last turn."""

    def __init__(self, stage: Stage, conversation: str = "c1") -> None:
        super().__init__(stage, conversation)
        self.loop: str | None = None

    def tracker(self, message: dict[str, Any] | None = None) -> Tracker:
        return Tracker(
            self.conversation,
            dict(self.slots),
            message or {},
            list(self.events),
            False,
            None,
            {"name": self.loop} if self.loop else {},
            LISTEN,
        )

    async def receive(
        self, text: str, intent: str, found: Sequence[dict[str, Any]], key: str | None = None
    ) -> Turn:
        message = self.message(text, intent, found, key)
        return await self.hear(message)

    async def hear(self, message: dict[str, Any]) -> Turn:
        """Play one message with all that has been understood of it."""
        self.events.append({"event": "user", "parse_data": {"intent": message["intent"]}})
        turn = Turn([])
        intent = message["intent"]["name"]
        if self.loop:
            if await self._form(self.loop, message, turn):
                return turn
            turn.interrupted = True
        asked = self.loop
        for action in rule_for(intent, self.loop):
            if action == "action_deactivate_loop":
                self.loop = None
                self.slots[REQUESTED] = None
            else:
                await self._act(action, message, turn)
        if turn.interrupted and asked == self.loop and asked:
            await self._form(asked, message, turn, again=True)
        return turn

    async def _act(self, name: str, message: dict[str, Any], turn: Turn) -> None:
        """Run an action or a form, and what it asks to run next."""
        for _ in range(MOST_ACTIONS):
            following = None
            if name in domain()["forms"]:
                await self._form(name, message, turn)
                return
            if name.startswith("utter_"):
                self._note(turn, [Said(name, responses()[name][0]["text"], (), {})])
                return
            following = await self._run_one(name, message, turn)
            self.events.append({"event": "action", "name": name})
            if following in (None, LISTEN):
                return
            name = str(following)
        raise AssertionError("actions go round in circles")

    async def _form(self, name: str, message: dict[str, Any], turn: Turn, again: bool = False) -> bool:
        """One run of a form; False when the message is not meant for it."""
        self.loop = name
        following = await self._run_one(f"validate_{name}", message, turn)
        changed = [event for event in self.latest if event["event"] == "slot" and event["name"] != REQUESTED]
        if self.slots[REQUESTED] is not None and not changed and not again:
            return False
        ended = any(
            (event["event"] == "active_loop" and event["name"] is None)
            or (event["event"] == "slot" and event["name"] == REQUESTED and event["value"] is None)
            for event in self.latest
        )
        if not ended:
            required: list[str] = domain()["forms"][name]["required_slots"]
            self.slots[REQUESTED] = next((slot for slot in required if self.slots[slot] is None), None)
            if self.slots[REQUESTED] is not None:
                await self._run_one(f"action_ask_{self.slots[REQUESTED]}", message, turn)
                return True
        self.loop = None
        self.slots[REQUESTED] = None
        if following is None:
            following = after_form(name)
        if following != LISTEN:
            await self._act(str(following), message, turn)
        return True

    async def _run_one(self, name: str, message: dict[str, Any], turn: Turn) -> str | None:
        """Run one action; returns the action it asks to run next."""
        said, self.latest = await self._run(BY_NAME[name], message)
        self._note(turn, said)
        for event in self.latest:
            if event["event"] == "active_loop":
                self.loop = event["name"]
        followups = [event["name"] for event in self.latest if event["event"] == "followup"]
        return followups[-1] if followups else None

    def _note(self, turn: Turn, said: Sequence[Said]) -> None:
        turn.said += said
        self.events += [
            {"event": "bot", "metadata": {"utter_action": one.name}, "data": {"buttons": list(one.buttons)}}
            for one in said
        ]
