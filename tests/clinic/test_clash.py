"""A base that lets two patients have one time: ours never do, and a stranger beside ours is noticed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from clinic.outcomes import Clashed, Confirmed, Held, Moved, Settled, SlotGone, Unknown
from mis.port import Capabilities, VisitStatus, Window
from tests.clinic.conftest import Desk, patient, slot
from tests.clinic.fake_mis import Crash


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    capabilities = Capabilities(holds=True, returns_visit_id=True, shows_taken=True)
    desk = make_desk(capabilities=capabilities, lax=True)
    desk.identity.accept_verified("me", patient().phone, "test")
    return desk


def hold(desk: Desk, conversation: str = "me", **where: object) -> int:
    kept = desk.bookings.hold(conversation, slot(**where), [], f"{conversation}{where}")  # type: ignore[arg-type]
    assert isinstance(kept, Held)
    return kept.booking_id


def book(desk: Desk, booking_id: int) -> object:
    return desk.bookings.confirm(booking_id, patient(), "v1")


def settle_later(desk: Desk, **by: float) -> list[Settled]:
    return desk.bookings.settle(desk.clock.forward(**(by or {"seconds": 30})))


def test_alone_at_the_time_it_is_a_visit(desk: Desk) -> None:
    assert isinstance(book(desk, hold(desk)), Confirmed)
    assert desk.mis.calls == ["windows", "hold", "book", "status", "taken"]


def test_a_registrar_in_between_is_noticed(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.mis.faults["book"] = ["registrar"]
    said = book(desk, booking_id)
    assert isinstance(said, Clashed)
    assert book(desk, booking_id) == said, "a second tap hears the same"
    assert desk.mis.calls.count("book") == 1
    assert [row.id for row in desk.bookings.clashed(desk.clock.now)] == [booking_id]


@pytest.mark.parametrize(("minute", "clash"), [(15, True), (30, False)])
def test_only_what_overlaps_is_a_clash(desk: Desk, minute: int, clash: bool) -> None:
    booking_id = hold(desk)
    desk.mis.strangers_visit(slot(minute=minute))
    assert isinstance(book(desk, booking_id), Clashed if clash else Confirmed)


def test_one_visit_shown_in_pieces_is_no_clash(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    booking_id = hold(desk)
    start, half = slot().start, timedelta(minutes=15)
    pieces = [Window("b1", "d1", start, start + half), Window("b1", "d1", start + half, start + 2 * half)]
    monkeypatch.setattr(desk.mis, "taken", lambda *_: pieces)
    assert isinstance(book(desk, booking_id), Confirmed)


def test_a_visit_written_as_cancelled_is_none(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.mis.faults["book"] = ["cancelled"]
    assert not isinstance(book(desk, booking_id), Confirmed | Clashed)
    assert desk.mis.booked() == []


def test_a_crash_before_the_schedule_is_read_ends_with_the_truth(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.mis.faults.update(book=["registrar"], taken=["crash_before"])
    with pytest.raises(Crash):
        book(desk, booking_id)
    assert book(desk, booking_id) == Unknown(booking_id)
    assert settle_later(desk) == [Settled("me", booking_id, "clash")]
    assert isinstance(book(desk, booking_id), Clashed)


def test_a_schedule_that_could_not_be_read_is_read_later(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.mis.faults.update(book=["registrar"], taken=["down", "down"])
    assert isinstance(book(desk, booking_id), Confirmed)
    assert settle_later(desk) == []
    [news] = settle_later(desk)
    assert news == Settled("me", booking_id, "clash")
    desk.bookings.mark_told(news)
    assert settle_later(desk, minutes=5) == []


def test_a_schedule_that_is_never_read_is_given_up(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.mis.faults["taken"] = ["down"] * 9
    assert isinstance(book(desk, booking_id), Confirmed)
    desk.bookings.mark_answered(booking_id, "booked")
    assert settle_later(desk, minutes=31) == []
    asked = desk.mis.calls.count("taken")
    assert settle_later(desk, minutes=5) == []
    assert desk.mis.calls.count("taken") == asked


def test_a_move_to_a_time_that_clashes_keeps_the_old_visit(desk: Desk) -> None:
    old = hold(desk, hour=10)
    assert isinstance(book(desk, old), Confirmed)
    new = hold(desk, hour=12)
    desk.mis.faults["book"] = ["registrar"]
    assert isinstance(desk.visits.move("me", old, new, "v1"), Clashed)
    settle_later(desk, minutes=5)
    assert desk.state(old) == "confirmed"


def test_a_move_to_a_time_alone_goes_on(desk: Desk) -> None:
    old = hold(desk, hour=10)
    book(desk, old)
    assert isinstance(desk.visits.move("me", old, hold(desk, hour=12), "v1"), Moved)


def test_our_own_patients_never_share_a_time(desk: Desk) -> None:
    """The base would take all of them: overlapping starts of one doctor, from sixteen conversations."""
    barrier = Barrier(16, timeout=60)

    def run(number: int) -> object:
        barrier.wait()
        where = slot(minute=(number % 3) * 10)
        kept = desk.bookings.hold(f"c{number}", where, [], f"k{number}")
        if not isinstance(kept, Held):
            return kept
        return desk.bookings.confirm(kept.booking_id, patient(given=f"Илья{number}"), "v1")

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(run, range(16)))
    assert [type(result) for result in results if result != SlotGone()] == [Confirmed]
    assert len(desk.mis.booked()) == 1


def test_a_visit_that_took_place_clashes_with_nobody(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.mis.faults["book"] = ["lost"]
    book(desk, booking_id)
    [entry] = desk.mis.booked()
    entry.status = VisitStatus.CAME
    assert settle_later(desk) == [Settled("me", booking_id, "booked")]
    assert "taken" not in desk.mis.calls
