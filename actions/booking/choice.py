"""The choice of a time among the offers, its hold in the MIS, and the last yes."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import datetime, time

from actions.booking import family, slots, who
from actions.booking.slots import OfferView
from actions.booking.turn import Turn
from actions.picking import is_number, number_said
from clinic.outcomes import Held, MisDown
from clinic.search import ADULT_AGE, sees
from lang.birth_dates import age
from lang.text import tokens
from lang.wish import Wish, parse_wish

WHAT_TO_CHANGE = "utter_what_to_change"
WHAT_TO_CHANGE_IN_MOVE = "utter_move_what_to_change"
# «24.11.2026 в 10:30»; more numbers than these are a phone said in words.
MOST_NUMBERS = 5
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:.]([0-5]\d)(?![\d.])")


async def take(turn: Turn) -> None:
    """Set `booking__offer` from a button, a number, a time or a doctor's name, and hold that time."""
    if turn.reading.intent in ("request_callback", "join_waitlist"):
        _take_callback(turn)
        return
    if turn.draft.callback and turn.draft.what is not None and turn.draft.changed(slots.WHAT):
        _leave_callback(turn)
    let_go = turn.draft.choice
    if let_go is not None and let_go.booking_id is None:
        await _hold(turn, let_go)
        return
    if turn.requested != slots.OFFER and not turn.reading.button.get("offer"):
        return
    if not turn.draft.offers:
        return
    chosen = _chosen(turn)
    if chosen is None:
        return
    await _hold(turn, chosen)


def answers(turn: Turn) -> bool:
    """Whether the message picks one of the offers."""
    return turn.requested == slots.OFFER and _chosen(turn) is not None


def _take_callback(turn: Turn) -> None:
    draft = turn.draft
    draft.set(slots.OFFER, slots.WAIT if turn.reading.intent == "join_waitlist" else slots.CALLBACK)
    draft.set(slots.CONFIRMED, True)
    if not draft.knows(slots.BIRTH_DATE):
        draft.set(slots.BIRTH_DATE, slots.NOT_NEEDED)
    if not draft.knows(slots.WISH):
        draft.set(slots.WISH, {})
    if turn.reading.intent == "request_callback":
        # «Перезвоните мне» needs no more than whom to call.
        for slot in (slots.WHAT, slots.PLACE):
            if not draft.knows(slot):
                draft.set(slot, slots.NOT_NEEDED)
                draft.forget(slots.OPTIONS)


def _leave_callback(turn: Turn) -> None:
    """A visit after all: what a call did not need is asked for now."""
    draft = turn.draft
    draft.forget(*slots.CHOICE)
    if draft.place is None:
        draft.forget(slots.PLACE)
    if draft.birth_date is None:
        draft.forget(slots.BIRTH_DATE)
    if draft.wish == Wish():
        draft.forget(slots.WISH)


def _chosen(turn: Turn) -> OfferView | None:
    offers = turn.draft.offers
    number = turn.reading.button.get("offer")
    if number:
        return _numbered(offers, int(number)) if number.isdigit() else None
    by_number = _by_number(turn, offers)
    if by_number is not None:
        return by_number
    return _by_facts(turn, offers)


def _by_number(turn: Turn, offers: list[OfferView]) -> OfferView | None:
    """«2», «второй», «давайте третий вариант», «последнее», «любой»."""
    number = number_said(turn.context.speech.heard, turn.reading.meant, len(offers))
    if number is not None:
        return _numbered(offers, number)
    if len(offers) == 1 and who.agrees(turn):
        return offers[0]
    return None


def _by_facts(turn: Turn, offers: list[OfferView]) -> OfferView | None:
    """«в 10:30», «к Ивановой», «завтра в 9 к Ивановой»: the one offer that all named facts fit."""
    left = offers
    said = False
    doctors = {doctor_id for mention in turn.reading.of("doctor") for doctor_id in mention.ids}
    if doctors:
        left = [offer for offer in left if offer.doctor_id in doctors]
        said = True
    branches = {mention.value for mention in turn.reading.of("branch")}
    if branches:
        left = [offer for offer in left if offer.branch_id in branches]
        said = True
    literal = _CLOCK.search(turn.reading.meant)
    if literal:
        # «в 7:30» said of times on the screen is that time, not half past seven in the evening.
        clock = time(int(literal.group(1)), int(literal.group(2)))
        same = [offer for offer in left if _local(turn, offer).time() == clock]
        if len(same) == 1:
            return same[0]
    if sum(is_number(token.tag) for token in tokens(turn.reading.meant)) > MOST_NUMBERS:
        return None
    match = parse_wish(turn.reading.meant, turn.now)
    if match is not None and not match.problems:
        left = [offer for offer in left if match.wish.allows(_local(turn, offer))]
        exact = _exact_time(match.wish.times)
        said = said or exact
        if not exact and not doctors:
            return None
    return left[0] if said and len(left) == 1 else None


def _exact_time(times: tuple[time | None, time | None]) -> bool:
    return times[0] is not None and times[0] == times[1]


def _local(turn: Turn, offer: OfferView) -> datetime:
    return offer.start.astimezone(turn.context.branch_zone(offer.branch_id))


async def _hold(turn: Turn, offer: OfferView) -> None:
    slot = offer.slot(turn.context.branch_zone(offer.branch_id))
    outcome = await asyncio.to_thread(
        turn.context.clinic.bookings.hold,
        turn.conversation,
        slot,
        offer.service_ids,
        f"{turn.conversation}:{turn.reading.key}",
    )
    draft = turn.draft
    if isinstance(outcome, Held):
        chosen = replace(offer, booking_id=outcome.booking_id)
        draft.set(slots.OFFER, chosen.value())
        facts = await turn.context.short_facts(chosen)
        minutes = round((outcome.expires_at - turn.now).total_seconds() / 60)
        turn.say("utter_offer_held", facts=facts, minutes=turn.context.words.minutes(minutes))
        return
    if isinstance(outcome, MisDown):
        turn.say(draft.not_possible)
        draft.forget(slots.OFFER)
        return
    turn.context.clinic.search.slot_gone(slot)
    draft.forget(*slots.CHOICE)
    turn.say("utter_offer_taken")


async def check_age(turn: Turn) -> None:
    """A child with a doctor for adults, or the other way round: give the time back and look again."""
    draft = turn.draft
    if draft.choice is None or not (draft.changed(slots.BIRTH_DATE) or draft.changed(slots.FOR_WHOM)):
        return
    born = draft.birth_date
    years = family.years_of(draft, None if born is None else age(born, turn.now.date()))
    doctor = await turn.context.doctor(draft.choice.doctor_id)
    if years is None or doctor is None or sees(doctor, years):
        return
    child = years < ADULT_AGE
    said = "" if born is None else turn.context.words.age(born, turn.now.date())
    if not said:
        turn.say("utter_child_not_this_doctor")
    else:
        turn.say("utter_child_to_adult_doctor" if child else "utter_adult_to_child_doctor", age=said)
    what = draft.what
    if what is not None and what.kind == "doctor" and doctor.specialty is not None:
        draft.set(slots.WHAT, slots.What("specialty", (doctor.specialty,)).value())
    draft.forget(*slots.CHOICE)


async def release(turn: Turn, chosen: OfferView) -> None:
    """Give a held time back."""
    if chosen.booking_id is not None:
        await asyncio.to_thread(turn.context.clinic.bookings.release, chosen.booking_id)


def take_confirmation(turn: Turn) -> None:
    """The yes or no to the summary; anything corrected before it has already been taken."""
    draft = turn.draft
    if turn.requested != slots.CONFIRMED or draft.choice is None:
        return
    if turn.reading.button.get("name"):
        draft.forget(slots.PATIENT, slots.PHONE, slots.BIRTH_DATE)
    elif draft.touched:
        return
    elif who.agrees(turn) and (turn.reading.tapped or not _asks_what_to_change(turn)):
        draft.set(slots.CONFIRMED, True)
    elif turn.reading.intent == "deny":
        response = WHAT_TO_CHANGE if draft.moving is None else WHAT_TO_CHANGE_IN_MOVE
        question = {"slot": slots.CONFIRMED, "response": response, "buttons": [], "values": {}}
        draft.set(slots.OPTIONS, question)


def _asks_what_to_change(turn: Turn) -> bool:
    return turn.asked_instead.get("response") in (WHAT_TO_CHANGE, WHAT_TO_CHANGE_IN_MOVE)


def _numbered(offers: list[OfferView], number: int) -> OfferView | None:
    return next((offer for offer in offers if offer.number == number), None)
