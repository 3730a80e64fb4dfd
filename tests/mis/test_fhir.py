"""The FHIR adapter beyond the contract: conditional writes, marks on Slots, what may not be logged."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from mis.calls import Timeouts
from mis.fhir import Fhir
from mis.fhir_transport import FhirTransport
from mis.port import (
    BadAnswer,
    FullName,
    Hold,
    MisRefused,
    MisUnavailable,
    OutcomeUnknown,
    Patient,
    Slot,
    SlotTaken,
    VisitStatus,
    Window,
)
from tests.mis.contract import fhir as contract
from tests.mis.contract.base import free_slots, is_free
from tests.mis.contract.fhir import running_fhir
from tests.mis.fake_umc import free_port
from tests.mis.fhir_network import BRANCHES, CENTRE, HOURS, ROOMS, SPECIALTIES, URAL, running_server
from tests.mis.fhir_proxy import Passed
from tests.mis.support import PATIENT

PATIENCE = Timeouts(10, 30, 60, 30)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[contract.Fhir]:
    with running_fhir(tmp_path_factory.mktemp("fhir")) as fhir:
        yield fhir


@pytest.fixture
def base(running: contract.Fhir) -> Iterator[contract.Fhir]:
    running.proxy.reset()
    yield running
    running.reset()


@pytest.fixture
def slot(base: contract.Fhir) -> Slot:
    found = free_slots(base)[0]
    base.proxy.passed.clear()
    return found


def adapter(url: str, new_id: Callable[[], str] | None = None, **settings: Any) -> Fhir:
    transport = FhirTransport(url, PATIENCE, **settings)
    more = {} if new_id is None else {"new_id": new_id}
    return Fhir(transport, BRANCHES, SPECIALTIES, lambda: datetime.now(timezone.utc), rooms=ROOMS, **more)


def slot_of(base: contract.Fhir, hold: Hold) -> dict[str, Any]:
    return base.network.get("Slot", hold.id.partition(".")[2])


def test_doctors_are_people_over_their_roles(base: contract.Fhir) -> None:
    centre, ural = ({d.name.surname: d for d in base.mis.doctors(b.id)} for b in BRANCHES)
    assert set(centre) == {"Иванова", "Орлов"}
    assert set(ural) == {"Иванова", "Белова", "Соколов", "Кабинет МРТ"}
    assert centre["Иванова"].id == ural["Иванова"].id == base.network.ids["Иванова"]
    assert centre["Иванова"].name == FullName("Иванова", "Анна", "Петровна")
    assert centre["Иванова"].specialty == "ent"
    assert centre["Иванова"].service_ids == (base.network.ids["service"],)
    assert (ural["Соколов"].specialty, ural["Соколов"].mis_specialty) == (None, "Неведомая наука")
    room = ural["Кабинет МРТ"]
    assert (room.room, room.specialty, room.sees_children) == ("mri", None, True)


def test_a_closed_location_is_no_branch(base: contract.Fhir) -> None:
    closed = base.network.get("Location", base.network.ids["centre"])
    base.network.put(closed, status="inactive")
    mis, today = adapter(base.proxy.url), datetime.now(CENTRE.timezone).date()
    try:
        assert [branch.id for branch in mis.branches()] == ["ural"]
        with pytest.raises(BadAnswer):
            mis.windows("centre", today, today)
    finally:
        base.network.put(closed)


def test_a_price_is_unknown(base: contract.Fhir) -> None:
    found = base.mis.services("centre")
    assert {(service.name, service.article, service.folder) for service in found} == {
        ("Приём ЛОР-врача", "B-ENT-1", "Приёмы"),
        ("Приём терапевта", "B-TER-1", "Приёмы"),
    }
    assert all(service.price is None and service.length is None for service in found)


def test_windows_are_of_the_branch_even_of_a_doctor_in_two(base: contract.Fhir) -> None:
    doctor, day = base.network.ids["Иванова"], datetime.now(URAL.timezone).date() + timedelta(days=2)
    for branch in (CENTRE, URAL):
        found = base.mis.fresh_windows(branch.id, day, day, [doctor])
        assert [window.start.hour for window in found] == list(HOURS)
        assert {window.start.utcoffset() for window in found} == {datetime.now(branch.timezone).utcoffset()}


def test_a_room_is_booked(base: contract.Fhir) -> None:
    day = datetime.now(URAL.timezone).date() + timedelta(days=1)
    window = base.mis.fresh_windows("ural", day, day, [base.network.ids["room"]])[0]
    slot = Slot("ural", window.doctor_id, window.start, window.end - window.start)
    base.mis.book(base.mis.hold(slot), PATIENT)
    (visit,) = base.network.all("Appointment")
    assert base.network.ids["room"] in [row["actor"]["reference"] for row in visit["participant"]]


def test_all_pages_are_read(base: contract.Fhir) -> None:
    day = datetime.now(URAL.timezone).date() + timedelta(days=1)
    found = adapter(base.proxy.url, page_size=7).windows("ural", day, day + timedelta(days=2))
    assert len(found) == len(set(found)) == 4 * 3 * len(HOURS)
    asked = [parse_qs(urlsplit(one.path).query) for one in base.proxy.passed if "Slot" in one.operation]
    assert len(asked) == 14
    assert all(query["status"] == ["free"] and len(query["start"]) == 2 for query in asked)


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


def send_again(base: contract.Fhir, late: Passed) -> int:
    """What becomes of a request that was lost on its way and comes after all."""
    answer = base.network.session.request(
        late.method,
        base.network.url + late.path,
        data=late.body,
        headers={name: late.headers[name] for name in ("If-Match", "If-None-Exist") if name in late.headers},
        timeout=30,
    )
    return answer.status_code


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


@pytest.mark.parametrize(
    ("known", "is_same"),
    [
        ({}, True),
        ({"telecom": [{"system": "phone", "value": "8 (916) 123-45-67"}]}, True),
        ({"name": [{"family": "ПЕТРОВ", "given": ["Илья", "Олегович"]}]}, True),
        ({"name": [{"text": "Петров Илья Олегович", "family": "Петров"}]}, True),
        ({"name": [{"family": "Петров", "given": ["Олег", "Олегович"]}]}, False),
        ({"telecom": [{"system": "phone", "value": "+79161234568"}]}, False),
        ({"telecom": [{"system": "email", "value": "+79161234567"}]}, False),
        ({"birthDate": "1990-05-18"}, False),
        ({"active": False}, False),
    ],
)
def test_a_patient_is_found_or_registered(
    base: contract.Fhir, slot: Slot, known: dict[str, Any], is_same: bool
) -> None:
    fields: dict[str, Any] = {
        "name": [{"family": "Петров", "given": ["Илья", "Олегович"]}],
        "telecom": [{"system": "phone", "value": "+79161234567"}],
        "birthDate": "1990-05-17",
    }
    patient = base.network.post("Patient", **(fields | known))
    base.mis.book(base.mis.hold(slot), PATIENT)
    (visit,) = base.network.all("Appointment")
    assert (visit["participant"][0]["actor"]["reference"] == f"Patient/{patient['id']}") is is_same
    assert len(base.network.all("Patient")) == (1 if is_same else 2)


def test_a_surname_with_yo_finds_the_one_without(base: contract.Fhir, slot: Slot) -> None:
    base.network.post(
        "Patient",
        name=[{"family": "Берёзов", "given": ["Илья"]}],
        telecom=[{"system": "phone", "value": PATIENT.phone}],
        birthDate=PATIENT.birth_date.isoformat(),
    )
    patient = Patient(FullName("Берёзов", "Илья"), PATIENT.phone, PATIENT.birth_date)
    base.mis.book(base.mis.hold(slot), patient)
    assert len(base.network.all("Patient")) == 1


def test_a_new_patient_is_never_created_on_a_condition(base: contract.Fhir, slot: Slot) -> None:
    base.mis.book(base.mis.hold(slot), PATIENT)
    conditions = {one.operation: one.headers.get("If-None-Exist") for one in base.proxy.passed}
    assert conditions["Patient.create"] is None
    assert conditions["Appointment.create:booked"]
    versions = {one.operation: one.headers.get("If-Match") for one in base.proxy.passed}
    assert versions["Slot.update:busy"]
    assert versions["Slot.update:busy"] != versions["Slot.update:busy-tentative"]


def test_the_server_of_the_tests_ends_with_them(tmp_path: Path) -> None:
    with running_server(tmp_path) as url:
        assert requests.get(f"{url}/Slot", timeout=30).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/Slot", timeout=30)


def test_nobody_listens() -> None:
    mis = adapter(f"http://127.0.0.1:{free_port()}")
    start = datetime.now(URAL.timezone) + timedelta(days=1)
    with pytest.raises(MisUnavailable):
        mis.hold(Slot("ural", "d", start, timedelta(minutes=30)))
    with pytest.raises(MisUnavailable):
        mis.cancel("ural", "a.b")


def test_a_server_that_keeps_no_versions_cannot_be_booked(base: contract.Fhir, slot: Slot) -> None:
    mis = adapter(base.proxy.url)
    search = mis._transport.search

    def without_versions(*asked: Any, **more: Any) -> Any:
        return [{key: value for key, value in row.items() if key != "meta"} for row in search(*asked, **more)]

    mis._transport.search = without_versions  # type: ignore[method-assign]
    with pytest.raises(MisRefused):
        mis.hold(slot)
    assert is_free(base, slot)


def test_words_of_the_server_and_patients_stay_out_of_the_log(
    base: contract.Fhir, slot: Slot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hold = base.mis.hold(slot)
    for kind in ("refuse", "error", "lost"):
        base.proxy.fault(kind, "Appointment.create")
        with pytest.raises((MisRefused, OutcomeUnknown)) as caught:
            base.mis.book(hold, PATIENT)
        assert "Сидоров" not in str(caught.value)
    base.proxy.fault("error", "Patient.search", count=5)
    with pytest.raises(MisUnavailable):
        base.mis.book(hold, PATIENT)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("mis"))
    assert "business-rule" in ours
    for secret in ("Сидоров", "Петров", "9161234567", "1990-05-17", hold.id):
        assert secret not in ours


def test_windows_are_the_ports(base: contract.Fhir, slot: Slot) -> None:
    window = base.mis.fresh_windows(slot.branch_id, slot.start.date(), slot.start.date(), [slot.doctor_id])[0]
    assert isinstance(window, Window)
    assert replace(slot, start=window.start).end == window.end


@pytest.mark.parametrize("written", ["+79161234567", "89161234567", "9161234567"])
def test_cards_with_a_phone_are_found(base: contract.Fhir, written: str) -> None:
    name = [{"family": "Петров", "given": ["Илья", "Олегович"]}]
    phone = [{"system": "phone", "value": written}]
    base.network.post("Patient", name=name, telecom=phone, birthDate="1990-05-17")
    base.network.post("Patient", name=name, telecom=phone)
    base.network.post(
        "Patient", name=name, telecom=[{"system": "phone", "value": "+79160000000"}], birthDate="1990-05-17"
    )
    assert base.mis.patients_of(PATIENT.phone) == (PATIENT,)
    assert base.mis.patients_of("+79990000000") == ()


@pytest.mark.parametrize(
    ("coverage", "found"),
    [
        ({}, True),
        ({"subscriberId": "77-1234 AB"}, True),
        ({"subscriberId": "", "identifier": [{"value": "771234ab"}]}, True),
        ({"subscriberId": "99"}, False),
        ({"status": "cancelled"}, False),
        ({"period": {"start": "2020-01-01", "end": "2999-12-31"}}, True),
        ({"period": {"end": "2020-01-01"}}, False),
        ({"period": {"start": "2999"}}, False),
    ],
)
def test_a_policy_is_found_by_its_number_and_time(
    base: contract.Fhir, slot: Slot, coverage: dict[str, Any], found: bool
) -> None:
    day = slot.start.date()
    assert base.mis.policy_found(slot.branch_id, PATIENT, "771234AB", day) is None
    name = [{"family": PATIENT.name.surname, "given": [PATIENT.name.given, PATIENT.name.patronymic]}]
    card = base.network.post(
        "Patient",
        name=name,
        telecom=[{"system": "phone", "value": PATIENT.phone}],
        birthDate=PATIENT.birth_date.isoformat(),
    )
    assert base.mis.policy_found(slot.branch_id, PATIENT, "771234AB", day) is False
    fields = {"status": "active", "subscriberId": "771234ab", **coverage}
    made = base.network.post(
        "Coverage",
        beneficiary={"reference": f"Patient/{card['id']}"},
        payor=[{"display": "Страховая"}],
        **{key: value for key, value in fields.items() if value},
    )
    try:
        assert base.mis.policy_found(slot.branch_id, PATIENT, "771234AB", day) is found
    finally:
        base.network.delete(made)
