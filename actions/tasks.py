"""The actions that begin a task, go on with one, or leave one: what `actions.switching` decides."""

from __future__ import annotations

import asyncio

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet

from actions import further, waitlist
from actions.base import Events, SafeAction, Say
from actions.booking import slots as booking
from actions.context import Context
from actions.past import Past
from actions.reading import read
from actions.switching import STARTS, TASKS, ask, go_on, nothing_waits, same_matter, start
from actions.visits import slots as visits

# Nobody knows yet what became of the visit.
_NOT_KNOWN_YET = (
    "utter_move_unknown",
    "utter_move_unclear",
    "utter_cancel_unknown",
    "utter_booking_unknown",
    "utter_booking_unclear",
)


class ActionStartTask(SafeAction):
    """A request that belongs to another form: starts it, or asks first if something else is going on."""

    action_name = "action_start_task"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        reading, heard = read(tracker), self.context.speech.heard
        if reading.intent == "move_visit" and heard.is_late(reading.meant):
            say("utter_late_for_visit")
            return []
        if reading.intent == "cancel_visit" and waitlist.leaves(self.context, reading):
            return [FollowupAction("action_waitlist")]
        if reading.intent in ("move_visit", "cancel_visit") and heard.is_what_if(reading.meant):
            say("utter_cancel_possible")
            return []
        intent, said = reading.intent, visits.said_of(tracker)
        going_on = (tracker.active_loop or {}).get("name")
        # Two questions about a complaint are no task to put aside: they are simply left.
        if going_on in TASKS and not same_matter(tracker, going_on, STARTS[intent]):
            return await ask(self.context, say, tracker, intent)
        kept = await further.answer_questions(self.context, say, tracker)
        later = further.waiting_after(tracker, tracker.get_slot(booking.LATER) or [], None)
        await release_move(self.context, tracker)
        return [*kept, SlotSet(booking.LATER, later or None), *start(tracker, intent, said)]


async def release_move(context: Context, tracker: Tracker) -> None:
    """A visit that was being moved stays: the new time that was held for it is given back."""
    chosen = booking.OfferView.of(tracker.get_slot(booking.OFFER)) if _moves_to(tracker) else None
    if chosen is not None and chosen.booking_id is not None:
        await asyncio.to_thread(context.clinic.bookings.release, chosen.booking_id)


def _moves_to(tracker: Tracker) -> bool:
    offer = tracker.get_slot(booking.OFFER)
    moved = tracker.get_slot(booking.MOVING) is not None
    return moved and offer is not None and not booking.wants_callback(offer)


class ActionContinueTask(SafeAction):
    """«Продолжить»: after an alarm, after «отложить?», after another task."""

    action_name = "action_continue_task"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        if nothing_waits(tracker) and Past.of(tracker).response in _NOT_KNOWN_YET:
            # «Попробуй ещё»: what is true of the visits by now is what helps.
            return start(tracker, "ask_my_visits", visits.said_of(tracker))
        return go_on(tracker)
