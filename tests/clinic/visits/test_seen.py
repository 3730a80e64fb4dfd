"""A patient's own visits are seen, by nobody else."""

from __future__ import annotations

import threading

import pytest

from clinic.booking import UnknownBooking
from clinic.outcomes import AlreadyGone, NotProved, Refused, Settled, StillOpen, Unknown
from clinic.visits import Upcoming
from mis.port import Branch, Capabilities, VisitStatus
from tests.clinic.conftest import Desk, patient, slot
from tests.clinic.fake_mis import MOSCOW
from tests.clinic.visits.steps import OWNER, STRANGER, booked, entry_of, held, seen, standing


def test_visits_to_come_are_seen_nearest_first(desk: Desk) -> None:
    late, early = booked(desk, "a", hour=15), booked(desk, "b", hour=11, doctor="d2")
    assert seen(desk) == [(early, "booked"), (late, "booked")]
    assert seen(desk, "he") == []


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
