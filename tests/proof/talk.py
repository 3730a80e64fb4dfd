"""A patient's conversation, driven over the action server's webhook as Rasa drives it.

The turns that touch the ledger or the MIS are played: choosing a time, the last «да», giving up, cancelling
and moving. What comes between them is filled in, as if the patient had said it before.
"""

from __future__ import annotations

import copy
import itertools
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import httpx

from actions.booking import slots as booking
from actions.booking.slots import OfferView, Place, What, Whom
from actions.visits import slots as visits
from actions.visits.slots import VisitView
from mis.port import FullName, Patient, Slot
from tests.actions.dialogue import domain, responses

MOST_ACTIONS = 8
# What the desk says when no answer has come: it claims nothing either way.
APOLOGY = "apology"
NotHeard = Callable[[str, datetime], Awaitable[None]]
CLAIM = re.compile(r"(?<!не )записаны|запись подтверждена|запись перенесена|запись отменена", re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """One thing the patient was told; `booking` is the row it is about, 0 when it is about none."""

    conversation: str
    response: str
    text: str
    booking: int = 0

    @property
    def claims(self) -> bool:
        """Whether the words say that a visit is booked, moved or cancelled."""
        return bool(CLAIM.search(self.text))


@dataclass
class Talk:
    """`said` grows with everything the patient was told; `asked` counts the messages."""

    conversation: str
    patient: Patient
    slots: dict[str, Any]
    said: list[Said] = field(default_factory=list)
    not_heard: NotHeard | None = None
    asked: int = 0
    answered: int = 0
    _keys: Any = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def begin(cls, conversation: str, patient: Patient, offers: list[Slot]) -> Talk:
        """A booking of which only the time is still to be chosen."""
        slots: dict[str, Any] = {name: slot.get("initial_value") for name, slot in domain()["slots"].items()}
        first = offers[0]
        name = patient.name
        slots |= {
            booking.WHAT: What("doctor", (first.doctor_id,)).value(),
            booking.FOR_WHOM: Whom().value(),
            booking.PLACE: Place("branch", first.branch_id).value(),
            booking.INSURER: booking.NOT_NEEDED,
            booking.POLICY: booking.NOT_NEEDED,
            booking.WISH: {},
            booking.OFFERS: [_view(number, slot).value() for number, slot in enumerate(offers, 1)],
            booking.CONSENT: True,
            booking.CONSENTS: [booking.OWN_DOCUMENT],
            booking.PATIENT: {
                "surname": name.surname, "given": name.given, "patronymic": name.patronymic
            },
            booking.PHONE: patient.phone,
            booking.BIRTH_DATE: patient.birth_date.isoformat(),
            booking.REQUESTED: booking.OFFER,
        }  # fmt: skip
        return cls(conversation, patient, slots)

    def fork(self, conversation: str | None = None) -> Talk:
        """The same state of things on another device, or for a second tap of the same button."""
        other = copy.copy(self)
        other.conversation = conversation or self.conversation
        other.slots, other.said = copy.deepcopy(self.slots), []
        other.asked = other.answered = 0
        return other

    def key(self) -> str:
        """The id of a new message."""
        return f"{self.conversation}-{next(self._keys)}"

    @property
    def booking(self) -> int:
        """The row of the time that is held, 0 while there is none."""
        return int((self.slots[booking.OFFER] or {}).get("booking") or 0)

    # --- messages ---

    async def choose(self, server: httpx.AsyncClient, number: int, key: str) -> bool:
        """Tap an offer. True when it is held."""
        await self._book_turn(server, "inform", {"offer": str(number)}, key)
        return self.booking != 0

    async def confirm(self, server: httpx.AsyncClient, key: str) -> str:
        """Say «да, записать»; returns the name of the response, or `APOLOGY`."""
        self.slots[booking.REQUESTED] = booking.CONFIRMED
        known = len(self.said)
        await self._book_turn(server, "affirm", {}, key)
        return self.said[known].response if len(self.said) > known else APOLOGY

    async def give_up(self, server: httpx.AsyncClient, key: str) -> None:
        await self._turn(server, "stop_task", {}, key, ("action_stop_booking",), booking.FORM)

    async def cancel(self, server: httpx.AsyncClient, key: str, booking_id: int, slot: Slot) -> str:
        """«Отменить» at the question about the visit `booking_id`."""
        self.slots |= {
            visits.TASK: "cancel",
            visits.PHONE: self.patient.phone,
            visits.CODE: True,
            visits.SHOWN: [_visit(booking_id, slot, self.patient).value()],
            visits.VISIT: booking_id,
            visits.DECISION: None,
            booking.REQUESTED: visits.DECISION,
        }
        known = len(self.said)
        await self._turn(
            server,
            "inform",
            {"choice": visits.CANCEL},
            key,
            ("validate_visits_form",),
            visits.FORM,
            booking_id,
        )
        return self.said[known].response if len(self.said) > known else APOLOGY

    def begin_move(self, booking_id: int, offers: list[Slot]) -> None:
        """Another time for the visit `booking_id` is being looked for; `choose` and `confirm` go on."""
        fresh = Talk.begin(self.conversation, self.patient, offers).slots
        self.slots = fresh | {booking.MOVING: {"visit": booking_id, "facts": "прежняя запись", "before": {}}}

    # --- as Rasa does ---

    async def _book_turn(
        self, server: httpx.AsyncClient, intent: str, data: Mapping[str, str], key: str
    ) -> None:
        await self._turn(server, intent, data, key, ("validate_booking_form",), booking.FORM)

    async def _turn(
        self,
        server: httpx.AsyncClient,
        intent: str,
        data: Mapping[str, str],
        key: str,
        actions: tuple[str, ...],
        form: str,
        about: int = 0,
    ) -> None:
        """One message. A turn that breaks off is forgotten, as Rasa forgets it, and the desk apologises."""
        self.asked += 1
        before, began = copy.deepcopy(self.slots), datetime.now(UTC)
        message = {
            "text": "кнопка",
            "intent": {"name": intent, "confidence": 1.0},
            "entities": [{"entity": name, "value": value} for name, value in data.items()],
            "message_id": key,
            "metadata": {},
        }
        heard: list[Said] = []
        try:
            for action in actions:
                await self._form(server, action, form, message, heard, about)
        except (httpx.HTTPError, ValueError, KeyError):
            self.slots = before
            if self.not_heard is not None:
                await self.not_heard(self.conversation, began)
            heard = [Said(self.conversation, APOLOGY, "", about or self.booking)]
        self.said += heard
        self.answered += bool(heard)

    async def _form(
        self,
        server: httpx.AsyncClient,
        action: str,
        form: str,
        message: dict[str, Any],
        heard: list[Said],
        about: int,
    ) -> None:
        active: str | None = form
        for _ in range(MOST_ACTIONS):
            events = await self._run(server, action, active, message, heard, about)
            following = next((one["name"] for one in events if one["event"] == "followup"), None)
            if any(one["event"] == "active_loop" and one["name"] is None for one in events):
                active = None
            if following == "action_listen" or (following is None and action != "validate_booking_form"):
                return
            if following is not None and following != booking.FORM:
                action = following
                continue
            required: list[str] = domain()["forms"][booking.FORM]["required_slots"]
            missing = next((name for name in required if self.slots[name] is None), None)
            self.slots[booking.REQUESTED] = missing
            # A question that looks for times is another patient's story.
            if following is not None or (missing is not None and missing != booking.CONFIRMED):
                heard.append(Said(self.conversation, "a question", ""))
                return
            action, active = (
                ("action_ask_booking__confirmed", form) if missing else ("action_book_visit", None)
            )
            if missing:
                await self._run(server, action, active, message, heard, about)
                return
        raise ValueError("actions go round in circles")

    async def _run(
        self,
        server: httpx.AsyncClient,
        action: str,
        active: str | None,
        message: dict[str, Any],
        heard: list[Said],
        about: int,
    ) -> list[dict[str, Any]]:
        tracker = {
            "sender_id": self.conversation,
            "slots": self.slots,
            "latest_message": message,
            "events": [{"event": "user", "text": message["text"], "metadata": {}}],
            "paused": False,
            "followup_action": None,
            "active_loop": {"name": active} if active else {},
            "latest_action_name": "action_listen",
        }
        subject = about or self.booking
        body = {"next_action": action, "sender_id": self.conversation, "tracker": tracker}
        answer = await server.post("/webhook", json=body)
        answer.raise_for_status()
        reply = answer.json()
        events: list[dict[str, Any]] = reply["events"]
        for event in events:
            if event["event"] == "slot":
                self.slots[event["name"]] = json.loads(json.dumps(event["value"]))
        heard += [_said(self.conversation, one, subject) for one in reply["responses"]]
        return events


def _said(conversation: str, message: dict[str, Any], subject: int) -> Said:
    name = message.get("response") or message.get("template") or ""
    text = responses()[name][0]["text"].format_map(message)
    number = str(message.get("number") or "")
    known = name in ("utter_booked", "utter_moved", "utter_moved_old_stands")
    return Said(conversation, name, text, int(number) if known else subject)


def _view(number: int, slot: Slot) -> OfferView:
    return OfferView(
        number, slot.branch_id, slot.doctor_id, slot.start, int(slot.length.total_seconds() // 60)
    )


def _visit(booking_id: int, slot: Slot, patient: Patient) -> VisitView:
    return VisitView(1, booking_id, slot.branch_id, slot.doctor_id, "", slot.start, (), patient)


_LETTERS = "абвгдежзик"


def invented(number: int) -> Patient:
    """A patient like no other: the number is in the name and in the phone."""
    tail = "".join(_LETTERS[int(digit)] for digit in f"{number:06d}")
    return Patient(FullName(f"Тестов{tail}", "Пётр", "Ильич"), f"+7916{number:07d}", date(1980, 5, 12))
