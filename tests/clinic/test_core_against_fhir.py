"""The booking core over a FHIR server of other people's making: what is told is what it has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine

from clinic.booking import Bookings
from clinic.identity import Identity
from clinic.outcomes import Cancelled, CancelUnknown, Confirmed, DoubleVisit, Held, Moved, Settled
from clinic.sms import NoSms
from clinic.visits import Upcoming, Visits
from mis.port import Slot
from tests.mis.contract.base import free_slots
from tests.mis.contract.fhir import Fhir, running_fhir
from tests.mis.support import PATIENT

ONE_OF_BOOKING = ["Patient.create", "Slot.update:busy", "Appointment.create"]


@dataclass
class Clock:
    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(timezone.utc) + self.ahead


@dataclass
class Core:
    mis: Fhir
    clock: Clock
    bookings: Bookings
    visits: Visits
    slots: list[Slot]

    def hold(self, slot: Slot, conversation: str = "me") -> int:
        held = self.bookings.hold(conversation, slot, [], f"{conversation}:{slot}")
        assert isinstance(held, Held)
        return held.booking_id

    def book(self, slot: Slot) -> int:
        booking_id = self.hold(slot, "old")
        assert isinstance(self.bookings.confirm(booking_id, PATIENT, "v1"), Confirmed)
        return booking_id

    def settle(self, **by: float) -> list[Settled]:
        self.clock.ahead += timedelta(**(by or {"seconds": 30}))
        return self.bookings.settle(self.clock())

    def standing(self) -> list[datetime]:
        """Starts of the visits that the server has and that are not cancelled."""
        found = self.mis.network.all("Appointment")
        return sorted(datetime.fromisoformat(one["start"]) for one in found if one["status"] != "cancelled")

    def occupied(self) -> list[datetime]:
        slots = self.mis.network.all("Slot")
        return sorted(datetime.fromisoformat(slot["start"]) for slot in slots if slot["status"] != "free")


@pytest.fixture(scope="module")
def fhir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fhir]:
    with running_fhir(tmp_path_factory.mktemp("fhir")) as running:
        yield running


@pytest.fixture
def core(fhir: Fhir, empty_ledger: Engine, pool: ThreadPoolExecutor) -> Iterator[Core]:
    clock, mis = Clock(), fhir.mis.fresh
    bookings = Bookings(empty_ledger, mis, clock)
    identity = Identity(empty_ledger, NoSms(), clock, lambda code, lifetime: code)
    identity.accept_verified("me", PATIENT.phone, "test")
    visits = Visits(empty_ledger, bookings, bookings.steps, identity, clock, pool)
    first = free_slots(fhir)
    yield Core(
        fhir,
        clock,
        bookings,
        visits,
        [_later(slot, hours) for slot, hours in zip(first, (24, 25, 26), strict=False)],
    )
    fhir.reset()


def _later(slot: Slot, hours: int) -> Slot:
    return Slot(slot.branch_id, slot.doctor_id, slot.start + timedelta(hours=hours), slot.length)


def seen(core: Core) -> list[tuple[int, str]]:
    found = core.visits.upcoming("me", seconds=20)
    assert isinstance(found, Upcoming)
    return [(card.booking_id, card.state) for card in found.visits]


def test_a_visit_is_booked_seen_and_cancelled(core: Core) -> None:
    visit = core.book(core.slots[0])
    assert core.standing() == core.occupied() == [core.slots[0].start]
    assert seen(core) == [(visit, "booked")]
    assert core.visits.cancel("me", visit, "k") == Cancelled(visit)
    assert core.standing() == core.occupied() == []
    assert seen(core) == []


def test_a_visit_is_moved(core: Core) -> None:
    old, new = core.book(core.slots[0]), core.hold(core.slots[1])
    assert isinstance(core.visits.move("me", old, new, "v1"), Moved)
    assert core.standing() == core.occupied() == [core.slots[1].start]
    assert seen(core) == [(new, "booked")]


def test_a_hold_is_given_back(core: Core) -> None:
    booking_id = core.hold(core.slots[0])
    assert core.occupied() == [core.slots[0].start]
    assert core.bookings.release(booking_id)
    assert core.occupied() == []
    core.hold(core.slots[1])
    assert core.settle(minutes=20) == []
    assert core.occupied() == []


def test_a_visit_made_at_the_registry_is_seen_and_asked_about(core: Core) -> None:
    visit = core.book(core.slots[0])
    (stored,) = core.mis.network.all("Appointment")
    others = {key: value for key, value in stored.items() if key not in ("id", "identifier", "meta", "slot")}
    moved = {"start": core.slots[1].start.isoformat(), "end": core.slots[1].end.isoformat()}
    core.mis.network.put({**others, "id": "registry-1"}, **moved)
    found = core.visits.upcoming("me", seconds=20)
    assert isinstance(found, Upcoming)
    assert not found.only_ours
    shown = [(card.booking_id, card.slot.start, card.state) for card in found.visits]
    assert shown == [(visit, core.slots[0].start, "booked"), (0, core.slots[1].start, "registry")]
    asked = core.bookings.confirm(core.hold(core.slots[1]), PATIENT, "v1")
    assert isinstance(asked, DoubleVisit)
    assert asked.other_booking_id is None


def test_two_patients_want_one_slot(core: Core) -> None:
    with ThreadPoolExecutor(4) as pool:
        asked = pool.map(lambda who: core.bookings.hold(who, core.slots[0], [], who), ["a", "b", "c", "d"])
        assert [type(answer) for answer in asked].count(Held) == 1
    assert core.occupied() == [core.slots[0].start]


def test_a_visit_cancelled_at_the_registry_is_noticed(core: Core) -> None:
    visit = core.book(core.slots[0])
    (stored,) = core.mis.network.all("Appointment")
    core.mis.network.put(stored, status="cancelled")
    found = core.visits.upcoming("me", seconds=20)
    assert isinstance(found, Upcoming)
    assert [card.booking_id for card in found.cancelled_by_clinic] == [visit]


@pytest.mark.parametrize("step", ONE_OF_BOOKING)
@pytest.mark.parametrize("kind", ["lost", "garbage", "reset", "error"])
def test_a_booking_in_bad_weather_is_settled_once(core: Core, step: str, kind: str) -> None:
    booking_id = core.hold(core.slots[0])
    core.mis.proxy.fault(kind, step)
    answer = core.bookings.confirm(booking_id, PATIENT, "v1")
    assert not isinstance(answer, Confirmed)
    assert core.settle() == [Settled("me", booking_id, "booked")]
    assert core.bookings.get(booking_id).state == "confirmed"
    assert core.standing() == core.occupied() == [core.slots[0].start]
    assert len(core.mis.network.all("Patient")) == 1


def test_an_unclear_booking_that_ran_out_is_undone(core: Core) -> None:
    booking_id = core.hold(core.slots[0])
    core.mis.proxy.fault("reset", "Appointment.create:booked")
    assert not isinstance(core.bookings.confirm(booking_id, PATIENT, "v1"), Confirmed)
    assert core.settle(minutes=20) == [Settled("me", booking_id, "absent")]
    assert core.standing() == core.occupied() == []


@pytest.mark.parametrize(
    ("kind", "step", "result"),
    [
        ("lost", "Appointment.update:cancelled", Cancelled),
        ("garbage", "Appointment.update:cancelled", Cancelled),
        ("reset", "Appointment.update:cancelled", CancelUnknown),
        ("error", "Appointment.update:cancelled", CancelUnknown),
        ("lost", "Slot.update:free", Cancelled),
        ("reset", "Slot.update:free", Cancelled),
    ],
)
def test_a_cancellation_in_bad_weather(
    core: Core, kind: str, step: str, result: Callable[[int], object]
) -> None:
    visit = core.book(core.slots[0])
    core.mis.proxy.fault(kind, step)
    assert core.visits.cancel("me", visit, "k") == result(visit)
    assert core.settle() == ([Settled("me", visit, "cancelled")] if result is CancelUnknown else [])
    assert core.standing() == []
    assert seen(core) == []
