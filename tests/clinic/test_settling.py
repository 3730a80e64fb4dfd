"""After a crash or a lost answer: the recovery finds out, never books twice, tells each patient once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from clinic.ledger import Ledger
from clinic.locks import conversation_lock
from clinic.outcomes import Confirmed, Held, MisDown, Settled, SlotGone, Unknown
from mis.port import Capabilities, VisitStatus
from tests.clinic.conftest import Desk, patient, slot
from tests.clinic.fake_mis import Crash


def hold(desk: Desk) -> int:
    result = desk.bookings.hold("c1", slot(), ["s1"], "k1")
    assert isinstance(result, Held)
    return result.booking_id


def unknown(desk: Desk, call: str = "book", fault: str = "lost") -> int:
    booking_id = hold(desk)
    desk.mis.faults[call] = [fault]
    assert desk.bookings.confirm(booking_id, patient(), "v1") == Unknown(booking_id)
    return booking_id


def settle_later(desk: Desk, **by: float) -> list[Settled]:
    return desk.bookings.settle(desk.clock.forward(**(by or {"seconds": 30})))


@pytest.mark.parametrize(
    ("call", "fault", "books"), [("book", "lost", 1), ("book", "lost_before", 2), ("status", "down", 1)]
)
def test_an_unknown_outcome_becomes_a_visit(desk: Desk, call: str, fault: str, books: int) -> None:
    booking_id = unknown(desk, call, fault)
    assert settle_later(desk) == [Settled("c1", booking_id, "booked")]
    assert desk.state(booking_id) == "confirmed"
    assert [entry.books for entry in desk.mis.booked()] == [1]
    assert desk.mis.calls.count("book") == books
    assert isinstance(desk.bookings.confirm(booking_id, patient(), "v1"), Confirmed)


def test_a_fresh_unknown_is_left_alone_for_a_while(desk: Desk) -> None:
    booking_id = unknown(desk)
    assert settle_later(desk, seconds=5) == []
    assert desk.state(booking_id) == "unknown"


def test_a_visit_whose_turn_broke_off_is_told(desk: Desk) -> None:
    """Booked, and the process died, or its time was up, before the patient heard of it."""
    booking_id = hold(desk)
    assert isinstance(desk.bookings.confirm(booking_id, patient(), "v1"), Confirmed)
    assert settle_later(desk) == [], "the turn is still about to say it"
    assert settle_later(desk) == [Settled("c1", booking_id, "booked")]


def test_a_visit_that_was_told_in_its_turn_is_no_news(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.bookings.confirm(booking_id, patient(), "v1")
    desk.bookings.mark_answered(booking_id, "booked")
    assert settle_later(desk, minutes=5) == []


def test_a_refusal_whose_turn_broke_off_is_told(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.mis.faults["book"] = ["refuse"]
    desk.bookings.confirm(booking_id, patient(), "v1")
    assert settle_later(desk, minutes=2) == [Settled("c1", booking_id, "absent")]


def test_a_promise_is_kept_also_when_nothing_was_sent(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.bookings.promise(booking_id)
    assert settle_later(desk) == [Settled("c1", booking_id, "absent")]


def test_a_promise_is_overtaken_by_what_is_done(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.bookings.promise(booking_id)
    desk.bookings.confirm(booking_id, patient(), "v1")
    desk.bookings.promise(booking_id)
    assert settle_later(desk, minutes=2) == [Settled("c1", booking_id, "booked")]


def test_an_intent_that_may_be_stored_is_never_called_not_sent(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database was started anew while the intent was being stored: the recovery may go on with it."""
    booking_id = hold(desk)
    send = Ledger.send

    def lost(self: Ledger, *args: Any, **more: Any) -> None:
        send(self, *args, **more)
        raise OperationalError("COMMIT", {}, Exception("terminating connection"))

    monkeypatch.setattr(Ledger, "send", lost)
    assert desk.bookings.confirm(booking_id, patient(), "v1") == Unknown(booking_id)
    assert settle_later(desk) == [Settled("c1", booking_id, "booked")]


def test_news_is_told_once(desk: Desk) -> None:
    booking_id = unknown(desk)
    [news] = settle_later(desk)
    assert settle_later(desk, seconds=30) == []
    assert settle_later(desk, seconds=40) == [Settled("c1", booking_id, "booked")]
    desk.bookings.mark_told(news)
    assert settle_later(desk, minutes=5) == []


def test_a_visit_that_was_cancelled_meanwhile_is_absent(desk: Desk) -> None:
    booking_id = unknown(desk)
    [entry] = desk.mis.booked()
    entry.status = VisitStatus.CANCELLED
    assert settle_later(desk) == [Settled("c1", booking_id, "absent")]
    assert isinstance(desk.bookings.hold("c2", slot(), [], "k2"), Held)


def test_a_hold_that_ran_out_before_it_was_booked_is_absent_and_released(desk: Desk) -> None:
    booking_id = unknown(desk, fault="lost_before")
    assert settle_later(desk, minutes=13) == [Settled("c1", booking_id, "absent")]
    assert desk.mis.calls.count("book") == 1
    assert desk.mis.held() == []


def test_a_refusal_when_sent_again_is_absent(desk: Desk) -> None:
    booking_id = unknown(desk, fault="lost_before")
    desk.mis.faults["book"] = ["refuse"]
    assert settle_later(desk) == [Settled("c1", booking_id, "absent")]
    assert desk.mis.held() == []


def test_a_mis_that_stays_down_is_asked_again_and_told_as_unclear_once(desk: Desk) -> None:
    booking_id = unknown(desk)
    desk.mis.down_branches = {"b1"}
    assert settle_later(desk) == []
    [news] = settle_later(desk, minutes=31)
    assert news == Settled("c1", booking_id, "unclear")
    desk.bookings.mark_told(news)
    assert settle_later(desk, minutes=5) == []
    desk.mis.down_branches = set()
    assert settle_later(desk) == [Settled("c1", booking_id, "booked")]


def test_a_branch_that_is_down_is_asked_once_in_a_round(desk: Desk) -> None:
    for number, hour in enumerate((10, 11, 12)):
        kept = desk.bookings.hold(f"c{number}", slot(hour=hour), [], f"k{number}")
        assert isinstance(kept, Held)
        desk.mis.faults["book"] = ["lost"]
        desk.bookings.confirm(kept.booking_id, patient(given=f"П{number}"), "v1")
    desk.mis.down_branches = {"b1"}
    before = desk.mis.calls.count("status")
    settle_later(desk)
    assert desk.mis.calls.count("status") == before + 1


def test_a_row_an_adapter_chokes_on_does_not_stop_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = unknown(desk)
    second = desk.bookings.hold("c2", slot(hour=12), [], "k2")
    assert isinstance(second, Held)
    real = desk.mis.cancel
    monkeypatch.setattr(desk.mis, "status", lambda *_: 1 / 0)
    settle_later(desk, minutes=13)
    assert desk.state(first) == "unknown"
    assert desk.state(second.booking_id) == "expired"
    assert real == desk.mis.cancel


def test_silence_releases_the_hold(desk: Desk) -> None:
    booking_id = hold(desk)
    assert settle_later(desk, minutes=11) == []
    assert desk.state(booking_id) == "held"
    assert settle_later(desk, minutes=2) == []
    assert desk.state(booking_id) == "expired"
    assert desk.mis.held() == []


def test_a_release_that_did_not_reach_the_mis_is_repeated(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.mis.faults["cancel"] = ["down"]
    assert desk.bookings.release(booking_id)
    assert len(desk.mis.held()) == 1
    settle_later(desk)
    assert desk.mis.held() == []


def test_a_busy_conversation_is_left_to_whoever_works_on_it(desk: Desk) -> None:
    booking_id = unknown(desk)
    with conversation_lock(desk.engine, "c1", wait=None):
        assert settle_later(desk) == []
    assert desk.state(booking_id) == "unknown"


def test_without_holds_a_free_time_means_nothing_was_booked(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(capabilities=Capabilities())
    booking_id = unknown(desk, fault="lost_before")
    assert settle_later(desk) == [Settled("c1", booking_id, "absent")]


def test_without_holds_a_busy_time_is_for_a_person(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(capabilities=Capabilities())
    booking_id = unknown(desk, fault="lost")
    assert settle_later(desk) == []
    assert settle_later(desk, minutes=31) == [Settled("c1", booking_id, "unclear")]


def test_eight_recoveries_at_once_tell_each_patient_once(desk: Desk) -> None:
    ids = []
    for number, hour in enumerate((10, 11, 12, 13)):
        kept = desk.bookings.hold(f"c{number}", slot(hour=hour), [], f"k{number}")
        assert isinstance(kept, Held)
        desk.mis.faults["book"] = ["lost_before"]
        desk.bookings.confirm(kept.booking_id, patient(given=f"П{number}"), "v1")
        ids.append(kept.booking_id)
    now = desk.clock.forward(seconds=30)
    barrier = Barrier(8, timeout=60)

    def run(_: int) -> list[Settled]:
        barrier.wait()
        return desk.bookings.settle(now)

    with ThreadPoolExecutor(8) as pool:
        told = [news.booking_id for result in pool.map(run, range(8)) for news in result]
    told += [news.booking_id for news in desk.bookings.settle(now)]
    assert sorted(told) == ids
    assert [entry.books for entry in desk.mis.booked()] == [1, 1, 1, 1]


CRASHES_WHILE_HOLDING = [("windows", "before"), ("windows", "after"), ("hold", "before"), ("hold", "after")]


@pytest.mark.parametrize(("call", "moment"), CRASHES_WHILE_HOLDING)
def test_a_crash_while_holding_leaves_nothing_behind(desk: Desk, call: str, moment: str) -> None:
    desk.mis.faults[call] = [f"crash_{moment}"]
    with pytest.raises(Crash):
        desk.bookings.hold("c1", slot(), [], "k1")
    assert settle_later(desk) == []
    assert [row.state for row in desk.bookings.of_conversation("c1")] == ["absent"]
    again = desk.bookings.hold("c1", slot(), [], "k1")
    if (call, moment) == ("hold", "after"):
        assert again == SlotGone()  # the hold whose id was lost dies by the MIS's own timer
        desk.clock.forward(minutes=16)
        again = desk.bookings.hold("c1", slot(), [], "k2")
    assert isinstance(again, Held)


@pytest.mark.parametrize(("call", "moment"), CRASHES_WHILE_HOLDING[:3])
def test_a_redelivered_press_goes_on_after_a_crash(desk: Desk, call: str, moment: str) -> None:
    desk.mis.faults[call] = [f"crash_{moment}"]
    with pytest.raises(Crash):
        desk.bookings.hold("c1", slot(), [], "k1")
    assert isinstance(desk.bookings.hold("c1", slot(), [], "k1"), Held)


@pytest.mark.parametrize("call", ["book", "status"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_while_booking_still_becomes_one_visit(desk: Desk, call: str, moment: str) -> None:
    booking_id = hold(desk)
    desk.mis.faults[call] = [f"crash_{moment}"]
    with pytest.raises(Crash):
        desk.bookings.confirm(booking_id, patient(), "v1")
    assert desk.bookings.confirm(booking_id, patient(), "v1") == Unknown(booking_id)
    assert settle_later(desk) == [Settled("c1", booking_id, "booked")]
    assert [entry.books for entry in desk.mis.booked()] == [1]
    assert isinstance(desk.bookings.confirm(booking_id, patient(), "v1"), Confirmed)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_while_a_refused_hold_is_released(desk: Desk, moment: str) -> None:
    booking_id = hold(desk)
    desk.mis.faults.update(book=["refuse"], cancel=[f"crash_{moment}"])
    with pytest.raises(Crash):
        desk.bookings.confirm(booking_id, patient(), "v1")
    settle_later(desk)
    assert desk.state(booking_id) == "refused"
    assert desk.mis.held() == []
    assert desk.mis.booked() == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_while_releasing(desk: Desk, moment: str) -> None:
    booking_id = hold(desk)
    desk.mis.faults["cancel"] = [f"crash_{moment}"]
    with pytest.raises(Crash):
        desk.bookings.release(booking_id)
    settle_later(desk)
    assert desk.state(booking_id) == "released"
    assert desk.mis.held() == []


@pytest.mark.parametrize("call", ["book", "status"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_of_the_recovery_itself_is_recovered(desk: Desk, call: str, moment: str) -> None:
    booking_id = unknown(desk, fault="lost_before")
    desk.mis.faults[call] = [f"crash_{moment}"]
    with pytest.raises(Crash):
        settle_later(desk)
    assert settle_later(desk) == [Settled("c1", booking_id, "booked")]
    assert [entry.books for entry in desk.mis.booked()] == [1]


def test_an_expired_hold_that_cannot_be_given_back_is_not_forgotten(desk: Desk) -> None:
    booking_id = hold(desk)
    desk.clock.forward(minutes=13)
    desk.mis.faults["cancel"] = ["down"]
    assert desk.bookings.confirm(booking_id, patient(), "v1") == MisDown()
    assert len(desk.mis.held()) == 1
    settle_later(desk)
    assert desk.mis.held() == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_refusal_found_late_is_told_although_the_recovery_crashes(desk: Desk, moment: str) -> None:
    booking_id = unknown(desk, fault="lost_before")
    desk.mis.faults.update(book=["refuse"], cancel=[f"crash_{moment}"])
    with pytest.raises(Crash):
        settle_later(desk)
    assert settle_later(desk) == [Settled("c1", booking_id, "absent")]
    assert desk.mis.held() == []


def test_a_mis_not_reached_when_sending_again_leaves_the_outcome_unknown(desk: Desk) -> None:
    booking_id = unknown(desk, fault="lost_before")
    desk.mis.faults["book"] = ["down"]
    assert settle_later(desk) == []
    assert desk.state(booking_id) == "unknown"
    assert settle_later(desk) == [Settled("c1", booking_id, "booked")]
