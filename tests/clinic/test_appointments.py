"""An operator's visits over the clinic's core and a MIS of its own, in the patient's conversation."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from clinic.consents import Consents
from clinic.service import open_clinic
from desk.appointments import ClinicAppointments, Done, Wanted, patient_of
from mis.port import Branch, Capabilities, Slot, VisitStatus
from tests.clinic.conftest import Clock
from tests.clinic.fake_mis import MOSCOW, Entry, FakeMis, FakeReference
from tests.clinic.network import catalogue, doctor, service, window

ENT = Wanted(date(2026, 11, 24), date(2026, 11, 24), specialty="ent", branch_id="b1")
PATIENT = patient_of("берёзов", "илья", "", "8 916 123-45-67", date(1985, 3, 2))


@pytest.fixture
def mis():
    return FakeMis(
        Clock(),
        doctor_lists={"b1": [doctor("d1"), doctor("d3")], "b2": [doctor("d2")], "b3": []},
        service_lists={"b1": [service("B-ENT-1")], "b2": [service("B-ENT-1", "b2")]},
        window_list=[
            window("b1", "d1", 24, 10, 12),
            window("b1", "d3", 25, 10, 12),
            window("b2", "d2", 24, 9, 12),
        ],
    )


@pytest.fixture
def clinic(empty_ledger, mis):
    core = open_clinic(empty_ledger, mis, mis, FakeReference({}), catalogue(), Clock())
    yield core
    core.pool.shutdown()


@pytest.fixture
def operator(clinic):
    return ClinicAppointments(clinic, "k" * 32, "1.0")


def book(operator, offer, sender="web:1", key="key-00001", **fields):
    given = {"patient": PATIENT, "consent": "personal_data", "allow_double": False, **fields}
    return operator.book(sender, offer, given["patient"], given["consent"], key, given["allow_double"])


def first(operator, sender="web:1", wanted=ENT):
    return operator.search(sender, wanted).free[0]


def test_what_was_asked_for_is_found_and_nothing_else(operator):
    found = operator.search("web:1", ENT)
    assert {(each.branch_id, each.doctor_id, each.start.day) for each in found.free} == {("b1", "d1", 24)}
    assert found.silent_branches == ()
    by_doctor = Wanted(date(2026, 11, 23), date(2026, 11, 30), doctor_id="d3")
    assert {each.doctor_id for each in operator.search("web:1", by_doctor).free} == {"d3"}
    later = Wanted(date(2027, 6, 1), date(2027, 6, 2), specialty="ent")
    assert operator.search("web:1", later).free == ()


def test_booked_only_when_the_mis_says_so_and_once(operator, mis, clinic, empty_ledger):
    offer = first(operator)
    done = book(operator, offer.offer)
    assert (done.outcome, done.start) == ("booked", offer.start)
    assert done.number
    assert book(operator, offer.offer) == done
    (row,) = clinic.bookings.of_conversation("web:1")
    assert (str(row.patient.name), row.patient.phone) == ("Берёзов Илья", "+79161234567")
    assert Consents(empty_ledger).given_at("web:1", "personal_data", "1.0") is not None
    assert book(operator, first(operator, "web:2").offer, "web:2", "key-00002").outcome in (
        "booked",
        "double",
    )


@pytest.mark.parametrize(
    ("call", "fault", "outcome"),
    [
        ("book", "lost_before", "unknown"),
        ("book", "down", "mis_down"),
        ("hold", "taken", "gone"),
        ("windows", "down", "mis_down"),
    ],
)
def test_nothing_is_called_booked_that_is_not(operator, mis, call, fault, outcome):
    offer = first(operator)
    mis.faults[call] = [fault]
    assert book(operator, offer.offer).outcome == outcome


def test_offers_cannot_be_made_up_nor_taken_elsewhere(operator):
    offer = first(operator).offer
    assert book(operator, offer, "web:2").outcome == "bad_offer"
    assert book(operator, "A" + offer).outcome == "bad_offer"
    assert book(operator, "x.y").outcome == "bad_offer"


@pytest.mark.parametrize(
    "patient",
    [
        patient_of("", "Илья", "", "+79161234567", date(1985, 3, 2)),
        patient_of("Берёзов", "Илья", "", "123", date(1985, 3, 2)),
        patient_of("Берёзов", "Илья", "", "+79161234567", date(2085, 3, 2)),
    ],
)
def test_data_that_would_make_a_lost_card_are_refused(operator, clinic, patient):
    assert book(operator, first(operator).offer, patient=patient) == Done("bad_patient")
    assert clinic.bookings.of_conversation("web:1") == []


def test_visits_are_seen_moved_and_cancelled_only_with_a_proved_phone(operator, clinic):
    booked = book(operator, first(operator).offer)
    other = operator.search("web:1", ENT).free[-1]
    assert operator.visits("web:1") is None
    assert operator.cancel("web:1", booked.booking_id, "key-00003").outcome == "not_proved"
    assert operator.move("web:1", booked.booking_id, other.offer, "key-00004").outcome == "not_proved"
    clinic.identity.accept_verified("web:1", "+79161234567", "test")
    (visit,) = operator.visits("web:1")
    assert (visit.booking_id, visit.state) == (booked.booking_id, "booked")
    assert operator.move("web:1", 99999, other.offer, "key-00005").outcome == "no_such_visit"
    moved = operator.move("web:1", booked.booking_id, other.offer, "key-00006")
    assert (moved.outcome, moved.start) == ("moved", other.start)
    assert operator.cancel("web:1", 99999, "key-00007").outcome == "no_such_visit"
    assert operator.cancel("web:1", moved.booking_id, "key-00008").outcome == "cancelled"
    assert list(operator.visits("web:1")) == []


def test_visits_made_at_the_registry_are_shown_beside_ours(operator, clinic, mis):
    mis.capabilities = Capabilities(holds=True, returns_visit_id=True, lists_visits=True)
    mis.branch_list = [Branch("b1", "m1", "Северный", MOSCOW)]
    booked = book(operator, first(operator).offer)
    (row,) = clinic.bookings.of_conversation("web:1")
    later = Slot("b1", "d3", row.slot.start + timedelta(days=1), row.slot.length)
    mis.entries[mis.hold(later).id] = Entry(later, VisitStatus.NEW, mis.clock(), row.patient)
    clinic.identity.accept_verified("web:1", "+79161234567", "test")
    shown = [(visit.booking_id, visit.start, visit.state) for visit in operator.visits("web:1")]
    assert shown == [(booked.booking_id, row.slot.start, "booked"), (None, later.start, "registry")]


def test_a_visit_that_the_clinic_cancelled_is_shown_and_still_told(operator, clinic, mis):
    booked = book(operator, first(operator).offer)
    (row,) = clinic.bookings.of_conversation("web:1")
    mis.entries[row.visit_id].status = VisitStatus.CANCELLED
    clinic.identity.accept_verified("web:1", "+79161234567", "test")
    (visit,) = operator.visits("web:1")
    assert (visit.booking_id, visit.state) == (booked.booking_id, "cancelled_by_clinic")
    news = clinic.bookings.settle(clinic.clock.forward(minutes=2))
    assert [(each.booking_id, each.outcome) for each in news] == [(booked.booking_id, "cancelled_by_clinic")]


def test_what_can_be_looked_for(operator):
    choices = operator.choices()
    assert {each.id for each in choices.specialties} == {"ent", "cardiologist"}
    assert [each.id for each in choices.branches] == ["b1", "b2", "b3"]
