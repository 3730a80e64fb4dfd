"""`/api/conversations/{id}/…` of visits: free times, book, see, cancel, move. Only the conversation's owner
may, and the log knows that it was begun even if nobody learns how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, StringConstraints

from desk.access import audit
from desk.access.errors import Refused, staff_router
from desk.access.gate import Actor, Gate
from desk.access.texts import StaffTextKey, StaffTexts
from desk.appointments import Appointments, Choices, Consent, Done, Found, Visit, Wanted, patient_of
from desk.console_api import reading
from desk.database import Pool

_Id = Annotated[str, StringConstraints(max_length=100, pattern=r"^[\w-]+$")]
_Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60, pattern=r"^[^\x00]*$")]
_Key = Annotated[str, StringConstraints(min_length=8, max_length=100, pattern=r"^[\w-]+$")]
_Offer = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[\w=-]+\.[\w=-]+$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PatientBody(_Body):
    surname: _Name
    given: _Name
    patronymic: _Name = ""
    phone: Annotated[str, StringConstraints(max_length=30)]
    birth_date: date


class Book(_Body):
    """`consent` is which consent the patient has given to the operator; `key` makes a repeated call harmless.
    `allow_double` is the patient's own yes to a second visit at the same time."""

    offer: _Offer
    patient: PatientBody
    consent: Consent
    key: _Key
    allow_double: bool = False


class Cancel(_Body):
    key: _Key


class Move(_Body):
    offer: _Offer
    key: _Key


class VisitsBody(BaseModel):
    """`proved`: whether the phone of whoever writes is proved; without it there are no visits to see."""

    proved: bool
    visits: Sequence[Visit]


@dataclass(frozen=True)
class DoneBody(Done):
    """`message` says it to the operator."""

    message: str = field(kw_only=True)


def visits_router(pool: Pool, gate: Gate, texts: StaffTexts, appointments: Appointments | None) -> APIRouter:
    """The routes; without `appointments` (no clinic behind this desk) they answer 503."""
    router = staff_router("/api", texts)
    lists = Depends(gate.require("conversations.list"))
    changes = Depends(gate.require("visits.change"))
    booking = PathParameter(ge=1, lt=2**62)

    def clinic() -> Appointments:
        if appointments is None:
            raise Refused(503, "no_clinic")
        return appointments

    async def sender_of(actor: Actor, conversation_id: UUID, action: str = "", about: object = "") -> str:
        """The conversation as the clinic knows it, once the right to it is proved; with `action` logged."""
        async with pool.connection() as connection, connection.transaction():
            row = await reading.one(connection, actor.staff.id, conversation_id)
            if row is None:
                raise Refused(404, "not_found")
            actor.demand("visits.change", row.relation_to(actor.staff.id))
            if action:
                details = {"about": str(about)} if about else {}
                await audit.write(connection, actor.by, action, "conversation", conversation_id, details)
            return row.rasa_sender

    async def told(actor: Actor, conversation_id: UUID, action: str, done: Done) -> DoneBody:
        async with pool.connection() as connection:
            details = {"outcome": done.outcome, "booking_id": done.booking_id}
            await audit.write(
                connection, actor.by, f"{action}.done", "conversation", conversation_id, details
            )
        key: StaffTextKey = f"visit_{done.outcome}"  # type: ignore[assignment]  # every Outcome has its text
        return DoneBody(**vars(done), message=texts[key])

    @router.get("/catalogue")
    async def catalogue(_actor: Actor = lists) -> Choices:
        """What free times can be looked for."""
        return await asyncio.to_thread(clinic().choices)

    @router.get("/conversations/{conversation_id}/slots")
    async def slots(
        conversation_id: UUID,
        since: date,
        until: date,
        specialty: _Id | None = None,
        service: _Id | None = None,
        doctor: _Id | None = None,
        branch: _Id | None = None,
        age: int | None = Query(None, ge=0, le=120),
        actor: Actor = changes,
    ) -> Found:
        """Free times of a specialty, a service or a doctor, the earliest two hundred."""
        if not (specialty or service or doctor):
            raise Refused(422, "invalid")
        sender = await sender_of(actor, conversation_id)
        wanted = Wanted(since, until, specialty, service, doctor, branch, age)
        found = await asyncio.to_thread(clinic().search, sender, wanted)
        if found is None:
            raise Refused(503, "visit_mis_down")
        return found

    @router.post("/conversations/{conversation_id}/visits")
    async def book(conversation_id: UUID, body: Book, actor: Actor = changes) -> DoneBody:
        """Books for the patient, who has agreed to it and to the use of their data."""
        sender = await sender_of(actor, conversation_id, "visit.book")
        typed = body.patient
        patient = patient_of(typed.surname, typed.given, typed.patronymic, typed.phone, typed.birth_date)
        done = await asyncio.to_thread(
            clinic().book, sender, body.offer, patient, body.consent, body.key, body.allow_double
        )
        return await told(actor, conversation_id, "visit.book", done)

    @router.get("/conversations/{conversation_id}/visits")
    async def visits(conversation_id: UUID, actor: Actor = changes) -> VisitsBody:
        """Visits to come of the proved phone."""
        sender = await sender_of(actor, conversation_id, "visits.view")
        found = await asyncio.to_thread(clinic().visits, sender)
        return VisitsBody(proved=found is not None, visits=found or ())

    @router.post("/conversations/{conversation_id}/visits/{booking_id}/cancel")
    async def cancel(
        conversation_id: UUID, body: Cancel, booking_id: int = booking, actor: Actor = changes
    ) -> DoneBody:
        sender = await sender_of(actor, conversation_id, "visit.cancel", booking_id)
        done = await asyncio.to_thread(clinic().cancel, sender, booking_id, body.key)
        return await told(actor, conversation_id, "visit.cancel", done)

    @router.post("/conversations/{conversation_id}/visits/{booking_id}/move")
    async def move(
        conversation_id: UUID, body: Move, booking_id: int = booking, actor: Actor = changes
    ) -> DoneBody:
        sender = await sender_of(actor, conversation_id, "visit.move", booking_id)
        done = await asyncio.to_thread(clinic().move, sender, booking_id, body.offer, body.key)
        return await told(actor, conversation_id, "visit.move", done)

    return router
