"""What every adapter promises, whichever MIS it speaks to."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mis.port import (
    BadAnswer,
    CallbackRequest,
    FullName,
    Hold,
    MisRefused,
    MisUnavailable,
    OutcomeUnknown,
    Patient,
    Slot,
    VisitStatus,
)
from tests.mis.contract.base import Fault, UnderContract, free_slots, free_windows, is_free
from tests.mis.support import PATIENT

NOBODY = "11111111-2222-3333-4444-555555555555"


def test_the_base_knows_all_branches(base: UnderContract) -> None:
    assert {branch.id for branch in base.mis.branches()} == {branch.id for branch in base.branches}


def test_doctors_are_of_their_branch_and_can_be_found_by_their_time(base: UnderContract) -> None:
    for branch in base.branches:
        doctors = base.mis.doctors(branch.id)
        assert len({doctor.id for doctor in doctors}) == len(doctors) > 0
        assert all(doctor.branch_ids == (branch.id,) for doctor in doctors)
        assert all(doctor.name.surname and (doctor.name.given or doctor.room) for doctor in doctors)
        assert {window.doctor_id for window in free_windows(base, branch)} <= {
            doctor.id for doctor in doctors
        }


def test_a_price_is_known_and_positive_or_unknown(base: UnderContract) -> None:
    services = base.mis.services(base.branches[0].id)
    assert len({service.id for service in services}) == len(services) > 0
    assert all(service.name and (service.price is None or service.price > 0) for service in services)


def test_windows_of_every_branch_are_in_its_zone(base: UnderContract) -> None:
    for branch in base.branches:
        windows = free_windows(base, branch)
        assert windows
        assert {window.branch_id for window in windows} == {branch.id}
        assert all(window.start.tzinfo is branch.timezone for window in windows)
        assert all(window.start < window.end for window in windows)
        assert all(7 <= window.start.hour < 22 for window in windows)


def test_a_branch_the_mis_does_not_know_is_a_bad_answer(base: UnderContract) -> None:
    lost = [replace(base.branches[0], mis_id=NOBODY), *base.branches[1:]]
    mis = base.opened_for(lost)
    today = datetime.now(lost[0].timezone).date()
    with pytest.raises(BadAnswer):
        mis.windows(lost[0].id, today, today)
    assert {branch.id for branch in mis.branches()} == {branch.id for branch in lost[1:]}


def test_hold_book_status_cancel(base: UnderContract, slot: Slot) -> None:
    service = base.mis.services(slot.branch_id)[0]
    assert is_free(base, slot)
    hold = base.mis.hold(slot)
    assert base.mis.status(slot.branch_id, hold.id).held
    assert not is_free(base, slot)
    visit = base.mis.book(hold, PATIENT, [service.id], "первый приём")
    assert visit.id == hold.id
    assert base.mis.status(slot.branch_id, visit.id).booked
    (stored,) = base.visits(PATIENT.phone)
    assert stored.start == slot.start
    assert stored.minutes == 30
    assert (stored.branch_id, stored.doctor_id) == (slot.branch_id, slot.doctor_id)
    assert stored.comment == "первый приём"
    assert list(stored.service_ids) == [service.id]
    assert stored.birth_date == PATIENT.birth_date
    assert not is_free(base, slot)
    base.mis.cancel(slot.branch_id, visit.id, "передумал")
    assert base.mis.status(slot.branch_id, visit.id) is VisitStatus.CANCELLED
    assert is_free(base, slot)
    base.mis.cancel(slot.branch_id, visit.id)


def test_a_released_hold_frees_its_time(base: UnderContract, slot: Slot) -> None:
    hold = base.mis.hold(slot)
    base.mis.cancel(slot.branch_id, hold.id)
    assert is_free(base, slot)
    with pytest.raises(MisRefused):
        base.mis.book(hold, PATIENT)
    assert not base.mis.status(slot.branch_id, hold.id).booked


def test_a_taken_time_is_refused(base: UnderContract, slot: Slot) -> None:
    base.mis.hold(slot)
    overlapping = replace(slot, start=slot.start - timedelta(minutes=15))
    for wanted in (slot, overlapping):
        with pytest.raises(MisRefused):
            base.mis.hold(wanted)
    assert not is_free(base, slot)


def test_what_is_promised_of_other_times_and_visits_is_kept(base: UnderContract, slot: Slot) -> None:
    """A capability is kept; what is not promised says that nothing can be known."""
    day = slot.start.date()
    hold = base.mis.hold(slot)
    base.mis.book(hold, PATIENT)
    if base.mis.capabilities.lists_visits:
        (visit,) = base.mis.visits_of(slot.branch_id, PATIENT, day, day)
        assert (visit.id, visit.slot, visit.status.booked) == (hold.id, slot, True)
        stranger = replace(PATIENT, phone="+79160000000")
        assert not base.mis.visits_of(slot.branch_id, stranger, day, day)
    else:
        with pytest.raises(MisUnavailable):
            base.mis.visits_of(slot.branch_id, PATIENT, day, day)
    if base.mis.capabilities.shows_taken:
        taken = base.mis.taken(slot.branch_id, day, day, [slot.doctor_id])
        assert [time for time in taken if time.start == slot.start and time.end == slot.end]
        assert {time.doctor_id for time in taken} == {slot.doctor_id}
    else:
        with pytest.raises(MisUnavailable):
            base.mis.taken(slot.branch_id, day, day, [slot.doctor_id])


def test_an_expired_hold_is_refused(base: UnderContract, slot: Slot) -> None:
    hold = base.mis.hold(slot)
    base.expire(hold)
    with pytest.raises(MisRefused):
        base.mis.book(hold, PATIENT)
    assert not base.mis.status(slot.branch_id, hold.id).booked
    assert is_free(base, slot)


@pytest.mark.parametrize("kind", ["lost", "garbage"])
def test_an_answer_lost_after_the_write_is_settled_by_the_status(
    base: UnderContract, slot: Slot, kind: Fault
) -> None:
    hold = base.mis.hold(slot)
    base.fault(kind, "book")
    with pytest.raises(OutcomeUnknown):
        base.mis.book(hold, PATIENT)
    assert base.mis.status(slot.branch_id, hold.id).booked
    assert len(base.visits(PATIENT.phone)) == 1


@pytest.mark.parametrize("kind", ["reset", "error"])
def test_a_write_that_never_arrived_is_settled_by_the_status(
    base: UnderContract, slot: Slot, kind: Fault
) -> None:
    hold = base.mis.hold(slot)
    base.fault(kind, "book")
    with pytest.raises(OutcomeUnknown):
        base.mis.book(hold, PATIENT)
    assert base.mis.status(slot.branch_id, hold.id).held
    assert base.visits(PATIENT.phone) == []
    base.mis.book(hold, PATIENT)
    assert base.mis.status(slot.branch_id, hold.id).booked


def test_a_refusal_on_a_free_time_is_a_refusal(base: UnderContract, slot: Slot) -> None:
    base.fault("refuse", "hold")
    with pytest.raises(MisRefused):
        base.mis.hold(slot)
    assert is_free(base, slot)


@pytest.mark.parametrize("kind", ["lost", "garbage"])
def test_a_hold_whose_answer_is_lost_takes_the_time(base: UnderContract, slot: Slot, kind: Fault) -> None:
    """Whether the adapter finds out whose the hold is or not: the time is taken, by one hold."""
    base.fault(kind, "hold")
    found: Hold | None = None
    with suppress(OutcomeUnknown):
        found = base.mis.hold(slot)
    assert not is_free(base, slot)
    assert base.held() == 1
    if found is not None:
        assert base.mis.status(slot.branch_id, found.id).held


def test_a_hold_that_never_arrived_leaves_the_time_free(base: UnderContract, slot: Slot) -> None:
    base.fault("reset", "hold")
    with pytest.raises((OutcomeUnknown, MisUnavailable)):
        base.mis.hold(slot)
    assert is_free(base, slot)


@pytest.mark.parametrize("kind", ["lost", "garbage"])
def test_a_cancellation_whose_answer_is_lost_is_seen_in_the_status(
    base: UnderContract, slot: Slot, kind: Fault
) -> None:
    visit = base.mis.book(base.mis.hold(slot), PATIENT)
    base.fault(kind, "cancel")
    with pytest.raises(OutcomeUnknown):
        base.mis.cancel(slot.branch_id, visit.id)
    assert base.mis.status(slot.branch_id, visit.id) is VisitStatus.CANCELLED
    base.mis.cancel(slot.branch_id, visit.id)
    assert is_free(base, slot)


@pytest.mark.parametrize("kind", ["reset", "lost", "garbage"])
def test_one_fault_of_a_read_is_not_noticed(base: UnderContract, slot: Slot, kind: Fault) -> None:
    base.fault(kind, "free")
    assert is_free(base, slot)


@pytest.mark.parametrize(
    ("kind", "error"), [("reset", MisUnavailable), ("error", MisUnavailable), ("garbage", BadAnswer)]
)
def test_a_read_that_keeps_failing(
    base: UnderContract, slot: Slot, kind: Fault, error: type[Exception]
) -> None:
    base.fault(kind, "free", count=10)
    with pytest.raises(error):
        is_free(base, slot)


def test_a_status_that_cannot_be_read_is_an_error_and_no_status(base: UnderContract, slot: Slot) -> None:
    visit = base.mis.book(base.mis.hold(slot), PATIENT)
    base.fault("error", "status", count=10)
    with pytest.raises(MisUnavailable):
        base.mis.status(slot.branch_id, visit.id)


def test_one_patient_of_many_gets_the_time(base: UnderContract, slot: Slot) -> None:
    together = threading.Barrier(8)

    def ask(_: int) -> bool:
        together.wait(30)
        try:
            base.mis.hold(slot)
        except MisRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 1


def test_what_the_mis_never_heard_of(base: UnderContract) -> None:
    branch = base.branches[0].id
    assert base.mis.status(branch, NOBODY) is VisitStatus.ERROR
    assert base.mis.status(branch, "not an id") is VisitStatus.ERROR
    with pytest.raises(MisRefused):
        base.mis.cancel(branch, NOBODY)


def test_callback_is_stored_for_the_staff(base: UnderContract) -> None:
    branch = base.branches[-1]
    wished = (datetime.now(branch.timezone) + timedelta(days=2)).replace(
        hour=18, minute=0, second=0, microsecond=0
    )
    name = FullName("Петров", "Илья")
    request = CallbackRequest(branch.id, "ent", name, PATIENT.phone, wished, "когда освободится")
    stored_id = base.mis.request_callback(request)
    (stored,) = base.visits(PATIENT.phone)
    assert stored.id == stored_id
    assert stored.start == wished
    assert stored.comment == "когда освободится"


def test_two_patients_of_one_phone(base: UnderContract) -> None:
    first, second = free_slots(base)[:2]
    child = Patient(FullName("Петрова", "Мария", "Ильинична"), PATIENT.phone, PATIENT.birth_date)
    visits = [
        base.mis.book(base.mis.hold(first), PATIENT),
        base.mis.book(base.mis.hold(second), child),
    ]
    assert all(base.mis.status(visit.slot.branch_id, visit.id).booked for visit in visits)
