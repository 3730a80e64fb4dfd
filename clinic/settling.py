"""Finishing bookings that crashes, lost answers and silent patients have left open.

Safe with several processes: a booking is touched only under its conversation's lock, which a working
process has and a dead one has lost.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import get_args

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from clinic import cancelling
from clinic.cancelling import Cancelling
from clinic.ledger import Booking, Ledger, LostRow
from clinic.locks import conversation_lock
from clinic.outcomes import Settled, SettledOutcome
from clinic.steps import HAPPENED, Steps, news
from mis.port import MisError, MisUnavailable, VisitStatus

log = logging.getLogger(__name__)

SETTLE_AFTER = timedelta(seconds=20)
UNCLEAR_AFTER = timedelta(minutes=30)
TELLING_LEASE = timedelta(minutes=1)
_BATCH = 200
_TOLD_WHERE_CANCELLED = ("cancelled", "not_cancelled", "cancel_unclear", "cancelled_by_clinic")


class Settler:
    """The recovery job. `settle_after` must be longer than the longest single call to the MIS."""

    def __init__(self, engine: Engine, steps: Steps, settle_after: timedelta = SETTLE_AFTER) -> None:
        self._engine = engine
        self._steps = steps
        self._settle_after = settle_after
        self._cancelling = Cancelling(steps)

    def settle(self, now: datetime) -> list[Settled]:
        """Settle what can be settled and return the news nobody has been told yet.

        News is handed to one caller at a time and comes again after a minute until `mark_told`.
        """
        with self._engine.connect() as connection:
            waiting = Ledger(connection).unfinished(now, now - self._settle_after, _BATCH)
        unreachable: set[str] = set()
        for booking_id, conversation_id in waiting:
            self._settle_one(booking_id, conversation_id, now, unreachable)
        with self._engine.connect() as connection:
            untold = Ledger(connection).take_news(now, TELLING_LEASE)
        return [_news(row) for row in untold]

    def _settle_one(
        self, booking_id: int, conversation_id: str, now: datetime, unreachable: set[str]
    ) -> None:
        """A branch that did not answer is not asked again in the same round."""
        with conversation_lock(self._engine, conversation_id, wait=None) as connection:
            if connection is None:
                return
            ledger = Ledger(connection, "recovery")
            row = ledger.get(booking_id)
            if row is None or row.slot.branch_id in unreachable:
                return
            try:
                self._finish(ledger, row, now)
            except MisUnavailable:
                unreachable.add(row.slot.branch_id)
                self._admit_unclear(ledger, row, now)
            except MisError:
                self._admit_unclear(ledger, row, now)
            except LostRow:
                return
            except DBAPIError:
                raise
            except Exception as error:
                # One row that an adapter chokes on must not keep all the others from being settled.
                log.error("booking %s could not be settled: %s", booking_id, type(error).__name__)

    def _finish(self, ledger: Ledger, row: Booking, now: datetime) -> None:
        expired = row.expires_at is not None and row.expires_at <= now
        if row.state in ("sent", "unknown"):
            if row.updated_at <= now - self._settle_after:
                self._find_out(ledger, row, now, expired)
        elif row.state == "held":
            if expired:
                self._steps.give_up(ledger, row, "expired", "ran out")
        elif row.state == "cancelling":
            if row.updated_at <= now - self._settle_after:
                self._cancel(ledger, row, now)
        elif row.state == "confirmed":
            if row.clash_checked_at is None:
                row = self._look_for_clash(ledger, row, now)
            self._cancel_replaced(ledger, row, now)
        elif row.state == "planned":
            ledger.advance(row, "absent", now, "left behind before it was held")
        elif not row.live:
            self._steps.let_go(ledger, row)

    def _look_for_clash(self, ledger: Ledger, row: Booking, now: datetime) -> Booking:
        """The schedule could not be read right after the booking, and the patient was told of the visit."""
        clash = self._steps.clashes(row.slot)
        if clash:
            detail = "somebody else has the time too"
            return self._conclude(
                ledger, row, row.state, "clash", now, detail, clash_checked_at=now, clash_at=now
            )
        given_up = clash is None and (row.sent_at is None or row.sent_at <= now - UNCLEAR_AFTER)
        if clash is None and not given_up:
            return ledger.note(row, now, "the MIS does not tell who has the time")
        detail = "nobody could tell who has the time" if given_up else "nobody else has the time"
        return ledger.note(row, now, detail, clash_checked_at=now)

    def _find_out(self, ledger: Ledger, row: Booking, now: datetime, expired: bool) -> None:
        visit_id = self._steps.id_of(row)
        if visit_id is None:
            self._compare_schedule(ledger, row, now)
            return
        try:
            status = self._steps.mis.status(row.slot.branch_id, visit_id)
        except MisUnavailable:
            raise
        except MisError:
            # A MIS that does not tell of a visit tells at least of the time.
            self._compare_schedule(ledger, row, now)
            return
        detail = f"settled by status {status.value}"
        if status.booked or status in HAPPENED:
            self._steps.confirm(ledger, row, visit_id, status, late=True)
        elif status is VisitStatus.CANCELLED:
            self._conclude(ledger, row, "absent", "absent", now, detail, visit_status=status.value)
        elif not status.held:
            self._compare_schedule(ledger, row, now)
        elif expired:
            absent = self._conclude(ledger, row, "absent", "absent", now, detail)
            self._steps.let_go(ledger, absent)
        else:
            self._send_again(ledger, row, now)

    def _cancel(self, ledger: Ledger, row: Booking, now: datetime) -> None:
        """Look first: the answer may have been lost after it was done. If not, ask again."""
        assert row.visit_id is not None
        status = self._steps.mis.status(row.slot.branch_id, row.visit_id)
        if status.booked and row.slot.start <= now:
            self._conclude(ledger, row, "confirmed", "not_cancelled", now, "its time has come")
            return
        if status.booked:
            row = self._cancelling.send(ledger, row, late=True)
        else:
            row = self._cancelling.verify(ledger, row, late=True)
        if row.state == "cancelling":
            self._admit_unclear(ledger, row, now)

    def _cancel_replaced(self, ledger: Ledger, new: Booking, now: datetime) -> None:
        """The last step of a move, which whoever began it did not get to."""
        old = ledger.get(new.replaces) if new.replaces is not None else None
        if old is None or old.state != "confirmed" or new.clash_at is not None:
            return
        begun = cancelling.begin(ledger, old, new.conversation_id, new.request_key, now, replaced_by=new.id)
        self._cancelling.send(ledger, begun, late=True)

    def _send_again(self, ledger: Ledger, row: Booking, now: datetime) -> None:
        """The MIS still has our hold, so the first attempt was not done: the same id cannot book twice."""
        sent = ledger.advance(row, "sent", now, "sending again with the same hold")
        self._steps.book(ledger, sent, late=True)

    def _compare_schedule(self, ledger: Ledger, row: Booking, now: datetime) -> None:
        """Without an id that the MIS knows only a free time proves that nothing was booked."""
        if self._steps.is_free(row.slot):
            self._conclude(ledger, row, "absent", "absent", now, "settled by the schedule: free")
        else:
            self._admit_unclear(ledger, row, now)

    def _admit_unclear(self, ledger: Ledger, row: Booking, now: datetime) -> None:
        """After half an hour the patient is told that a person will look; the search goes on."""
        current = ledger.get(row.id)
        if current is None or current.outcome is not None:
            return
        if current.state == "cancelling":
            if current.cancel_asked_at is not None and current.cancel_asked_at <= now - UNCLEAR_AFTER:
                self._conclude(ledger, current, "cancelling", "cancel_unclear", now, "unclear for too long")
            return
        if current.state not in ("sent", "unknown"):
            return
        if current.sent_at is not None and current.sent_at <= now - UNCLEAR_AFTER:
            self._conclude(ledger, current, "unknown", "unclear", now, "unclear for too long")

    def _conclude(
        self,
        ledger: Ledger,
        row: Booking,
        state: str,
        outcome: SettledOutcome,
        now: datetime,
        detail: str,
        **values: object,
    ) -> Booking:
        return ledger.advance(row, state, now, detail, **(news(outcome, now) | values))


def _news(row: Booking) -> Settled:
    outcome = _outcome(row)
    if outcome in _TOLD_WHERE_CANCELLED:
        to = row.cancel_conversation_id or row.conversation_id
        return Settled(to, row.id, outcome, row.replaced_by is not None, row.cancel_key or "")
    return Settled(row.conversation_id, row.id, outcome, row.replaces is not None)


def _outcome(row: Booking) -> SettledOutcome:
    """The stored word; the database admits no other."""
    known: dict[str | None, SettledOutcome] = {word: word for word in get_args(SettledOutcome)}
    return known[row.outcome]
