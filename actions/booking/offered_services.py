"""Services to book: one or several in a visit, in which room, or without any booking at all."""

from __future__ import annotations

from collections.abc import Sequence

from actions.booking import slots
from actions.booking.slots import What
from actions.booking.turn import Turn
from actions.reading import Mention
from lang.catalogue import CatalogueService

MOST_BUTTONS = 6


async def named(turn: Turn, mentions: Sequence[Mention], doctor_ids: Sequence[str]) -> What | None:
    """What the named services come to.

    Those that one doctor or room does are one visit; the others wait for the end of this booking. What
    needs no booking, or a person, is said so. A doctor named beside them counts if they do the services.
    """
    known = turn.context.catalogue.services
    services = [known[service] for service in dict.fromkeys(mention.value for mention in mentions)]
    booked = [service.id for service in services if service.entry == "appointment"]
    free = [service for service in services if service.entry == "walk_in"]
    if not booked:
        if free:
            _walk_in(turn, free)
        else:
            turn.ask_instead(slots.WHAT, "utter_service_by_person", [], name=services[0].name)
        return None
    if free:
        turn.say("utter_walk_in_too", **_walk_in_values(turn, free))
    before = turn.draft.what
    if before is not None and before.kind == "service" and turn.context.speech.heard.adds(turn.reading.meant):
        booked = list(dict.fromkeys((*before.ids, *booked)))
    first = known[booked[0]]
    if first.kind == "consultation" and first.specialty is not None:
        return What("specialty", (first.specialty,), mentions[0].child)
    together = await _together(turn, booked)
    put_off(turn, *(What("service", (service,)) for service in booked if service not in together))
    wanted = What("service", tuple(together), mentions[0].child)
    able = {doctor.id for doctor in await turn.context.performers(wanted)}
    return What(wanted.kind, wanted.ids, wanted.child, tuple(id_ for id_ in doctor_ids if id_ in able))


def group(turn: Turn, mention: Mention) -> None:
    """«УЗИ», «анализы»: which one exactly, unless no booking is needed or a person arranges it."""
    members = turn.context.services_of_group(mention.value)
    name = turn.context.catalogue.groups[mention.value].name
    ways = [member.entry for member in members]
    if ways.count("walk_in") > len(ways) / 2:
        _walk_in(turn, [member for member in members if member.entry == "walk_in"], name)
        return
    members = [member for member in members if member.entry == "appointment"]
    if not members:
        turn.ask_instead(slots.WHAT, "utter_service_by_person", [], name=name)
        return
    buttons = [_button(member.name, member.id) for member in members[:MOST_BUTTONS]]
    turn.ask_instead(slots.WHAT, "utter_service_choice", buttons, name=name)


async def _together(turn: Turn, services: Sequence[str]) -> list[str]:
    """The first service with those of the others that somebody near does in the same visit."""
    chosen = [services[0]]
    for service in services[1:]:
        wanted = What("service", (*chosen, service))
        where = set(await turn.context.branches_with(wanted))
        place = turn.draft.place
        if where & set(turn.context.branches_of(place)) if place else where:
            chosen.append(service)
    return chosen


def put_off(turn: Turn, *wanted: What) -> None:
    """What others do waits for the end of this booking, and the patient is told so."""
    waiting = turn.draft.later
    added = [value for what in wanted if (value := what.value()) not in waiting]
    if wanted:
        turn.draft.set(slots.LATER, [*waiting, *added])
        turn.draft.put_off = True
        words = turn.context.words
        names = [words.service_names(one.ids) if one.kind == "service" else words.who(one) for one in wanted]
        said = ", ".join(names)
        turn.say("utter_service_later", name=said[:1].upper() + said[1:])


def _walk_in(turn: Turn, services: Sequence[CatalogueService], name: str = "") -> None:
    """Told when to come; a time is booked for those who would rather have one."""
    words = turn.context.words
    buttons = [] if name else [_button(words.labels["book_a_time"], "+".join(one.id for one in services))]
    if not name and any(service.preparation for service in services):
        payload = f'/ask_preparation{{"service":"{services[0].id}"}}'
        buttons.append({"title": words.labels["how_to_prepare"], "payload": payload})
    turn.ask_instead(slots.WHAT, "utter_walk_in", buttons, **_walk_in_values(turn, services, name))


def _walk_in_values(turn: Turn, services: Sequence[CatalogueService], name: str = "") -> dict[str, str]:
    """What is meant, and the hours of the room that does it."""
    hours = turn.context.catalogue.rooms[services[0].room or ""].hours
    said = name or ", ".join(service.name for service in services)
    return {"name": said, "hours": turn.context.words.open_hours(hours)}


def _button(title: str, service: str) -> dict[str, str]:
    return {"title": title, "payload": f'/inform{{"what":"service:{service}"}}'}
