"""Seeing, cancelling and moving visits against the sandbox over HTTP: what is told is what it has."""

# ruff: noqa: F811  (fixtures are taken over by import)

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine

from clinic.booking import Bookings
from clinic.identity import Identity
from clinic.outcomes import (
    Cancelled,
    CancelRefused,
    CancelUnknown,
    Confirmed,
    Held,
    Moved,
    MovedOldStands,
    Settled,
)
from clinic.sms import NoSms
from clinic.visits import Upcoming, Visits
from mis.port import Slot
from tests.mis.sandbox import (  # noqa: F401
    Sandbox,
    free_slots,
    opened,
    running,
    sandbox,
    settings_file,
)
from tests.mis.support import PATIENT


@dataclass
class Clock:
    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(timezone.utc) + self.ahead


@dataclass
class Core:
    sandbox: Sandbox
    clock: Clock
    bookings: Bookings
    visits: Visits
    slots: list[Slot]

    @property
    def later(self) -> Slot:
        """After the first of `slots`: whoever has that one can also come to this."""
        return next(slot for slot in self.slots if slot.start >= self.slots[0].end)

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
        """Starts of the patient's visits that the sandbox has and that are not cancelled."""
        found = self.sandbox.get("visits?phone=%2B79161234567")
        return sorted(
            datetime.fromisoformat(visit["starts_at"]) for visit in found if visit["state"] != "cancelled"
        )


@pytest.fixture
def core(sandbox: Sandbox, empty_ledger: Engine, pool: ThreadPoolExecutor) -> Core:
    clock, mis = Clock(), sandbox.mis.fresh
    bookings = Bookings(empty_ledger, mis, clock)
    identity = Identity(empty_ledger, NoSms(), clock, lambda code, lifetime: code)
    identity.accept_verified("me", PATIENT.phone, "test")
    visits = Visits(empty_ledger, bookings, bookings.steps, identity, clock, pool)
    slots = sorted(free_slots(sandbox), key=lambda slot: slot.start)
    day = slots[0].start + timedelta(days=1)
    return Core(sandbox, clock, bookings, visits, [slot for slot in slots if slot.start > day])


def seen(core: Core) -> list[tuple[int, str]]:
    found = core.visits.upcoming("me", seconds=20)
    assert isinstance(found, Upcoming)
    assert found.only_ours, "BIT.UMC lists no visits"
    return [(card.booking_id, card.state) for card in found.visits]


def test_a_visit_is_seen_and_cancelled(core: Core) -> None:
    visit = core.book(core.slots[0])
    assert seen(core) == [(visit, "booked")]
    assert core.visits.cancel("me", visit, "k") == Cancelled(visit)
    assert core.standing() == []
    assert seen(core) == []


def test_a_visit_is_moved(core: Core) -> None:
    old, new = core.book(core.slots[0]), core.hold(core.later)
    assert isinstance(core.visits.move("me", old, new, "v1"), Moved)
    assert core.standing() == [core.later.start]
    assert seen(core) == [(new, "booked")]


def test_a_visit_cancelled_at_the_registry_is_noticed(core: Core) -> None:
    visit = core.book(core.slots[0])
    row = core.bookings.get(visit)
    core.sandbox.mis.cancel(row.slot.branch_id, row.visit_id or "", "")
    found = core.visits.upcoming("me", seconds=20)
    assert isinstance(found, Upcoming)
    assert [card.booking_id for card in found.cancelled_by_clinic] == [visit]


@pytest.mark.parametrize(
    ("kind", "result", "told"),
    [
        ("lost", Cancelled, None),
        ("garbage", Cancelled, None),
        ("reset", CancelUnknown, "cancelled"),
        ("error", CancelUnknown, "cancelled"),
        ("refuse", CancelRefused, None),
    ],
)
def test_a_cancellation_in_bad_weather(core: Core, kind: str, result: type, told: str | None) -> None:
    visit = core.book(core.slots[0])
    core.sandbox.fault(kind, "AppointmentCancel")
    assert core.visits.cancel("me", visit, "k") == result(visit)
    stands = result is not Cancelled
    assert core.standing() == ([core.slots[0].start] if stands else [])
    news = core.settle()
    assert news == ([Settled("me", visit, told)] if told else [])  # type: ignore[arg-type]
    assert core.standing() == ([core.slots[0].start] if result is CancelRefused else [])


@pytest.mark.parametrize("kind", ["reset", "error", "refuse"])
def test_a_move_whose_last_step_fails_is_finished_later(core: Core, kind: str) -> None:
    old, new = core.book(core.slots[0]), core.hold(core.later)
    core.sandbox.fault(kind, "AppointmentCancel")
    assert isinstance(core.visits.move("me", old, new, "v1"), MovedOldStands)
    assert core.standing() == [core.slots[0].start, core.later.start]
    [news] = core.settle()
    assert (news, news.moved) == (Settled("me", old, "cancelled"), True)
    assert core.standing() == [core.later.start]


def test_a_move_to_a_time_that_is_refused_keeps_the_old_visit(core: Core) -> None:
    old, new = core.book(core.slots[0]), core.hold(core.later)
    core.sandbox.fault("refuse", "AppointmentCreate")
    assert not isinstance(core.visits.move("me", old, new, "v1"), (Moved, MovedOldStands))
    assert core.standing() == [core.slots[0].start]


def test_a_status_that_cannot_be_read_is_said(core: Core) -> None:
    visit = core.book(core.slots[0])
    core.sandbox.fault("error", "AppointmentStatus", count=10)
    found = core.visits.upcoming("me", seconds=20)
    assert isinstance(found, Upcoming)
    assert [card.state for card in found.visits] == ["unchecked"]
    assert found.silent_branches == (core.slots[0].branch_id,)
    assert core.bookings.get(visit).state == "confirmed"
