"""What the search is asked for, by what the patient has said so far; and the schedule read ahead of it."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from actions.booking import family, slots
from actions.booking.draft import Draft
from actions.booking.slots import What
from actions.context import Context
from clinic.search import ADULT_AGE, Beside, SlotQuery
from lang.birth_dates import age
from lang.wish import Wish

logger = logging.getLogger(__name__)


async def slot_query(context: Context, draft: Draft, taking: tuple[str, ...] | None = None) -> SlotQuery:
    """The query of a draft that knows what is wanted: a place or a time not yet said is any.

    `taking` are the branches that take the patient's policy.
    """
    what, place = draft.what, draft.place
    assert what is not None
    in_region = place is not None and place.kind == "region" and not taking
    in_branch = place is not None and place.kind == "branch"
    return SlotQuery(
        now=context.clock(),
        wish=draft.wish or Wish(soonest=True),
        specialty=what.ids[0] if what.kind == "specialty" else None,
        doctor_ids=what.ids if what.kind == "doctor" else what.doctors,
        service_ids=what.ids if what.kind == "service" else (),
        region=context.region_of(place) if place is not None and in_region else None,
        branch_ids=(place.id,) if place is not None and in_branch else taking or (),
        patient_age=await _age(context, draft, what),
        beside=_beside(context, draft),
        suggestions=context.speech.suggestions.left(len(draft.suggested)),
        repeat=draft.repeat,
        preferred=draft.preferred,
    )


async def look_ahead(context: Context, draft: Draft) -> None:
    """Have the schedule read while the patient answers where or when; what is wrong with it shows later."""
    if draft.what is None or draft.choice is not None or not draft.touched:
        return
    if draft.place is not None and draft.wish is not None:
        # The offers come next in this very turn.
        return
    try:
        query = await slot_query(context, draft)
        await asyncio.to_thread(context.clinic.look_ahead, query)
    except Exception as error:
        # Nobody has asked for it yet: the turn goes on without.
        logger.info("nothing was read ahead: %s", type(error).__name__)


def _beside(context: Context, draft: Draft) -> Beside | None:
    """The visit booked just before, on the clock of its branch."""
    value = draft.beside
    if value is None:
        return None
    visit = slots.Beside.of(value, context.branch_zone(value["branch"]))
    return Beside(visit.branch_id, visit.start, visit.start + timedelta(minutes=visit.minutes))


async def _age(context: Context, draft: Draft, what: What) -> int | None:
    """The patient's age; before it is known, a child if said so, else an adult where adults are seen."""
    born = draft.birth_date
    known = family.years_of(draft, None if born is None else age(born, context.clock().date()))
    if known is not None:
        return known
    if what.child:
        return family.SOME_CHILD
    doctors = await context.performers(what)
    return ADULT_AGE if any(doctor.sees_adults for doctor in doctors) else None
