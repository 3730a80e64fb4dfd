"""The complaint as the tracker has it, and what one more message adds to it."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.advice import slots
from actions.reading import Reading, read
from lang.advice import Advice, Likely, likely
from lang.catalogue import Catalogue
from lang.everyday import Everyday

# What a patient says who tells what hurts; other messages add answers only.
COMPLAINING = ("ask_which_doctor", "ask_medical_advice")


class Complaint:
    """Reads the slots, collects what the message adds as events."""

    def __init__(self, tracker: Tracker, advice: Advice) -> None:
        self._advice = advice
        self._tracker = tracker
        self._values: dict[str, Any] = {
            name: tracker.get_slot(name) for name in (*slots.ASKED, slots.SYMPTOMS)
        }
        self._changed: dict[str, Any] = {}

    def take(self, requested: str | None) -> None:
        """Take from the latest message what it tells; `requested` is the slot that was asked for."""
        reading = read(self._tracker)
        if reading.button.get("advice"):
            kind, _, value = reading.button["advice"].partition(":")
            self._set(slots.SINCE if kind == "since" else slots.PATIENT, value)
            return
        since, whom = self._advice.since(reading.meant), self._advice.whom(reading.meant)
        if since is not None:
            self._set(slots.SINCE, since)
        if whom is not None:
            self._set(slots.PATIENT, whom)
        told = self._tells(reading, requested, bool(since or whom))
        if told:
            self._set(slots.COMPLAINT, True)
            self._set(slots.SYMPTOMS, self._better(_symptoms(self._tracker)))
        elif requested == slots.COMPLAINT:
            # Asked once: somebody who cannot say what it is gets the doctor for everything.
            self._set(slots.COMPLAINT, slots.UNKNOWN)
            self._set(slots.SYMPTOMS, [])
        elif requested in (slots.SINCE, slots.PATIENT) and self._values[requested] is None:
            self._set(requested, slots.UNKNOWN)

    def leave(self) -> None:
        """End the questions without advice."""
        self._set(slots.COMPLAINT, slots.LEFT)
        self._set(slots.SINCE, slots.UNKNOWN)
        self._set(slots.PATIENT, slots.UNKNOWN)

    def settle_since(self) -> None:
        """Ask no third question: how long matters less than who is ill."""
        if self._values[slots.SINCE] is None:
            self._set(slots.SINCE, slots.UNKNOWN)

    @property
    def left(self) -> bool:
        return bool(self._values[slots.COMPLAINT] == slots.LEFT)

    @property
    def complete(self) -> bool:
        return all(self._values[name] is not None for name in slots.ASKED)

    @property
    def since(self) -> str | None:
        value: str | None = self._values[slots.SINCE]
        return value

    @property
    def child(self) -> bool:
        return bool(self._values[slots.PATIENT] == "child")

    def specialties(self, catalogue: Catalogue) -> Likely:
        """Whom to go to, the best first."""
        children = [specialty.id for specialty in catalogue.specialties.values() if specialty.children]
        ranked = [(str(name), float(share)) for name, share in self._values[slots.SYMPTOMS] or ()]
        return likely(ranked, self.child, children)

    def in_passing(self, catalogue: Catalogue, everyday: Everyday) -> Likely | None:
        """Whom to go to with what is told beside a wish to be booked; None where no complaint is told."""
        reading = read(self._tracker)
        symptoms = [(str(name), float(share)) for name, share in _symptoms(self._tracker)]
        if reading.tapped or not symptoms or not self._advice.tells(reading.meant):
            return None
        if (whom := self._advice.whom(reading.meant)) is not None:
            self._values[slots.PATIENT] = whom
        self._values[slots.SYMPTOMS] = symptoms
        found = self.specialties(catalogue)
        return found if found.sure or everyday.names_a_sign(reading.meant) else None

    def events(self) -> list[dict[str, Any]]:
        return [SlotSet(name, value) for name, value in self._changed.items()]

    def _set(self, name: str, value: Any) -> None:
        self._values[name] = value
        self._changed[name] = value

    def _tells(self, reading: Reading, requested: str | None, answered: bool) -> bool:
        """Whether the message says what is wrong, not only how long or who."""
        if reading.tapped or not _symptoms(self._tracker) or not self._advice.tells(reading.meant):
            return False
        if requested in (slots.SINCE, slots.PATIENT):
            return reading.intent in COMPLAINING and not answered
        return requested == slots.COMPLAINT or reading.intent in COMPLAINING

    def _better(self, symptoms: list[list[Any]]) -> list[list[Any]]:
        """Of two messages the one that the ranking is surer of."""
        known = self._values[slots.SYMPTOMS] or []
        return known if known and known[0][1] >= symptoms[0][1] else symptoms


def _symptoms(tracker: Tracker) -> list[list[Any]]:
    found = tracker.latest_message.get("symptoms") or []
    return [[item["name"], item["confidence"]] for item in found]
