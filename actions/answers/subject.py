"""What a question is about: the services and the place it names, else those of the open booking."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from rasa_sdk import Tracker

from actions.booking.draft import Draft
from actions.booking.slots import Place, What
from actions.context import Context
from actions.reading import Reading, read

MOST = 6
# What a button may carry over from the message it answers.
CARRIED = ("specialty", "service", "service_group", "branch", "region")


@dataclass(frozen=True)
class Subject:
    """`articles` maps articles of the price list to the names patients know them by."""

    articles: dict[str, str]
    specialty: str | None
    doctor_ids: tuple[str, ...]
    place: Place | None
    branches: tuple[str, ...]


async def subject_of(context: Context, tracker: Tracker) -> Subject:
    """Read the latest message; the directory is warmed, so that what follows does not wait for the MIS."""
    reading, draft = read(tracker), Draft(tracker)
    await asyncio.to_thread(context.clinic.directory.doctors)
    place = _place_asked(reading, draft)
    specialty = next((mention.value for mention in reading.of("specialty")), None)
    doctors = next((mention.ids for mention in reading.of("doctor")), ())
    articles = _named_articles(context, reading)
    if not articles and (specialty or doctors):
        articles = _consultations(context, specialty or await _specialty(context, doctors))
    if not articles and draft.what is not None:
        articles = await _articles_of(context, draft.what)
    branches = context.branches_of(place) if place else ()
    return Subject(dict(list(articles.items())[:MOST]), specialty, doctors, place, branches)


def branches_asked(context: Context, tracker: Tracker) -> tuple[str, ...]:
    """Branches of the place in question: named now, or known from the booking; none while unknown."""
    place = _place_asked(read(tracker), Draft(tracker))
    return context.branches_of(place) if place else ()


def payload(intent: str, reading: Reading, **more: str) -> str:
    """A button's payload: the intent with the first value of each kind that the message names."""
    values = {mention.kind: str(mention.value) for mention in reversed(reading.of(*CARRIED))} | more
    return f"/{intent}" + (json.dumps(values, ensure_ascii=False) if values else "")


def _place_asked(reading: Reading, draft: Draft) -> Place | None:
    chosen = Place("branch", draft.choice.branch_id) if draft.choice else None
    return _place(reading) or chosen or draft.place


def _place(reading: Reading) -> Place | None:
    for mention in reading.of("branch"):
        return Place("branch", mention.value)
    for mention in reading.of("region"):
        return Place("region", mention.value)
    return None


def _named_articles(context: Context, reading: Reading) -> dict[str, str]:
    services = [context.catalogue.services[mention.value] for mention in reading.of("service")]
    for mention in reading.of("service_group"):
        services += context.services_of_group(mention.value)
    return {service.article: service.name for service in services}


def _consultations(context: Context, specialty: str | None) -> dict[str, str]:
    known = context.catalogue.specialties.get(specialty) if specialty else None
    if known is None or known.consultation is None:
        return {}
    wanted = {f"{known.consultation}-{number}" for number in (1, 2)}
    found = [service for service in context.catalogue.services.values() if service.article in wanted]
    return {service.article: service.name for service in sorted(found, key=lambda one: one.article)}


async def _specialty(context: Context, doctor_ids: tuple[str, ...]) -> str | None:
    doctor = await context.doctor(doctor_ids[0])
    return doctor.specialty if doctor else None


async def _articles_of(context: Context, what: What) -> dict[str, str]:
    if what.kind == "service":
        services = [context.catalogue.services[service] for service in what.ids]
        return {service.article: service.name for service in services}
    if what.kind == "specialty":
        return _consultations(context, what.ids[0])
    return _consultations(context, await _specialty(context, what.ids))
