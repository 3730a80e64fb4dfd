"""The steps a booking is made of: each stores what it is about to do, calls the MIS once, stores the answer.

Both the dialogue (`clinic.booking`) and the recovery (`clinic.settling`) walk by these steps, under the
lock of the conversation.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import combinations

from clinic.clock import Clock
from clinic.ledger import Booking, Ledger
from mis.port import (
    BadAnswer,
    Hold,
    Mis,
    MisError,
    MisRefused,
    MisUnavailable,
    OutcomeUnknown,
    Slot,
    SlotTaken,
    VisitStatus,
)

SlotGone = Callable[[Slot], None]


HAPPENED = (VisitStatus.CAME, VisitStatus.MISSED)


class Steps:
    """One step per method; each returns the row as it stands afterwards.

    `mis.windows` must not come from a cache. `slot_gone` is told about a time that turned out not to be
    free, so that it is not offered again from a cached schedule.
    """

    def __init__(self, mis: Mis, clock: Clock, hold_time: timedelta, slot_gone: SlotGone) -> None:
        self.mis = mis
        self.clock = clock
        self._hold_time = hold_time
        self._slot_gone = slot_gone

    def is_free(self, slot: Slot) -> bool:
        """Read the one doctor-day. Raises `MisError` when it could not be read."""
        day = slot.start.date()
        windows = self.mis.windows(slot.branch_id, day, day, [slot.doctor_id])
        return any(
            window.branch_id == slot.branch_id
            and window.doctor_id == slot.doctor_id
            and window.start <= slot.start
            and slot.end <= window.end
            for window in windows
        )

    def is_gone(self, row: Booking, status: VisitStatus) -> bool:
        """Whether `status` says that a booked visit is no more. Raises `MisError`.

        A visit that the MIS does not know is gone only if its time is free.
        """
        return status is VisitStatus.CANCELLED or (status is VisitStatus.ERROR and self.is_free(row.slot))

    def id_of(self, row: Booking) -> str | None:
        """What the MIS calls the visit that was sent; `None` when that cannot be known. Raises `MisError`.

        A MIS that tells no ids may list the patient's visits: the one of this doctor at this time is ours.
        """
        if row.visit_id or row.hold_id:
            return row.visit_id or row.hold_id
        able = self.mis.capabilities
        if able.returns_visit_id or not able.lists_visits or row.patient is None:
            return None
        slot, day = row.slot, row.slot.start.date()
        visits = self.mis.visits_of(slot.branch_id, row.patient, day, day)
        ours = (slot.doctor_id, slot.start)
        found = [visit for visit in visits if (visit.slot.doctor_id, visit.slot.start) == ours]
        standing = [visit for visit in found if visit.status.booked or visit.status in HAPPENED]
        return standing[0].id if len(standing) == 1 else None

    def take(self, ledger: Ledger, planned: Booking) -> Booking:
        """planned → held, or refused (taken | other), or absent when the MIS could not be asked."""
        slot = planned.slot
        try:
            if slot.start <= self.clock() or not self.is_free(slot):
                return self._refuse(ledger, planned, "taken", "not free when read again")
        except MisError as error:
            return ledger.advance(planned, "absent", self.clock(), f"reading: {kind_of(error)}")
        asked_at = self.clock()
        if not self.mis.capabilities.holds:
            values = {"held_at": asked_at, "expires_at": asked_at + self._hold_time}
            return ledger.advance(planned, "held", asked_at, "kept in the ledger only", **values)
        try:
            hold = self.mis.hold(slot)
        except SlotTaken:
            return self._refuse(ledger, planned, "taken", "hold: taken")
        except MisRefused:
            return self._refuse(ledger, planned, self._why(slot), "hold: refused")
        except MisError as error:
            return ledger.advance(planned, "absent", self.clock(), f"hold: {kind_of(error)}")
        return ledger.advance(
            planned,
            "held",
            self.clock(),
            "held",
            hold_id=hold.id,
            held_at=asked_at,
            expires_at=asked_at + self._hold_time,
        )

    def book(self, ledger: Ledger, sent: Booking, late: bool = False) -> Booking:
        """sent → confirmed, refused, unknown; or held again when the MIS was never reached.

        The outcome to be told is stored together with the state, so that no death in between leaves the
        patient without it. `late`: the patient waits for news; what was not reached stays unknown.
        """
        patient, held_at = sent.patient, sent.held_at
        if patient is None or held_at is None:
            raise ValueError(f"booking {sent.id} was sent without a patient or a hold")
        hold = Hold(sent.hold_id or "", sent.slot, held_at)
        try:
            visit = self.mis.book(hold, patient, sent.service_ids, sent.comment)
        except MisUnavailable:
            return self._not_sent(ledger, sent, late)
        except MisRefused:
            return self._refused(ledger, sent, late)
        except MisError as error:
            return ledger.advance(sent, "unknown", self.clock(), f"booking: {kind_of(error)}")
        answered = ledger.note(sent, self.clock(), "answered", visit_id=visit.id or None)
        return self._verify(ledger, answered, late)

    def _not_sent(self, ledger: Ledger, sent: Booking, late: bool) -> Booking:
        """Nothing was written: the row is a hold again and keeps nothing of the patient's claim."""
        if late:
            return self._stay_unknown(ledger, sent, "booking: MisUnavailable")
        now, cleared = self.clock(), {"patient_key": None, "sent_at": None, "replaces": None}
        return ledger.advance(
            sent, "held", now, "booking: MisUnavailable", **cleared, **answer("absent", now)
        )

    def _verify(self, ledger: Ledger, sent: Booking, late: bool) -> Booking:
        """Ask for the status of what was sent; whatever is not a plain yes or no stays unknown."""
        try:
            visit_id = self.id_of(sent)
            if not visit_id:
                return self._stay_unknown(ledger, sent, "no id to ask about")
            status = self.mis.status(sent.slot.branch_id, visit_id)
        except MisError as error:
            return self._stay_unknown(ledger, sent, f"status: {kind_of(error)}")
        detail = f"status {status.value}"
        if status.booked or status in HAPPENED:
            return self.confirm(ledger, sent, visit_id, status, late)
        if status is VisitStatus.CANCELLED:
            noted = ledger.note(sent, self.clock(), detail, visit_status=status.value)
            return self._refused(ledger, noted, late)
        return self._stay_unknown(ledger, sent, detail, visit_status=status.value)

    def confirm(
        self, ledger: Ledger, row: Booking, visit_id: str, status: VisitStatus, late: bool
    ) -> Booking:
        """The MIS has the visit; whether it has the time alone is looked at before anybody is told."""
        clash = False if status in HAPPENED else self.clashes(row.slot)
        now = self.clock()
        values: dict[str, object] = {"visit_id": visit_id, "visit_status": status.value}
        if clash is not None:
            values |= {"clash_checked_at": now, "clash_at": now if clash else None}
        values |= (news if late else answer)("clash" if clash else "booked", now)
        detail = f"status {status.value}" + (", somebody else has the time too" if clash else "")
        return ledger.advance(row, "confirmed", now, detail, **values)

    def clashes(self, slot: Slot) -> bool | None:
        """Whether the MIS has given our time to somebody else too; `None` when it does not tell now.

        Two times that overlap each other, and ours, are two patients; one visit shown in pieces is not.
        """
        if not self.mis.capabilities.shows_taken:
            return False
        day = slot.start.date()
        try:
            taken = self.mis.taken(slot.branch_id, day, day, [slot.doctor_id])
        except MisError:
            return None
        ours = [
            time
            for time in taken
            if time.branch_id == slot.branch_id
            and time.doctor_id == slot.doctor_id
            and time.start < slot.end
            and slot.start < time.end
        ]
        return any(one.start < other.end and other.start < one.end for one, other in combinations(ours, 2))

    def _refused(self, ledger: Ledger, sent: Booking, late: bool) -> Booking:
        """sent → refused. The reason shows only once our own hold no longer occupies the time."""
        now = self.clock()
        values = (news if late else answer)("absent", now)
        refused = ledger.advance(sent, "refused", now, "booking: refused", **values)
        refused = self.let_go(ledger, refused)
        return ledger.note(refused, self.clock(), "reason", reason=self._why(sent.slot))

    def give_up(self, ledger: Ledger, row: Booking, state: str, detail: str) -> Booking:
        """Move a row that is not booked to `state` and free what it held in the MIS."""
        return self.let_go(ledger, ledger.advance(row, state, self.clock(), detail))

    def let_go(self, ledger: Ledger, row: Booking) -> Booking:
        """Free the hold of a row that is no longer live. A failure is left for the recovery."""
        if row.hold_id is None:
            return row
        try:
            self.mis.cancel(row.slot.branch_id, row.hold_id)
        except MisError as error:
            return ledger.note(row, self.clock(), f"release: {kind_of(error)}")
        now = self.clock()
        return ledger.note(row, now, "hold released", hold_released_at=now)

    def _refuse(self, ledger: Ledger, planned: Booking, reason: str, detail: str) -> Booking:
        if reason == "taken":
            self._slot_gone(planned.slot)
        return ledger.advance(planned, "refused", self.clock(), detail, reason=reason)

    def _why(self, slot: Slot) -> str:
        try:
            free = self.is_free(slot)
        except MisError:
            return "other"
        if not free:
            self._slot_gone(slot)
        return "other" if free else "taken"

    def _stay_unknown(
        self, ledger: Ledger, row: Booking, detail: str, visit_status: int | None = None
    ) -> Booking:
        return ledger.advance(row, "unknown", self.clock(), detail, visit_status=visit_status)


def news(outcome: str, now: datetime) -> dict[str, object]:
    """Values that make the recovery tell the patient `outcome`, even if it has told another before."""
    return {"outcome": outcome, "settled_at": now, "told_at": None, "telling_since": None}


def answer(outcome: str, now: datetime) -> dict[str, object]:
    """The same for an outcome that the turn itself is about to tell: it becomes news when nobody has marked
    it as told for a while, because the turn has died or has run out of time."""
    return news(outcome, now) | {"telling_since": now}


def kind_of(error: MisError) -> str:
    """The class only: the text of an MIS error may carry other people's names."""
    for known in (SlotTaken, MisRefused, MisUnavailable, BadAnswer, OutcomeUnknown):
        if isinstance(error, known):
            return known.__name__
    return "MisError"
