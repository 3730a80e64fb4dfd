"""One wish is one visit, whoever repeats it; two visits of one patient at one time are asked about."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from clinic.outcomes import AlreadyGone, Confirmed, DoubleVisit, Held, Moved, SlotGone, Unknown
from mis.port import Capabilities, Hold, Patient, VisitStatus
from tests.clinic.conftest import Desk, patient, slot


def hold(desk: Desk, conversation: str = "c1", key: str = "", **where: object) -> int:
    kept = desk.bookings.hold(conversation, slot(**where), [], key or f"{conversation}{where}")  # type: ignore[arg-type]
    assert isinstance(kept, Held)
    return kept.booking_id


def confirm(desk: Desk, booking_id: int, who: Patient | None = None, **more: bool) -> object:
    return desk.bookings.confirm(booking_id, who or patient(), "v1", **more)


def books(desk: Desk) -> int:
    return desk.mis.calls.count("book")


def test_the_same_wish_from_two_devices_is_one_visit(desk: Desk) -> None:
    """Phone and computer, one doctor and time, each pressing everything at the same moment."""
    barrier = Barrier(2, timeout=60)

    def run(device: str) -> object:
        barrier.wait()
        kept = desk.bookings.hold(device, slot(), [], device)
        return confirm(desk, kept.booking_id) if isinstance(kept, Held) else kept

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, ("phone", "computer")))
    assert sorted(type(result).__name__ for result in results) == ["Confirmed", "SlotGone"]
    assert len(desk.mis.booked()) == 1


def test_the_second_device_after_the_first_has_booked(desk: Desk) -> None:
    confirm(desk, hold(desk, "phone"))
    assert desk.bookings.hold("computer", slot(), [], "k") == SlotGone()
    assert books(desk) == 1


def test_a_second_tap_and_a_redelivered_message_hear_the_first_answer(desk: Desk) -> None:
    booking_id = hold(desk, key="message-1")
    assert hold(desk, key="message-1") == booking_id
    first = confirm(desk, booking_id)
    assert isinstance(first, Confirmed)
    assert hold(desk, key="message-1") == booking_id, "the press comes again after the booking"
    assert confirm(desk, booking_id) == first
    assert books(desk) == 1


def test_the_same_button_tapped_in_two_processes_at_once(desk: Desk) -> None:
    booking_id = hold(desk)
    barrier = Barrier(8, timeout=60)

    def run(_: int) -> object:
        barrier.wait()
        return confirm(desk, booking_id)

    with ThreadPoolExecutor(8) as pool:
        results = set(map(repr, pool.map(run, range(8))))
    assert len(results) == 1
    assert books(desk) == 1


def test_a_repeated_yes_while_it_is_unclear_sends_nothing(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.mis.faults["book"] = ["lost"]
    assert [confirm(desk, booking_id) for _ in range(3)] == [Unknown(booking_id)] * 3
    assert desk.bookings.hold("c2", slot(), [], "k2") == SlotGone()
    assert books(desk) == 1


@pytest.mark.parametrize(
    "twin", [patient(given="ИЛЬЯ "), Patient(patient().name, "8 916 123-45-67", patient().birth_date)]
)
def test_two_doctors_at_one_time_are_asked_about_across_conversations(desk: Desk, twin: Patient) -> None:
    first = hold(desk, "phone")
    confirm(desk, first)
    second = hold(desk, "computer", doctor="d2")
    assert confirm(desk, second, twin) == DoubleVisit(second, first, slot())
    assert books(desk) == 1
    assert isinstance(confirm(desk, second, twin, allow_double=True), Confirmed)


def test_an_overlap_is_one_time_too(desk: Desk) -> None:
    first = hold(desk)
    confirm(desk, first)
    second = hold(desk, "c2", doctor="d2", minute=15)
    assert isinstance(confirm(desk, second), DoubleVisit)
    third = hold(desk, "c3", doctor="d2", minute=45)
    assert isinstance(confirm(desk, third), Confirmed)


def test_a_visit_the_clinic_has_cancelled_is_no_other_visit(desk: Desk) -> None:
    first = hold(desk)
    booked = confirm(desk, first)
    assert isinstance(booked, Confirmed)
    desk.mis.entries[booked.visit.id].status = VisitStatus.CANCELLED
    assert isinstance(confirm(desk, hold(desk, "c2", doctor="d2")), Confirmed)
    assert desk.state(first) == "cancelled"


def test_a_move_onto_another_visit_is_asked_about_and_goes_on_with_a_yes(desk: Desk) -> None:
    desk.identity.accept_verified("me", patient().phone, "test")
    old, other = hold(desk, "a", hour=9), hold(desk, "b", hour=12)
    confirm(desk, old)
    confirm(desk, other)
    new = hold(desk, "me", hour=12, doctor="d2")
    assert desk.visits.move("me", old, new, "v1") == DoubleVisit(new, other, slot(hour=12))
    assert desk.state(old) == "confirmed"
    assert isinstance(desk.visits.move("me", old, new, "v1", allow_double=True), Moved)


def test_one_visit_moved_from_two_devices_moves_once(desk: Desk) -> None:
    for device in ("phone", "computer"):
        desk.identity.accept_verified(device, patient().phone, "test")
    old = hold(desk, "a", hour=9)
    confirm(desk, old)
    news = {"phone": hold(desk, "phone", hour=12), "computer": hold(desk, "computer", hour=14)}
    barrier = Barrier(2, timeout=60)

    def run(device: str) -> object:
        barrier.wait()
        return desk.visits.move(device, old, news[device], "v1")

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, news))
    assert [type(result) for result in results].count(Moved) == 1
    assert [type(result) for result in results].count(AlreadyGone) == 1
    assert len(desk.mis.booked()) == 1


@pytest.fixture
def listing(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk(capabilities=Capabilities(holds=True, returns_visit_id=True, lists_visits=True))


def booked_at_the_registry(desk: Desk, **where: object) -> str:
    entry = desk.mis.hold(slot(**where))  # type: ignore[arg-type]
    desk.mis.book(Hold(entry.id, entry.slot, entry.taken_at), patient())
    return entry.id


def test_a_visit_made_at_the_registry_is_asked_about(listing: Desk) -> None:
    booked_at_the_registry(listing)
    second = hold(listing, doctor="d2")
    assert confirm(listing, second, patient(given=" илья")) == DoubleVisit(second, None, slot())
    assert isinstance(confirm(listing, second, allow_double=True), Confirmed)


def test_a_registry_visit_at_another_time_or_cancelled_is_none(listing: Desk) -> None:
    booked_at_the_registry(listing, hour=15)
    gone = booked_at_the_registry(listing)
    listing.mis.cancel("b1", gone)
    assert isinstance(confirm(listing, hold(listing, doctor="d2")), Confirmed)


def test_a_visit_of_our_own_is_known_by_the_ledger_alone(listing: Desk) -> None:
    listing.identity.accept_verified("me", patient().phone, "test")
    old = hold(listing, "a")
    confirm(listing, old)
    new = hold(listing, "me", doctor="d2")
    assert isinstance(listing.visits.move("me", old, new, "v1"), Moved), "its own old visit is no other"


def test_a_list_that_cannot_be_read_stops_nothing(listing: Desk) -> None:
    listing.mis.faults["visits_of"] = ["down"]
    assert isinstance(confirm(listing, hold(listing)), Confirmed)
