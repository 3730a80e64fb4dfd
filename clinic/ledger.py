"""The ledger of bookings: every state and every change of it, in PostgreSQL.

A `Ledger` works on one connection and commits each of its calls, so that what it says is stored before
the caller goes on to the MIS. It decides nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping, func
from sqlalchemy.dialects.postgresql import insert

from clinic.locks import lock_number
from clinic.normal_patient import known_spelling, normal_patient, patient_key
from clinic.tables import LIVE_STATES, booking, booking_event
from mis.port import FullName, Patient, Slot

# Who made a change: the patient's own step, the recovery, or the clinic, whose change we have only noticed.
Actor = Literal["patient", "recovery", "clinic"]


# Whatever was still to be told of a row is overtaken by what is done with it now.
NO_NEWS: dict[str, Any] = {"outcome": None, "settled_at": None, "told_at": None, "telling_since": None}


class LostRow(Exception):
    """The row is not in the state the caller relied on: somebody else has moved it."""


@dataclass(frozen=True, slots=True)
class Booking:
    """A row of the ledger. `slot.start` is aware, in the branch's time zone."""

    id: int
    request_key: str
    calendar_token: str
    conversation_id: str
    state: str
    slot: Slot
    service_ids: tuple[str, ...]
    hold_id: str | None
    held_at: datetime | None
    expires_at: datetime | None
    hold_released_at: datetime | None
    patient: Patient | None
    consent_version: str | None
    comment: str
    sent_at: datetime | None
    visit_id: str | None
    visit_status: int | None
    reason: str | None
    outcome: str | None
    updated_at: datetime
    replaces: int | None = None
    replaced_by: int | None = None
    cancel_key: str | None = None
    cancel_conversation_id: str | None = None
    cancel_asked_at: datetime | None = None
    cancelled_by: str | None = None
    cancel_reason: str | None = None
    clash_checked_at: datetime | None = None
    clash_at: datetime | None = None

    @property
    def number(self) -> str:
        """The number a patient can read out to the registry."""
        return str(self.id)

    @property
    def live(self) -> bool:
        return self.state in LIVE_STATES

    @classmethod
    def of(cls, row: RowMapping) -> Booking:
        zone = ZoneInfo(row["timezone"])
        patient = None
        if row["surname"] is not None:
            name = FullName(row["surname"], row["given"], row["patronymic"] or "")
            patient = Patient(name, row["phone"], row["birth_date"])
        copied = {
            name: row[name]
            for name in (
                "id", "request_key", "calendar_token", "conversation_id", "state", "hold_id", "held_at",
                "expires_at", "hold_released_at", "consent_version", "comment", "sent_at", "visit_id",
                "visit_status", "reason", "outcome", "updated_at", "replaces", "replaced_by", "cancel_key",
                "cancel_conversation_id", "cancel_asked_at", "cancelled_by", "cancel_reason",
                "clash_checked_at", "clash_at",
            )
        }  # fmt: skip
        return cls(
            slot=Slot(row["branch_id"], row["doctor_id"], row["start"].astimezone(zone), row["length"]),
            service_ids=tuple(row["service_ids"]),
            patient=patient,
            **copied,
        )


class Ledger:
    """Queries over one connection; each method is one committed transaction.

    `actor` goes into the history with every change.
    """

    def __init__(self, connection: Connection, actor: Actor = "patient") -> None:
        self._connection = connection
        self._actor = actor

    def by(self, actor: Actor) -> Ledger:
        """The same ledger, in whose history the changes are somebody else's."""
        return Ledger(self._connection, actor)

    def get(self, booking_id: int) -> Booking | None:
        return self._one(booking.c.id == booking_id)

    def by_request_key(self, request_key: str) -> Booking | None:
        return self._one(booking.c.request_key == request_key)

    def by_calendar_token(self, token: str) -> Booking | None:
        return self._one(booking.c.calendar_token == token)

    def of_conversation(self, conversation_id: str, states: Sequence[str] = ()) -> list[Booking]:
        """Bookings of a conversation, oldest first; no states named means all."""
        query = sa.select(booking).where(booking.c.conversation_id == conversation_id)
        if states:
            query = query.where(booking.c.state.in_(states))
        with self._connection.begin():
            rows = self._connection.execute(query.order_by(booking.c.id)).mappings()
            return [Booking.of(row) for row in rows]

    def conversations_with(self, states: Sequence[str]) -> frozenset[str]:
        """The conversations that have a booking in one of these states."""
        query = sa.select(booking.c.conversation_id).where(booking.c.state.in_(states)).distinct()
        with self._connection.begin():
            return frozenset(self._connection.execute(query).scalars())

    def of_phone(self, phone: str, *, since: datetime | None = None) -> list[Booking]:
        """Bookings whose contact is `phone`, the earliest visit first; `since` leaves out earlier visits."""
        later = () if since is None else (booking.c.start > since,)
        return self._many(booking.c.phone == phone, *later)

    def live_on(self, slot: Slot) -> Booking | None:
        """The live row that overlaps `slot` at the same doctor and branch, if any."""
        with self._connection.begin():
            row = self._connection.execute(sa.select(booking).where(*_overlapping(slot))).mappings().first()
        return Booking.of(row) if row else None

    def plan(
        self,
        conversation_id: str,
        slot: Slot,
        service_ids: Sequence[str],
        request_key: str,
        token: str,
        now: datetime,
    ) -> Booking | None:
        """Write the intent; `None` when a live row has the time already or the key exists."""
        with self._connection.begin():
            self._lock_doctor(slot)
            if self._connection.execute(sa.select(booking.c.id).where(*_overlapping(slot))).first():
                return None
            values = {
                "request_key": request_key,
                "calendar_token": token,
                "conversation_id": conversation_id,
                "state": "planned",
                "branch_id": slot.branch_id,
                "doctor_id": slot.doctor_id,
                "start": slot.start,
                "length": slot.length,
                "timezone": str(slot.start.tzinfo),
                "service_ids": list(service_ids),
                "created_at": now,
                "updated_at": now,
            }
            statement = insert(booking).values(values).on_conflict_do_nothing().returning(booking)
            row = self._connection.execute(statement).mappings().first()
            if row is None:
                return None
            self._event(row["id"], None, "planned", "planned", now)
            return Booking.of(row)

    def plan_again(self, old: Booking, now: datetime, detail: str) -> Booking | None:
        """Bring a row that was given up back to `planned`; `None` when its time is no longer ours to take."""
        with self._connection.begin():
            self._lock_doctor(old.slot)
            overlapping = sa.select(booking.c.id).where(*_overlapping(old.slot), booking.c.id != old.id)
            if self._connection.execute(overlapping).first():
                return None
            fresh = {"hold_id": None, "held_at": None, "expires_at": None, "hold_released_at": None}
            return self._moved(old, "planned", now, detail, fresh | {"reason": None})

    def advance(self, old: Booking, state: str, now: datetime, detail: str, **values: Any) -> Booking:
        """Move a row to `state` and write the event. Raises `LostRow` when it has moved meanwhile."""
        with self._connection.begin():
            return self._moved(old, state, now, detail, values)

    def send(
        self,
        held: Booking,
        patient: Patient,
        consent: str,
        comment: str,
        now: datetime,
        allow_double: bool,
        replaces: int | None = None,
    ) -> Booking:
        """Store patient and intent to book. Returns the row as `sent`, or the patient's other live booking.

        Two devices of one patient are told apart here: the check and the write happen under one lock. A
        booking that `replaces` another may be at the same time as that one, and only one may replace it.
        Patients' data get into the ledger, and from it into the MIS, here alone and in normal form. Raises
        `BadPatient`.
        """
        patient = normal_patient(patient, now.date())
        key = patient_key(patient)
        with self._connection.begin():
            self._connection.execute(
                sa.select(func.pg_advisory_xact_lock(lock_number(f"clinic.patient:{key}")))
            )
            going_on = booking.c.state.in_(("sent", "unknown", "confirmed")) & (booking.c.id != held.id)
            if replaces is not None:
                moved = sa.select(booking).where(booking.c.replaces == replaces, going_on)
                first = self._connection.execute(moved).mappings().first()
                if first is not None:
                    return Booking.of(first)
            same_time = sa.select(booking).where(
                booking.c.patient_key == key,
                booking.c.id.is_distinct_from(replaces),
                going_on,
                *_at_the_time(held.slot),
            )
            row = self._connection.execute(same_time).mappings().first()
            same_doctor = row is not None and row["doctor_id"] == held.slot.doctor_id
            if row is not None and (same_doctor or not allow_double):
                return Booking.of(row)
            patient = self._as_known(patient, key)
            values = {
                "patient_key": key,
                "surname": patient.name.surname,
                "given": patient.name.given,
                "patronymic": patient.name.patronymic,
                "phone": patient.phone,
                "birth_date": patient.birth_date,
                "consent_version": consent,
                "comment": comment,
                "sent_at": now,
                "replaces": replaces,
                **NO_NEWS,
            }
            return self._moved(held, "sent", now, "sending", values)

    def note(self, old: Booking, now: datetime, detail: str, **values: Any) -> Booking:
        """Store facts learned within a state."""
        return self.advance(old, old.state, now, detail, **values)

    def unfinished(self, now: datetime, stale_before: datetime, limit: int) -> list[tuple[int, str]]:
        """(booking id, conversation id) of rows that nobody seems to be working on any more."""
        left = booking.c.updated_at <= stale_before
        holding = booking.c.hold_id.is_not(None) & booking.c.hold_released_at.is_(None)
        old = booking.alias("old")
        unchecked = booking.c.clash_checked_at.is_(None) & (booking.c.start > now)
        old_stands = booking.c.clash_at.is_(None) & sa.exists().where(
            old.c.id == booking.c.replaces,
            old.c.state == "confirmed",
            old.c.replaced_by.is_(None),
            old.c.start > now,
        )
        query = sa.select(booking.c.id, booking.c.conversation_id).where(
            sa.or_(
                booking.c.state.in_(("planned", "sent", "unknown", "cancelling")) & left,
                (booking.c.state == "confirmed") & (old_stands | unchecked) & left,
                (booking.c.state == "held") & (booking.c.expires_at <= now),
                booking.c.state.in_(("released", "expired", "refused", "absent")) & holding & left,
            )
        )
        with self._connection.begin():
            rows = self._connection.execute(query.order_by(booking.c.updated_at).limit(limit))
            return [(row.id, row.conversation_id) for row in rows]

    def known_visits(self, visit_ids: Sequence[str]) -> frozenset[str]:
        """Those of the MIS's visits that were booked here."""
        query = sa.select(booking.c.visit_id).where(booking.c.visit_id.in_(visit_ids))
        with self._connection.begin():
            return frozenset(self._connection.scalars(query))

    def clashed(self, since: datetime) -> list[Booking]:
        """Visits that were found not earlier than `since` to share their time with somebody else's."""
        return self._many(booking.c.clash_at >= since)

    def take_news(self, now: datetime, lease: timedelta) -> list[Booking]:
        """Outcomes nobody has been told yet; a second caller gets them only after `lease`."""
        waiting = (
            sa.select(booking.c.id)
            .where(
                booking.c.outcome.is_not(None),
                booking.c.told_at.is_(None),
                booking.c.telling_since.is_(None) | (booking.c.telling_since <= now - lease),
            )
            .with_for_update(skip_locked=True)
        )
        taken = sa.update(booking).where(booking.c.id.in_(waiting)).values(telling_since=now)
        with self._connection.begin():
            rows = self._connection.execute(taken.returning(booking)).mappings().all()
        return sorted((Booking.of(row) for row in rows), key=lambda found: found.id)

    def mark_told(self, booking_id: int, outcome: str, now: datetime) -> None:
        told = (booking.c.id == booking_id) & (booking.c.outcome == outcome) & booking.c.told_at.is_(None)
        with self._connection.begin():
            self._connection.execute(sa.update(booking).where(told).values(told_at=now))

    def tell_again(self, conversation_id: str, since: datetime, until: datetime | None = None) -> None:
        """What was marked as told to this conversation from `since` on, before `until`, is news once more."""
        heard_here = func.coalesce(booking.c.cancel_conversation_id, booking.c.conversation_id)
        told = (heard_here == conversation_id) & (booking.c.told_at >= since)
        if until is not None:
            told &= booking.c.told_at < until
        with self._connection.begin():
            statement = sa.update(booking).where(told).values(told_at=None, telling_since=None)
            self._connection.execute(statement)

    def promise(self, booking_id: int, now: datetime) -> None:
        """Somebody is told that the outcome will be written: that nothing was sent is news as well.

        A row that is being sent, or was, gets its news from what becomes of it.
        """
        unsent = ("planned", "held", "released", "expired", "absent", "refused")
        owed = (booking.c.id == booking_id) & booking.c.state.in_(unsent) & booking.c.told_at.is_(None)
        values = NO_NEWS | {"outcome": "absent", "settled_at": now}
        with self._connection.begin():
            self._connection.execute(sa.update(booking).where(owed).values(values))

    def history(self, booking_id: int) -> list[tuple[str | None, str, str]]:
        """(from, to, detail) of every change, oldest first."""
        query = sa.select(booking_event).where(booking_event.c.booking_id == booking_id)
        with self._connection.begin():
            rows = self._connection.execute(query.order_by(booking_event.c.id))
            return [(row.from_state, row.to_state, row.detail) for row in rows]

    def _many(self, *conditions: sa.ColumnElement[bool]) -> list[Booking]:
        query = sa.select(booking).where(*conditions).order_by(booking.c.start, booking.c.id)
        with self._connection.begin():
            return [Booking.of(row) for row in self._connection.execute(query).mappings()]

    def _one(self, condition: sa.ColumnElement[bool]) -> Booking | None:
        with self._connection.begin():
            row = self._connection.execute(sa.select(booking).where(condition)).mappings().first()
        return Booking.of(row) if row else None

    def _as_known(self, patient: Patient, key: str) -> Patient:
        """`patient` as the last visit was booked, so that the MIS finds the card it has."""
        names = (booking.c.surname, booking.c.given, booking.c.patronymic)
        last = sa.select(*names).where(booking.c.patient_key == key, booking.c.visit_id.is_not(None))
        row = self._connection.execute(last.order_by(booking.c.id.desc()).limit(1)).first()
        return patient if row is None else known_spelling(patient, FullName(row[0], row[1], row[2] or ""))

    def _lock_doctor(self, slot: Slot) -> None:
        name = f"clinic.doctor:{slot.branch_id}:{slot.doctor_id}"
        self._connection.execute(sa.select(func.pg_advisory_xact_lock(lock_number(name))))

    def _moved(self, old: Booking, state: str, now: datetime, detail: str, values: dict[str, Any]) -> Booking:
        statement = (
            sa.update(booking)
            .where(booking.c.id == old.id, booking.c.state == old.state)
            .values(state=state, updated_at=now, **values)
            .returning(booking)
        )
        row = self._connection.execute(statement).mappings().first()
        if row is None:
            raise LostRow(f"booking {old.id} is no longer {old.state}")
        self._event(old.id, old.state, state, detail, now)
        return Booking.of(row)

    def _event(self, booking_id: int, old: str | None, new: str, detail: str, now: datetime) -> None:
        event = {"booking_id": booking_id, "at": now, "from_state": old, "to_state": new, "detail": detail}
        self._connection.execute(sa.insert(booking_event).values(event | {"actor": self._actor}))


def _at_the_time(slot: Slot) -> tuple[sa.ColumnElement[bool], ...]:
    return (booking.c.start < slot.end, booking.c.start + booking.c.length > slot.start)


def _overlapping(slot: Slot) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        booking.c.doctor_id == slot.doctor_id,
        booking.c.branch_id == slot.branch_id,
        booking.c.state.in_(LIVE_STATES),
        *_at_the_time(slot),
    )
