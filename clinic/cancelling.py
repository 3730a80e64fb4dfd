"""The steps of cancelling a booked visit: confirmed → cancelling → cancelled, or confirmed again.

`cancelling` is stored before the MIS is called, so that the recovery can finish what a crash or a lost
answer has left. Cancelling twice is harmless, so what is unclear is simply sent again.
"""

from __future__ import annotations

from datetime import datetime

from clinic.ledger import NO_NEWS, Booking, Ledger
from clinic.steps import HAPPENED, Steps, answer, kind_of, news
from mis.port import MisError, MisRefused, MisUnavailable


def begin(
    ledger: Ledger,
    row: Booking,
    conversation_id: str,
    key: str,
    now: datetime,
    replaced_by: int | None = None,
) -> Booking:
    """Store that `row` is to be cancelled; news goes to `conversation_id`. Raises `LostRow`."""
    return ledger.advance(
        row,
        "cancelling",
        now,
        "to be cancelled" if replaced_by is None else f"replaced by {replaced_by}",
        cancel_key=key,
        cancel_conversation_id=conversation_id,
        cancel_asked_at=now,
        replaced_by=replaced_by,
        # Whatever was still to be told about the booking is overtaken by the patient's own wish.
        **NO_NEWS,
    )


class Cancelling:
    """`late`: the patient has been told that it is unclear, so the outcome is news at once."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps

    def send(self, ledger: Ledger, row: Booking, late: bool = False) -> Booking:
        """Ask the MIS to cancel and look whether it did; returns the row as it stands.

        cancelling → cancelled, or confirmed again when nothing was done; stays cancelling when unclear or
        when the visit has been replaced and so must go in the end.
        """
        mis, clock = self._steps.mis, self._steps.clock
        assert row.visit_id is not None
        try:
            mis.cancel(row.slot.branch_id, row.visit_id)
        except MisUnavailable:
            if late or row.replaced_by is not None:
                return ledger.note(row, clock(), "cancel: MisUnavailable")
            return ledger.advance(row, "confirmed", clock(), "cancel: MisUnavailable", cancel_asked_at=None)
        except MisRefused:
            noted = ledger.note(row, clock(), "cancel: refused")
            return self.verify(ledger, noted, late, refused=True)
        except MisError as error:
            row = ledger.note(row, clock(), f"cancel: {kind_of(error)}")
        return self.verify(ledger, row, late)

    def verify(self, ledger: Ledger, row: Booking, late: bool, refused: bool = False) -> Booking:
        """Read the status: only a visit that the MIS calls cancelled, or has lost, is cancelled."""
        clock = self._steps.clock
        assert row.visit_id is not None
        try:
            status = self._steps.mis.status(row.slot.branch_id, row.visit_id)
            gone = self._steps.is_gone(row, status)
        except MisError as error:
            return ledger.note(row, clock(), f"status: {kind_of(error)}")
        now, detail = clock(), f"status {status.value}"
        if gone:
            told = news("cancelled", now) if late else answer("cancelled", now)
            return ledger.advance(
                row, "cancelled", now, detail, visit_status=status.value, cancelled_by="patient", **told
            )
        if status in HAPPENED:
            told = news("not_cancelled", now) if late else {}
            return ledger.advance(row, "confirmed", now, detail, visit_status=status.value, **told)
        if refused and row.replaced_by is None:
            told = news("not_cancelled", now) if late else {}
            return ledger.advance(row, "confirmed", now, detail, visit_status=status.value, **told)
        if refused and row.outcome is None:
            told = news("cancel_unclear", now)
            return ledger.note(row, now, detail, visit_status=status.value, **told)
        return ledger.note(row, now, detail, visit_status=status.value)
