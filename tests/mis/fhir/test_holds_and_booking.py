"""Holds and bookings on a FHIR server: marks on Slots, conditional writes, faults at every step."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from mis.fhir import Fhir
from mis.fhir_transport import FhirTransport
from mis.port import (
    Hold,
    MisRefused,
    MisUnavailable,
    OutcomeUnknown,
    Slot,
    SlotTaken,
    VisitStatus,
)
from tests.mis.contract import fhir as contract
from tests.mis.contract.base import is_free
from tests.mis.fhir.support import adapter, send_again, slot_of
from tests.mis.fhir_network import URAL
from tests.mis.support import PATIENT


def test_a_room_is_booked(base: contract.Fhir) -> None:
    day = datetime.now(URAL.timezone).date() + timedelta(days=1)
    window = base.mis.fresh_windows("ural", day, day, [base.network.ids["room"]])[0]
    slot = Slot("ural", window.doctor_id, window.start, window.end - window.start)
    base.mis.book(base.mis.hold(slot), PATIENT)
    (visit,) = base.network.all("Appointment")
    assert base.network.ids["room"] in [row["actor"]["reference"] for row in visit["participant"]]


def test_a_booking_is_five_calls_and_leaves_no_trace_when_cancelled(base: contract.Fhir, slot: Slot) -> None:
    hold = base.mis.hold(slot)
    assert slot_of(base, hold)["status"] == "busy-tentative"
    base.proxy.passed.clear()
    base.mis.book(hold, PATIENT)
    assert base.proxy.operations() == [
        "Slot.read",
        "Patient.search",
        "Patient.create",
        "Slot.update:busy",
        "Appointment.create:booked",
    ]
    assert slot_of(base, hold)["status"] == "busy"
    base.mis.cancel(slot.branch_id, hold.id, "передумал")
    freed = slot_of(base, hold)
    assert (freed["status"], "identifier" in freed) == ("free", False)
    (visit,) = base.network.all("Appointment")
    assert (visit["status"], visit["cancelationReason"]) == ("cancelled", {"text": "передумал"})


def test_a_slot_changed_by_somebody_is_taken(base: contract.Fhir, slot: Slot) -> None:
    def stranger() -> None:
        (found,) = (
            one
            for one in base.network.all("Slot", status="free")
            if one["id"] == base.proxy.passed[-1].path.rpartition("/")[2]
        )
        base.network.put(found, status="busy")

    base.proxy.before("Slot.update:busy-tentative", stranger)
    with pytest.raises(SlotTaken):
        base.mis.hold(slot)
    assert not is_free(base, slot)
    assert base.held() == 0


@pytest.mark.parametrize("kind", ["reset", "error"])
def test_a_hold_that_was_given_up_cannot_arrive_later(base: contract.Fhir, slot: Slot, kind: str) -> None:
    base.proxy.fault(kind, "Slot.update:busy-tentative")
    with pytest.raises(MisUnavailable):
        base.mis.hold(slot)
    (late,) = (one for one in base.proxy.passed if one.operation == "Slot.update:busy-tentative")
    assert send_again(base, late) == 412
    assert is_free(base, slot)
    hold = base.mis.hold(slot)
    base.mis.book(hold, PATIENT)
    assert base.mis.status(slot.branch_id, hold.id).booked


def test_a_hold_that_arrives_while_it_is_looked_for_is_ours(base: contract.Fhir, slot: Slot) -> None:
    base.proxy.fault("reset", "Slot.update:busy-tentative")

    def arrives() -> None:
        (late,) = (one for one in base.proxy.passed if one.operation == "Slot.update:busy-tentative")
        assert send_again(base, late) == 200

    base.proxy.before("Slot.update:free", arrives)
    hold = base.mis.hold(slot)
    assert base.mis.status(slot.branch_id, hold.id).held


def test_a_hold_that_cannot_be_looked_for_is_unknown(base: contract.Fhir, slot: Slot) -> None:
    base.proxy.fault("reset", "Slot.update:busy-tentative")
    base.proxy.fault("error", "Slot.read", count=5)
    with pytest.raises(OutcomeUnknown):
        base.mis.hold(slot)


def test_our_own_request_that_comes_late_is_no_conflict(base: contract.Fhir, slot: Slot) -> None:
    hold = base.mis.hold(slot)
    base.proxy.fault("reset", "Slot.update:busy")
    with pytest.raises(OutcomeUnknown):
        base.mis.book(hold, PATIENT)
    (late,) = (one for one in base.proxy.passed if one.operation == "Slot.update:busy")
    base.proxy.before("Slot.update:busy", lambda: send_again(base, late))
    base.mis.book(hold, PATIENT)
    assert base.mis.status(slot.branch_id, hold.id).booked


def test_two_clients_race_for_one_slot(base: contract.Fhir, slot: Slot) -> None:
    """Each has read the Slot as free before anybody writes."""
    both_have_read = threading.Barrier(2)
    clients = [adapter(base.proxy.url) for _ in range(2)]
    for client in clients:
        client.windows(slot.branch_id, slot.start.date(), slot.start.date())
    update = FhirTransport.update

    def race(client: Fhir) -> Hold | None:
        transport = client._transport

        def update_together(resource: Any, branch_id: str) -> Any:
            both_have_read.wait(30)
            return update(transport, resource, branch_id)

        transport.update = update_together  # type: ignore[method-assign]
        try:
            return client.hold(slot)
        except SlotTaken:
            return None

    with ThreadPoolExecutor(2) as pool:
        holds = [hold for hold in pool.map(race, clients) if hold]
    assert len(holds) == 1
    assert clients[0].status(slot.branch_id, holds[0].id).held


def test_the_same_hold_booked_twice_is_one_visit(base: contract.Fhir, slot: Slot) -> None:
    hold = base.mis.hold(slot)
    first, second = base.mis.book(hold, PATIENT), base.mis.book(hold, PATIENT)
    assert first == second
    assert len(base.network.all("Appointment")) == len(base.network.all("Patient")) == 1
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: base.mis.book(hold, PATIENT).id, range(4))) == {hold.id}
    assert len(base.network.all("Appointment")) == 1


@pytest.mark.parametrize("step", ["Patient.create", "Slot.update:busy", "Appointment.create"])
@pytest.mark.parametrize("kind", ["lost", "reset", "garbage", "error"])
def test_after_any_fault_of_a_booking_it_can_be_finished_or_undone(
    base: contract.Fhir, slot: Slot, step: str, kind: str
) -> None:
    for finish in (True, False):
        hold = base.mis.hold(slot)
        base.proxy.fault(kind, step)
        with pytest.raises(OutcomeUnknown):
            base.mis.book(hold, PATIENT)
        status = base.mis.status(slot.branch_id, hold.id)
        assert status.held or status.booked
        if finish:
            base.mis.book(hold, PATIENT)
            assert base.mis.status(slot.branch_id, hold.id).booked
        base.mis.cancel(slot.branch_id, hold.id)
        assert not base.mis.status(slot.branch_id, hold.id).booked
        assert is_free(base, slot)
        base.reset()


def test_a_booking_on_its_way_cannot_arrive_after_the_hold_was_released(
    base: contract.Fhir, slot: Slot
) -> None:
    hold = base.mis.hold(slot)
    base.proxy.fault("reset", "Appointment.create:booked")
    with pytest.raises(OutcomeUnknown):
        base.mis.book(hold, PATIENT)
    (late,) = (one for one in base.proxy.passed if one.operation == "Appointment.create:booked")
    base.mis.cancel(slot.branch_id, hold.id)
    assert send_again(base, late) == 200
    assert base.mis.status(slot.branch_id, hold.id) is VisitStatus.CANCELLED
    assert [visit["status"] for visit in base.network.all("Appointment")] == ["cancelled"]
    assert is_free(base, slot)


def test_a_hold_taken_over_is_neither_booked_nor_freed(base: contract.Fhir, slot: Slot) -> None:
    hold = base.mis.hold(slot)
    base.expire(hold)
    theirs = base.network.put(slot_of(base, hold), status="busy", identifier=[{"value": "registry"}])
    with pytest.raises(MisRefused):
        base.mis.book(hold, PATIENT)
    base.mis.cancel(slot.branch_id, hold.id)
    assert slot_of(base, hold)["meta"]["versionId"] == theirs["meta"]["versionId"]
    assert base.mis.status(slot.branch_id, hold.id) is VisitStatus.ERROR
    assert base.network.all("Appointment") == []


def test_a_hold_lost_between_look_and_booking_is_refused(base: contract.Fhir, slot: Slot) -> None:
    hold = base.mis.hold(slot)
    base.proxy.before("Slot.update:busy", lambda: base.expire(hold))
    with pytest.raises(SlotTaken):
        base.mis.book(hold, PATIENT)
    assert base.network.all("Appointment") == []


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("proposed", VisitStatus.BEING_MADE),
        ("pending", VisitStatus.BEING_MADE),
        ("booked", VisitStatus.PROCESSED),
        ("arrived", VisitStatus.CAME),
        ("checked-in", VisitStatus.CAME),
        ("fulfilled", VisitStatus.CAME),
        ("noshow", VisitStatus.MISSED),
        ("cancelled", VisitStatus.CANCELLED),
        ("entered-in-error", VisitStatus.CANCELLED),
    ],
)
def test_what_the_clinic_does_with_a_visit_is_seen(
    base: contract.Fhir, slot: Slot, status: str, meaning: VisitStatus
) -> None:
    visit = base.mis.book(base.mis.hold(slot), PATIENT)
    base.network.put(base.network.all("Appointment")[0], status=status)
    assert base.mis.status(slot.branch_id, visit.id) is meaning
    if meaning in (VisitStatus.CAME, VisitStatus.MISSED):
        with pytest.raises(MisRefused):
            base.mis.cancel(slot.branch_id, visit.id)
    else:
        base.mis.cancel(slot.branch_id, visit.id)
        assert is_free(base, slot)


def test_a_visit_changed_while_it_is_cancelled_is_looked_at_again(base: contract.Fhir, slot: Slot) -> None:
    visit = base.mis.book(base.mis.hold(slot), PATIENT)
    (stored,) = base.network.all("Appointment")
    base.proxy.before("Appointment.update:cancelled", lambda: base.network.put(stored, comment="по телефону"))
    base.mis.cancel(slot.branch_id, visit.id)
    (cancelled,) = base.network.all("Appointment")
    assert (cancelled["status"], cancelled["comment"]) == ("cancelled", "по телефону")
    came = base.mis.book(base.mis.hold(slot), PATIENT)
    (stored,) = (one for one in base.network.all("Appointment") if one["status"] == "booked")
    base.proxy.before("Appointment.update:cancelled", lambda: base.network.put(stored, status="arrived"))
    with pytest.raises(MisRefused):
        base.mis.cancel(slot.branch_id, came.id)
    assert base.mis.status(slot.branch_id, came.id) is VisitStatus.CAME


@pytest.mark.parametrize("kind", ["error", "reset"])
def test_a_visit_cancelled_with_its_slot_still_busy_is_not_told_as_standing(
    base: contract.Fhir, slot: Slot, kind: str
) -> None:
    visit = base.mis.book(base.mis.hold(slot), PATIENT)
    base.proxy.fault(kind, "Slot.update:free", count=2)
    with pytest.raises(OutcomeUnknown):
        base.mis.cancel(slot.branch_id, visit.id)
    assert base.mis.status(slot.branch_id, visit.id) is VisitStatus.CANCELLED
    base.mis.cancel(slot.branch_id, visit.id)
    assert is_free(base, slot)


@pytest.mark.parametrize("kind", ["error", "lost"])
def test_one_fault_while_a_slot_is_freed_is_not_noticed(base: contract.Fhir, slot: Slot, kind: str) -> None:
    visit = base.mis.book(base.mis.hold(slot), PATIENT)
    base.proxy.fault(kind, "Slot.update:free")
    base.mis.cancel(slot.branch_id, visit.id)
    assert is_free(base, slot)
