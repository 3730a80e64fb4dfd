"""A patient's own visits: seen, cancelled and moved, in all weathers and by nobody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy.exc import OperationalError

from clinic.booking import UnknownBooking
from clinic.locks import conversation_lock
from clinic.outcomes import (
    AlreadyGone,
    CancelBusy,
    Cancelled,
    CancelRefused,
    CancelUnknown,
    Confirmed,
    DoubleVisit,
    Expired,
    Held,
    LedgerUnavailable,
    MisDown,
    Moved,
    MovedOldStands,
    NotProved,
    Refused,
    Settled,
    StillOpen,
    Unknown,
)
from clinic.visits import Upcoming
from mis.port import Branch, Capabilities, Patient, VisitStatus
from tests.clinic.conftest import Desk, patient, slot
from tests.clinic.fake_mis import MOSCOW, Crash, Entry

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


def entry_of(desk: Desk, booking_id: int) -> Entry:
    visit_id = desk.bookings.get(booking_id).visit_id
    assert visit_id is not None
    return desk.mis.entries[visit_id]


# Whose they are


def test_without_a_proof_there_are_no_visits(desk: Desk) -> None:
    visit, new = booked(desk), held(desk, "nobody", hour=14)
    assert desk.visits.upcoming("nobody") == NotProved()
    assert desk.visits.cancel("nobody", visit, "k") == NotProved()
    assert desk.visits.move("nobody", visit, new, "v1") == NotProved()
    assert not desk.visits.reason("nobody", visit, "ill")
    assert desk.visits.known_patients("nobody") == ()
    assert standing(desk) == [10]


def test_a_proof_that_ran_out_is_none(desk: Desk) -> None:
    visit = booked(desk)
    desk.clock.forward(minutes=60)
    assert desk.visits.upcoming("me") == NotProved()
    assert desk.visits.cancel("me", visit, "k") == NotProved()


def test_the_visit_of_another_phone_does_not_exist(desk: Desk) -> None:
    visit, new = booked(desk), held(desk, "he", hour=14)
    for attempt in (
        lambda: desk.visits.cancel("he", visit, "k"),
        lambda: desk.visits.move("he", visit, new, "v1"),
        lambda: desk.visits.reason("he", visit, "ill"),
        lambda: desk.visits.cancel("he", visit + 100, "k"),
    ):
        with pytest.raises(UnknownBooking):
            attempt()
    assert standing(desk) == [10]
    assert desk.visits.known_patients("he") == ()


def test_the_conversation_that_booked_needs_a_proof_as_well(desk: Desk) -> None:
    visit = booked(desk, "old")
    assert desk.visits.upcoming("old") == NotProved()
    assert desk.visits.cancel("old", visit, "k") == NotProved()


def test_a_hold_of_another_conversation_cannot_be_moved_to(desk: Desk) -> None:
    old, theirs = booked(desk), held(desk, "he", hour=14)
    with pytest.raises(UnknownBooking):
        desk.visits.move("me", old, theirs, "v1")
    with pytest.raises(UnknownBooking):
        desk.visits.move("me", old, old, "v1")


def test_a_hold_is_not_a_visit(desk: Desk) -> None:
    kept = held(desk)
    with pytest.raises(UnknownBooking):
        desk.visits.cancel("me", kept, "k")
    assert seen(desk) == []


def test_known_patients_are_those_booked_with_this_phone_latest_first(desk: Desk) -> None:
    booked(desk, "a", patient("Илья"), hour=10)
    booked(desk, "b", patient("Анна"), hour=11)
    booked(desk, "c", patient("Илья"), hour=12)
    booked(desk, "d", patient("Чужой", phone=STRANGER), hour=13)
    assert [who.name.given for who in desk.visits.known_patients("me")] == ["Илья", "Анна"]


# Seeing


def test_past_cancelled_and_foreign_visits_are_not_seen(desk: Desk) -> None:
    booked(desk, "a", hour=10)
    booked(desk, "b", patient(phone=STRANGER), hour=11)
    mine = booked(desk, "c", hour=15)
    desk.visits.cancel("me", booked(desk, "d", hour=16), "k")
    desk.clock.now = slot(hour=12).start
    desk.identity.accept_verified("me", OWNER, "test")
    assert seen(desk) == [(mine, "booked")]


def test_a_visit_the_clinic_cancelled_is_named_once(desk: Desk) -> None:
    visit = booked(desk)
    entry_of(desk, visit).status = VisitStatus.CANCELLED
    found = desk.visits.upcoming("me")
    assert isinstance(found, Upcoming)
    assert [card.booking_id for card in found.cancelled_by_clinic] == [visit]
    assert found.visits == ()
    assert desk.bookings.get(visit).cancelled_by == "clinic"
    assert desk.visits.upcoming("me") == Upcoming(())
    assert desk.visits.cancel("me", visit, "k") == AlreadyGone(visit, "cancelled")
    assert not desk.visits.reason("me", visit, "ill")


@pytest.mark.parametrize("told", [True, False])
def test_a_visit_the_clinic_cancelled_is_news_until_somebody_tells(desk: Desk, told: bool) -> None:
    visit = booked(desk)
    entry_of(desk, visit).status = VisitStatus.CANCELLED
    assert isinstance(desk.visits.upcoming("me"), Upcoming)
    if told:
        desk.bookings.mark_answered(visit, "cancelled_by_clinic")
    assert desk.bookings.settle(desk.clock.now) == []
    news = desk.bookings.settle(desk.clock.forward(minutes=2))
    assert news == ([] if told else [Settled("me", visit, "cancelled_by_clinic")])


def test_a_visit_the_clinic_cancelled_is_news_whoever_notices(desk: Desk) -> None:
    visit = booked(desk, "old")
    entry_of(desk, visit).status = VisitStatus.CANCELLED
    assert desk.visits.check(visit).state == "cancelled"
    news = desk.bookings.settle(desk.clock.forward(minutes=2))
    assert news == [Settled("old", visit, "cancelled_by_clinic")]


def test_what_never_was_a_visit_is_not_called_past(desk: Desk) -> None:
    booking_id = held(desk)
    desk.mis.faults["book"] = ["refuse"]
    assert isinstance(desk.bookings.confirm(booking_id, patient(), "v1"), Refused)
    assert desk.visits.cancel("me", booking_id, "k") == AlreadyGone(booking_id, "never_booked")


@pytest.mark.parametrize(("taken", "state"), [(False, []), (True, ["unchecked"])])
def test_a_visit_the_mis_lost_is_gone_only_if_its_time_is_free(
    desk: Desk, taken: bool, state: list[str]
) -> None:
    booked(desk)
    desk.mis.entries.clear()
    if taken:
        desk.mis.strangers_visit(slot())
    assert [found for _, found in seen(desk)] == state


@pytest.mark.parametrize("status", [VisitStatus.CAME, VisitStatus.MISSED])
def test_a_visit_that_took_place_earlier_is_not_to_come(desk: Desk, status: VisitStatus) -> None:
    visit = booked(desk)
    entry_of(desk, visit).status = status
    assert seen(desk) == []
    assert desk.bookings.get(visit).visit_status == status.value
    assert desk.visits.cancel("me", visit, "k") == AlreadyGone(visit, "past")


def test_a_branch_that_does_not_answer_is_named(desk: Desk) -> None:
    visit = booked(desk)
    desk.mis.down_branches = {"b1"}
    found = desk.visits.upcoming("me")
    assert isinstance(found, Upcoming)
    assert [(card.booking_id, card.state) for card in found.visits] == [(visit, "unchecked")]
    assert found.silent_branches == ("b1",)


def test_a_slow_branch_is_not_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    visit = booked(desk)
    answer = threading.Event()
    real = desk.mis.status

    def slow(branch_id: str, visit_id: str) -> VisitStatus:
        answer.wait(10)
        return real(branch_id, visit_id)

    monkeypatch.setattr(desk.mis, "status", slow)
    found = desk.visits.upcoming("me", seconds=0.05)
    answer.set()
    assert isinstance(found, Upcoming)
    assert [card.state for card in found.visits] == ["unchecked"]
    assert desk.state(visit) == "confirmed"


def listing(desk: Desk) -> Desk:
    desk.mis.capabilities = Capabilities(holds=True, returns_visit_id=True, lists_visits=True)
    desk.mis.branch_list = [Branch("b1", "m1", "Северный", MOSCOW)]
    return desk


def test_visits_of_the_registry_are_missing_where_the_mis_cannot_list(desk: Desk) -> None:
    booked(desk)
    found = desk.visits.upcoming("me")
    assert isinstance(found, Upcoming)
    assert found.only_ours


def test_visits_of_the_registry_are_seen_where_the_mis_lists_them(desk: Desk) -> None:
    visit = booked(listing(desk), hour=12)
    for hour, status in ((9, VisitStatus.PROCESSED), (15, VisitStatus.CANCELLED), (16, VisitStatus.NEW)):
        id_ = desk.mis.hold(slot(hour=hour, doctor="d2")).id
        desk.mis.entries[id_].patient, desk.mis.entries[id_].status = patient(), status
    found = desk.visits.upcoming("me")
    assert isinstance(found, Upcoming)
    assert not found.only_ours
    shown = [(card.booking_id, card.slot.start.hour, card.state) for card in found.visits]
    assert shown == [(0, 9, "registry"), (visit, 12, "booked"), (0, 16, "registry")]


def test_a_list_that_does_not_come_is_said_to_be_missing(desk: Desk) -> None:
    visit = booked(listing(desk))
    desk.mis.faults["visits_of"] = ["down"]
    found = desk.visits.upcoming("me")
    assert isinstance(found, Upcoming)
    assert found.only_ours
    assert [card.booking_id for card in found.visits] == [visit]


def test_a_booking_that_is_still_checked_is_seen_and_left_alone(desk: Desk) -> None:
    visit, new = held(desk, "old"), held(desk, hour=14)
    desk.mis.faults["book"] = ["lost"]
    assert desk.bookings.confirm(visit, patient(), "v1") == Unknown(visit)
    assert seen(desk) == [(visit, "unknown")]
    assert desk.visits.cancel("me", visit, "k") == StillOpen(visit)
    assert desk.visits.move("me", visit, new, "v1") == StillOpen(visit)


# Cancelling


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


# Moving


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
