"""What has become of a booked visit in the clinic: read again before anybody speaks of it.

The registry cancels and moves visits, and patients come; BIT.UMC tells nobody. Its status knows nothing of
the time, so a visit that stands while its time is free again is one that was moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clinic.access import Access
from clinic.clock import Clock
from clinic.ledger import Booking, LostRow
from clinic.steps import HAPPENED, Steps, answer
from mis.port import MisError, VisitStatus

VisitState = Literal["stands", "clash", "cancelled", "moved", "over", "unchecked"]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the MIS says of a visit now.

    `stands`: at the time that we know. `clash`: somebody else has that time too. `cancelled`: by the clinic,
    or gone. `moved`: by the clinic, nobody here knows where to. `over`: the patient came, or did not.
    `unchecked`: the MIS does not tell; `status` is `None` when it did not answer at all.
    """

    state: VisitState
    status: VisitStatus | None = None


class Checker:
    """Reads booked visits again and writes down what the clinic has done. Thread-safe."""

    def __init__(self, access: Access, steps: Steps, clock: Clock) -> None:
        self._access = access
        self._steps = steps
        self._clock = clock

    def look(self, row: Booking) -> Seen:
        """Ask the MIS; nothing is stored."""
        assert row.visit_id is not None
        try:
            status = self._steps.mis.status(row.slot.branch_id, row.visit_id)
            if self._steps.is_gone(row, status):
                return Seen("cancelled", status)
        except MisError:
            return Seen("unchecked")
        if status in HAPPENED:
            return Seen("over", status)
        if not status.booked:
            return Seen("unchecked", status)
        if row.state == "moved" or self._is_free_again(row):
            return Seen("moved", status)
        clash = row.clash_at is not None and self._steps.clashes(row.slot) is not False
        return Seen("clash" if clash else "stands", status)

    def remember(self, row: Booking, seen: Seen, reader: str | None = None) -> bool:
        """Store what was seen. False when somebody has changed the row meanwhile: then it may not be so.

        That the clinic has cancelled becomes news, unless whoever reads it marks it as answered first; it
        goes to the conversation `reader`, or where it was booked.
        """
        if seen.status is None or seen.state == "unchecked":
            return True
        state, values = row.state, dict[str, object]()
        if seen.state == "cancelled":
            told = answer("cancelled_by_clinic", self._clock())
            state, values = "cancelled", {"cancelled_by": "clinic", **told}
            if reader is not None:
                values["cancel_conversation_id"] = reader
        elif seen.state == "moved":
            state = "moved"
        elif seen.state == "stands" and row.clash_at is not None:
            values = {"clash_at": None}
        if state == row.state and not values and seen.status.value == row.visit_status:
            return True
        try:
            with self._access.reading("clinic") as ledger:
                detail = f"read again: {seen.state}, status {seen.status.value}"
                ledger.advance(row, state, self._clock(), detail, visit_status=seen.status.value, **values)
        except LostRow:
            return False
        return True

    def _is_free_again(self, row: Booking) -> bool:
        try:
            return self._steps.is_free(row.slot)
        except MisError:
            return False
