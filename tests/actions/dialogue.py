"""A conversation with the booking form, run as Rasa runs it: validate, ask the next question, submit."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from string import Formatter
from typing import Any

import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import SafeAction
from actions.booking import slots
from actions.booking.form import ValidateBookingForm
from actions.booking.slots import FORM, REQUESTED
from actions.registry import ACTIONS
from lang.birth_dates import BirthDateMatch, find_birth_date
from lang.names import FullNameMatch, parse_full_name
from lang.patient_values import patient_values
from lang.phones import PhoneMatch, find_phone
from lang.policies import without_policy
from lang.preferences import find_preferences
from lang.values import bare_value
from lang.visit_kind import find_visit_kind
from lang.wish import parse_wish
from tests.actions.clinic import ROOT, Stage, recogniser, speech

BY_NAME = {action.action_name: action for action in ACTIONS}
MOST_ACTIONS = 10


@cache
def domain() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8")))


@cache
def responses() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path in sorted((ROOT / "data/responses").glob("*.yml")):
        found.update(yaml.safe_load(path.read_text(encoding="utf-8"))["responses"])
    return found


def entities_of(text: str, now: Any) -> list[dict[str, Any]]:
    """What the pipeline finds in a text: the recogniser's mentions and the values of `lang`."""
    found: list[dict[str, Any]] = []
    for mention in recogniser().find(text):
        entity: dict[str, Any] = {
            "entity": "service_group" if mention.group else mention.kind,
            "value": mention.value,
            "start": mention.start,
            "end": mention.end,
            "score": mention.score,
        }
        entity |= {"negated": True} if mention.negated else {}
        entity |= {"child": True} if mention.child else {}
        entity |= {"ids": list(mention.ids)} if mention.ids else {}
        found.append(entity)
    found += patient_values(text, speech().insurers)
    phone = find_phone(without_policy(text))
    if isinstance(phone, PhoneMatch):
        found.append({"entity": "phone", "value": phone.e164, "start": phone.start, "end": phone.end})
    birth = find_birth_date(text, now.date())
    if isinstance(birth, BirthDateMatch):
        found.append({"entity": "birth_date", "value": birth.value.isoformat(), "start": birth.start})
    wish = parse_wish(text, now)
    if wish is not None and wish.spans:
        found.append({"entity": "wish", "value": wish.wish.to_json(), "start": wish.spans[0][0]})
    kind = find_visit_kind(text)
    if kind is not None:
        found.append({"entity": "visit_kind", "value": kind.value, "start": kind.start})
    for wanted in find_preferences(text):
        found.append({"entity": "preference", "value": wanted.code, "start": wanted.start})
    name = parse_full_name(text)
    if isinstance(name, FullNameMatch):
        full = {"surname": name.surname, "given": name.given, "patronymic": name.patronymic}
        found.append({"entity": "name", "value": full, "start": name.start})
    return sorted(found, key=lambda entity: entity["start"])


@dataclass(frozen=True)
class Said:
    """A response with its values; `text` is the first wording, filled in as Rasa fills it."""

    name: str
    text: str
    buttons: tuple[dict[str, str], ...]
    values: dict[str, Any]

    @property
    def titles(self) -> list[str]:
        return [button["title"] for button in self.buttons]


def spoken(dispatcher: CollectingDispatcher) -> list[Said]:
    """What was said, checked as the patient would see it: known response, every value given."""
    return [_said(message) for message in dispatcher.messages]


def _said(message: dict[str, Any]) -> Said:
    name = message["response"]
    values = {
        key: value
        for key, value in message.items()
        if key not in ("text", "buttons", "elements", "custom", "template", "response", "image", "attachment")
    }
    wordings = responses().get(name)
    assert wordings, f"{name} is not in data/responses"
    for wording in wordings:
        wanted = {part for _, part, _, _ in Formatter().parse(wording["text"]) if part}
        assert wanted <= set(values), f"{name} wants {wanted - set(values)}"
    text = wordings[0]["text"].format(**values)
    assert "None" not in text, text
    return Said(name, text, (*wordings[0].get("buttons", ()), *message["buttons"]), values)


@dataclass
class Turn:
    """What one message brought about. `interrupted`: the form left the message to a rule."""

    said: list[Said]
    interrupted: bool = False
    validation: list[dict[str, Any]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [said.name for said in self.said]

    @property
    def text(self) -> str:
        return "\n".join(said.text for said in self.said)

    @property
    def buttons(self) -> list[dict[str, str]]:
        return [button for said in self.said for button in said.buttons]

    def get(self, name: str) -> Said:
        return next(said for said in self.said if said.name == name)


class Dialogue:
    """One conversation. `slots` start as the real domain declares them."""

    def __init__(self, stage: Stage, conversation: str = "c1") -> None:
        self.stage = stage
        self.conversation = conversation
        self.slots: dict[str, Any] = {
            name: slot.get("initial_value") for name, slot in domain()["slots"].items()
        }
        self.slots[REQUESTED] = None
        self.active = False
        self.messages = 0
        self.events: list[dict[str, Any]] = []
        # What was said before the next message, as the tracker keeps it.
        self.earlier: list[dict[str, Any]] = []

    @property
    def requested(self) -> str | None:
        value: str | None = self.slots[REQUESTED]
        return value

    async def write(
        self, text: str, intent: str | None = None, key: str | None = None, plain: bool = False
    ) -> Turn:
        """The patient writes. A bare value is `inform` as the pipeline has it, unless an intent is given."""
        now = self.stage.clock()
        certain = intent or ("inform" if bare_value(text, now) else "book_visit")
        found = [] if plain else entities_of(text, now)
        return await self.receive(text, certain, found, key)

    async def tap(self, payload: str, title: str = "кнопка", key: str | None = None) -> Turn:
        """The patient taps a button; its title is the text of the message."""
        match = re.fullmatch(r"/([a-z_]+)(\{.*\})?", payload)
        assert match, payload
        data = json.loads(match.group(2) or "{}")
        found = [{"entity": name, "value": value} for name, value in data.items()]
        return await self.receive(title, match.group(1), found, key)

    async def press(self, turn: Turn, title: str) -> Turn:
        """Tap the button of an earlier turn whose title contains `title`."""
        button = next(button for button in turn.buttons if title in button["title"])
        return await self.tap(button["payload"], button["title"])

    def tracker(self, message: dict[str, Any] | None = None) -> Tracker:
        loop = {"name": FORM} if self.active else {}
        return Tracker(
            self.conversation,
            dict(self.slots),
            message or {},
            list(self.events),
            False,
            None,
            loop,
            "action_listen",
        )

    async def run(self, action: str | type[SafeAction], message: dict[str, Any] | None = None) -> Turn:
        """One action by itself, as a rule would call it; its events are applied."""
        kind = BY_NAME[action] if isinstance(action, str) else action
        said, events = await self._run(kind, message or {})
        return Turn(said, validation=events)

    def message(
        self, text: str, intent: str, found: Sequence[dict[str, Any]], key: str | None
    ) -> dict[str, Any]:
        self.messages += 1
        return {
            "text": text,
            "intent": {"name": intent, "confidence": 0.9},
            "entities": list(found),
            "message_id": key or f"m{self.messages}",
            "metadata": {},
        }

    async def receive(
        self, text: str, intent: str, found: Sequence[dict[str, Any]], key: str | None = None
    ) -> Turn:
        """A message with what has been understood of it."""
        message = self.message(text, intent, found, key)
        self.active = True
        self.events = [*self.earlier, {"event": "user"}]
        self.earlier = []
        said, events = await self._run(ValidateBookingForm, message)
        turn = Turn(said, validation=events)
        if not any(event["event"] == "slot" and event["name"] != REQUESTED for event in events):
            turn.interrupted = True
            self.events = [{"event": "user"}, {"event": "action", "name": "an answer"}]
            await self._ask(turn, message)
            return turn
        ended = any(event["event"] == "slot" and event["name"] == REQUESTED for event in events)
        for _ in range(MOST_ACTIONS):
            if not ended:
                self.slots[REQUESTED] = self._next()
            if self.slots[REQUESTED] is not None:
                await self._ask(turn, message)
                return turn
            self.active = False
            said, events = await self._run(BY_NAME["action_book_visit"], message)
            turn.said += said
            if not any(event["event"] == "followup" for event in events):
                return turn
            self.active, ended = True, False
        raise AssertionError("the form goes round in circles")

    def _next(self) -> str | None:
        required: list[str] = domain()["forms"][FORM]["required_slots"]
        return next((name for name in required if self.slots[name] is None), None)

    async def _ask(self, turn: Turn, message: dict[str, Any]) -> None:
        if self.requested is None:
            return
        said, _ = await self._run(BY_NAME[f"action_ask_{self.requested}"], message)
        turn.said += said

    async def _run(
        self, kind: type[SafeAction], message: dict[str, Any]
    ) -> tuple[list[Said], list[dict[str, Any]]]:
        dispatcher = CollectingDispatcher()
        events = await kind(self.stage.context).run(dispatcher, self.tracker(message), {})
        for event in events:
            if event["event"] == "slot":
                assert event["name"] in self.slots, f"{event['name']} is no slot of domain.yml"
                self.slots[event["name"]] = json.loads(json.dumps(event["value"]))
            elif event["event"] == "active_loop":
                self.active = event["name"] is not None
        return spoken(dispatcher), list(events)

    async def answer(self, text: str, action: str, turn: Turn) -> Turn:
        """A yes or no outside the form to the last thing `turn` said."""
        said = {"event": "bot", "metadata": {"utter_action": turn.said[-1].name}}
        self.events = [{"event": "user"}, said, {"event": "user"}]
        return await self.run(action, self.message(text, "affirm", [], None))

    async def go_on(self) -> Turn:
        """The form goes on as after an action that calls for it: what is known is validated first."""
        message = self.message("да", "affirm", [], None)
        self.active, self.slots[REQUESTED] = True, None
        said, events = await self._run(ValidateBookingForm, message)
        turn = Turn(said, validation=events)
        self.slots[REQUESTED] = self._next()
        await self._ask(turn, message)
        return turn

    # Ways to a step

    async def to_place(self) -> Turn:
        return await self.write("запишите к лору")

    async def to_wish(self) -> Turn:
        await self.to_place()
        return await self.write("на Ленинском", "inform")

    async def to_offer(self) -> Turn:
        return await self.write("к лору на Ленинский завтра")

    async def to_consent(self) -> Turn:
        await self.to_offer()
        return await self.tap('/inform{"offer":"1"}')

    async def to_patient(self) -> Turn:
        await self.to_consent()
        return await self.tap("/affirm", "Согласен(на)")

    async def to_phone(self) -> Turn:
        await self.to_patient()
        return await self.write("Петров Илья Олегович", "inform")

    async def to_birth_date(self) -> Turn:
        await self.to_phone()
        return await self.write("89160001234", "inform")

    async def to_confirmed(self) -> Turn:
        await self.to_birth_date()
        return await self.write("12.05.1987", "inform")


STEPS = {
    slots.WHAT: None,
    slots.PLACE: Dialogue.to_place,
    slots.WISH: Dialogue.to_wish,
    slots.OFFER: Dialogue.to_offer,
    slots.CONSENT: Dialogue.to_consent,
    slots.PATIENT: Dialogue.to_patient,
    slots.PHONE: Dialogue.to_phone,
    slots.BIRTH_DATE: Dialogue.to_birth_date,
    slots.CONFIRMED: Dialogue.to_confirmed,
}
