"""A MIS in memory with switchable faults, for the tests of the business core."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from mis.port import (
    Branch,
    CallbackRequest,
    Capabilities,
    Doctor,
    Hold,
    MisRefused,
    MisUnavailable,
    OutcomeUnknown,
    Patient,
    Preparation,
    Service,
    Slot,
    SlotTaken,
    Visit,
    VisitStatus,
    Window,
)

MOSCOW = ZoneInfo("Europe/Moscow")
HOLD_LIFE = timedelta(minutes=15)


class Crash(BaseException):
    """The process dies here: nothing after it runs, nothing catches it."""


@dataclass
class Entry:
    slot: Slot
    status: VisitStatus
    taken_at: datetime
    patient: Patient | None = None
    books: int = 0


@dataclass
class FakeMis:
    """Give it windows; it holds, books and cancels. `faults[call]` is a list of faults, one for each call.

    Faults: `down`, `taken`, `refuse`, `lost` (done, answer lost), `lost_before` (not done, answer lost),
    `cancelled` (written as «Отменена»), `crash_before`, `crash_after`, `registrar` (somebody at the registry
    takes the time just before), or "" for none. `lax`: overlapping holds and visits succeed.
    """

    clock: Callable[[], datetime]
    capabilities: Capabilities = field(
        default_factory=lambda: Capabilities(holds=True, returns_visit_id=True)
    )
    branch_list: list[Branch] = field(default_factory=list)
    doctor_lists: dict[str, list[Doctor]] = field(default_factory=dict)
    service_lists: dict[str, list[Service]] = field(default_factory=dict)
    window_list: list[Window] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=dict)
    down_branches: set[str] = field(default_factory=set)
    entries: dict[str, Entry] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    cards: list[Patient] = field(default_factory=list)
    policies: set[str] = field(default_factory=set)
    callbacks: dict[str, CallbackRequest] = field(default_factory=dict)
    waiting: threading.Event | None = None
    lax: bool = False

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def branches(self) -> Sequence[Branch]:
        return self.branch_list

    def doctors(self, branch_id: str) -> Sequence[Doctor]:
        self._read("doctors", branch_id)
        return self.doctor_lists.get(branch_id, [])

    def services(self, branch_id: str) -> Sequence[Service]:
        self._read("services", branch_id)
        return self.service_lists.get(branch_id, [])

    def windows(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        fault = self._start("windows", branch_id)
        with self._lock:
            free = [
                piece
                for window in self.window_list
                if window.branch_id == branch_id
                and first <= window.start.date() <= last
                and (not doctor_ids or window.doctor_id in doctor_ids)
                for piece in self._without_busy(window)
            ]
        self._end(fault)
        return free

    def taken(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        fault = self._start("taken", branch_id)
        with self._lock:
            found = [
                Window(branch_id, doctor_id, slot.start, slot.end)
                for doctor_id in doctor_ids
                for slot in self._occupying(doctor_id)
                if slot.branch_id == branch_id and first <= slot.start.date() <= last
            ]
        self._end(fault)
        return found

    def visits_of(self, branch_id: str, patient: Patient, first: date, last: date) -> Sequence[Visit]:
        fault = self._start("visits_of", branch_id)
        with self._lock:
            found = [
                Visit(id_, entry.slot, entry.status)
                for id_, entry in self.entries.items()
                if entry.patient == patient
                and entry.slot.branch_id == branch_id
                and first <= entry.slot.start.date() <= last
            ]
        self._end(fault)
        return found

    def patients_of(self, phone: str) -> Sequence[Patient]:
        self._read("patients_of", "")
        return [card for card in self.cards if card.phone == phone]

    def policy_found(self, branch_id: str, patient: Patient, policy: str, on: date) -> bool | None:
        self._read("policy_found", branch_id)
        return policy in self.policies

    def hold(self, slot: Slot) -> Hold:
        fault = self._start("hold", slot.branch_id)
        with self._lock:
            if self._busy(slot) and not self.lax:
                raise SlotTaken("busy")
            if fault != "lost_before":
                hold = Hold(f"uid-{len(self.entries) + 1}", slot, self.clock())
                self.entries[hold.id] = Entry(slot, VisitStatus.BEING_MADE, self.clock())
        self._end(fault)
        return hold

    def book(self, hold: Hold, patient: Patient, service_ids: Sequence[str] = (), comment: str = "") -> Visit:
        fault = self._start("book", hold.slot.branch_id)
        if fault == "registrar":
            self.strangers_visit(hold.slot)
        with self._lock:
            if fault != "lost_before":
                visit_id = self._write(hold, patient)
            if fault == "cancelled":
                self.entries[visit_id].status = VisitStatus.CANCELLED
        self._end(fault)
        told = visit_id if self.capabilities.returns_visit_id else ""
        return Visit(told, hold.slot, VisitStatus.NEW)

    def status(self, branch_id: str, visit_id: str) -> VisitStatus:
        fault = self._start("status", branch_id)
        with self._lock:
            entry = self.entries.get(visit_id)
            if entry is None:
                status = VisitStatus.ERROR
            else:
                status = VisitStatus.CANCELLED if self._dead(entry) else entry.status
        self._end(fault)
        return status

    def cancel(self, branch_id: str, visit_id: str, reason: str = "") -> None:
        fault = self._start("cancel", branch_id)
        if self.callbacks.pop(visit_id, None) is not None:
            return
        with self._lock:
            if self.entries[visit_id].status in (VisitStatus.CAME, VisitStatus.MISSED):
                raise MisRefused("it is over")
            if fault != "lost_before":
                self.entries[visit_id].status = VisitStatus.CANCELLED
        self._end(fault)

    def request_callback(self, request: CallbackRequest) -> str:
        fault = self._start("request_callback", request.branch_id)
        stored = f"callback-{len(self.callbacks) + 1}"
        self.callbacks[stored] = request
        self._end(fault)
        return stored

    def booked(self) -> list[Entry]:
        """What stands in the MIS as a visit."""
        return [entry for entry in self.entries.values() if entry.status.booked]

    def held(self) -> list[Entry]:
        return [entry for entry in self.entries.values() if entry.status.held and not self._dead(entry)]

    def strangers_visit(self, slot: Slot) -> None:
        """Somebody at the registry takes the time."""
        self.entries[f"stranger-{len(self.entries)}"] = Entry(slot, VisitStatus.PROCESSED, self.clock())

    def _write(self, hold: Hold, patient: Patient) -> str:
        if not self.capabilities.holds:
            if self._busy(hold.slot) and not self.lax:
                raise SlotTaken("busy")
            hold = Hold(f"uid-{len(self.entries) + 1}", hold.slot, self.clock())
            self.entries[hold.id] = Entry(hold.slot, VisitStatus.BEING_MADE, self.clock())
        entry = self.entries[hold.id]
        if self._dead(entry) or entry.status is VisitStatus.CANCELLED:
            raise MisRefused("the hold is gone")
        entry.status, entry.patient, entry.books = VisitStatus.NEW, patient, entry.books + 1
        return hold.id

    def _read(self, call: str, branch_id: str) -> None:
        self._end(self._start(call, branch_id))

    def _start(self, call: str, branch_id: str) -> str:
        with self._lock:
            self.calls.append(call)
            planned = self.faults.get(call)
            fault = planned.pop(0) if planned else ""
        if self.waiting is not None and call == "windows":
            self.waiting.wait(5)
        if fault == "crash_before":
            raise Crash
        if fault == "down" or branch_id in self.down_branches:
            raise MisUnavailable("down")
        if fault == "taken":
            raise SlotTaken("taken")
        if fault == "refuse":
            raise MisRefused("refused")
        return fault

    def _end(self, fault: str) -> None:
        if fault == "crash_after":
            raise Crash
        if fault in ("lost", "lost_before"):
            raise OutcomeUnknown("no answer")

    def _dead(self, entry: Entry) -> bool:
        return entry.status.held and self.clock() >= entry.taken_at + HOLD_LIFE

    def _occupying(self, doctor_id: str) -> list[Slot]:
        return [
            entry.slot
            for entry in self.entries.values()
            if entry.slot.doctor_id == doctor_id
            and not self._dead(entry)
            and entry.status is not VisitStatus.CANCELLED
        ]

    def _busy(self, slot: Slot) -> bool:
        return any(
            slot.start < other.end and other.start < slot.end for other in self._occupying(slot.doctor_id)
        )

    def _without_busy(self, window: Window) -> list[Window]:
        pieces, start = [], window.start
        for busy in sorted(self._occupying(window.doctor_id), key=lambda slot: slot.start):
            if busy.end <= start or busy.start >= window.end:
                continue
            if busy.start > start:
                pieces.append(Window(window.branch_id, window.doctor_id, start, busy.start))
            start = busy.end
        if start < window.end:
            pieces.append(Window(window.branch_id, window.doctor_id, start, window.end))
        return pieces


@dataclass
class FakeReference:
    rules: dict[str, Preparation] = field(default_factory=dict)

    def preparation(self, article: str) -> Preparation | None:
        return self.rules.get(article)

    def insurers(self, branch_id: str) -> Sequence[str]:
        return ()


def price(text: str) -> Decimal:
    return Decimal(text)
