"""Three mistakes that booking systems are known for, put in on purpose: the checker has to catch each."""

from __future__ import annotations

from typing import Any

from clinic.booking import Bookings
from clinic.ledger import Booking, Ledger
from clinic.outcomes import Confirmed, ConfirmResult
from clinic.steps import Steps
from mis.port import Hold, MisError, MisRefused, Patient, VisitStatus

BUGS = ("blind resend", "row after the call", "status not read")


def plant(bug: str) -> None:
    """Put `bug` into this process."""
    {
        "blind resend": _blind_resend,
        "row after the call": _row_after_the_call,
        "status not read": _status_not_read,
    }[bug]()


def _blind_resend() -> None:
    """A booking without an answer is sent once more as a new one, and what that says is believed."""
    book = Steps.book

    def resend(self: Steps, ledger: Ledger, sent: Booking, late: bool = False) -> Booking:
        row = book(self, ledger, sent, late)
        if row.state != "unknown" or row.patient is None or row.held_at is None:
            return row
        try:
            visit = self.mis.book(Hold("", row.slot, row.held_at), row.patient, row.service_ids, row.comment)
        except MisRefused:
            return ledger.advance(row, "refused", self.clock(), "refused when sent again", reason="taken")
        except MisError:
            return row
        return self.confirm(ledger, row, visit.id, VisitStatus.NEW, late)

    Steps.book = resend  # type: ignore[method-assign]


def _row_after_the_call() -> None:
    """The visit is booked at once, and only then does the ledger hear of it."""

    def take(self: Steps, ledger: Ledger, planned: Booking) -> Booking:
        now = self.clock()
        if not self.is_free(planned.slot):
            return ledger.advance(planned, "refused", now, "not free", reason="taken")
        values = {"held_at": now, "expires_at": now + self._hold_time}
        return ledger.advance(planned, "held", now, "kept in the ledger only", **values)

    confirm = Bookings._confirm

    def call_first(
        self: Bookings, ledger: Ledger, row: Booking, patient: Patient, *rest: Any
    ) -> ConfirmResult:
        if row.state != "held" or row.held_at is None:
            return confirm(self, ledger, row, patient, *rest)
        visit = self.steps.mis.book(Hold("", row.slot, row.held_at), patient)
        consent_version, comment, allow_double, replaces = rest
        sent = ledger.send(row, patient, consent_version, comment, self._clock(), allow_double, replaces)
        done = self.steps.confirm(ledger, sent, visit.id, VisitStatus.NEW, late=False)
        return Confirmed(done.id, done.number, done.calendar_token, visit)

    Steps.take = take  # type: ignore[method-assign]
    Bookings._confirm = call_first  # type: ignore[method-assign]


def _status_not_read() -> None:
    """«true» in the answer to the booking is taken for a booked visit."""

    def verify(self: Steps, ledger: Ledger, sent: Booking, late: bool) -> Booking:
        visit_id = sent.visit_id or sent.hold_id or ""
        return self.confirm(ledger, sent, visit_id, VisitStatus.NEW, late)

    Steps._verify = verify  # type: ignore[method-assign]
