"""Visits of a patient that somebody else has booked: known where the MIS lists visits, and only there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.ledger import Booking
from clinic.normal_patient import patient_key
from mis.port import Mis, MisError, Patient, Visit

HORIZON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Asked:
    """A patient's visits in one branch, being read."""

    branch_id: str
    patient: Patient
    reading: Future[Sequence[Visit]]


def ask(mis: Mis, pool: ThreadPoolExecutor, rows: Iterable[Booking], now: datetime) -> tuple[Asked, ...]:
    """Begin to read the visits to come of everybody in `rows`, in every branch; none where it cannot be."""
    if not mis.capabilities.lists_visits:
        return ()
    patients = {patient_key(row.patient): row.patient for row in rows if row.patient is not None}
    if not patients:
        return ()
    try:
        branches = mis.branches()
    except MisError:
        return ()
    first, last = now.date(), (now + HORIZON).date()
    return tuple(
        Asked(branch.id, patient, pool.submit(mis.visits_of, branch.id, patient, first, last))
        for branch in branches
        for patient in patients.values()
    )


def found(asked: Iterable[Asked], ours: frozenset[str], now: datetime) -> list[tuple[Patient, Visit]]:
    """Visits to come whose ids are not among `ours`. A branch that has not answered by now is left out."""
    visits = []
    for each in asked:
        if not each.reading.done() or each.reading.exception() is not None:
            each.reading.cancel()
            continue
        visits += [
            (each.patient, visit)
            for visit in each.reading.result()
            if visit.status.booked and visit.slot.start > now and visit.id not in ours
        ]
    return visits


def all_answered(asked: Iterable[Asked]) -> bool:
    """Whether nothing that was asked stayed without an answer."""
    return all(each.reading.done() and each.reading.exception() is None for each in asked)
