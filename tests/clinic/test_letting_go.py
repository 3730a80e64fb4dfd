"""Times held and not booked: given back on every way out, whoever forgets to say so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from clinic.booking import HOLD_TIME
from clinic.outcomes import Confirmed, Expired, Held, Unknown
from mis.port import Capabilities
from tests.clinic.conftest import Desk, patient, slot
from tests.clinic.fake_mis import HOLD_LIFE, Crash


def hold(desk: Desk, conversation: str = "c1", **where: object) -> int:
    kept = desk.bookings.hold(conversation, slot(**where), [], f"{conversation}{where}")  # type: ignore[arg-type]
    assert isinstance(kept, Held)
    return kept.booking_id


def settle_later(desk: Desk, **by: float) -> None:
    assert desk.bookings.settle(desk.clock.forward(**(by or {"seconds": 30}))) == []


def test_on_the_way_out(desk: Desk) -> None:
    assert desk.bookings.release(hold(desk))
    assert desk.mis.held() == []


def test_on_a_change_of_mind(desk: Desk) -> None:
    hold(desk)
    hold(desk, doctor="d2", hour=12)
    assert [entry.slot for entry in desk.mis.held()] == [slot(doctor="d2", hour=12)]


def test_on_a_change_of_mind_even_when_the_new_time_is_gone(desk: Desk) -> None:
    hold(desk)
    desk.mis.strangers_visit(slot(hour=12))
    assert not isinstance(desk.bookings.hold("c1", slot(hour=12), [], "k"), Held)
    assert desk.mis.held() == []


def test_on_a_hand_over_to_a_person(desk: Desk) -> None:
    assert desk.bookings.holding() == frozenset()
    hold(desk)
    assert desk.bookings.holding() == {"c1"}
    assert desk.bookings.release_conversation("c1", held_before=desk.clock.now) == 1
    assert desk.mis.held() == []
    assert desk.bookings.holding() == frozenset()


def test_what_was_held_after_the_hand_over_stays(desk: Desk) -> None:
    handed_over = desk.clock.now
    desk.clock.forward(minutes=1)
    booking_id = hold(desk)
    assert desk.bookings.release_conversation("c1", held_before=handed_over) == 0
    assert desk.state(booking_id) == "held"


def test_a_hand_over_keeps_what_is_booked_or_unclear(desk: Desk) -> None:
    booked = hold(desk)
    assert isinstance(desk.bookings.confirm(booked, patient(), "v1"), Confirmed)
    unclear = hold(desk, hour=12)
    desk.mis.faults["book"] = ["lost"]
    assert desk.bookings.confirm(unclear, patient(), "v1") == Unknown(unclear)
    assert desk.bookings.release_conversation("c1") == 0
    assert len(desk.mis.booked()) == 2


def test_by_our_own_timer_before_the_miss(desk: Desk) -> None:
    hold(desk)
    assert HOLD_LIFE - timedelta(minutes=1) > HOLD_TIME, "a round of the recovery fits in between"
    settle_later(desk, seconds=HOLD_TIME.total_seconds() - 1)
    assert len(desk.mis.held()) == 1
    settle_later(desk, seconds=2)
    assert desk.mis.held() == []


def test_after_a_crash_before_the_booking(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.mis.faults["book"] = ["crash_before"]
    with pytest.raises(Crash):
        desk.bookings.confirm(booking_id, patient(), "v1")
    [news] = desk.bookings.settle(desk.clock.forward(minutes=13))
    assert news.outcome == "absent"
    assert desk.mis.held() == []


def test_after_a_crash_that_lost_the_holds_id(desk: Desk) -> None:
    """Nobody can give it back: it dies by the MIS's own timer, and the time is free for all again."""
    desk.mis.faults["hold"] = ["crash_after"]
    with pytest.raises(Crash):
        hold(desk)
    settle_later(desk, minutes=16)
    assert desk.mis.held() == []
    hold(desk, "c2")


@pytest.mark.parametrize("way", ["exit", "change", "hand_over"])
@pytest.mark.parametrize("fault", ["down", "lost", "lost_before", "crash_before", "crash_after"])
def test_whatever_happens_to_the_release(desk: Desk, way: str, fault: str) -> None:
    booking_id = hold(desk)
    desk.mis.faults["cancel"] = [fault]
    try:
        if way == "exit":
            desk.bookings.release(booking_id)
        elif way == "change":
            desk.bookings.hold("c1", slot(hour=12), [], "k")
        else:
            desk.bookings.release_conversation("c1")
    except Crash:
        assert fault.startswith("crash")
    settle_later(desk)
    assert slot() not in [entry.slot for entry in desk.mis.held()]
    assert desk.state(booking_id) == "released"


def test_a_mis_that_stays_down_is_asked_until_it_lets_go(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.mis.down_branches = {"b1"}
    desk.bookings.release(booking_id)
    for _ in range(3):
        settle_later(desk)
    assert len(desk.mis.held()) == 1
    desk.mis.down_branches = set()
    settle_later(desk)
    assert desk.mis.held() == []


def test_a_hold_given_back_books_nothing_any_more(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.bookings.release(booking_id)
    assert desk.bookings.confirm(booking_id, patient(), "v1") == Expired()
    assert desk.mis.booked() == []


def test_a_hold_of_the_ledger_alone_runs_out_too(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(capabilities=Capabilities(returns_visit_id=True))
    hold(desk)
    settle_later(desk, minutes=13)
    assert isinstance(desk.bookings.hold("c2", slot(), [], "k2"), Held)
