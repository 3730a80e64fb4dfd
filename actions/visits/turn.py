"""One message inside the form about visits: what the steps need, and what they change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions.base import Events, Say
from actions.booking.slots import REQUESTED
from actions.context import Context
from actions.reading import Reading, read
from actions.visits import slots
from actions.visits.slots import VisitView


@dataclass
class Turn:
    """`requested` is the slot the patient was asked for, `choice` what a tapped button of the form says.

    `ending` is the action that runs next once the form is over; "" while it goes on.
    """

    context: Context
    say: Say
    tracker: Tracker
    reading: Reading
    requested: str | None
    choice: str
    values: dict[str, Any]
    changed: dict[str, Any] = field(default_factory=dict)
    ending: str = ""

    @classmethod
    def of(cls, context: Context, say: Say, tracker: Tracker) -> Turn:
        values = {name: tracker.get_slot(name) for name in slots.STATE} | {slots.OPTIONS: None}
        requested = tracker.get_slot(REQUESTED)
        return cls(context, say, tracker, read(tracker), requested, slots.chosen(tracker), values)

    @property
    def conversation(self) -> str:
        return self.tracker.sender_id

    @property
    def now(self) -> datetime:
        return self.context.clock().astimezone(ZoneInfo(self.context.settings.default_timezone))

    @property
    def task(self) -> str:
        return str(self.values[slots.TASK] or "list")

    @property
    def shown(self) -> list[VisitView]:
        return [VisitView.of(value) for value in self.values[slots.SHOWN] or []]

    @property
    def of_all(self) -> bool:
        """Whether all the visits on the screen were chosen."""
        return bool(self.values[slots.VISIT] == slots.ALL)

    @property
    def visit(self) -> VisitView | None:
        booking_id = self.values[slots.VISIT]
        return next((visit for visit in self.shown if visit.booking_id == booking_id), None)

    def set(self, slot: str, value: Any) -> None:
        self.values[slot] = self.changed[slot] = value

    def forget(self, *names: str) -> None:
        for name in names:
            self.set(name, None)

    def explain(self, response: str, slot: str | None = None, **values: str) -> None:
        """Say what is wrong with the answer, or why `slot` has to wait: it is not asked for once more."""
        self.say(response, **values)
        self.values[slots.OPTIONS] = {"slot": slot or self.requested, "said": True}

    def end(self, following: str = "action_finish_visits") -> None:
        """Leave the form; `following` is the action that runs next."""
        self.ending = following

    def events(self) -> Events:
        events = [SlotSet(name, value) for name, value in self.changed.items()]
        events.append(SlotSet(slots.OPTIONS, self.values[slots.OPTIONS]))
        if self.ending:
            events += [SlotSet(REQUESTED, None), ActiveLoop(None), FollowupAction(self.ending)]
        return events
