"""A visit is cancelled once, and what is told of it is so, in all weathers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy.exc import OperationalError

from clinic.locks import conversation_lock
from clinic.outcomes import (
    AlreadyGone,
    Cancelled,
    CancelRefused,
    CancelUnknown,
    Held,
    LedgerUnavailable,
    MisDown,
    Settled,
)
from mis.port import VisitStatus
from tests.clinic.conftest import Desk, patient, slot
from tests.clinic.fake_mis import Crash
from tests.clinic.visits.steps import OWNER, booked, entry_of, held, seen, settle_later, standing


def test_a_visit_is_cancelled(desk: Desk) -> None:
    visit = booked(desk)
    assert desk.visits.cancel("me", visit, "k") == Cancelled(visit)
    assert standing(desk) == []
    assert desk.state(visit) == "cancelled"
    assert seen(desk) == []


@pytest.mark.parametrize(
    ("faults", "result", "state", "hours"),
    [
        ({"cancel": ["down"]}, MisDown(), "confirmed", [10]),
        ({"cancel": ["refuse"]}, CancelRefused, "confirmed", [10]),
        ({"cancel": ["lost"]}, Cancelled, "cancelled", []),
        ({"cancel": ["lost_before"]}, CancelUnknown, "cancelling", [10]),
        ({"cancel": ["lost"], "status": ["down"]}, CancelUnknown, "cancelling", []),
        ({"status": ["down"]}, CancelUnknown, "cancelling", []),
    ],
    ids=["down", "refused", "answer lost", "request lost", "both lost", "status lost"],
)
def test_what_is_told_of_a_cancellation_is_so(
    desk: Desk, faults: dict[str, list[str]], result: object, state: str, hours: list[int]
) -> None:
    visit = booked(desk)
    desk.mis.faults.update(faults)
    expected = result(visit) if isinstance(result, type) else result
    assert desk.visits.cancel("me", visit, "k") == expected
    assert desk.state(visit) == state
    assert standing(desk) == hours
    settle_later(desk)
    if state == "cancelling":
        assert desk.state(visit) == "cancelled"
        assert standing(desk) == []


def test_after_an_outage_the_same_press_cancels(desk: Desk) -> None:
    visit = booked(desk)
    desk.mis.faults["cancel"] = ["down"]
    assert desk.visits.cancel("me", visit, "k") == MisDown()
    assert seen(desk) == [(visit, "booked")]
    assert desk.visits.cancel("me", visit, "k") == Cancelled(visit)


def test_an_answer_that_was_lost_is_found_out_and_told_where_it_was_asked(desk: Desk) -> None:
    visit = booked(desk, "old")
    desk.mis.faults["cancel"] = ["lost_before"]
    assert desk.visits.cancel("me", visit, "k") == CancelUnknown(visit)
    assert seen(desk) == [(visit, "cancelling")]
    assert desk.visits.cancel("me", visit, "k2") == CancelUnknown(visit)
    [news] = settle_later(desk)
    assert news == Settled("me", visit, "cancelled")
    assert (news.moved, news.attempt) == (False, "k")
    desk.bookings.mark_told(news)
    assert settle_later(desk, minutes=5) == []
    assert desk.visits.cancel("me", visit, "k") == Cancelled(visit)


def test_a_refusal_found_late_leaves_the_visit_and_is_told(desk: Desk) -> None:
    visit = booked(desk)
    desk.mis.faults["cancel"] = ["lost_before", "refuse"]
    desk.visits.cancel("me", visit, "k")
    assert settle_later(desk) == [Settled("me", visit, "not_cancelled")]
    assert desk.state(visit) == "confirmed"
    assert standing(desk) == [10]


def test_a_cancellation_that_stays_unclear_goes_to_a_person_and_on(desk: Desk) -> None:
    visit = booked(desk)
    desk.mis.faults["cancel"] = ["lost_before"]
    desk.visits.cancel("me", visit, "k")
    desk.mis.down_branches = {"b1"}
    assert settle_later(desk) == []
    [news] = settle_later(desk, minutes=31)
    assert news == Settled("me", visit, "cancel_unclear")
    desk.bookings.mark_told(news)
    assert settle_later(desk, minutes=5) == []
    desk.mis.down_branches = set()
    assert settle_later(desk) == [Settled("me", visit, "cancelled")]


def test_a_cancellation_never_done_ends_when_the_visit_begins(desk: Desk) -> None:
    visit = booked(desk)
    desk.mis.faults["cancel"] = ["lost_before"]
    desk.visits.cancel("me", visit, "k")
    desk.clock.now = slot().start
    assert settle_later(desk) == [Settled("me", visit, "not_cancelled")]
    assert desk.state(visit) == "confirmed"


def test_the_same_press_again_is_the_same_answer_and_another_is_not(desk: Desk) -> None:
    visit = booked(desk)
    assert desk.visits.cancel("me", visit, "k") == Cancelled(visit)
    assert desk.visits.cancel("me", visit, "k") == Cancelled(visit)
    assert desk.visits.cancel("me", visit, "k2") == AlreadyGone(visit, "cancelled")
    assert desk.mis.calls.count("cancel") == 1


def test_a_visit_that_has_begun_is_not_cancelled(desk: Desk) -> None:
    visit = booked(desk)
    desk.clock.now = slot().start
    desk.identity.accept_verified("me", OWNER, "test")
    assert desk.visits.cancel("me", visit, "k") == AlreadyGone(visit, "past")
    assert standing(desk) == [10]


def test_cancelling_what_the_clinic_cancelled_is_done(desk: Desk) -> None:
    visit = booked(desk)
    entry_of(desk, visit).status = VisitStatus.CANCELLED
    assert desk.visits.cancel("me", visit, "k") == Cancelled(visit)


@pytest.mark.parametrize("call", ["cancel", "status"])
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_while_cancelling_is_finished_by_the_recovery(desk: Desk, call: str, moment: str) -> None:
    visit = booked(desk)
    desk.mis.faults[call] = [f"crash_{moment}"]
    with pytest.raises(Crash):
        desk.visits.cancel("me", visit, "k")
    assert desk.state(visit) == "cancelling"
    assert settle_later(desk) == [Settled("me", visit, "cancelled")]
    assert standing(desk) == []


def test_eight_cancellations_at_once_send_one(desk: Desk) -> None:
    visit = booked(desk)
    barrier = Barrier(8, timeout=60)

    def press(number: int) -> object:
        barrier.wait()
        return desk.visits.cancel("me", visit, f"k{number}")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(8)))
    assert answers.count(Cancelled(visit)) == 1
    assert answers.count(AlreadyGone(visit, "cancelled")) == 7
    assert desk.mis.calls.count("cancel") == 1


def test_news_of_the_booking_is_overtaken_by_its_cancellation(desk: Desk) -> None:
    visit = held(desk, "old")
    desk.mis.faults["book"] = ["lost"]
    desk.bookings.confirm(visit, patient(), "v1")
    assert settle_later(desk) == [Settled("old", visit, "booked")]
    assert desk.visits.cancel("me", visit, "k") == Cancelled(visit)
    assert settle_later(desk, minutes=5) == [Settled("me", visit, "cancelled", attempt="k")]


def test_an_answer_that_was_given_is_no_news(desk: Desk) -> None:
    visit = booked(desk)
    desk.visits.cancel("me", visit, "k")
    desk.bookings.mark_answered(visit, "cancelled")
    assert settle_later(desk, minutes=5) == []


def test_an_answer_that_never_got_there_is_news_again(desk: Desk) -> None:
    """The dialogue had said it, and then its turn broke off before the patient saw a word."""
    visit = booked(desk)
    began = desk.clock.now
    desk.visits.cancel("me", visit, "k")
    desk.bookings.mark_answered(visit, "cancelled")
    desk.bookings.tell_again("me", began, until=began)
    assert settle_later(desk) == [], "what was told later was heard"
    desk.bookings.tell_again("me", began)
    assert settle_later(desk) == [Settled("me", visit, "cancelled", attempt="k")]


def test_the_time_of_a_cancelled_visit_can_be_booked_again(desk: Desk) -> None:
    desk.visits.cancel("me", booked(desk), "k")
    booked(desk, "next", patient("Анна"))
    assert standing(desk) == [10]


def test_the_time_of_a_visit_being_cancelled_is_not_given_away(desk: Desk) -> None:
    visit = booked(desk)
    desk.mis.faults["cancel"] = ["lost_before"]
    desk.visits.cancel("me", visit, "k")
    assert not isinstance(desk.bookings.hold("c2", slot(), [], "x"), Held)


def test_a_reason_is_kept(desk: Desk) -> None:
    visit = booked(desk)
    assert not desk.visits.reason("me", visit, "ill"), "it is not cancelled"
    desk.visits.cancel("me", visit, "k")
    assert desk.visits.reason("me", visit, "ill")
    assert desk.bookings.get(visit).cancel_reason == "ill"


def test_without_the_database_nothing_is_sent(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = booked(desk)

    def broken(_: str) -> str:
        raise OperationalError("SELECT", {}, Exception("down"))

    monkeypatch.setattr(desk.identity, "proved_phone", broken)
    with pytest.raises(LedgerUnavailable):
        desk.visits.cancel("me", visit, "k")
    assert "cancel" not in desk.mis.calls


def test_a_busy_visit_is_unknown_only_while_it_is_being_cancelled(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = booked(desk, "old")
    desk.mis.faults["cancel"] = ["lost_before"]
    assert desk.visits.cancel("me", visit, "k") == CancelUnknown(visit)
    short = replace(desk.visits._access, wait=timedelta(milliseconds=50))
    monkeypatch.setattr(desk.visits, "_access", short)
    with conversation_lock(desk.engine, "old", wait=None):
        assert desk.visits.cancel("me", visit, "k2") == CancelUnknown(visit)
