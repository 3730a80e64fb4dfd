"""A patient who comes back after a long silence is told where the booking stopped, and asked to go on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet

from actions.advice import slots as advice
from actions.base import Events, Say
from actions.booking import slots
from actions.booking.draft import Draft
from actions.context import Context
from actions.reading import Reading, read
from actions.visits import slots as visits
from lang import grammar

RESUME = "utter_resume"
HOLD_EXPIRED = "utter_resume_hold_expired"
WAIT = "utter_resume_wait"
MOVE = "utter_resume_move"
VISITS = "utter_resume_visits"
ADVICE = "utter_resume_advice"
OFFERS_TO_RESUME = ("utter_consent_refused", RESUME, HOLD_EXPIRED, WAIT, MOVE, VISITS, ADVICE)
# What of the visits goes on after a silence; a code and what was on the screen do not.
_STALE = (visits.CODE, visits.SHOWN, visits.VISIT, visits.DECISION, visits.MISSES, visits.OPTIONS)


async def offer(context: Context, say: Say, tracker: Tracker) -> Events | None:
    """Offer to go on with what is unfinished; `None` if there is nothing or the patient was not long away.

    The form falls silent until the patient answers.
    """
    if silence(tracker) < context.words.resume_after:
        return None
    loop = (tracker.active_loop or {}).get("name")
    events: Events | None = None
    if loop == visits.FORM:
        events = _offer_visits(context, say, tracker)
    elif loop == advice.FORM:
        events = _offer_advice(context, say, tracker)
    elif loop in (None, slots.FORM):
        events = await _offer_booking(context, say, tracker)
    return None if events is None else [*events, ActiveLoop(None), SlotSet(slots.REQUESTED, None)]


def _buttons(context: Context) -> list[dict[str, str]]:
    labels = context.words.labels
    return [
        {"title": labels["resume_yes"], "payload": "/continue_task"},
        {"title": labels["resume_no"], "payload": "/deny"},
    ]


async def _offer_booking(context: Context, say: Say, tracker: Tracker) -> Events | None:
    """Times on the screen and the one that was held are forgotten, so that going on reads them anew.

    A day that is over is asked for again. Who waits for a call or a freed time chose no time to forget.
    """
    draft = Draft(tracker)
    if draft.what is None:
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
    facts = [fact for fact in facts if fact]
    response = RESUME if choice is None else HOLD_EXPIRED
    if draft.moving is not None:
        response = MOVE
    elif draft.waits:
        response = WAIT
    say(
        response,
        buttons=_buttons(context),
        what=await context.what(draft.what),
        facts=context.words.labels["resume_facts"].format(facts=", ".join(facts)) if facts else "",
        old=draft.moving["facts"] if draft.moving is not None else "",
    )
    if not draft.callback:
        draft.forget(*slots.CHOICE)
    draft.forget(slots.OPTIONS)
    return [*draft.events(), SlotSet(slots.MISSES, 0)]


def _offer_visits(context: Context, say: Say, tracker: Tracker) -> Events | None:
    """A visit that was cancelled already leaves nothing to go on with."""
    if tracker.get_slot(visits.DECISION) == visits.CANCEL:
        say("utter_greet_short")
        return [SlotSet(name, None) for name in visits.STATE]
    labels = context.words.labels["tasks"]
    task = tracker.get_slot(visits.TASK) or "list"
    say(VISITS, buttons=_buttons(context), what=labels["resumed"][task])
    return afresh(tracker)


def afresh(tracker: Tracker) -> Events:
    """The matter of visits as it was asked for, the phone included: a new code can go to it at once.

    Days said hours ago would mean others now.
    """
    said = dict(tracker.get_slot(visits.SAID) or {"text": "", "mentions": []})
    phone = tracker.get_slot(visits.PHONE)
    if phone is not None:
        others = [one for one in said["mentions"] if one["kind"] != "phone"]
        said["mentions"] = [*others, {"kind": "phone", "value": phone, "ids": []}]
    if tracker.get_slot(visits.TASK) != visits.PRIVACY:
        said["text"] = ""
    stale = [SlotSet(name, None) for name in (*_STALE, visits.PHONE)]
    return [*stale, SlotSet(visits.SAID, said)]


def _offer_advice(context: Context, say: Say, tracker: Tracker) -> Events | None:
    """Where nothing was told yet there is nothing to go on with: the question is asked again."""
    if not advice_under_way(tracker):
        return None
    say(ADVICE, buttons=_buttons(context))
    return []


def advice_under_way(tracker: Tracker) -> bool:
    """Whether the patient has told anything of a complaint that is still without advice."""
    return any(tracker.get_slot(name) for name in (*advice.ASKED, advice.SYMPTOMS))


def as_return(context: Context, reading: Reading) -> Reading:
    """«Я вернулась» after a silence is no yes to a question of hours ago: the patient only goes on."""
    told = reading.metadata.get("idle_seconds")
    if reading.intent != "affirm" or reading.tapped or not isinstance(told, int | float):
        return reading
    long = timedelta(seconds=told) >= context.words.resume_after
    back = long and context.speech.heard.is_back(reading.meant)
    return replace(reading, intent="continue_task") if back else reading


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
