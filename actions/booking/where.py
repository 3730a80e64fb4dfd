"""Where the patient wants to come."""

from __future__ import annotations

import asyncio

from actions.booking import slots, who
from actions.booking.slots import Place
from actions.booking.turn import Turn

OTHER = "other"
# Not in this branch, not in this region.
_ABSENT = {
    "service": ("utter_service_absent", "utter_service_absent_region"),
    "doctor": ("utter_specialty_absent", "utter_specialty_absent_region"),
}


async def take(turn: Turn) -> None:
    """Set or correct `booking__place`; a place where nobody of that kind works is said so at once."""
    button = turn.reading.button.get("place")
    if button == OTHER:
        turn.draft.forget(slots.PLACE, *slots.CHOICE)
        return
    if turn.requested is not None and turn.context.speech.heard.wants_other("place", turn.reading.meant):
        turn.draft.forget(slots.PLACE, *slots.CHOICE)
    found = _from_button(button) if button else (_named(turn) or _same(turn))
    if found is None and turn.draft.changed(slots.WHAT):
        found = turn.draft.place
    if found is None:
        found = await _only_place(turn)
    if found is None and not button and not who.speaks_of_patient(turn):
        await _tell_unknown_city(turn)
    if found is not None:
        await _set(turn, found)


def _from_button(button: str) -> Place:
    kind, _, identifier = button.partition(":")
    return Place.of({"kind": kind, "id": identifier})


def _named(turn: Turn) -> Place | None:
    if who.speaks_of_patient(turn) or who.is_full_name(turn):
        return None
    for mention in turn.reading.of("branch"):
        return Place("branch", mention.value)
    for mention in turn.reading.of("region"):
        return Place("region", mention.value)
    return None


def answers(turn: Turn) -> bool:
    """Whether the message says nothing but «туда же»."""
    return turn.requested == slots.PLACE and _means_same(turn)


def _means_same(turn: Turn) -> bool:
    return not turn.reading.button and turn.context.speech.heard.means_same_place(turn.reading.meant)


def _same(turn: Turn) -> Place | None:
    """The place of the visit before; where nothing is known of one, that is said and the place asked for."""
    if not _means_same(turn):
        return None
    if turn.same_place is None and turn.draft.place is None:
        turn.say("utter_same_place_unknown")
    return turn.same_place


async def _tell_unknown_city(turn: Turn) -> None:
    """A city without our clinics: said once, and where it was asked for, together with the question."""
    draft, catalogue = turn.draft, turn.context.catalogue
    for mention in turn.reading.of("unknown_city")[:1]:
        cities = ", ".join(region.name for region in catalogue.regions.values())
        if draft.what is None or draft.place is not None:
            turn.say("utter_unknown_city", name=mention.value, cities=cities)
            return
        branches = await turn.context.branches_with(draft.what)
        regions = list(dict.fromkeys(catalogue.branches[branch].region for branch in branches))
        buttons = turn.context.words.region_buttons(regions)
        named = turn.context.words.region_names(regions)
        turn.ask_instead(slots.PLACE, "utter_unknown_city_where", buttons, name=mention.value, cities=named)


async def _only_place(turn: Turn) -> Place | None:
    """The one branch or region where what is wanted exists at all: nothing to ask then."""
    draft = turn.draft
    if draft.what is None or draft.place is not None or not draft.changed(slots.WHAT):
        return None
    if await _unread(turn):
        return None
    branches = await turn.context.branches_with(draft.what)
    if len(branches) == 1:
        return Place("branch", branches[0])
    regions = {turn.context.catalogue.branches[branch].region for branch in branches}
    return Place("region", regions.pop()) if len(regions) == 1 else None


async def _set(turn: Turn, place: Place) -> None:
    draft = turn.draft
    if draft.what is not None and not await _works_there(turn, place):
        draft.forget(slots.PLACE, *slots.CHOICE)
        return
    if draft.place == place:
        return
    draft.forget(*slots.CHOICE)
    draft.set(slots.PLACE, place.value())


async def _works_there(turn: Turn, place: Place) -> bool:
    context = turn.context
    assert turn.draft.what is not None
    offering = await context.branches_with(turn.draft.what)
    here = set(context.branches_of(place))
    if not offering or here & set(offering) or here & await _unread(turn):
        return True
    performer = await context.wanted(turn.draft.what) or context.words.who(turn.draft.what)
    absent, absent_region = _ABSENT["service" if turn.draft.what.kind == "service" else "doctor"]
    if place.kind == "branch":
        facts = context.catalogue.branches[place.id]
        near = [branch for branch in offering if context.catalogue.branches[branch].region == facts.region]
        if near:
            turn.ask_instead(
                slots.PLACE,
                absent,
                context.words.branch_buttons(near),
                branch=facts.name,
                who=performer or context.words.service_names(turn.draft.what.ids),
                others=context.words.branch_names(near),
            )
            return False
    region = context.region_of(place)
    regions = sorted({context.catalogue.branches[branch].region for branch in offering})
    turn.ask_instead(
        slots.PLACE,
        absent_region,
        context.words.region_buttons(regions),
        region=context.catalogue.regions[region].name,
        who=performer or context.words.service_names(turn.draft.what.ids),
        others=context.words.region_names(regions),
    )
    return False


async def _unread(turn: Turn) -> frozenset[str]:
    """Branches that have not told yet who works there: not to be taken for branches where nobody does."""
    return await asyncio.to_thread(turn.context.clinic.directory.unread_branches)
