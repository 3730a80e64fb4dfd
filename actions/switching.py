"""Several tasks in one conversation: the unfinished one is put aside, kept, and offered again at the end.

A task is a form. It is asked once whether to leave it for another; what it knows waits in `ASIDE`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions import resume, waiting
from actions.advice import slots as advice
from actions.base import Events, Say
from actions.booking import slots as booking
from actions.booking.draft import Draft
from actions.booking.slots import REQUESTED, What
from actions.context import Context
from actions.past import Past
from actions.visits import slots as visits

# Tasks that wait, the latest first: `{"form", "slots"}`.
ASIDE = "switching__aside"
# The request that waits for the answer to «отложить?»: `{"intent", "said"}`.
ASKED = "switching__asked"
SWITCH = "utter_switch"
RETURN = "utter_return"


@dataclass(frozen=True)
class Task:
    """What a form keeps while it waits. It is under way while one of `signs` is known."""

    form: str
    keeps: tuple[str, ...]
    signs: tuple[str, ...]

    def under_way(self, known: Mapping[str, Any]) -> bool:
        return any(known.get(name) is not None for name in self.signs)


BOOKING = Task(
    booking.FORM, (*booking.TASK, booking.MOVING), (booking.WHAT, booking.PLACE, booking.WISH, booking.OFFER)
)
VISITS = Task(visits.FORM, visits.STATE, (visits.TASK,))
TASKS = {task.form: task for task in (BOOKING, VISITS)}
# Which task a request starts; a form that is not here is started by its own rule.
STARTS = {
    "ask_my_visits": VISITS,
    "move_visit": VISITS,
    "cancel_visit": VISITS,
    "book_visit": BOOKING,
}


def begin(tracker: Tracker, task: Task, values: Mapping[str, Any]) -> Events:
    """Start `task` with `values`; whatever else is under way is put aside. The form runs next.

    A visit that was being moved stays where it is: nothing of it is kept.
    """
    aside = list(tracker.get_slot(ASIDE) or [])
    events: Events = []
    for other in TASKS.values():
        if other is task or not other.under_way(tracker.slots):
            continue
        if other is BOOKING and tracker.get_slot(booking.MOVING) is not None:
            events += booking.leave_move(tracker.slots)
            continue
        kept = {name: tracker.get_slot(name) for name in other.keeps}
        aside = [{"form": other.form, "slots": kept}, *_without(aside, other)]
        events += [SlotSet(name, None) for name in other.keeps]
    events += [SlotSet(ASIDE, _without(aside, task) or None), SlotSet(ASKED, None)]
    events += [SlotSet(name, value) for name, value in values.items()]
    return [*events, ActiveLoop(None), SlotSet(REQUESTED, None), FollowupAction(task.form)]


def start(tracker: Tracker, intent: str, said: Mapping[str, Any]) -> Events:
    """Begin the task that `intent` asks for; `said` is the message that asked for it."""
    task = STARTS[intent]
    if task is VISITS:
        known = {visits.TASK: visits.INTENTS[intent], visits.SAID: dict(said)}
        return begin(tracker, task, dict.fromkeys(visits.STATE) | known)
    return begin(tracker, task, _what(said))


def _what(said: Mapping[str, Any]) -> dict[str, Any]:
    """Whom a booking that had to wait is for."""
    for mention in said["mentions"]:
        if mention["kind"] in ("service", "doctor", "specialty"):
            ids = tuple(mention["ids"]) if mention["kind"] == "doctor" else (mention["value"],)
            return {booking.WHAT: What(mention["kind"], ids).value()}
    return {}


async def ask(context: Context, say: Say, tracker: Tracker, intent: str) -> Events:
    """Ask once whether to leave what is going on for the request of the latest message."""
    now = await _name(context, (tracker.active_loop or {}).get("name") or "", tracker.slots, "now")
    labels = context.words.labels["tasks"]
    buttons = [
        {"title": labels["switch_yes"], "payload": "/affirm"},
        {"title": labels["switch_no"], "payload": "/continue_task"},
    ]
    say(SWITCH, buttons=buttons, now=now, other=labels["wishes"][intent])
    return [
        SlotSet(ASKED, {"intent": intent, "said": visits.said_of(tracker)}),
        ActiveLoop(None),
        SlotSet(REQUESTED, None),
    ]


async def offer_return(context: Context, say: Say, tracker: Tracker) -> Events:
    """Offer to go on with the task that was put aside last, if there is one."""
    aside = tracker.get_slot(ASIDE) or []
    if aside:
        labels = context.words.labels["tasks"]
        back = await _name(context, aside[0]["form"], aside[0]["slots"], "back")
        yes = {"title": labels["return_yes"], "payload": "/continue_task"}
        no = {"title": labels["return_no"], "payload": "/deny"}
        say(RETURN, buttons=[yes, no], back=back)
    return []


async def what_waits(
    context: Context, say: Say, tracker: Tracker, visit: waiting.Item | None = None
) -> Events:
    """At the end of a task: offer the further request of the conversation, else what was put aside.

    `visit` is the one just booked, see `waiting.offer_next`.
    """
    draft = Draft(tracker)
    if draft.later:
        return await waiting.offer_next(context, say, draft.later, visit=visit, place=draft.place)
    return await offer_return(context, say, tracker)


def go_on(tracker: Tracker) -> Events:
    """Go on with what was interrupted last, else with what was put aside, else with a new booking."""
    for task in (VISITS, BOOKING):
        if task.under_way(tracker.slots):
            return [SlotSet(ASKED, None), FollowupAction(task.form)]
    if resume.advice_under_way(tracker):
        return [SlotSet(ASKED, None), FollowupAction(advice.FORM)]
    aside = tracker.get_slot(ASIDE) or []
    if not aside:
        return [FollowupAction(booking.FORM)]
    restored = [SlotSet(name, value) for name, value in aside[0]["slots"].items()]
    return [SlotSet(ASIDE, aside[1:] or None), *restored, FollowupAction(aside[0]["form"])]


def nothing_waits(tracker: Tracker) -> bool:
    """Whether there is nothing to go on with."""
    under_way = any(task.under_way(tracker.slots) for task in TASKS.values())
    return not under_way and not tracker.get_slot(ASIDE)


def take_up(tracker: Tracker) -> Events | None:
    """What a «да» outside a task means, if our last question was about a task; else `None`."""
    past = Past.of(tracker).response
    asked = tracker.get_slot(ASKED if past == SWITCH else booking.NEXT)
    if past in (SWITCH, "utter_next_task") and asked:
        return start(tracker, asked["intent"], asked["said"])
    return go_on(tracker) if past == RETURN else None


async def _name(context: Context, form: str, known: Mapping[str, Any], phrase: str) -> str:
    """The task as a part of a sentence; `phrase` is a key of the labels: `now` or `back`."""
    kind = "moving" if known.get(booking.MOVING) is not None else form
    if form == visits.FORM and known.get(visits.TASK) == visits.PRIVACY:
        kind = visits.PRIVACY
    words = context.words.labels["tasks"][kind]
    value = known.get(booking.WHAT)
    what = await context.what(What.of(value)) if form == booking.FORM and value else ""
    return str(words[phrase]).format(what=what).strip()


def same_matter(tracker: Tracker, form: str, task: Task) -> bool:
    """Whether the request is about what is going on: a visit that is being moved is one that stands."""
    return form == task.form or (task is VISITS and tracker.get_slot(booking.MOVING) is not None)


def _without(aside: list[dict[str, Any]], task: Task) -> list[dict[str, Any]]:
    return [one for one in aside if one["form"] != task.form]
