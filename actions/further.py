"""The other requests of one message: questions are answered at once, a further booking waits its turn."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.answers.branches import ActionAnswerBranches
from actions.answers.doctors import ActionAnswerDoctors
from actions.answers.preparation import ActionAnswerPreparation
from actions.answers.price import ActionAnswerPrice
from actions.answers.ready import ActionAnswerHomeVisit, ActionAnswerInsurance, ActionAnswerTopic
from actions.answers.services import ActionAnswerServices
from actions.answers.subject import SUBJECT
from actions.base import Events, SafeAction, Say
from actions.booking.slots import LATER, NEXT, What
from actions.context import Context
from actions.people import ActionCallOperator

BOOK = "book"
QUESTIONS: dict[str, type[SafeAction]] = {
    "price": ActionAnswerPrice,
    "service_info": ActionAnswerServices,
    "preparation": ActionAnswerPreparation,
    "doctor_info": ActionAnswerDoctors,
    "branch_info": ActionAnswerBranches,
    "insurance": ActionAnswerInsurance,
    "home_visit": ActionAnswerHomeVisit,
    "discounts": ActionAnswerTopic,
    "results": ActionAnswerTopic,
    "documents": ActionAnswerTopic,
    "payment": ActionAnswerTopic,
    "privacy": ActionAnswerTopic,
    "my_visits": ActionAnswerTopic,
    "reschedule": ActionAnswerTopic,
    "cancel": ActionAnswerTopic,
    "operator": ActionCallOperator,
}
# Less than the deadline of the action that asks for it, so that a slow answer does not end the main request.
FURTHER_SECONDS = 2.5
_WHAT = ("service", "doctor", "specialty")


async def answer_questions(context: Context, say: Say, tracker: Tracker) -> Events:
    """Answer every question of the message but its main request; returns what is to be remembered of them.

    One that fails is told to have failed; the main request goes on.
    """
    kept: Events = []
    for wish in _further(tracker):
        answer = QUESTIONS.get(wish["topic"])
        if answer is not None:
            spoken = say.count
            events = await answer(context).attempt(say, _as_if_asked(tracker, wish), FURTHER_SECONDS)
            kept = [event for event in events if event.get("name") == SUBJECT] or kept
            if say.count == spoken:
                say("utter_service_unavailable")
    return kept


def further_bookings(tracker: Tracker) -> list[dict[str, Any]]:
    """What else the message asks to be booked for, as values of `booking__what`."""
    found = [_what(wish) for wish in _further(tracker) if wish["topic"] == BOOK]
    return [what.value() for what in found if what is not None]


async def offer_next(context: Context, say: Say, waiting: list[dict[str, Any]]) -> Events:
    """Ask whether to go on with the first of the bookings that wait, if there is one."""
    if not waiting:
        return []
    what = What.of(waiting[0])
    payload = f'/book_visit{{"what":"{what.kind}:{"+".join(what.ids)}"}}'
    yes = {"title": context.words.labels["next_booking_yes"], "payload": payload}
    no = {"title": context.words.labels["next_booking_no"], "payload": "/deny"}
    say("utter_next_booking", buttons=[yes, no], what=await context.what(what))
    return [SlotSet(LATER, waiting[1:] or None), SlotSet(NEXT, waiting[0])]


def with_further(action: type[SafeAction]) -> type[SafeAction]:
    """The action, which afterwards takes up what else its message asks for."""

    class WithFurther(action):  # type: ignore[valid-type, misc]  # its base is a parameter
        async def perform(self, say: Say, tracker: Tracker) -> Events:
            wishes = tracker.latest_message.get("wishes") or []
            # With several questions the main one is only about what its own part names.
            asked = _as_if_asked(tracker, wishes[0]) if len(wishes) > 1 else tracker
            events = await super().perform(say, asked)
            events = [*events, *await answer_questions(self.context, say, tracker)]
            waiting = [*(tracker.get_slot(LATER) or []), *further_bookings(tracker)]
            if (tracker.active_loop or {}).get("name"):
                return [*events, SlotSet(LATER, waiting or None)]
            return [*events, *await offer_next(self.context, say, waiting)]

    WithFurther.__name__ = action.__name__
    return WithFurther


def _further(tracker: Tracker) -> Iterator[dict[str, Any]]:
    yield from (tracker.latest_message.get("wishes") or [])[1:]


def _as_if_asked(tracker: Tracker, wish: dict[str, Any]) -> Tracker:
    """The tracker with the wish as its latest message; one that names nothing is about the whole message."""
    view: Tracker = copy.copy(tracker)
    message = tracker.latest_message
    named = any(entity["entity"] in (*_WHAT, "service_group") for entity in wish["entities"])
    view.latest_message = {
        **message,
        "intent": {"name": wish["intent"], "confidence": 1.0},
        "entities": wish["entities"] if named else message.get("entities") or [],
        "wishes": [],
    }
    return view


def _what(wish: dict[str, Any]) -> What | None:
    for kind in _WHAT:
        for entity in wish["entities"]:
            if entity["entity"] == kind:
                ids = tuple(entity.get("ids") or (entity["value"],))
                return What(kind, ids if kind == "doctor" else (entity["value"],), bool(entity.get("child")))
    return None
