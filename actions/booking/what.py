"""Whom or what the patient wants to be booked for."""

from __future__ import annotations

from typing import Any

from actions.booking import choice, offered_services, slots, who
from actions.booking.slots import What
from actions.booking.turn import Turn
from actions.reading import Mention
from lang.words import fold
from mis.port import Doctor, FullName

MOST_BUTTONS = 6
KEEP = "keep"
# «Зотова Алла» is no doctor Зотов either: surnames are compared without their endings.
_STEM = 4
OTHER = "other"
# After the specialty of a button: it is for a child.
CHILD = "child"


async def take(turn: Turn) -> None:
    """Set or correct `booking__what` from a button or from what the text names."""
    button = turn.reading.button.get("what")
    if button == KEEP:
        return
    if button == OTHER:
        turn.draft.forget(slots.WHAT, *slots.CHOICE)
        return
    if button:
        kind, _, named = button.partition(":")
        ids, _, child = named.partition(":")
        await _set(turn, What.of({"kind": kind, "ids": ids.split("+"), "child": child == CHILD}))
        return
    if turn.requested is not None and turn.context.speech.heard.wants_other("doctor", turn.reading.meant):
        turn.draft.forget(slots.WHAT, *slots.CHOICE)
    # A surname that only one of the offers has chooses it rather than starts anew.
    if choice.answers(turn):
        return
    found = await _named(turn)
    if found is None:
        return
    if await _is_further(turn, found):
        offered_services.put_off(turn, found)
        return
    await _set(turn, found)


def take_advised(turn: Turn, advised: dict[str, Any] | None) -> None:
    """«Запишите» right after the advice of a doctor means that doctor, unless another is named."""
    names_other = turn.reading.button or turn.reading.of("specialty", "doctor", "service", "service_group")
    if advised is not None and not names_other:
        turn.draft.set(slots.WHAT, advised)


async def _is_further(turn: Turn, found: What) -> bool:
    """«И ещё УЗИ сердца», «и к кардиологу» while another visit is being chosen: it waits for the end of that.

    Services that are added to services are no further visit as long as one doctor does them all.
    """
    draft, heard = turn.draft, turn.context.speech.heard
    before = draft.what
    if turn.requested in (None, slots.WHAT) or before is None or draft.moving is not None or draft.callback:
        return False
    if (before.kind == "service") == (found.kind == "service") and found.kind != "specialty":
        return False
    if not heard.adds(turn.reading.meant) or heard.prefers(turn.reading.meant):
        return False
    return not set(found.ids) & await specialties(turn, before)


async def specialties(turn: Turn, what: What) -> set[str]:
    """The specialties of the doctors wanted; none for services that no doctor was asked for."""
    if what.kind == "specialty":
        return set(what.ids)
    doctors = [await turn.context.doctor(doctor_id) for doctor_id in (*what.doctors, *what.ids)]
    return {doctor.specialty for doctor in doctors if doctor is not None and doctor.specialty is not None}


async def _named(turn: Turn) -> What | None:
    reading = turn.reading
    if who.speaks_of_patient(turn):
        return None
    services = reading.of("service")
    # Where the patient gives their own name, a surname is not a doctor's.
    doctors = [] if turn.requested in who.STEPS else reading.of("doctor")
    if services:
        ids = [doctor_id for mention in doctors for doctor_id in mention.ids]
        return await offered_services.named(turn, services, ids)
    for mention in doctors:
        return await _doctor(turn, mention)
    for mention in reading.of("specialty"):
        return What("specialty", (mention.value,), mention.child)
    # «12 мрта 1985» is no МРТ.
    groups = [] if who.names_a_birth_year(turn) else reading.of("service_group")
    for mention in groups:
        return offered_services.group(turn, mention)
    for mention in reading.of("unknown_doctor"):
        turn.explain(slots.WHAT, "utter_unknown_doctor", name=mention.value)
    return None


async def _doctor(turn: Turn, mention: Mention) -> What | None:
    doctors = [await turn.context.doctor(doctor_id) for doctor_id in mention.ids]
    known = [doctor for doctor in doctors if doctor is not None]
    specialties = {named.value: named.child for named in turn.reading.of("specialty")}
    if specialties:
        # «Иванову Анну — к лору»: who names a specialty means it, whoever else bears the surname.
        known = [doctor for doctor in known if doctor.specialty in specialties]
        if not known or all(_is_namesake(turn, doctor) for doctor in known):
            specialty, child = next(iter(specialties.items()))
            return What("specialty", (specialty,), child)
    if known and all(_is_namesake(turn, doctor) for doctor in known):
        return None
    known = [doctor for doctor in known if not _is_namesake(turn, doctor)]
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
        fold(name["surname"])[:_STEM] == fold(doctor.name.surname)[:_STEM] and not _may_be(name, doctor.name)
        for name in named
    )


def _may_be(name: dict[str, str], doctor: FullName) -> bool:
    """Whether a full name can be the doctor's: what both have of given name and patronymic is the same."""
    said, own = (name["given"], name["patronymic"]), (doctor.given, doctor.patronymic)
    return all(not one or not other or fold(one) == fold(other) for one, other in zip(said, own, strict=True))


async def _set(turn: Turn, wanted: What) -> None:
    before = turn.draft.what
    if before == wanted:
        return
    turn.draft.set(slots.WHAT, wanted.value())
    if before is not None:
        turn.draft.forget(*slots.CHOICE)
        turn.say("utter_corrected", what=await turn.context.what(wanted))
