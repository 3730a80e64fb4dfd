"""«Туда же», «в тот же филиал»: where the patient has been or what was just spoken of, never asked anew."""

from __future__ import annotations

import asyncio
from datetime import datetime

from rasa_sdk import Tracker

from actions.answers.subject import SUBJECT, remembered
from actions.booking import slots
from actions.booking.slots import Place
from actions.context import Context
from actions.reading import Reading
from clinic.outcomes import NotProved


async def find(context: Context, tracker: Tracker, reading: Reading) -> Place | None:
    """The branch just booked or just spoken of, whichever came last, else that of the nearest visit.

    None when the message does not ask for it, or when nothing is known: of visits only those with a proved
    phone are told.
    """
    if reading.button or not context.speech.heard.means_same_place(reading.meant):
        return None
    spoken = _spoken_of(context, tracker)
    booked = tracker.get_slot(slots.BOOKED)
    if booked is not None and booked["place"] and (spoken is None or _moment(booked) >= spoken[1]):
        return Place.of(booked["place"])
    if spoken is not None:
        return spoken[0]
    found = await asyncio.to_thread(context.clinic.visits.upcoming, tracker.sender_id)
    if isinstance(found, NotProved) or not found.visits:
        return None
    return Place("branch", found.visits[0].slot.branch_id)


def _spoken_of(context: Context, tracker: Tracker) -> tuple[Place, datetime] | None:
    """The branch that the last question was about, and when it was asked."""
    subject = remembered(context, tracker)
    if subject is None or subject.place is None or subject.place.kind != "branch":
        return None
    return subject.place, datetime.fromisoformat(tracker.get_slot(SUBJECT)["at"])


def _moment(booked: dict[str, str]) -> datetime:
    return datetime.fromisoformat(booked["at"])
