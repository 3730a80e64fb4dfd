"""One message of the patient inside the booking: everything the steps below need to act on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from actions.base import Say
from actions.booking import slots
from actions.booking.draft import Draft
from actions.context import Context
from actions.reading import Reading


@dataclass(frozen=True)
class Turn:
    """`requested` is the slot the patient was asked for, `conversation` the id bookings are kept under.

    `asked_instead` is the narrower question that was asked about it, as `booking__options` holds it;
    empty if there was none. `earlier` is a message of this booking that held contacts before the consent,
    `same_place` the branch that «туда же» means.
    """

    context: Context
    say: Say
    draft: Draft
    reading: Reading
    requested: str | None
    conversation: str
    asked_instead: dict[str, Any] = field(default_factory=dict)
    earlier: str = ""
    same_place: slots.Place | None = None

    def ask_instead(self, slot: str, response: str, buttons: list[dict[str, str]], **values: str) -> None:
        """Have the form ask `response` for `slot` now: what was known of it no longer stands."""
        question = {"slot": slot, "response": response, "buttons": buttons, "values": values}
        self.draft.set(slots.OPTIONS, question)
        self.draft.forget(slot, *slots.CHOICE)

    def explain(self, slot: str, response: str, **values: str) -> None:
        """Say what is wrong with the answer about `slot`, in a response that asks for it anew by itself.

        What was said just before is not said again: the form then asks in its own words.
        """
        question = {"slot": slot, "response": response, "buttons": [], "values": values, "said": True}
        if self.asked_instead == question:
            self.draft.forget(slots.OPTIONS)
            return
        self.say(response, **values)
        self.draft.set(slots.OPTIONS, question)

    @property
    def asks_anew(self) -> bool:
        """Whether this message has led to a narrower question that was not asked just before."""
        asked = self.draft.options
        return asked is not None and not asked.get("said") and asked != self.asked_instead

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of the place that is already known, else the network's."""
        return self.context.zone(self.draft.place)

    @property
    def now(self) -> datetime:
        return self.context.clock().astimezone(self.zone)
