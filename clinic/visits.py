"""A patient's own visits: see, cancel, move. Nobody gets at a visit without a proof of its phone.

Every method takes the conversation and asks `Identity` itself for the phone that is proved in it, so that
no caller can hand in another. A visit of another phone does not exist for the caller.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, TimeoutError

from clinic import cancelling, listed
from clinic.access import Access
from clinic.booking import Bookings, UnknownBooking
from clinic.cancelling import Cancelling
from clinic.checking import Checker, Seen, VisitState
from clinic.clock import Clock
from clinic.identity import Identity
from clinic.ledger import Booking, Ledger
from clinic.locks import ConversationBusy
from clinic.normal_patient import patient_key
from clinic.outcomes import (
    AlreadyGone,
    CancelBusy,
    Cancelled,
    CancelRefused,
    CancelResult,
    CancelUnknown,
    Confirmed,
    DoubleVisit,
    LedgerUnavailable,
    MisDown,
    Moved,
    MovedOldStands,
    MoveResult,
    NotProved,
    StillOpen,
    WhyGone,
)
from clinic.steps import HAPPENED, Steps
from mis.port import MisError, Patient, Slot

log = logging.getLogger(__name__)

READ_SECONDS = 3.0
_OPEN = ("sent", "unknown")

CardState = Literal["booked", "clash", "moved", "unchecked", "cancelling", "unknown", "registry"]
_CARDS: Mapping[VisitState, CardState] = {
    "stands": "booked",
    "clash": "clash",
    "moved": "moved",
    "unchecked": "unchecked",
}


@dataclass(frozen=True, slots=True)
class VisitCard:
    """A visit to come.

    `booked`: the MIS says so now. `clash`: it does, and somebody else has the time too; a person decides.
    `moved`: the clinic has moved it to a time that only its staff know; it can be neither moved nor cancelled
    here. `unchecked`: it was booked, and its branch did not answer now.
    `cancelling`, `unknown`: its cancellation or booking is still being checked; it can be neither moved
    nor cancelled now. `registry`: made at the clinic and known from its list, without an id here; it can be
    neither moved nor cancelled here. `slot.start` is in the branch's time zone.
    `clinic.visit_facts(booking_id)` gives the rest.
    """

    booking_id: int
    number: str
    slot: Slot
    service_ids: tuple[str, ...]
    patient: Patient
    state: CardState


@dataclass(frozen=True, slots=True)
class Upcoming:
    """Visits of the proved phone that are to come, the nearest first.

    `cancelled_by_clinic` are visits that turned out just now to have been cancelled by the clinic. Whoever
    tells of one marks it as answered; else it is written as news.
    `silent_branches` did not answer in time. `only_ours`: visits made at the registry are not
    among them, for the MIS cannot list visits.
    """

    visits: tuple[VisitCard, ...]
    cancelled_by_clinic: tuple[VisitCard, ...] = ()
    silent_branches: tuple[str, ...] = ()
    only_ours: bool = True


@dataclass(frozen=True, slots=True)
class Checked:
    """A visit as it stands, read again now."""

    booking: Booking
    state: VisitState


class Visits:
    """Thread-safe; every call blocks. Methods raise `LedgerUnavailable` when PostgreSQL cannot be used and
    nothing was sent to the MIS, `ConversationBusy` when another call for the same visit takes long."""

    def __init__(
        self,
        engine: Engine,
        bookings: Bookings,
        steps: Steps,
        identity: Identity,
        clock: Clock,
        pool: ThreadPoolExecutor,
    ) -> None:
        self._access = Access(engine)
        self._bookings = bookings
        self._steps = steps
        self._identity = identity
        self._clock = clock
        self._pool = pool
        self._cancelling = Cancelling(steps)
        self._checker = Checker(self._access, steps, clock)

    def upcoming(self, conversation_id: str, seconds: float = READ_SECONDS) -> Upcoming | NotProved:
        """Visits to come of the phone proved in the conversation, their statuses read again now."""
        phone = self._proved(conversation_id)
        if phone is None:
            return NotProved()
        now = self._clock()
        with self._access.reading() as ledger:
            every = ledger.of_phone(phone)
        rows = [row for row in every if row.slot.start > now]
        lists = listed.ask(self._steps.mis, self._pool, every, now)
        asked = {
            row.id: self._pool.submit(self._checker.look, row)
            for row in rows
            if row.state in ("confirmed", "moved") and row.visit_id is not None
        }
        everything: list[Future[Any]] = [*asked.values(), *(each.reading for each in lists)]
        wait(everything, timeout=seconds)
        visits, cancelled, silent = [], [], []
        for row in rows:
            reading = asked.get(row.id)
            if reading is None:
                if row.state == "cancelling" or row.state in _OPEN:
                    visits.append(_card(row, "cancelling" if row.state == "cancelling" else "unknown"))
                continue
            seen = reading.result() if reading.done() else Seen("unchecked")
            reading.cancel()
            if seen.state == "cancelled":
                if self._checker.remember(row, seen, conversation_id):
                    cancelled.append(_card(row, "booked"))
                continue
            self._checker.remember(row, seen)
            if seen.status is None:
                silent.append(row.slot.branch_id)
            if seen.state != "over":
                visits.append(_card(row, _CARDS[seen.state]))
        whole = bool(lists) and listed.all_answered(lists)
        ours = frozenset(row.visit_id or row.hold_id or "" for row in every)
        for patient, visit in listed.found(lists, ours, now):
            visits.append(VisitCard(0, "", visit.slot, (), patient, "registry"))
        visits.sort(key=lambda card: card.slot.start)
        return Upcoming(tuple(visits), tuple(cancelled), tuple(dict.fromkeys(silent)), only_ours=not whole)

    def check(self, booking_id: int) -> Checked:
        """Read one visit again before it is spoken of unasked, as in a reminder. Asks for no proof.

        Only `stands` lets anybody say that the visit is at its time. Raises `UnknownBooking`.
        """
        row = self._bookings.get(booking_id)
        if row.state not in ("confirmed", "moved") or row.visit_id is None:
            return Checked(row, "cancelled" if row.state == "cancelled" else "unchecked")
        seen = self._checker.look(row)
        kept = self._checker.remember(row, seen)
        return Checked(self._bookings.get(booking_id), seen.state if kept else "unchecked")

    def known_patients(self, conversation_id: str) -> tuple[Patient, ...]:
        """People for whom visits were booked with the proved phone, the latest first; none without proof.

        After them those whom the MIS knows by this phone, if it can find patients and answers in time.
        """
        phone = self._proved(conversation_id)
        if phone is None:
            return ()
        with self._access.reading() as ledger:
            rows = [row for row in ledger.of_phone(phone) if row.visit_id is not None]
        newest = sorted(rows, key=lambda row: row.id, reverse=True)
        found: dict[str, Patient] = {}
        for row in newest:
            if row.patient is not None:
                found.setdefault(patient_key(row.patient), row.patient)
        for patient in self._registered(phone):
            found.setdefault(patient_key(patient), patient)
        return tuple(found.values())

    def _registered(self, phone: str, seconds: float = READ_SECONDS) -> Sequence[Patient]:
        if not self._steps.mis.capabilities.finds_patient:
            return ()
        reading = self._pool.submit(self._steps.mis.patients_of, phone)
        try:
            return reading.result(seconds)
        except (MisError, FutureTimeout):
            reading.cancel()
            return ()

    def cancel(self, conversation_id: str, booking_id: int, request_key: str) -> CancelResult:
        """Cancel a visit of the proved phone; the same `request_key` again gives the same answer.

        Raises `UnknownBooking` when the phone has no such visit.
        """
        row = self._owned(conversation_id, booking_id)
        if isinstance(row, NotProved):
            return row
        try:
            with self._access.turn(row.conversation_id) as ledger:
                current = ledger.get(booking_id)
                assert current is not None
                if current.state != "confirmed" or current.slot.start <= self._clock():
                    return self._not_begun(current, request_key)
                begun = cancelling.begin(ledger, current, conversation_id, request_key, self._clock())
                return self._cancel(ledger, begun)
        except ConversationBusy:
            current = self._bookings.get(booking_id)
            stands = current.state == "confirmed" and current.slot.start > self._clock()
            return CancelBusy(booking_id) if stands else self._not_begun(current, request_key)

    def reason(self, conversation_id: str, booking_id: int, reason_id: str) -> bool:
        """Store why the patient cancelled. False when the visit was not cancelled by its patient.

        Raises `UnknownBooking` when the proved phone has no such visit.
        """
        row = self._owned(conversation_id, booking_id)
        if isinstance(row, NotProved):
            return False
        with self._access.turn(row.conversation_id) as ledger:
            current = ledger.get(booking_id)
            if current is None or current.state not in ("cancelling", "cancelled"):
                return False
            if current.cancelled_by == "clinic":
                return False
            ledger.note(current, self._clock(), f"reason {reason_id}", cancel_reason=reason_id)
            return True

    def move(
        self,
        conversation_id: str,
        booking_id: int,
        held_booking_id: int,
        consent_version: str,
        comment: str = "",
        allow_double: bool = False,
    ) -> MoveResult:
        """Book the time held as `held_booking_id` for the patient of `booking_id`, then cancel the latter.

        `Bookings.hold` comes first. What went wrong before the new visit was confirmed leaves the old one
        as it was. With `Unknown` the old visit is cancelled only once the new one has turned out to be
        booked. Repeated calls give what is true by then. Raises `UnknownBooking` when the proved phone has
        no visit `booking_id` or the conversation holds no `held_booking_id`.
        """
        old = self._owned(conversation_id, booking_id)
        if isinstance(old, NotProved):
            return old
        new = self._bookings.get(held_booking_id)
        if new.conversation_id != conversation_id or new.id == old.id:
            raise UnknownBooking(f"conversation holds no {held_booking_id}")
        begun = new.replaces == old.id
        if not begun and old.state in _OPEN:
            return StillOpen(old.id)
        if not begun and (old.state != "confirmed" or old.slot.start <= self._clock()):
            return AlreadyGone(old.id, _why_gone(old))
        if not begun and new.state == "confirmed":
            raise UnknownBooking(f"booking {new.id} is a visit of its own")
        assert old.patient is not None
        result = self._bookings.confirm(
            new.id, old.patient, consent_version, comment, allow_double, replaces=old.id
        )
        if isinstance(result, DoubleVisit):
            other = result.other_booking_id
            moved = other is not None and self._bookings.get(other).replaces == old.id
            return AlreadyGone(old.id, "moved") if moved else result
        if not isinstance(result, Confirmed):
            # Also a clash: whoever may lose the new time has to keep the old one.
            return result
        return self._cancel_old(result, old, conversation_id, new.request_key)

    def _cancel_old(
        self, booked: Confirmed, old: Booking, conversation_id: str, request_key: str
    ) -> MoveResult:
        """Whatever goes wrong here, the new visit stands and the recovery finishes the rest."""
        stands = MovedOldStands(booked, old.id)
        try:
            with self._access.turn(old.conversation_id) as ledger:
                current = ledger.get(old.id)
                assert current is not None
                if current.state == "confirmed":
                    now = self._clock()
                    current = cancelling.begin(
                        ledger, current, conversation_id, request_key, now, replaced_by=booked.booking_id
                    )
                    current = self._cancelling.send(ledger, current)
        except (LedgerUnavailable, ConversationBusy, MisError):
            return stands
        return Moved(booked, old.id) if current.state == "cancelled" else stands

    def _cancel(self, ledger: Ledger, begun: Booking) -> CancelResult:
        try:
            row = self._cancelling.send(ledger, begun)
        except Exception as error:
            # The intent is stored and may have been carried out: the recovery looks and tells.
            log.error("cancelling %s is left to be settled: %s", begun.id, type(error).__name__)
            return CancelUnknown(begun.id)
        if row.state == "cancelled":
            return Cancelled(row.id)
        if row.state == "cancelling":
            return CancelUnknown(row.id)
        if row.cancel_asked_at is None:
            return MisDown()
        if row.visit_status in [status.value for status in HAPPENED]:
            return AlreadyGone(row.id, "past")
        return CancelRefused(row.id)

    def _not_begun(self, row: Booking, request_key: str) -> CancelResult:
        """What is true of a visit that is not to be cancelled now."""
        if row.state in _OPEN:
            return StillOpen(row.id)
        if row.state == "cancelling":
            return CancelUnknown(row.id)
        if row.state == "cancelled" and row.cancel_key == request_key and row.cancelled_by == "patient":
            return Cancelled(row.id)
        return AlreadyGone(row.id, _why_gone(row))

    def _owned(self, conversation_id: str, booking_id: int) -> Booking | NotProved:
        phone = self._proved(conversation_id)
        if phone is None:
            return NotProved()
        row = self._bookings.get(booking_id)
        if row.patient is None or row.patient.phone != phone or row.sent_at is None:
            raise UnknownBooking(f"the proved phone has no booking {booking_id}")
        return row

    def _proved(self, conversation_id: str) -> str | None:
        try:
            return self._identity.proved_phone(conversation_id)
        except (DBAPIError, TimeoutError) as error:
            raise LedgerUnavailable(type(error).__name__) from error


def _card(row: Booking, state: CardState) -> VisitCard:
    assert row.patient is not None
    return VisitCard(row.id, row.number, row.slot, row.service_ids, row.patient, state)


def _why_gone(row: Booking) -> WhyGone:
    if row.replaced_by is not None or row.state == "moved":
        return "moved"
    if row.state in ("cancelled", "cancelling"):
        return "cancelled"
    return "past" if row.state == "confirmed" else "never_booked"
