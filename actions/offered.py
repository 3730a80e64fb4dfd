"""What the buttons of our last message offer to be booked: a «да» takes the only one up."""

from __future__ import annotations

import json
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.base import Events
from actions.booking import slots
from actions.booking.slots import Place, What
from actions.past import Past

_BOOK = "/book_visit"
# Menus: their button is one of many ways to go on, not what was asked.
_MENUS = frozenset(
    {
        "utter_greet",
        "utter_not_understood",
        "utter_did_you_mean",
        "utter_nothing_to_affirm",
        "utter_alarm_over",
    }
)

Button = dict[str, str]


def to_be_booked(tracker: Tracker) -> list[Button]:
    """The buttons of our last answer that begin a booking; none after a menu."""
    if Past.of(tracker).response in _MENUS:
        return []
    return [button for button in _last_buttons(tracker) if button["payload"].startswith(_BOOK)]


def taken_up(button: Button) -> Events:
    """The slots that tapping the button would fill."""
    data = json.loads(button["payload"].removeprefix(_BOOK) or "{}")
    events: Events = []
    what, place = _what(data), _place(data)
    if what is not None:
        events.append(SlotSet(slots.WHAT, what.value()))
    if place is not None:
        events.append(SlotSet(slots.PLACE, place.value()))
    return events


def _last_buttons(tracker: Tracker) -> list[Button]:
    """Buttons of everything that was said in answer to the last message but one."""
    found: list[Button] = []
    seen = False
    for event in reversed(tracker.events):
        if event.get("event") == "bot":
            found = [*((event.get("data") or {}).get("buttons") or []), *found]
            seen = True
        elif event.get("event") == "user" and seen:
            break
    return found


def _what(data: dict[str, Any]) -> What | None:
    if "what" in data:
        kind, _, named = data["what"].partition(":")
        ids, _, child = named.partition(":")
        return What.of({"kind": kind, "ids": ids.split("+"), "child": child == "child"})
    kind = next((kind for kind in ("service", "specialty") if kind in data), None)
    return What(kind, (data[kind],)) if kind else None


def _place(data: dict[str, Any]) -> Place | None:
    if "place" in data:
        kind, _, named = data["place"].partition(":")
        return Place.of({"kind": kind, "id": named})
    kind = next((kind for kind in ("branch", "region") if kind in data), None)
    return Place.of({"kind": kind, "id": data[kind]}) if kind else None
