"""A cache over any MIS: directories for hours, availability for seconds, writes never.

Directories outlive an outage of the MIS: their last good copy is given out with its age known.
Availability does not: a time that may be gone is worth nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import TypeVar

from cachetools import TLRUCache

from mis.copy_files import CopyFiles
from mis.kept_copies import KeptCopies
from mis.port import (
    Branch,
    CallbackRequest,
    Capabilities,
    Doctor,
    Hold,
    Mis,
    MisUnavailable,
    Patient,
    Service,
    Slot,
    Visit,
    VisitStatus,
    Window,
)
from mis.single_flight import SingleFlight

T = TypeVar("T")

_DIRECTORIES = {
    "branches": tuple[Branch, ...],
    "doctors": tuple[Doctor, ...],
    "services": tuple[Service, ...],
}


@dataclass(frozen=True, slots=True)
class Ages:
    """How long answers are good. `retry` is the pause after a directory could not be refreshed."""

    directory: timedelta = timedelta(hours=4)
    availability: timedelta = timedelta(seconds=40)
    retry: timedelta = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Availability:
    """Free windows as of `asked_at`, a POSIX time: how long the answer took counts as age."""

    asked_at: float
    windows: tuple[Window, ...]


class CachedMis:
    """`Mis` that asks the inner one no more often than needed. Thread-safe.

    `wait_seconds` bounds how long a caller waits for the same read of another caller before it gets
    `MisUnavailable`. `clock` gives aware datetimes. Directories are also kept in the folder `copies`.
    """

    def __init__(
        self,
        mis: Mis,
        clock: Callable[[], datetime],
        ages: Ages | None = None,
        *,
        wait_seconds: float = 6.0,
        size: int = 4096,
        copies: Path | None = None,
    ) -> None:
        self._mis = mis
        self._ages = ages or Ages()
        self._wait_seconds = wait_seconds
        self._lock = Lock()
        self._flights = SingleFlight()
        self._directories = KeptCopies(
            clock,
            age=self._ages.directory,
            retry=self._ages.retry,
            wait_seconds=wait_seconds,
            files=None if copies is None else CopyFiles(copies, _DIRECTORIES),
        )
        seconds = self._ages.availability.total_seconds()
        self._now: Callable[[], float] = lambda: clock().timestamp()
        self._windows: TLRUCache[tuple[Hashable, ...], _Availability] = TLRUCache(
            size, ttu=lambda _key, found, _now: found.asked_at + seconds, timer=self._now
        )
        self._writes: dict[str, int] = {}
        self._bypass = False

    @property
    def fresh(self) -> CachedMis:
        """The same MIS with the same directories, whose `windows` are always read now: for booking."""
        view = copy.copy(self)
        view._bypass = True
        return view

    @property
    def capabilities(self) -> Capabilities:
        return self._mis.capabilities

    def branches(self) -> Sequence[Branch]:
        return self._directories.get(("branches", ""), lambda: tuple(self._mis.branches()))

    def doctors(self, branch_id: str) -> Sequence[Doctor]:
        return self._directories.get(("doctors", branch_id), lambda: tuple(self._mis.doctors(branch_id)))

    def services(self, branch_id: str) -> Sequence[Service]:
        return self._directories.get(("services", branch_id), lambda: tuple(self._mis.services(branch_id)))

    def directory_age(self, kind: str, branch_id: str = "") -> timedelta | None:
        """How old our copy of `branches`, `doctors` or `services` is; `None` when there is none."""
        return self._directories.age((kind, branch_id))

    def windows(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        """Free windows, at most `ages.availability` old and never older than our own last write there."""
        if self._bypass:
            return self.fresh_windows(branch_id, first, last, doctor_ids)
        doctors = frozenset(doctor_ids)
        with self._lock:
            key = (branch_id, self._writes.get(branch_id, 0), first, last, doctors)
            known = self._windows.get(key)
        if known is not None:
            return known.windows

        def fetch() -> tuple[Window, ...]:
            with self._lock:
                just_read = self._windows.get(key)
            if just_read is not None:
                return just_read.windows
            asked_at = self._now()
            found = tuple(self._mis.windows(branch_id, first, last, doctor_ids))
            with self._lock:
                self._windows[key] = _Availability(asked_at, found)
            return found

        try:
            return self._flights.run(key, fetch, self._wait_seconds)
        except TimeoutError as failure:
            raise MisUnavailable("another caller's read takes too long") from failure

    def fresh_windows(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        """Free windows read from the MIS now: what has to be looked at before a hold."""
        return self._mis.windows(branch_id, first, last, doctor_ids)

    def taken(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        return self._mis.taken(branch_id, first, last, doctor_ids)

    def visits_of(self, branch_id: str, patient: Patient, first: date, last: date) -> Sequence[Visit]:
        return self._mis.visits_of(branch_id, patient, first, last)

    def patients_of(self, phone: str) -> Sequence[Patient]:
        return self._mis.patients_of(phone)

    def policy_found(self, branch_id: str, patient: Patient, policy: str, on: date) -> bool | None:
        return self._mis.policy_found(branch_id, patient, policy, on)

    def hold(self, slot: Slot) -> Hold:
        return self._writing(slot.branch_id, lambda: self._mis.hold(slot))

    def book(self, hold: Hold, patient: Patient, service_ids: Sequence[str] = (), comment: str = "") -> Visit:
        return self._writing(hold.slot.branch_id, lambda: self._mis.book(hold, patient, service_ids, comment))

    def status(self, branch_id: str, visit_id: str) -> VisitStatus:
        return self._mis.status(branch_id, visit_id)

    def cancel(self, branch_id: str, visit_id: str, reason: str = "") -> None:
        self._writing(branch_id, lambda: self._mis.cancel(branch_id, visit_id, reason))

    def request_callback(self, request: CallbackRequest) -> str:
        return self._mis.request_callback(request)

    def _writing(self, branch_id: str, write: Callable[[], T]) -> T:
        try:
            return write()
        finally:
            # Whatever came of it, also a refusal: what we believed of this branch's free time is doubtful.
            with self._lock:
                self._writes[branch_id] = self._writes.get(branch_id, 0) + 1
