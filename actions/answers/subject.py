"""What a question is about: what it names, else what the last question was about, else the open booking."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet

from actions.base import Events
from actions.booking import slots
from actions.booking.draft import Draft
from actions.booking.slots import Place, What
from actions.context import Context
from actions.reading import Reading, read
from lang.catalogue import CatalogueService
from mis.port import Doctor

SUBJECT = "answers__subject"
# A talk that is taken up after this long is another talk.
LIFETIME = timedelta(hours=6)
# What a button may carry over from the message it answers.
_THINGS = ("specialty", "service", "service_group", "doctor", "unknown_doctor")
CARRIED = ("specialty", "service", "service_group", "branch", "region")


@dataclass(frozen=True)
class Subject:
    """Ids of the catalogue and of doctors; `doctors` has all namesakes. `unknown` is a doctor we lack."""

    services: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    doctors: tuple[str, ...] = ()
    child: bool = False
    place: Place | None = None
    unknown: str = ""

    @property
    def names_something(self) -> bool:
        return bool(self.services or self.groups or self.specialties or self.doctors)

    def value(self) -> dict[str, Any]:
        return {
            "services": list(self.services),
            "groups": list(self.groups),
            "specialties": list(self.specialties),
            "doctors": list(self.doctors),
            "child": self.child,
            "place": self.place.value() if self.place else None,
        }

    @classmethod
    def of(cls, value: dict[str, Any]) -> Subject:
        lists = (tuple(value[key]) for key in ("services", "groups", "specialties", "doctors"))
        place = value["place"]
        return cls(*lists, child=value["child"], place=Place.of(place) if place else None)


async def subject_of(context: Context, tracker: Tracker) -> Subject:
    """Read the latest message; the directory is warmed, so that what follows does not wait for the MIS."""
    reading, draft = read(tracker), Draft(tracker)
    await asyncio.to_thread(context.clinic.directory.doctors)
    known = remembered(context, tracker)
    place = place_asked(context, tracker)
    named = await _named(context, reading)
    if named.names_something or named.unknown:
        return replace(named, place=place)
    if known is not None and known.names_something:
        return replace(known, place=place)
    return replace(_booked(draft.what), place=place)


def names_now(tracker: Tracker) -> bool:
    """Whether the latest message itself names a thing or a place, in words or by a button."""
    reading = read(tracker)
    return bool(reading.button or reading.of(*_THINGS, "branch", "region"))


def place_asked(context: Context, tracker: Tracker) -> Place | None:
    """The place in question: named now, chosen or wished in the booking, or of the last question."""
    draft, known = Draft(tracker), remembered(context, tracker)
    chosen = Place("branch", draft.choice.branch_id) if draft.choice else None
    return place_named(read(tracker)) or chosen or draft.place or (known.place if known else None)


def branches_asked(context: Context, tracker: Tracker) -> tuple[str, ...]:
    """Branches of the place in question; none while it is unknown."""
    place = place_asked(context, tracker)
    return context.branches_of(place) if place else ()


def remembered(context: Context, tracker: Tracker) -> Subject | None:
    """What the last question was about, unless that is long ago or another booking has begun since."""
    value = tracker.get_slot(SUBJECT)
    if not value or context.clock() - datetime.fromisoformat(value["at"]) > LIFETIME:
        return None
    booked = tracker.get_slot(slots.WHAT)
    return None if booked is not None and booked != value["during"] else Subject.of(value)


def remember(context: Context, tracker: Tracker, subject: Subject) -> Events:
    """Keep the subject for the next question; a place only if the patient named it in a question."""
    known = remembered(context, tracker)
    place = place_named(read(tracker)) or (known.place if known else None)
    if not subject.names_something and place is None:
        return []
    value = replace(subject, place=place).value()
    value |= {"at": context.clock().isoformat(), "during": tracker.get_slot(slots.WHAT)}
    return [SlotSet(SUBJECT, value)]


def payload(intent: str, reading: Reading, **more: str) -> str:
    """A button's payload: the intent with the first value of each kind that the message names."""
    values = {mention.kind: str(mention.value) for mention in reversed(reading.of(*CARRIED))} | more
    return command(intent, **values)


def command(intent: str, **values: str) -> str:
    """A button's payload with exactly these values."""
    return f"/{intent}" + (json.dumps(values, ensure_ascii=False) if values else "")


def place_values(place: Place | None) -> dict[str, str]:
    """The place as a button's values."""
    return {place.kind: place.id} if place else {}


def place_named(reading: Reading) -> Place | None:
    """The first branch of the message, else its first region."""
    for kind in ("branch", "region"):
        for mention in reading.of(kind):
            return Place("branch" if kind == "branch" else "region", str(mention.value))
    return None


def consultations(context: Context, specialty: str | None) -> list[CatalogueService]:
    """«Приём» of a specialty as services: the first visit, then the repeated one."""
    known = context.catalogue.specialties.get(specialty) if specialty else None
    if known is None or known.consultation is None:
        return []
    wanted = {f"{known.consultation}-{number}" for number in (1, 2)}
    found = [service for service in context.catalogue.services.values() if service.article in wanted]
    return sorted(found, key=lambda one: one.article)


async def doctors_of(context: Context, subject: Subject) -> list[Doctor]:
    """The doctors named, those who have left the clinic excepted."""
    found = [await context.doctor(doctor_id) for doctor_id in subject.doctors]
    return [doctor for doctor in found if doctor is not None]


async def _named(context: Context, reading: Reading) -> Subject:
    doctors = tuple(dict.fromkeys(id_ for mention in reading.of("doctor") for id_ in mention.ids))
    button = reading.button.get("what", "")
    if button.startswith("doctor:"):
        doctors = tuple(button.removeprefix("doctor:").split("+"))
    specialties = _values(reading, "specialty")
    if doctors and specialties:
        # «Кардиолог Громов»: the specialty only says which Громов.
        known = [await context.doctor(doctor_id) for doctor_id in doctors]
        of_these = tuple(one.id for one in known if one is not None and one.specialty in specialties)
        doctors, specialties = (of_these, ()) if of_these else (doctors, specialties)
    unknown = [str(mention.value) for mention in reading.of("unknown_doctor")]
    paper = _paper(context, reading)
    return Subject(
        services=_values(reading, "service") or paper,
        groups=_values(reading, "service_group"),
        specialties=specialties,
        doctors=doctors,
        child=any(mention.child for mention in reading.of("specialty", "service", "service_group")),
        unknown=unknown[0] if unknown else "",
    )


def _paper(context: Context, reading: Reading) -> tuple[str, ...]:
    """The certificate that the words mean: «а для водительских?»; none if something else is named."""
    if reading.of(*_THINGS):
        return ()
    kind, _, service = context.speech.answers.choose("documents", reading.meant).what.partition(":")
    return (service,) if kind == "service" else ()


def _values(reading: Reading, kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(mention.value) for mention in reading.of(kind)))


def _booked(what: What | None) -> Subject:
    if what is None:
        return Subject()
    return Subject(
        services=what.ids if what.kind == "service" else (),
        specialties=what.ids if what.kind == "specialty" else (),
        doctors=what.ids if what.kind == "doctor" else (),
        child=what.child,
    )
