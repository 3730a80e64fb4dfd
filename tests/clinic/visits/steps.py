"""What tests of a patient's visits do and look at; conversation `me` has proved the owner's phone."""

from __future__ import annotations

from clinic.outcomes import Confirmed, Held, Settled
from clinic.visits import Upcoming
from mis.port import Patient
from tests.clinic.conftest import Desk, patient, slot
from tests.clinic.fake_mis import Entry

OWNER = "+79161234567"
STRANGER = "+79990000000"


def held(desk: Desk, conversation: str = "me", **where: object) -> int:
    result = desk.bookings.hold(conversation, slot(**where), ["s1"], f"{conversation}:{where}")  # type: ignore[arg-type]
    assert isinstance(result, Held)
    return result.booking_id


def booked(desk: Desk, conversation: str = "old", who: Patient | None = None, **where: object) -> int:
    booking_id = held(desk, conversation, **where)
    assert isinstance(desk.bookings.confirm(booking_id, who or patient(), "v1"), Confirmed)
    desk.bookings.mark_answered(booking_id, "booked")
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


def entry_of(desk: Desk, booking_id: int) -> Entry:
    visit_id = desk.bookings.get(booking_id).visit_id
    assert visit_id is not None
    return desk.mis.entries[visit_id]
