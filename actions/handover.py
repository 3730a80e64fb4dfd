"""What the dialogue does while people are at the desk: the desk says so with each message.

`metadata.people` is "here" when the conversation can be handed over at once, "away" when there is a staff and
nobody on line, absent in a clinic without a staff at the desk. A stored request is the call: the desk hands
over after the turn and says so itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet

from actions.booking import slots
from actions.booking.draft import Draft
from actions.reading import read

if TYPE_CHECKING:
    from actions.base import Events, Say
    from actions.context import Context

Reason = Literal["misunderstood", "invalid_answers", "outcome_unknown", "booking_failed"]
# Answers in a row that were of no use, after which a person takes over.
INVALID_ANSWERS = 3
_UNDERSTOOD = 3


def here(tracker: Tracker) -> bool:
    """Whether people can take the conversation over now."""
    return read(tracker).metadata.get("people") == "here"


def away(tracker: Tracker) -> bool:
    """Whether the clinic has people at the desk, but nobody is on line."""
    return read(tracker).metadata.get("people") == "away"


def knowledge(tracker: Tracker) -> dict[str, Any]:
    """What the person gets beside the request: the filled slots and how the last messages were understood."""
    if not here(tracker):
        return {}
    messages = [event for event in tracker.events if event.get("event") == "user"]
    parsed = [*(event.get("parse_data") or {} for event in messages), tracker.latest_message]
    understood = [
        {
            "text": message.get("text") or "",
            "intent": (message.get("intent") or {}).get("name"),
            "confidence": (message.get("intent") or {}).get("confidence"),
        }
        for message in parsed[-_UNDERSTOOD:]
    ]
    filled = {name: value for name, value in tracker.slots.items() if value not in (None, [], {}, "")}
    return {"slots": filled, "understood": understood}


async def call(context: Context, say: Say, tracker: Tracker, reason: Reason) -> Events:
    """Calls a person and leaves the talk to them; whatever was going on is not asked for any more."""
    number = await context.store_request(
        "operator", tracker, Draft(tracker), topic="operator", details={"reason": reason}
    )
    say("utter_people_called", number=number)
    return [ActiveLoop(None), SlotSet(slots.REQUESTED, None)]


async def look_into(context: Context, tracker: Tracker, draft: Draft, reason: Reason) -> None:
    """Lets a person look into a booking that went wrong, if one is here."""
    if here(tracker):
        await context.store_request("check", tracker, draft, details={"reason": reason})
