"""The core chooses its way by what the MIS says it can do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clinic.outcomes import Cancelled, Confirmed, Held, Settled, Unknown
from mis.port import Capabilities, VisitStatus
from tests.clinic.conftest import Desk, patient, slot

PHONE = "+79161234567"
Make = Callable[..., Desk]


def held(desk: Desk, conversation: str = "me") -> int:
    kept = desk.bookings.hold(conversation, slot(), [], f"k-{conversation}")
    assert isinstance(kept, Held)
    return kept.booking_id


def settle(desk: Desk, **by: float) -> list[Settled]:
    desk.clock.forward(**(by or {"seconds": 30}))
    return desk.bookings.settle(desk.clock())


@pytest.mark.parametrize("holds", [True, False])
def test_the_time_is_kept_by_the_mis_or_by_the_ledger(make_desk: Make, holds: bool) -> None:
    desk = make_desk(capabilities=Capabilities(holds=holds, returns_visit_id=True))
    booking_id = held(desk)
    assert ("hold" in desk.mis.calls) is holds
    assert len(desk.mis.held()) == int(holds)
    assert isinstance(desk.bookings.confirm(booking_id, patient(), "v1"), Confirmed)


@pytest.mark.parametrize("holds", [True, False])
def test_who_keeps_the_time_decides_who_is_asked_to_give_it_back(make_desk: Make, holds: bool) -> None:
    desk = make_desk(capabilities=Capabilities(holds=holds, returns_visit_id=True))
    assert desk.bookings.release(held(desk))
    assert ("cancel" in desk.mis.calls) is holds


def test_an_id_that_is_told_is_asked_about(make_desk: Make) -> None:
    desk = make_desk(capabilities=Capabilities(returns_visit_id=True, lists_visits=True))
    booking_id = held(desk)
    desk.mis.calls.clear()
    assert isinstance(desk.bookings.confirm(booking_id, patient(), "v1"), Confirmed)
    assert desk.mis.calls[-2:] == ["book", "status"]


def test_an_id_that_is_not_told_is_found_among_the_patients_visits(make_desk: Make) -> None:
    desk = make_desk(capabilities=Capabilities(lists_visits=True))
    booking_id = held(desk)
    result = desk.bookings.confirm(booking_id, patient(), "v1")
    assert isinstance(result, Confirmed)
    assert desk.mis.calls[-3:] == ["book", "visits_of", "status"]
    desk.identity.accept_verified("me", PHONE, "test")
    assert desk.visits.cancel("me", booking_id, "c") == Cancelled(booking_id)
    assert desk.mis.booked() == []


@pytest.mark.parametrize(("fault", "outcome"), [("lost", "booked"), ("lost_before", "absent")])
def test_a_lost_answer_without_an_id_is_settled_by_the_patients_visits(
    make_desk: Make, fault: str, outcome: str
) -> None:
    desk = make_desk(capabilities=Capabilities(lists_visits=True))
    booking_id = held(desk)
    desk.mis.faults["book"] = [fault]
    assert desk.bookings.confirm(booking_id, patient(), "v1") == Unknown(booking_id)
    assert [news.outcome for news in settle(desk)] == [outcome]


def test_a_list_that_cannot_be_read_settles_nothing(make_desk: Make) -> None:
    desk = make_desk(capabilities=Capabilities(lists_visits=True))
    booking_id = held(desk)
    desk.mis.faults["visits_of"] = ["", "down", "down"]
    assert desk.bookings.confirm(booking_id, patient(), "v1") == Unknown(booking_id)
    assert settle(desk) == []
    assert [news.outcome for news in settle(desk)] == ["booked"]


def test_a_visit_of_the_list_that_was_cancelled_is_not_taken_for_ours(make_desk: Make) -> None:
    desk = make_desk(capabilities=Capabilities(lists_visits=True))
    booking_id = held(desk)
    desk.mis.faults["book"] = ["cancelled"]
    assert desk.bookings.confirm(booking_id, patient(), "v1") == Unknown(booking_id)
    assert [entry.status for entry in desk.mis.entries.values()] == [VisitStatus.CANCELLED]
    assert [news.outcome for news in settle(desk)] == ["absent"]


def test_without_ids_and_lists_a_person_looks(make_desk: Make) -> None:
    desk = make_desk(capabilities=Capabilities())
    booking_id = held(desk)
    assert desk.bookings.confirm(booking_id, patient(), "v1") == Unknown(booking_id)
    assert "visits_of" not in desk.mis.calls
    assert [news.outcome for news in settle(desk, minutes=31)] == ["unclear"]


@pytest.mark.parametrize("finds", [True, False])
def test_cards_of_the_clinic_are_known_only_where_they_can_be_found(make_desk: Make, finds: bool) -> None:
    desk = make_desk(capabilities=Capabilities(holds=True, returns_visit_id=True, finds_patient=finds))
    desk.mis.cards = [patient("Анна"), patient("Чужой", phone="+79990000000")]
    desk.identity.accept_verified("me", PHONE, "test")
    desk.bookings.confirm(held(desk), patient(), "v1")
    names = [who.name.given for who in desk.visits.known_patients("me")]
    assert names == (["Илья", "Анна"] if finds else ["Илья"])
    assert ("patients_of" in desk.mis.calls) is finds


def test_no_card_is_looked_for_without_a_proved_phone(make_desk: Make) -> None:
    desk = make_desk(capabilities=Capabilities(finds_patient=True))
    desk.mis.cards = [patient("Анна")]
    assert desk.visits.known_patients("me") == ()
    assert desk.mis.calls == []


def test_a_base_that_does_not_answer_hides_nobody_we_know(make_desk: Make) -> None:
    desk = make_desk(capabilities=Capabilities(holds=True, returns_visit_id=True, finds_patient=True))
    desk.identity.accept_verified("me", PHONE, "test")
    desk.bookings.confirm(held(desk), patient(), "v1")
    desk.mis.faults["patients_of"] = ["down"]
    assert [who.name.given for who in desk.visits.known_patients("me")] == ["Илья"]
