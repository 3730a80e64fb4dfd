"""The end of the matter about visits: what waits is offered, nothing is claimed that did not happen."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions import switching
from actions.base import Events, SafeAction, Say
from actions.booking import slots as booking
from actions.booking.slots import REQUESTED
from actions.reading import read
from actions.visits import slots

_LISTEN = FollowupAction("action_listen")
_NAMES_BOOKING = ("specialty", "service", "service_group", "doctor")


class ActionFinishVisits(SafeAction):
    """All that was asked about the visits is said."""

    action_name = "action_finish_visits"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        events = await switching.what_waits(self.context, say, tracker)
        return [*forgotten(), *events, _LISTEN]

    def failed(self, say: Say, tracker: Tracker) -> Events:
        return [*forgotten(), _LISTEN]


class ActionGoOnAfterVisits(SafeAction):
    """The message that came instead of a reason: it is another matter, which starts now."""

    action_name = "action_go_on_after_visits"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        reading = read(tracker)
        if reading.intent in switching.STARTS:
            started = switching.start(tracker, reading.intent, slots.said_of(tracker))
            return [*forgotten(), *started]
        if reading.intent in ("request_callback", "join_waitlist") or reading.of(*_NAMES_BOOKING):
            return [*forgotten(), FollowupAction(booking.FORM)]
        say("utter_reason_not_needed")
        return [*forgotten(), *await switching.what_waits(self.context, say, tracker), _LISTEN]


class ActionStopVisits(SafeAction):
    """The patient gives the matter up: nothing was changed, unless the visit has been cancelled by now."""

    action_name = "action_stop_visits"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        say(stopped(tracker))
        return [
            *forgotten(),
            SlotSet(REQUESTED, None),
            *await switching.what_waits(self.context, say, tracker),
        ]

    def failed(self, say: Say, tracker: Tracker) -> Events:
        if say.count == 0:
            say(stopped(tracker))
        return [*forgotten(), ActiveLoop(None), SlotSet(REQUESTED, None)]


def stopped(tracker: Tracker) -> str:
    """What is true of the visits, and of a wish about data, when the matter is given up."""
    if tracker.get_slot(slots.TASK) == slots.PRIVACY:
        return "utter_privacy_stopped"
    cancelled = tracker.get_slot(slots.DECISION) == slots.CANCEL
    return "utter_reason_not_needed" if cancelled else "utter_visits_stopped"


def forgotten() -> Events:
    """Nothing of the matter is kept."""
    return [SlotSet(name, None) for name in slots.STATE]
