"""Buttons under an answer: book exactly what was asked about. None inside a booking: it asks by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rasa_sdk import Tracker

from actions.answers.subject import command, place_values
from actions.booking.slots import Place
from actions.context import Context
from lang import grammar
from lang.catalogue import CatalogueService
from mis.port import Doctor

MOST = 5
Button = dict[str, str]


def busy(tracker: Tracker) -> bool:
    """Whether a form is open, whose own question follows the answer."""
    return bool((tracker.active_loop or {}).get("name"))


def to_book(
    context: Context,
    tracker: Tracker,
    *,
    services: Iterable[CatalogueService] = (),
    specialties: Iterable[str] = (),
    doctors: Iterable[Doctor] = (),
    place: Place | None = None,
) -> list[Button]:
    """A button for each, at most `MOST`; one alone is just «Записаться»."""
    if busy(tracker):
        return []
    where = place_values(place)
    found: dict[str, str] = {}
    for doctor in doctors:
        seen = {} if place is None else {"place": f"{place.kind}:{place.id}"}
        name = grammar.doctor_name(doctor.name, case="nominative", short=True)
        found[command("book_visit", what=f"doctor:{doctor.id}", **seen)] = name
    for service in services:
        if service.kind == "consultation" and service.specialty:
            # The price list has a line for the first and the repeated visit: one thing to book.
            title = context.catalogue.specialties[service.specialty].name
            found[command("book_visit", specialty=service.specialty, **where)] = title
        else:
            found[command("book_visit", service=service.id, **where)] = service.name
    for specialty in specialties:
        title = context.catalogue.specialties[specialty].name
        found[command("book_visit", specialty=specialty, **where)] = title
    labels = context.words.labels
    if len(found) == 1:
        return [{"title": labels["book"], "payload": next(iter(found))}]
    return [
        {"title": labels["book_to"].format(name=name), "payload": payload}
        for payload, name in list(found.items())[:MOST]
    ]


def to_ask(
    tracker: Tracker, intent: str, services: Sequence[CatalogueService], place: Place | None
) -> list[Button]:
    """Which of a group's services: a button for each of the first that fit on the screen."""
    if busy(tracker):
        return []
    return [
        {"title": service.name, "payload": command(intent, service=service.id, **place_values(place))}
        for service in services
    ]
