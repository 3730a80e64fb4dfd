"""A MIS in memory that counts what it is asked and fails when told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from threading import Lock

from mis.port import (
    Branch,
    CallbackRequest,
    Capabilities,
    Doctor,
    FullName,
    Hold,
    Patient,
    Service,
    Slot,
    Visit,
    VisitStatus,
    Window,
)
from tests.mis.support import ANNA, CENTRE, HOLD_ID, NOW


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        self.now += timedelta(**time)


class FakeMis:
    def __init__(self, branches: Sequence[Branch] = (CENTRE,), holds: bool = True) -> None:
        self.capabilities = Capabilities(holds=holds, returns_visit_id=True)
        self.error: Exception | None = None
        self.before_answer: Callable[[], object] = lambda: None
        self.calls: list[str] = []
        self._branches = branches
        self._lock = Lock()

    def _called(self, name: str) -> None:
        with self._lock:
            self.calls.append(name)
        self.before_answer()
        if self.error is not None:
            raise self.error

    def branches(self) -> Sequence[Branch]:
        self._called("branches")
        return self._branches

    def doctors(self, branch_id: str) -> Sequence[Doctor]:
        self._called(f"doctors {branch_id}")
        return [Doctor(ANNA, FullName("Иванова", "Анна"), "ent", "ЛОР", (branch_id,))]

    def services(self, branch_id: str) -> Sequence[Service]:
        self._called(f"services {branch_id}")
        return [Service("s-1", branch_id, "B-ENT-1", "Приём")]

    def windows(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        self._called(f"windows {branch_id}")
        return [Window(branch_id, ANNA, NOW, NOW + timedelta(hours=1))]

    def taken(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        self._called(f"taken {branch_id}")
        return ()

    def visits_of(self, branch_id: str, patient: Patient, first: date, last: date) -> Sequence[Visit]:
        self._called(f"visits_of {branch_id}")
        return ()

    def patients_of(self, phone: str) -> Sequence[Patient]:
        self._called("patients_of")
        return ()

    def policy_found(self, branch_id: str, patient: Patient, policy: str, on: date) -> bool | None:
        self._called(f"policy_found {branch_id}")
        return None

    def hold(self, slot: Slot) -> Hold:
        self._called(f"hold {slot.branch_id}")
        return Hold(HOLD_ID, slot, NOW)

    def book(self, hold: Hold, patient: Patient, service_ids: Sequence[str] = (), comment: str = "") -> Visit:
        self._called(f"book {hold.slot.branch_id}")
        return Visit(hold.id, hold.slot, VisitStatus.BEING_MADE)

    def status(self, branch_id: str, visit_id: str) -> VisitStatus:
        self._called(f"status {branch_id}")
        return VisitStatus.NEW

    def cancel(self, branch_id: str, visit_id: str, reason: str = "") -> None:
        self._called(f"cancel {branch_id}")

    def request_callback(self, request: CallbackRequest) -> str:
        self._called(f"callback {request.branch_id}")
        return "c-1"
