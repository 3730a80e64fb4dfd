"""A patient's own visits: seen, cancelled and moved, in all weathers and by nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clinic.outcomes import (
    Cancelled,
    Confirmed,
    Held,
    Moved,
    Settled,
)
from clinic.visits import Upcoming
from mis.port import Patient
from tests.clinic.conftest import Desk, patient, slot

OWNER = "+79161234567"
STRANGER = "+79990000000"


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    """A desk in which conversation `me` has proved the owner's phone, `he` a stranger's."""
    made = make_desk()
    made.identity.accept_verified("me", OWNER, "test")
    made.identity.accept_verified("he", STRANGER, "test")
    return made


def held(desk: Desk, conversation: str = "me", **where: object) -> int:
    result = desk.bookings.hold(conversation, slot(**where), ["s1"], f"{conversation}:{where}")  # type: ignore[arg-type]
    assert isinstance(result, Held)
    return result.booking_id


def booked(desk: Desk, conversation: str = "old", who: Patient | None = None, **where: object) -> int:
    booking_id = held(desk, conversation, **where)
    assert isinstance(desk.bookings.confirm(booking_id, who or patient(), "v1"), Confirmed)
    return booking_id


def seen(desk: Desk, conversation: str = "me") -> list[tuple[int, str]]:
    found = desk.visits.upcoming(conversation)
    assert isinstance(found, Upcoming)
    return [(card.booking_id, card.state) for card in found.visits]


def settle_later(desk: Desk, **by: float) -> list[Settled]:
    return desk.bookings.settle(desk.clock.forward(**(by or {"seconds": 30})))


def standing(desk: Desk) -> list[int]:
    """Hours at which the MIS has a visit."""
    return sorted(entry.slot.start.hour for entry in desk.mis.booked())


def test_visits_to_come_are_seen_nearest_first(desk: Desk) -> None:
    late, early = booked(desk, "a", hour=15), booked(desk, "b", hour=11, doctor="d2")
    assert seen(desk) == [(early, "booked"), (late, "booked")]
    assert seen(desk, "he") == []


def test_a_visit_is_cancelled(desk: Desk) -> None:
    visit = booked(desk)
    assert desk.visits.cancel("me", visit, "k") == Cancelled(visit)
    assert standing(desk) == []
    assert desk.state(visit) == "cancelled"
    assert seen(desk) == []


def test_a_visit_is_moved(desk: Desk) -> None:
    old, new = booked(desk), held(desk, hour=14)
    result = desk.visits.move("me", old, new, "v1")
    assert isinstance(result, Moved)
    assert (result.new.booking_id, result.old_booking_id) == (new, old)
    assert standing(desk) == [14]
    assert desk.mis.calls[-4:] == ["book", "status", "cancel", "status"]
    assert (desk.bookings.get(new).replaces, desk.bookings.get(old).replaced_by) == (old, new)
