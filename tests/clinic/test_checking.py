"""What the clinic does to a visit is read before anybody speaks of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from clinic.booking import UnknownBooking
from clinic.ledger import Ledger
from clinic.outcomes import AlreadyGone, Cancelled, Clashed, Confirmed, Held
from clinic.visits import Upcoming
from mis.port import Capabilities, VisitStatus
from tests.clinic.conftest import Desk, patient, slot
from tests.clinic.fake_mis import Entry


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    desk = make_desk(capabilities=Capabilities(holds=True, returns_visit_id=True, shows_taken=True))
    desk.identity.accept_verified("me", patient().phone, "test")
    return desk


def booked(desk: Desk, conversation: str = "old", **where: object) -> int:
    kept = desk.bookings.hold(conversation, slot(**where), [], f"{conversation}{where}")  # type: ignore[arg-type]
    assert isinstance(kept, Held)
    assert isinstance(desk.bookings.confirm(kept.booking_id, patient(), "v1"), Confirmed | Clashed)
    return kept.booking_id


def entry_of(desk: Desk, booking_id: int) -> Entry:
    return desk.mis.entries[desk.bookings.get(booking_id).visit_id or ""]


def moved_at_the_registry(desk: Desk, booking_id: int, hour: int = 15) -> None:
    entry = entry_of(desk, booking_id)
    entry.slot = replace(entry.slot, start=slot(hour=hour).start)


def seen(desk: Desk) -> list[tuple[int, str]]:
    found = desk.visits.upcoming("me")
    assert isinstance(found, Upcoming)
    return [(card.booking_id, card.state) for card in found.visits]


def test_a_visit_at_its_time_stands(desk: Desk) -> None:
    visit = booked(desk)
    assert desk.visits.check(visit).state == "stands"
    assert seen(desk) == [(visit, "booked")]


def test_a_visit_moved_at_the_registry_is_not_called_by_its_old_time(desk: Desk) -> None:
    visit = booked(desk)
    moved_at_the_registry(desk, visit)
    assert seen(desk) == [(visit, "moved")]
    assert desk.visits.check(visit).state == "moved"
    assert desk.state(visit) == "moved"
    with desk.engine.connect() as connection:
        assert Ledger(connection).history(visit)[-1][:2] == ("confirmed", "moved")
    assert desk.visits.cancel("me", visit, "k") == AlreadyGone(visit, "moved")
    assert len(desk.mis.booked()) == 1


def test_a_moved_visit_frees_its_time_for_another_patient(desk: Desk) -> None:
    visit = booked(desk)
    moved_at_the_registry(desk, visit)
    other = desk.bookings.hold("c2", slot(), [], "k2")
    assert isinstance(other, Held)
    assert isinstance(desk.bookings.confirm(other.booking_id, patient(given="Анна"), "v1"), Confirmed)
    assert seen(desk) == [(visit, "moved"), (other.booking_id, "booked")]


def test_a_moved_visit_that_was_then_cancelled(desk: Desk) -> None:
    visit = booked(desk)
    moved_at_the_registry(desk, visit)
    assert seen(desk) == [(visit, "moved")]
    entry_of(desk, visit).status = VisitStatus.CANCELLED
    found = desk.visits.upcoming("me")
    assert isinstance(found, Upcoming)
    assert [card.booking_id for card in found.cancelled_by_clinic] == [visit]
    assert desk.visits.check(visit).state == "cancelled"


@pytest.mark.parametrize(
    ("status", "state"),
    [(VisitStatus.CANCELLED, "cancelled"), (VisitStatus.CAME, "over"), (VisitStatus.MISSED, "over")],
)
def test_cancelled_and_past_visits_are_noticed(desk: Desk, status: VisitStatus, state: str) -> None:
    visit = booked(desk)
    entry_of(desk, visit).status = status
    checked = desk.visits.check(visit)
    assert checked.state == state
    assert checked.booking.visit_status == status.value
    assert seen(desk) == []


@pytest.mark.parametrize("call", ["status", "windows"])
def test_a_mis_that_does_not_answer_moves_nothing(desk: Desk, call: str) -> None:
    visit = booked(desk)
    moved_at_the_registry(desk, visit)
    desk.mis.faults[call] = ["down"]
    assert desk.visits.check(visit).state == ("unchecked" if call == "status" else "stands")
    assert desk.state(visit) == "confirmed"


def test_a_day_off_is_no_move(desk: Desk) -> None:
    """The doctor's schedule was taken away: the time is not free, so the visit may stand."""
    visit = booked(desk)
    desk.mis.window_list = []
    assert desk.visits.check(visit).state == "stands"


def test_a_clash_is_told_until_somebody_has_decided(desk: Desk) -> None:
    kept = desk.bookings.hold("old", slot(), [], "k")
    assert isinstance(kept, Held)
    desk.mis.lax = True
    desk.mis.faults["book"] = ["registrar"]
    visit = kept.booking_id
    assert isinstance(desk.bookings.confirm(visit, patient(), "v1"), Clashed)
    assert seen(desk) == [(visit, "clash")]
    stranger = next(id_ for id_ in desk.mis.entries if id_.startswith("stranger"))
    desk.mis.cancel("b1", stranger)
    assert seen(desk) == [(visit, "booked")]
    assert desk.bookings.get(visit).clash_at is None
    assert isinstance(desk.bookings.confirm(visit, patient(), "v1"), Confirmed)


def test_a_clash_can_be_cancelled_by_its_patient(desk: Desk) -> None:
    kept = desk.bookings.hold("old", slot(), [], "k")
    assert isinstance(kept, Held)
    desk.mis.lax = True
    desk.mis.faults["book"] = ["registrar"]
    desk.bookings.confirm(kept.booking_id, patient(), "v1")
    assert desk.visits.cancel("me", kept.booking_id, "c") == Cancelled(kept.booking_id)


def test_what_is_no_visit_is_not_asked_about(desk: Desk) -> None:
    kept = desk.bookings.hold("c1", slot(), [], "k")
    assert isinstance(kept, Held)
    assert desk.visits.check(kept.booking_id).state == "unchecked"
    assert "status" not in desk.mis.calls
    with pytest.raises(UnknownBooking):
        desk.visits.check(1)
