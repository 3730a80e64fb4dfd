"""A visit is moved once and the patient is never without one, in all weathers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from clinic.locks import conversation_lock
from clinic.outcomes import (
    AlreadyGone,
    CancelBusy,
    DoubleVisit,
    Expired,
    MisDown,
    Moved,
    MovedOldStands,
    Refused,
    Settled,
    Unknown,
)
from mis.port import VisitStatus
from tests.clinic.conftest import Desk, patient, slot
from tests.clinic.fake_mis import Crash
from tests.clinic.visits.steps import OWNER, booked, entry_of, held, settle_later, standing


def test_a_visit_is_moved(desk: Desk) -> None:
    old, new = booked(desk), held(desk, hour=14)
    result = desk.visits.move("me", old, new, "v1")
    assert isinstance(result, Moved)
    assert (result.new.booking_id, result.old_booking_id) == (new, old)
    assert standing(desk) == [14]
    assert desk.mis.calls[-4:] == ["book", "status", "cancel", "status"]
    assert (desk.bookings.get(new).replaces, desk.bookings.get(old).replaced_by) == (old, new)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("refuse", Refused("other")),
        ("taken", Refused("other")),
        ("cancelled", Refused("other")),
        ("down", MisDown()),
    ],
)
def test_what_keeps_the_new_visit_from_being_booked_leaves_the_old(
    desk: Desk, fault: str, expected: object
) -> None:
    old, new = booked(desk), held(desk, hour=14)
    desk.mis.faults["book"] = [fault]
    assert desk.visits.move("me", old, new, "v1") == expected
    settle_later(desk, minutes=5)
    assert desk.state(old) == "confirmed"
    assert standing(desk) == [10]


def test_after_an_outage_the_same_move_works(desk: Desk) -> None:
    old, new = booked(desk), held(desk, hour=14)
    desk.mis.faults["book"] = ["down"]
    assert desk.visits.move("me", old, new, "v1") == MisDown()
    assert desk.bookings.get(new).replaces is None
    assert isinstance(desk.visits.move("me", old, new, "v1"), Moved)


def test_an_expired_hold_whose_time_went_leaves_the_old_visit(desk: Desk) -> None:
    old, new = booked(desk), held(desk, hour=14)
    desk.bookings.settle(desk.clock.forward(minutes=13))
    desk.mis.strangers_visit(slot(hour=14))
    assert desk.visits.move("me", old, new, "v1") == Expired()
    assert desk.state(old) == "confirmed"


@pytest.mark.parametrize(
    ("faults", "state", "hours"),
    [
        ({"cancel": ["down"]}, "cancelling", [10, 14]),
        ({"cancel": ["refuse"]}, "cancelling", [10, 14]),
        ({"cancel": ["lost_before"]}, "cancelling", [10, 14]),
        ({"status": ["", "down"]}, "cancelling", [14]),
    ],
    ids=["down", "refused", "request lost", "status lost"],
)
def test_an_old_visit_that_could_not_be_cancelled_is_told_and_cancelled_later(
    desk: Desk, faults: dict[str, list[str]], state: str, hours: list[int]
) -> None:
    old, new = booked(desk, "old"), held(desk, hour=14)
    desk.mis.faults.update(faults)
    result = desk.visits.move("me", old, new, "v1")
    assert isinstance(result, MovedOldStands)
    assert desk.state(old) == state
    assert standing(desk) == hours
    assert isinstance(desk.visits.move("me", old, new, "v1"), MovedOldStands), "the same press again"
    [news] = settle_later(desk)
    assert news == Settled("me", old, "cancelled")
    assert news.moved
    assert standing(desk) == [14]
    assert isinstance(desk.visits.move("me", old, new, "v1"), Moved)


def test_an_old_visit_that_the_mis_will_not_cancel_goes_to_a_person(desk: Desk) -> None:
    old, new = booked(desk, "old"), held(desk, hour=14)
    desk.mis.faults["cancel"] = ["refuse"] * 3
    assert isinstance(desk.visits.move("me", old, new, "v1"), MovedOldStands)
    desk.bookings.mark_answered(new, "booked")
    [news] = settle_later(desk)
    assert news == Settled("me", old, "cancel_unclear")
    desk.bookings.mark_told(news)
    entry_of(desk, old).status = VisitStatus.CANCELLED  # the person did it
    assert settle_later(desk) == [Settled("me", old, "cancelled")]
    assert standing(desk) == [14]


def test_a_move_whose_booking_is_unclear_cancels_only_when_it_is_booked(desk: Desk) -> None:
    old, new = booked(desk, "old"), held(desk, hour=14)
    desk.mis.faults["book"] = ["lost_before"]
    assert desk.visits.move("me", old, new, "v1") == Unknown(new)
    assert desk.state(old) == "confirmed"
    [news] = settle_later(desk)
    assert news == Settled("me", new, "booked")
    assert news.moved
    desk.bookings.mark_told(news)
    assert settle_later(desk) == [Settled("me", old, "cancelled")]
    assert standing(desk) == [14]


def test_a_move_whose_booking_turns_out_absent_leaves_the_old(desk: Desk) -> None:
    old, new = booked(desk, "old"), held(desk, hour=14)
    desk.mis.faults["book"] = ["lost_before", "refuse"]
    assert desk.visits.move("me", old, new, "v1") == Unknown(new)
    [news] = settle_later(desk)
    assert (news, news.moved) == (Settled("me", new, "absent"), True)
    settle_later(desk, minutes=5)
    assert standing(desk) == [10]


@pytest.mark.parametrize(
    "faults",
    [
        {"book": ["crash_before"]},
        {"book": ["crash_after"]},
        {"status": ["crash_before"]},
        {"status": ["crash_after"]},
        {"cancel": ["crash_before"]},
        {"cancel": ["crash_after"]},
        {"status": ["", "crash_before"]},
        {"status": ["", "crash_after"]},
    ],
    ids=str,
)
def test_a_crash_anywhere_in_a_move_ends_with_the_new_visit_only(
    desk: Desk, faults: dict[str, list[str]]
) -> None:
    old, new = booked(desk, "old"), held(desk, hour=14)
    desk.mis.faults.update(faults)
    with pytest.raises(Crash):
        desk.visits.move("me", old, new, "v1")
    assert 1 <= len(standing(desk)) <= 2, "never without a visit"
    told = [news for _ in range(2) for news in settle_later(desk)]
    assert Settled("me", old, "cancelled") in told
    assert standing(desk) == [14]
    assert isinstance(desk.visits.move("me", old, new, "v1"), Moved)


def test_a_crash_between_the_two_visits_is_finished(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = booked(desk, "old"), held(desk, hour=14)

    def crash(*_: object) -> None:
        raise Crash

    monkeypatch.setattr(desk.visits, "_cancel_old", crash)
    with pytest.raises(Crash):
        desk.visits.move("me", old, new, "v1")
    assert (desk.state(old), desk.state(new)) == ("confirmed", "confirmed")
    [news] = settle_later(desk)
    assert (news, news.moved) == (Settled("me", old, "cancelled"), True)
    assert standing(desk) == [14]


def test_a_mis_down_between_the_two_visits_is_finished_when_it_is_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = booked(desk, "old"), held(desk, hour=14)
    real = desk.visits._cancel_old

    def down_from_here(*args: object) -> object:
        desk.mis.down_branches = {"b1"}
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.visits, "_cancel_old", down_from_here)
    assert isinstance(desk.visits.move("me", old, new, "v1"), MovedOldStands)
    desk.bookings.mark_answered(new, "booked")
    assert settle_later(desk) == []
    [unclear] = settle_later(desk, minutes=31)
    assert unclear == Settled("me", old, "cancel_unclear")
    desk.mis.down_branches = set()
    assert settle_later(desk) == [Settled("me", old, "cancelled")]


def test_the_same_press_moves_once(desk: Desk) -> None:
    old, new = booked(desk), held(desk, hour=14)
    assert desk.visits.move("me", old, new, "v1") == desk.visits.move("me", old, new, "v1")
    assert desk.mis.calls.count("cancel") == 1


def test_two_devices_move_one_visit_once(desk: Desk) -> None:
    desk.identity.accept_verified("tablet", OWNER, "test")
    old = booked(desk)
    holds = {"me": held(desk, "me", hour=14), "tablet": held(desk, "tablet", hour=15)}
    barrier = Barrier(2, timeout=60)

    def press(conversation: str) -> object:
        barrier.wait()
        return desk.visits.move(conversation, old, holds[conversation], "v1")

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, holds))
    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyGone", "Moved"]
    settle_later(desk, minutes=14)
    assert len(standing(desk)) == 1


def test_a_visit_that_was_cancelled_is_not_moved(desk: Desk) -> None:
    old, new = booked(desk), held(desk, hour=14)
    desk.visits.cancel("me", old, "k")
    assert desk.visits.move("me", old, new, "v1") == AlreadyGone(old, "cancelled")
    assert standing(desk) == []
    assert desk.state(new) == "held"


def test_a_visit_that_was_moved_is_not_moved_or_cancelled_again(desk: Desk) -> None:
    old, new = booked(desk), held(desk, hour=14)
    desk.visits.move("me", old, new, "v1")
    third = held(desk, hour=15)
    assert desk.visits.move("me", old, third, "v1") == AlreadyGone(old, "moved")
    assert desk.visits.cancel("me", old, "k") == AlreadyGone(old, "moved")
    assert isinstance(desk.visits.move("me", new, third, "v1"), Moved)
    assert standing(desk) == [15]


def test_a_move_to_the_same_time_with_another_doctor_is_no_double_visit(desk: Desk) -> None:
    old, new = booked(desk), held(desk, doctor="d2")
    assert isinstance(desk.visits.move("me", old, new, "v1"), Moved)
    assert [entry.slot.doctor_id for entry in desk.mis.booked()] == ["d2"]


def test_a_move_onto_a_third_visit_asks(desk: Desk) -> None:
    old, third = booked(desk), booked(desk, "third", hour=14)
    new = held(desk, hour=14, doctor="d2")
    assert desk.visits.move("me", old, new, "v1") == DoubleVisit(new, third, slot(hour=14))
    assert standing(desk) == [10, 14]
    assert isinstance(desk.visits.move("me", old, new, "v1", allow_double=True), Moved)


def test_the_new_visit_is_for_the_same_patient(desk: Desk) -> None:
    old, new = booked(desk, who=patient("Анна")), held(desk, hour=14)
    desk.visits.move("me", old, new, "v1", comment="ДМС")
    row = desk.bookings.get(new)
    assert (row.patient, row.consent_version, row.comment) == (patient("Анна"), "v1", "ДМС")


def test_a_busy_conversation_of_the_old_visit_does_not_undo_the_move(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = booked(desk, "old"), held(desk, hour=14)
    short = replace(desk.visits._access, wait=timedelta(milliseconds=50))
    monkeypatch.setattr(desk.visits, "_access", short)
    with conversation_lock(desk.engine, "old", wait=None):
        assert desk.visits.cancel("me", old, "k") == CancelBusy(old)
        assert desk.state(old) == "confirmed"
        assert isinstance(desk.visits.move("me", old, new, "v1"), MovedOldStands)
    settle_later(desk)
    assert standing(desk) == [14]
