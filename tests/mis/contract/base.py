"""What a test of the contract asks of an adapter's MIS: to be read behind the adapter's back, and broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, Protocol

from mis.cache import CachedMis
from mis.port import Branch, Hold, Slot, Window

Step = Literal["free", "hold", "book", "status", "cancel"]
# reset: the request is lost, nothing is done; lost, garbage: done, but no answer, or one without sense;
# error: an answer without sense, nothing is done; refuse: the MIS says no without a reason.
Fault = Literal["reset", "lost", "garbage", "error", "refuse"]


HALF_HOUR = timedelta(minutes=30)


@dataclass(frozen=True)
class Stored:
    """A visit as the MIS itself has it; without a doctor it is a place on the wait list."""

    id: str
    start: datetime
    branch_id: str
    minutes: int | None
    doctor_id: str | None
    comment: str
    service_ids: Sequence[str]
    birth_date: date | None


class UnderContract(Protocol):
    """An MIS that runs, with a client made as the product makes its own. Times are real: now is now."""

    mis: CachedMis
    branches: Sequence[Branch]

    def opened_for(self, branches: list[Branch]) -> CachedMis:
        """Another client of the same base, for other branches."""
        ...

    def visits(self, phone: str) -> Sequence[Stored]: ...

    def held(self) -> int:
        """How many times are kept by holds."""
        ...

    def fault(self, kind: Fault, step: Step, count: int = 1) -> None:
        """The next `count` calls of the step go wrong."""
        ...

    def expire(self, hold: Hold) -> None:
        """What the MIS does to a hold that is too old."""
        ...

    def reset(self) -> None:
        """Forget all faults, holds, visits and patients."""
        ...


def free_windows(base: UnderContract, branch: Branch, days: int = 7) -> Sequence[Window]:
    tomorrow = datetime.now(branch.timezone).date() + timedelta(days=1)
    return base.mis.fresh_windows(branch.id, tomorrow, tomorrow + timedelta(days=days - 1))


def free_slots(base: UnderContract) -> list[Slot]:
    """Half-hour slots of different doctors of the last branch: one for each."""
    branch = base.branches[-1]
    people = {doctor.id for doctor in base.mis.doctors(branch.id) if not doctor.room}
    long = [
        window
        for window in free_windows(base, branch)
        if window.end - window.start >= HALF_HOUR and window.doctor_id in people
    ]
    first = {window.doctor_id: window for window in reversed(long)}
    return [Slot(branch.id, doctor, window.start, HALF_HOUR) for doctor, window in first.items()]


def is_free(base: UnderContract, slot: Slot) -> bool:
    day = slot.start.date()
    windows = base.mis.fresh.windows(slot.branch_id, day, day, [slot.doctor_id])
    assert {window.doctor_id for window in windows} <= {slot.doctor_id}
    return any(window.start <= slot.start and slot.end <= window.end for window in windows)
