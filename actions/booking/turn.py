"""One message of the patient inside the booking: everything the steps below need to act on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from actions.base import Say
from actions.booking import slots
from actions.booking.draft import Draft
from actions.context import Context
from actions.reading import Reading


@dataclass(frozen=True)
class Turn:
    """`requested` is the slot the patient was asked for, `conversation` the id bookings are kept under.

    `asked_instead` is the narrower question that was asked about it, if one was.
    """

    context: Context
    say: Say
    draft: Draft
    reading: Reading
    requested: str | None
    conversation: str
    asked_instead: str = ""

    def ask_instead(self, slot: str, response: str, buttons: list[dict[str, str]], **values: str) -> None:
        """Have the form ask `response` for `slot` now: what was known of it no longer stands."""
        question = {"slot": slot, "response": response, "buttons": buttons, "values": values}
        self.draft.set(slots.OPTIONS, question)
        self.draft.forget(slot, *slots.CHOICE)

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of the place that is already known, else the network's."""
        return self.context.zone(self.draft.place)

    @property
    def now(self) -> datetime:
        return self.context.clock().astimezone(self.zone)
