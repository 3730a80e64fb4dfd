"""Booking as a saga: planned → held → sent → confirmed | refused | unknown; released and expired aside.

Every state is committed before the call that follows it, so a crash anywhere leaves a row that
`settle` can finish. All work on one conversation is serial, over all processes.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError

from clinic.access import LOCK_WAIT, Access
from clinic.checking import Checker
from clinic.clock import Clock
from clinic.ledger import Booking, Ledger
from clinic.locks import ConversationBusy
from clinic.normal_patient import normal_patient
from clinic.outcomes import (
    Clashed,
    Confirmed,
    ConfirmResult,
    DoubleVisit,
    Expired,
    Held,
    HoldResult,
    MisDown,
    Refused,
    Settled,
    SettledOutcome,
    SlotGone,
    Unknown,
)
from clinic.settling import SETTLE_AFTER, Settler
from clinic.steps import SlotGone as TellSlotGone
from clinic.steps import Steps
from mis.port import Mis, MisError, Patient, Slot, Visit, VisitStatus

log = logging.getLogger(__name__)

HOLD_TIME = timedelta(minutes=12)
_UNSENT = ("planned", "held")


class UnknownBooking(LookupError):
    """No booking has this id or token."""


def _nobody(slot: Slot) -> None:
    return None


def _random_token() -> str:
    return secrets.token_urlsafe(24)


class Bookings:
    """Holds, confirms, releases and settles bookings. Thread-safe; every call blocks.

    `mis.windows` must not come from a cache: a time is read again before it is held. Methods raise
    `LedgerUnavailable` when PostgreSQL cannot be used and nothing was sent to the MIS, `ConversationBusy`
    when another call for the same conversation takes long.
    """

    def __init__(
        self,
        engine: Engine,
        mis: Mis,
        clock: Clock,
        *,
        hold_time: timedelta = HOLD_TIME,
        settle_after: timedelta = SETTLE_AFTER,
        lock_wait: timedelta = LOCK_WAIT,
        new_token: Callable[[], str] = _random_token,
        slot_gone: TellSlotGone = _nobody,
    ) -> None:
        self._access = Access(engine, lock_wait)
        self._mis = mis
        self._clock = clock
        self._new_token = new_token
        self.steps = Steps(mis, clock, hold_time, slot_gone)
        self._slot_gone = slot_gone
        self._checker = Checker(self._access, self.steps, clock)
        self._settler = Settler(engine, self.steps, settle_after)

    def hold(
        self, conversation_id: str, slot: Slot, service_ids: Sequence[str], request_key: str
    ) -> HoldResult:
        """Keep `slot` for the conversation; any other time it kept is released first.

        The same `request_key` again gives the first answer as long as that still holds.
        """
        with self._access.turn(conversation_id) as ledger:
            first = ledger.by_request_key(request_key)
            if first is not None:
                return self._hold_again(ledger, first)
            for kept in ledger.of_conversation(conversation_id, _UNSENT):
                same = kept.slot == slot and kept.service_ids == tuple(service_ids)
                if same and self._is_kept(kept):
                    return _held(kept)
                self.steps.give_up(ledger, kept, "released", "another time was chosen")
            planned = self._plan(ledger, conversation_id, slot, service_ids, request_key)
            if planned is None:
                return SlotGone()
            return _hold_result(self.steps.take(ledger, planned))

    def confirm(
        self,
        booking_id: int,
        patient: Patient,
        consent_version: str,
        comment: str = "",
        allow_double: bool = False,
        replaces: int | None = None,
    ) -> ConfirmResult:
        """Book what the conversation holds, for `patient`; repeated calls give the first result.

        An expired hold is taken again if the time is still free. `allow_double` is the patient's own «да»
        to a second visit at the same time with another doctor. `replaces` is the booking that is to be
        cancelled once this one is booked; `clinic.visits` uses it to move. Raises `UnknownBooking`.
        """
        conversation_id = self.get(booking_id).conversation_id
        try:
            with self._access.turn(conversation_id) as ledger:
                row = _existing(ledger, booking_id)
                return self._confirm(ledger, row, patient, consent_version, comment, allow_double, replaces)
        except ConversationBusy:
            return Unknown(booking_id)

    def release(self, booking_id: int) -> bool:
        """Give a held time back. False when there was nothing to give back (booked, sent or over)."""
        with self._access.turn(self.get(booking_id).conversation_id) as ledger:
            row = _existing(ledger, booking_id)
            if row.state not in _UNSENT:
                return False
            self.steps.give_up(ledger, row, "released", "given up")
            return True

    def holding(self) -> frozenset[str]:
        """The conversations that hold a time now."""
        with self._access.reading() as ledger:
            return ledger.conversations_with(_UNSENT)

    def release_conversation(self, conversation_id: str, held_before: datetime | None = None) -> int:
        """Give back whatever a conversation that ended, restarted or was handed over still holds.

        With `held_before` only what it has held since before that moment.
        """
        with self._access.turn(conversation_id) as ledger:
            kept = [
                row
                for row in ledger.of_conversation(conversation_id, _UNSENT)
                if held_before is None or row.updated_at <= held_before
            ]
            for row in kept:
                self.steps.give_up(ledger, row, "released", "the conversation let go")
            return len(kept)

    def settle(self, now: datetime) -> list[Settled]:
        """Finish what crashes, lost answers and silence have left; see `clinic.settling`."""
        return self._settler.settle(now)

    def mark_told(self, settled: Settled) -> None:
        """The patient has been told this news; it is not returned again."""
        with self._access.reading() as ledger:
            ledger.mark_told(settled.booking_id, settled.outcome, self._clock())

    def mark_answered(self, booking_id: int, outcome: SettledOutcome) -> None:
        """The turn has told the patient what came of it: it is no news any more."""
        with self._access.reading() as ledger:
            ledger.mark_told(booking_id, outcome, self._clock())

    def tell_again(self, conversation_id: str, since: datetime, until: datetime | None = None) -> None:
        """Answers given to this conversation since then, before `until`, did not reach the patient: they are
        news again."""
        with self._access.reading() as ledger:
            ledger.tell_again(conversation_id, since, until)

    def promise(self, booking_id: int) -> None:
        """The patient is told that we shall write what came of it: so we do, also if nothing was sent."""
        with self._access.reading() as ledger:
            ledger.promise(booking_id, self._clock())

    def clashed(self, since: datetime) -> list[Booking]:
        """Visits found not earlier than `since` to share their time with somebody else's."""
        with self._access.reading() as ledger:
            return ledger.clashed(since)

    def get(self, booking_id: int) -> Booking:
        """The row as it stands. Raises `UnknownBooking`."""
        with self._access.reading() as ledger:
            return _existing(ledger, booking_id)

    def by_calendar_token(self, token: str) -> Booking:
        """The row a calendar link points to. Raises `UnknownBooking`."""
        with self._access.reading() as ledger:
            row = ledger.by_calendar_token(token)
        if row is None:
            raise UnknownBooking("no booking has this calendar token")
        return row

    def of_conversation(self, conversation_id: str) -> list[Booking]:
        """All bookings of a conversation, oldest first."""
        with self._access.reading() as ledger:
            return ledger.of_conversation(conversation_id)

    def _confirm(
        self,
        ledger: Ledger,
        row: Booking,
        patient: Patient,
        consent_version: str,
        comment: str,
        allow_double: bool,
        replaces: int | None,
    ) -> ConfirmResult:
        answer = _final_answer(row)
        if answer is not None:
            return answer
        if not self._is_kept(row):
            again = self._hold_again(ledger, row)
            if isinstance(again, MisDown):
                return again
            if not isinstance(again, Held):
                return Expired()
            row = _existing(ledger, row.id)
        if not allow_double:
            listed = self._listed_at_the_time(ledger, row, patient)
            if listed is not None:
                return DoubleVisit(row.id, None, listed)

        def send() -> Booking:
            return ledger.send(row, patient, consent_version, comment, self._clock(), allow_double, replaces)

        try:
            sent = send()
            if sent.id != row.id and self._forget_if_gone(sent):
                sent = send()
        except (InterfaceError, OperationalError) as error:
            # Whether the intent was stored is not known, and the recovery goes on with it if it was.
            log.error("booking %s is left to be settled: %s", row.id, type(error).__name__)
            return Unknown(row.id)
        if sent.id != row.id:
            return DoubleVisit(row.id, sent.id, sent.slot)
        return self._book(ledger, sent)

    def _listed_at_the_time(self, ledger: Ledger, row: Booking, patient: Patient) -> Slot | None:
        """A visit of the patient at that time that the MIS has and the ledger has not, if it can tell."""
        if not self._mis.capabilities.lists_visits:
            return None
        slot = row.slot
        day = slot.start.date()
        try:
            who = normal_patient(patient, self._clock().date())
            visits = self._mis.visits_of(slot.branch_id, who, day, day)
        except MisError as error:
            log.warning("visits of the patient of booking %s not read: %s", row.id, type(error).__name__)
            return None
        at_once = [
            visit
            for visit in visits
            if visit.status.booked and visit.slot.start < slot.end and slot.start < visit.slot.end
        ]
        ours = ledger.known_visits([visit.id for visit in at_once])
        return next((visit.slot for visit in at_once if visit.id not in ours), None)

    def _book(self, ledger: Ledger, sent: Booking) -> ConfirmResult:
        try:
            row = self.steps.book(ledger, sent)
        except Exception as error:
            # Whatever went wrong after the intent was stored, the visit may exist: never claim it does not.
            log.error("booking %s is left to be settled: %s", sent.id, type(error).__name__)
            return Unknown(sent.id)
        answer = _final_answer(row)
        return MisDown() if answer is None else answer

    def _plan(
        self,
        ledger: Ledger,
        conversation_id: str,
        slot: Slot,
        service_ids: Sequence[str],
        request_key: str,
    ) -> Booking | None:
        def attempt() -> Booking | None:
            token, now = self._new_token(), self._clock()
            return ledger.plan(conversation_id, slot, service_ids, request_key, token, now)

        planned = attempt()
        if planned is None and self._forget_cancelled(ledger, slot):
            planned = attempt()
        if planned is None:
            self._slot_gone(slot)
        return planned

    def _forget_cancelled(self, ledger: Ledger, slot: Slot) -> bool:
        """True when our own visit at this time turned out not to stand any more."""
        row = ledger.live_on(slot)
        return row is not None and self._forget_if_gone(row)

    def _forget_if_gone(self, row: Booking) -> bool:
        """True when a visit of ours, read again, turned out to have left its time."""
        if row.state != "confirmed" or row.visit_id is None:
            return False
        seen = self._checker.look(row)
        return seen.state in ("cancelled", "moved") and self._checker.remember(row, seen)

    def _hold_again(self, ledger: Ledger, row: Booking) -> HoldResult:
        """The answer for a row that exists already: its own if that still holds, else try its time again."""
        if row.state in ("sent", "unknown", "confirmed") or self._is_kept(row):
            return _held(row)
        if row.state in ("refused", "cancelled") or row.sent_at is not None:
            return _hold_result(row)
        newer = [kept for kept in ledger.of_conversation(row.conversation_id, _UNSENT) if kept.id > row.id]
        if newer and row.state != "held":
            return SlotGone()
        if row.hold_id is not None:
            row = self._give_back_old_hold(ledger, row)
            if row.hold_released_at is None:
                return MisDown()
        planned = ledger.plan_again(row, self._clock(), "taking the time again")
        if planned is None:
            return SlotGone()
        return _hold_result(self.steps.take(ledger, planned))

    def _give_back_old_hold(self, ledger: Ledger, row: Booking) -> Booking:
        """Free our own expired hold first, or the time would look taken by ourselves."""
        if row.state == "held":
            return self.steps.give_up(ledger, row, "expired", "ran out")
        return self.steps.let_go(ledger, row)

    def _is_kept(self, row: Booking) -> bool:
        return row.state == "held" and row.expires_at is not None and self._clock() < row.expires_at


def _existing(ledger: Ledger, booking_id: int) -> Booking:
    row = ledger.get(booking_id)
    if row is None:
        raise UnknownBooking(f"there is no booking {booking_id}")
    return row


def _held(row: Booking) -> Held:
    return Held(row.id, row.slot, row.expires_at or row.updated_at)


def _hold_result(row: Booking) -> HoldResult:
    if row.state == "held":
        return _held(row)
    if row.state == "absent" and row.sent_at is None:
        return MisDown()
    if row.state == "refused" and row.reason == "other":
        return Refused("other")
    return SlotGone()


def _final_answer(row: Booking) -> ConfirmResult | None:
    """What `confirm` says about a row it need not or must not touch; `None` for one it may book."""
    if row.state == "confirmed" and row.visit_id is not None:
        visit = Visit(row.visit_id, row.slot, VisitStatus(row.visit_status or 1))
        if row.clash_at is not None:
            return Clashed(row.id, row.number, visit)
        return Confirmed(row.id, row.number, row.calendar_token, visit)
    if row.state in ("sent", "unknown"):
        return Unknown(row.id)
    if row.state == "refused":
        return Refused("taken" if row.reason == "taken" else "other")
    if row.state == "absent" and row.sent_at is not None:
        return Refused("other")
    if row.state in ("released", "cancelling", "cancelled"):
        return Expired()
    return None
