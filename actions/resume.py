"""A patient who comes back after a long silence is told where the booking stopped, and asked to go on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet

from actions.base import Events, Say
from actions.booking import slots
from actions.booking.draft import Draft
from actions.context import Context
from actions.reading import Reading, read
from lang import grammar

RESUME = "utter_resume"
HOLD_EXPIRED = "utter_resume_hold_expired"
OFFERS_TO_RESUME = ("utter_consent_refused", RESUME, HOLD_EXPIRED)


async def offer(context: Context, say: Say, tracker: Tracker) -> Events | None:
    """Offer to go on with the unfinished booking; `None` if there is none or the patient was not long away.

    Times on the screen and the one that was held are forgotten, so that going on reads them anew; a day
    that is over is asked for again. The form falls silent until the patient answers.
    """
    draft = Draft(tracker)
    loop = (tracker.active_loop or {}).get("name")
    if draft.what is None or loop not in (None, slots.FORM) or silence(tracker) < context.words.resume_after:
        return None
    today = context.clock().astimezone(context.zone(draft.place)).date()
    wish, choice = draft.wish, draft.choice
    over = wish is not None and wish.dates[1] is not None and wish.dates[1] < today
    if over:
        draft.forget(slots.WISH)
    if choice is not None and choice.booking_id is not None:
        await asyncio.to_thread(context.clinic.bookings.release, choice.booking_id)
    facts = [context.words.place_button(draft.place)] if draft.place else []
    facts += [grammar.wish_phrase(wish, today)] if wish is not None and not over else []
    labels = context.words.labels
    buttons = [
        {"title": labels["resume_yes"], "payload": "/continue_task"},
        {"title": labels["resume_no"], "payload": "/deny"},
    ]
    say(
        RESUME if choice is None else HOLD_EXPIRED,
        buttons=buttons,
        what=await context.what(draft.what),
        facts=labels["resume_facts"].format(facts=", ".join(facts)) if any(facts) else "",
    )
    draft.forget(*slots.CHOICE, slots.OPTIONS)
    return [*draft.events(), SlotSet(slots.MISSES, 0), ActiveLoop(None), SlotSet(slots.REQUESTED, None)]


def as_return(context: Context, reading: Reading) -> Reading:
    """«Я вернулась» after a silence is no yes to a question of hours ago: the patient only goes on."""
    told = reading.metadata.get("idle_seconds")
    if reading.intent != "affirm" or reading.tapped or not isinstance(told, int | float):
        return reading
    long = timedelta(seconds=told) >= context.words.resume_after
    return (
        replace(reading, intent="continue_task") if long and context.words.is_back(reading.meant) else reading
    )


def comes_back(context: Context, tracker: Tracker, reading: Reading) -> bool:
    """«Я вернулась» after a long silence: no bad answer to the question of then."""
    return reading.intent == "continue_task" and silence(tracker) >= context.words.resume_after


def silence(tracker: Tracker) -> timedelta:
    """How long the patient was silent before the latest message: told by the desk, else by the events."""
    told = read(tracker).metadata.get("idle_seconds")
    if isinstance(told, int | float):
        return timedelta(seconds=told)
    times = [event.get("timestamp") for event in tracker.events if event.get("event") == "user"]
    known = [time for time in times if isinstance(time, int | float)]
    return timedelta(seconds=known[-1] - known[-2]) if len(known) > 1 else timedelta(0)
