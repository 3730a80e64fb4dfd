"""Another time for a visit that stands: the booking form chooses it, here it is begun and ended."""

from __future__ import annotations

import asyncio
import logging
from datetime import date
from typing import Any, assert_never

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet

from actions.base import Events, SafeAction, Say
from actions.booking import double
from actions.booking import slots as booking
from actions.booking.draft import Draft
from actions.booking.slots import OfferView, Place, What, Whom
from actions.context import Context
from actions.visits import slots, which
from actions.visits.slots import VisitView
from actions.visits.turn import Turn
from clinic.directory import DirectoryUnavailable
from clinic.locks import ConversationBusy
from clinic.normal_patient import patient_key
from clinic.outcomes import (
    AlreadyGone,
    Clashed,
    Confirmed,
    DoubleVisit,
    Expired,
    LedgerUnavailable,
    MisDown,
    Moved,
    MovedOldStands,
    NotProved,
    Refused,
    StillOpen,
    Unknown,
)
from clinic.search import ADULT_AGE
from lang.birth_dates import age
from mis.port import Patient

logger = logging.getLogger(__name__)

CONSULTATION = "consultation"


class ActionStartMove(SafeAction):
    """Hands the chosen visit to the booking form: the same doctor first, or the same specialty."""

    action_name = "action_start_move"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        turn = Turn.of(self.context, say, tracker)
        view = turn.visit
        if view is None:
            raise LookupError("no visit was chosen to be moved")
        facts = await self.context.visit_facts(view)
        say("utter_move_begins", facts=facts)
        wish = which.wish_to(turn, view)
        services = await asyncio.to_thread(_services, self.context, view)
        wanted = _what(view, services, anybody=turn.values[slots.DECISION] == slots.OTHER_DOCTOR)
        values: dict[str, Any] = dict.fromkeys(booking.TASK) | {
            booking.WHAT: wanted.value(),
            booking.PLACE: Place("branch", view.branch_id).value(),
            booking.WISH: wish.to_json() if wish else None,
            booking.FOR_WHOM: _whom(view, self.context.clock().date()).value(),
            booking.INSURER: booking.NOT_NEEDED,
            booking.POLICY: booking.NOT_NEEDED,
            booking.CONSENT: True,
            booking.PATIENT: {
                "surname": view.patient.name.surname,
                "given": view.patient.name.given,
                "patronymic": view.patient.name.patronymic,
            },
            booking.PHONE: view.patient.phone,
            booking.BIRTH_DATE: view.patient.birth_date.isoformat(),
            booking.MOVING: {
                "visit": view.booking_id,
                "facts": facts,
                "before": {name: tracker.get_slot(name) for name in booking.WHO},
            },
        }
        forgotten = [SlotSet(name, None) for name in slots.STATE]
        return [
            *forgotten,
            *(SlotSet(name, value) for name, value in values.items()),
            FollowupAction(booking.FORM),
        ]


def _whom(view: VisitView, today: date) -> Whom:
    years = age(view.patient.birth_date, today)
    return Whom("child" if years < ADULT_AGE else "self", age=years)


def _what(view: VisitView, services: tuple[str, ...], anybody: bool) -> What:
    """The same services or the same doctor again; with `anybody` whoever does the same."""
    if services:
        return What("service", services, doctors=() if anybody else (view.doctor_id,))
    if anybody and view.specialty:
        return What("specialty", (view.specialty,))
    return What("doctor", (view.doctor_id,))


def _services(context: Context, view: VisitView) -> tuple[str, ...]:
    """The catalogue's ids of what the visit is for; none for a plain appointment."""
    try:
        listed = context.clinic.directory.services(view.branch_id).values()
    except DirectoryUnavailable:
        return ()
    articles = {service.article for service in listed if service.id in view.service_ids}
    return tuple(
        service.id
        for service in context.catalogue.services.values()
        if service.article in articles and service.kind != CONSULTATION
    )


async def finish(
    context: Context, say: Say, tracker: Tracker, choice: OfferView, patient: Patient
) -> tuple[Events, bool]:
    """Move what `booking__moving` names to the time held as `choice`, and say what is true now.

    Returns the events and whether the matter is over; else another time is to be chosen.
    """
    draft = Draft(tracker)
    moving = draft.moving
    if moving is None or choice.booking_id is None:
        raise LookupError("there is nothing to move")
    outcome = await asyncio.to_thread(
        context.clinic.visits.move,
        tracker.sender_id,
        moving["visit"],
        choice.booking_id,
        context.settings.consent_version,
        allow_double=choice.double_for == patient_key(patient),
    )
    over = booking.leave_move(tracker.slots)
    match outcome:
        case Moved(new=new):
            await _say_new(context, say, "utter_moved", draft, choice, new)
            await context.answered(choice.booking_id, "booked")
            await context.answered(moving["visit"], "cancelled")
        case MovedOldStands(new=new):
            await _say_new(context, say, "utter_moved_old_stands", draft, choice, new)
            await context.answered(choice.booking_id, "booked")
        case Clashed(booking_id=booking_id):
            stored = await asyncio.to_thread(context.clinic.report_clash, booking_id)
            facts = await context.facts(choice)
            say("utter_move_clash", facts=facts, old=moving["facts"], number=stored.number)
            await context.answered(booking_id, "clash")
        case AlreadyGone(why=why):
            say(f"utter_visit_gone_{why}")
            await _let_go(context, choice.booking_id)
        case StillOpen():
            say("utter_visit_unknown", facts=moving["facts"])
            await _let_go(context, choice.booking_id)
        case Unknown():
            kept = await context.promise(choice.booking_id)
            say("utter_move_unknown" if kept else "utter_move_unclear")
        case Refused(reason="other"):
            number = await context.store_request("check", tracker, draft)
            say("utter_move_refused", number=number, old=moving["facts"])
            await context.answered(choice.booking_id, "absent")
        case NotProved():
            say("utter_move_prove_again")
            await _let_go(context, choice.booking_id)
            said = {"text": "", "mentions": [{"kind": "phone", "value": draft.phone, "ids": []}]}
            anew = [SlotSet(slots.TASK, "move"), SlotSet(slots.SAID, said)]
            return [*over, *anew, FollowupAction(slots.FORM)], False
        case MisDown():
            say("utter_move_not_possible")
            await context.answered(choice.booking_id, "absent")
            return [SlotSet(booking.CONFIRMED, None)], False
        case DoubleVisit():
            say("utter_move_double")
            return double.ask_again(choice, patient), False
        case Expired() | Refused():
            say(_AGAIN[type(outcome)])
            await context.answered(choice.booking_id, "absent")
            again = [SlotSet(name, None) for name in booking.CHOICE]
            return [*again, FollowupAction(booking.FORM)], False
        case _:
            assert_never(outcome)
    return over, True


async def _let_go(context: Context, held: int) -> None:
    """The new time is free for others, and for the patient, who may choose it again."""
    try:
        await asyncio.to_thread(context.clinic.bookings.release, held)
    except (LedgerUnavailable, ConversationBusy) as error:
        logger.warning("booking %s is left to run out: %s", held, type(error).__name__)


_AGAIN = {
    Expired: "utter_hold_expired",
    Refused: "utter_offer_taken",
}


async def _say_new(
    context: Context, say: Say, response: str, draft: Draft, choice: OfferView, new: Confirmed
) -> None:
    assert draft.moving is not None
    say(
        response,
        facts=await context.facts(choice),
        patient=str(draft.patient),
        number=new.number,
        link=context.words.calendar_link(new.calendar_token),
        old=draft.moving["facts"],
    )
