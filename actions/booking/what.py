"""Whom or what the patient wants to be booked for."""

from __future__ import annotations

from actions.booking import choice, slots, who
from actions.booking.slots import What
from actions.booking.turn import Turn
from actions.reading import Mention
from lang.words import fold
from mis.port import Doctor

MOST_BUTTONS = 6
KEEP = "keep"
OTHER = "other"


async def take(turn: Turn) -> None:
    """Set or correct `booking__what` from a button or from what the text names."""
    button = turn.reading.button.get("what")
    if button == KEEP:
        return
    if button == OTHER:
        turn.draft.forget(slots.WHAT, *slots.CHOICE)
        return
    if button:
        kind, _, ids = button.partition(":")
        await _set(turn, What.of({"kind": kind, "ids": ids.split("+")}))
        return
    if turn.requested is not None and turn.context.words.wants_other("doctor", turn.reading.meant):
        turn.draft.forget(slots.WHAT, *slots.CHOICE)
    # A surname that only one of the offers has chooses it rather than starts anew.
    if choice.answers(turn):
        return
    found = await _named(turn)
    if found is not None:
        await _set(turn, found)


async def _named(turn: Turn) -> What | None:
    reading = turn.reading
    if who.speaks_of_patient(turn):
        return None
    # Where the patient gives their own name, a surname is not a doctor's.
    doctors = [] if turn.requested in who.STEPS else reading.of("doctor")
    for mention in doctors:
        return await _doctor(turn, mention)
    for mention in reading.of("service"):
        return _service(turn, mention)
    for mention in reading.of("specialty"):
        return What("specialty", (mention.value,), mention.child)
    # «12 мрта 1985» is no МРТ.
    groups = [] if who.names_a_birth_year(turn) else reading.of("service_group")
    for mention in groups:
        return _group(turn, mention)
    for mention in reading.of("unknown_doctor"):
        turn.explain(slots.WHAT, "utter_unknown_doctor", name=mention.value)
    return None


async def _doctor(turn: Turn, mention: Mention) -> What | None:
    doctors = [await turn.context.doctor(doctor_id) for doctor_id in mention.ids]
    known = [doctor for doctor in doctors if doctor is not None]
    if known and all(_is_namesake(turn, doctor) for doctor in known):
        return None
    specialties = {named.value for named in turn.reading.of("specialty")}
    if specialties:
        known = [doctor for doctor in known if doctor.specialty in specialties] or known
    place = turn.draft.place
    if place is not None:
        near = [doctor for doctor in known if set(doctor.branch_ids) & set(turn.context.branches_of(place))]
        known = near or known
    shown = {offer.doctor_id for offer in turn.draft.offers}
    known = [doctor for doctor in known if doctor.id in shown] or known
    if not known:
        turn.explain(slots.WHAT, "utter_doctor_not_found", name=mention.value)
        return None
    if len(known) == 1:
        return What("doctor", (known[0].id,))
    buttons = [
        {
            "title": turn.context.words.doctor_button(doctor),
            "payload": f'/inform{{"what":"doctor:{doctor.id}"}}',
        }
        for doctor in known[:MOST_BUTTONS]
    ]
    turn.ask_instead(slots.WHAT, "utter_several_doctors", buttons)
    return None


def _is_namesake(turn: Turn, doctor: Doctor) -> bool:
    """Whether the message names somebody else of the doctor's surname: «Иванова Мария» is no Иванова Анна."""
    named = [mention.value for mention in turn.reading.of("name")]
    return any(
        fold(name["surname"]) == fold(doctor.name.surname) and fold(name["given"]) != fold(doctor.name.given)
        for name in named
    )


def _service(turn: Turn, mention: Mention) -> What | None:
    service = turn.context.catalogue.services[mention.value]
    if service.specialty is None:
        turn.ask_instead(slots.WHAT, "utter_service_by_person", [], name=service.name)
        return None
    if service.kind == "consultation":
        return What("specialty", (service.specialty,), mention.child)
    return What("service", (service.id,), mention.child)


def _group(turn: Turn, mention: Mention) -> What | None:
    """«УЗИ», «анализы»: which one exactly; a specialty named beside it says enough."""
    members = turn.context.services_of_group(mention.value)
    performers = {service.specialty for service in members}
    if None in performers:
        name = turn.context.catalogue.groups[mention.value].name
        turn.ask_instead(slots.WHAT, "utter_service_by_person", [], name=name)
        return None
    buttons = [
        {"title": service.name, "payload": f'/inform{{"what":"service:{service.id}"}}'}
        for service in members[:MOST_BUTTONS]
    ]
    name = turn.context.catalogue.groups[mention.value].name
    turn.ask_instead(slots.WHAT, "utter_service_choice", buttons, name=name)
    return None


async def _set(turn: Turn, wanted: What) -> None:
    before = turn.draft.what
    if before == wanted:
        return
    turn.draft.set(slots.WHAT, wanted.value())
    if before is not None:
        turn.draft.forget(*slots.CHOICE)
        turn.say("utter_corrected", what=await turn.context.what(wanted))
