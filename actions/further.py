"""The other requests of one message: questions are answered at once, a further booking waits its turn."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.answers.branches import ActionAnswerBranches
from actions.answers.doctors import ActionAnswerDoctors
from actions.answers.follow_up import answer_again, question_gone_on
from actions.answers.preparation import ActionAnswerPreparation
from actions.answers.price import ActionAnswerPrice
from actions.answers.ready import ActionAnswerHomeVisit, ActionAnswerInsurance, ActionAnswerTopic
from actions.answers.services import ActionAnswerServices
from actions.answers.subject import SUBJECT
from actions.base import Events, SafeAction, Say
from actions.booking.draft import Draft
from actions.booking.slots import LATER, READ, What
from actions.context import Context
from actions.introduction import introduce
from actions.people import ActionCallOperator
from actions.reading import read
from actions.visits import slots as visits
from actions.waiting import ALSO_WANTED, TASK, WANTED, offer_next, same
from lang.text import tokens

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
    "operator": ActionCallOperator,
}
# Less than the deadline of the action that asks for it, so that a slow answer does not end the main request.
FURTHER_SECONDS = 2.5
_WHAT = ("service", "doctor", "specialty")
_NAMED = (*_WHAT, "service_group")


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
    """What else the message asks to be booked for, with the place and the time said of it.

    Several specialists of one request («к лору и неврологу») are several bookings, alternatives are not.
    """
    wishes = tracker.latest_message.get("wishes") or []
    found = [item for wish in wishes[:1] if wish["topic"] == BOOK for item in _items(wish, tracker)[1:]]
    found += [item for wish in wishes[1:] if wish["topic"] == BOOK for item in _items(wish, tracker)]
    return found


def further_tasks(tracker: Tracker) -> list[dict[str, Any]]:
    """What else the message asks about visits that stand: `{"kind": "task", "intent", "said"}`."""
    return [
        {
            "kind": TASK,
            "intent": wish["intent"],
            "said": {"text": "", "mentions": visits.mentions_of(wish["entities"])},
        }
        for wish in _further(tracker)
        if wish["intent"] in visits.INTENTS
    ]


def waiting_after(tracker: Tracker, waiting: list[dict[str, Any]], present: What | None) -> list[Any]:
    """`waiting` with the further bookings of the latest message, each once, without the `present` one."""
    found: list[Any] = []
    for item in (*waiting, *further_bookings(tracker)):
        known = (present, *(What.of(other) for other in found if other["kind"] != TASK))
        if not any(what is not None and same(item, what) for what in known):
            found.append(item)
    return [*found, *(task for task in further_tasks(tracker) if task not in found)]


def is_read(tracker: Tracker) -> bool:
    """Whether the further requests of the latest message have been taken up already."""
    key = tracker.latest_message.get("message_id")
    return bool(key) and tracker.get_slot(READ) == key


def with_further(action: type[SafeAction]) -> type[SafeAction]:
    """The action, which afterwards takes up what else its message asks for."""

    class WithFurther(action):  # type: ignore[valid-type, misc]  # its base is a parameter
        async def perform(self, say: Say, tracker: Tracker) -> Events:
            introduce(say, tracker)
            goes_on = question_gone_on(tracker)
            if goes_on is not None and goes_on != read(tracker).intent:
                return await answer_again(self._given, say, tracker, goes_on)
            wishes = tracker.latest_message.get("wishes") or []
            if _is_one_question(wishes):
                tracker = _with_wishes(tracker, wishes[:1])
            # With several questions the main one is only about what its own part names.
            several = len(wishes) > 1 and not _is_one_question(wishes)
            events = await super().perform(say, _as_if_asked(tracker, wishes[0]) if several else tracker)
            events = [*events, *await answer_questions(self.context, say, tracker)]
            busy = bool((tracker.active_loop or {}).get("name"))
            present = Draft(tracker).what if busy else None
            known = tracker.get_slot(LATER) or []
            waiting = waiting_after(tracker, known, present)
            # What goes on with a form of its own is asked about first.
            if busy or any(event["event"] == "followup" for event in events):
                return [*events, SlotSet(LATER, waiting or None)]
            asked_now = len(waiting) > len(known)
            # What this very message asks for comes before what has been waiting.
            waiting = [*waiting[len(known) :], *waiting[: len(known)]]
            response = WANTED if asked_now else ALSO_WANTED
            return [*events, *await offer_next(self.context, say, waiting, response)]

    WithFurther.__name__ = action.__name__
    return WithFurther


def _further(tracker: Tracker) -> Iterator[dict[str, Any]]:
    yield from (tracker.latest_message.get("wishes") or [])[1:]


def _is_one_question(wishes: list[dict[str, Any]]) -> bool:
    """«Сколько стоит УЗИ почек и МРТ колена»: one question, though the second part only names."""
    return (
        len(wishes) > 1
        and wishes[0]["topic"] == "price"
        and all(wish["topic"] in ("price", "service_info") for wish in wishes)
        and all(any(entity["entity"] in _NAMED for entity in wish["entities"]) for wish in wishes)
    )


def _with_wishes(tracker: Tracker, wishes: list[dict[str, Any]]) -> Tracker:
    view: Tracker = copy.copy(tracker)
    view.latest_message = {**tracker.latest_message, "wishes": wishes}
    return view


def _as_if_asked(tracker: Tracker, wish: dict[str, Any]) -> Tracker:
    """The tracker with the wish as its latest message; one that names nothing is about the whole message."""
    view: Tracker = copy.copy(tracker)
    message = tracker.latest_message
    named = any(entity["entity"] in _NAMED for entity in wish["entities"])
    view.latest_message = {
        **message,
        "intent": {"name": wish["intent"], "confidence": 1.0},
        "entities": wish["entities"] if named else message.get("entities") or [],
        "wishes": [],
    }
    return view


def _items(wish: dict[str, Any], tracker: Tracker) -> list[dict[str, Any]]:
    """The bookings of one wish, by specialty where several are named."""
    main = wish is (tracker.latest_message.get("wishes") or [None])[0]
    what = _what(wish)
    if what is None and not main:
        # «Сколько стоит невролог, и запишите к нему»: the name stands in the other part.
        what = _what({"entities": tracker.latest_message.get("entities") or []})
        return [] if what is None else [{**what.value(), **_own(wish)}]
    if what is None:
        return []
    named = [entity for entity in wish["entities"] if entity["entity"] == "specialty"]
    named = [entity for entity in named if not entity.get("negated")]
    several = what.kind == "specialty" and not _are_alternatives(tracker)
    whats = [What("specialty", (entity["value"],), bool(entity.get("child"))) for entity in named]
    own = {} if main else _own(wish)
    return [{**each.value(), **own} for each in (dict.fromkeys(whats) if several else [what])]


def _own(wish: dict[str, Any]) -> dict[str, Any]:
    """Where and when, as far as the wish itself says."""
    said: dict[str, Any] = {}
    for entity in wish["entities"]:
        if entity["entity"] in ("branch", "region"):
            said["place"] = {"kind": entity["entity"], "id": entity["value"]}
        elif entity["entity"] == "wish" and isinstance(entity["value"], dict):
            said["wish"] = entity["value"]
    return said


def _are_alternatives(tracker: Tracker) -> bool:
    """«К терапевту или к неврологу» is one booking."""
    return any(token.text == "или" for token in tokens(tracker.latest_message.get("text") or ""))


def _what(wish: dict[str, Any]) -> What | None:
    for kind in _WHAT:
        for entity in wish["entities"]:
            if entity["entity"] == kind:
                ids = tuple(entity.get("ids") or (entity["value"],))
                return What(kind, ids if kind == "doctor" else (entity["value"],), bool(entity.get("child")))
    return None
