"""Booking in a lax base over both transports: what is told is so, whatever the base lets happen."""

# ruff: noqa: F811  (fixtures are taken over by import)

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

import pytest

from clinic.outcomes import Clashed, Confirmed, Held, Moved, Refused, Settled, SlotGone, Unknown
from mis.port import Slot
from tests.clinic.test_visits_against_sandbox import Core, core  # noqa: F401
from tests.mis.sandbox import Sandbox, opened, running, sandbox, settings_of  # noqa: F401
from tests.mis.support import PATIENT


@pytest.fixture(scope="module", params=["umc_http", "umc_soap-ZipXML"])
def settings_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settings_of(request.param, tmp_path_factory.mktemp("mis"))


@pytest.fixture
def lax(core: Core) -> Core:
    core.sandbox.post("faults", kind="lax")
    return core


def registrar(core: Core) -> None:
    core.sandbox.fault("lax", "AppointmentCreate", registrar=True)


def stranger(core: Core, number: int = 0) -> None:
    slot = core.slots[number]
    place = {"branch_id": slot.branch_id, "doctor_id": slot.doctor_id, "start": slot.start.isoformat()}
    minutes = int(slot.length.total_seconds() // 60)
    core.sandbox.post("book-stranger", **place, minutes=minutes, over=True)


def confirm(core: Core, booking_id: int) -> object:
    return core.bookings.confirm(booking_id, PATIENT, "v1")


def test_a_visit_is_booked_and_moved(lax: Core) -> None:
    old = lax.hold(lax.slots[0])
    assert isinstance(confirm(lax, old), Confirmed)
    assert isinstance(lax.visits.move("me", old, lax.hold(lax.later), "v1"), Moved)
    assert lax.standing() == [lax.later.start]


def test_a_registrar_between_the_hold_and_the_booking_is_noticed(lax: Core) -> None:
    booking_id = lax.hold(lax.slots[0])
    registrar(lax)
    assert isinstance(confirm(lax, booking_id), Clashed)
    assert lax.standing() == [lax.slots[0].start]


def test_a_registrar_over_our_hold_is_noticed(lax: Core) -> None:
    booking_id = lax.hold(lax.slots[0])
    stranger(lax)
    assert isinstance(confirm(lax, booking_id), Clashed)


def test_a_registrar_before_our_hold_wins(lax: Core) -> None:
    stranger(lax)
    asked = lax.bookings.hold("me", lax.slots[0], [], "k")
    assert asked == SlotGone()


def test_a_clash_behind_a_lost_answer_is_found_out(lax: Core) -> None:
    booking_id = lax.hold(lax.slots[0])
    registrar(lax)
    lax.sandbox.fault("garbage", "AppointmentCreate")
    assert confirm(lax, booking_id) == Unknown(booking_id)
    assert lax.settle() == [Settled("me", booking_id, "clash")]


def test_a_refusal_written_as_cancelled_is_a_refusal(lax: Core) -> None:
    """The base takes no patient twice at one time, says «true» and writes «Отменена»."""
    one, other = same_time(lax)
    assert isinstance(confirm(lax, lax.hold(one, "a")), Confirmed)
    second = lax.hold(other, "b")
    said = lax.bookings.confirm(second, PATIENT, "v1", allow_double=True)
    assert isinstance(said, Refused)
    assert lax.standing() == [one.start]


def same_time(core: Core) -> tuple[Slot, Slot]:
    """Free times of two doctors at one moment."""
    return next(
        (one, other)
        for one, other in combinations(core.slots, 2)
        if one.start == other.start and one.doctor_id != other.doctor_id
    )


def test_eight_patients_of_ours_race_for_one_time(lax: Core) -> None:
    def run(number: int) -> object:
        kept = lax.bookings.hold(f"c{number}", lax.slots[0], [], f"k{number}")
        return confirm(lax, kept.booking_id) if isinstance(kept, Held) else kept

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(run, range(8)))
    assert [type(result) for result in results if result != SlotGone()] == [Confirmed]
    assert lax.standing() == [lax.slots[0].start]
