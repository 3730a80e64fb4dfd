"""The way of one booking: what the patient is told and what then stands in the MIS and in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from clinic.booking import UnknownBooking
from clinic.ledger import Ledger
from clinic.locks import ConversationBusy, conversation_lock
from clinic.outcomes import Confirmed, DoubleVisit, Expired, Held, MisDown, Refused, SlotGone, Unknown
from mis.port import Capabilities, VisitStatus
from tests.clinic.conftest import Desk, patient, slot


def held(desk: Desk, conversation: str = "c1", key: str = "k1", **where: object) -> Held:
    result = desk.bookings.hold(conversation, slot(**where), ["s1"], key)  # type: ignore[arg-type]
    assert isinstance(result, Held)
    return result


def test_a_visit_is_held_then_booked(desk: Desk) -> None:
    kept = held(desk)
    assert (kept.expires_at - desk.clock.now).total_seconds() == 12 * 60
    result = desk.bookings.confirm(kept.booking_id, patient(), "v1", "ДМС")
    assert isinstance(result, Confirmed)
    assert result.number == str(kept.booking_id)
    assert result.visit.slot == slot()
    assert [entry.slot for entry in desk.mis.booked()] == [slot()]
    assert desk.mis.calls == ["windows", "hold", "book", "status"]
    with desk.engine.connect() as connection:
        states = [(old, new) for old, new, _ in Ledger(connection).history(kept.booking_id)]
    assert states == [
        (None, "planned"),
        ("planned", "held"),
        ("held", "sent"),
        ("sent", "sent"),
        ("sent", "confirmed"),
    ]


def test_a_time_that_went_meanwhile_is_not_held(desk: Desk) -> None:
    desk.mis.strangers_visit(slot())
    assert desk.bookings.hold("c1", slot(), [], "k1") == SlotGone()
    assert "hold" not in desk.mis.calls
    assert desk.gone == [slot()]


def test_a_past_time_is_not_held(desk: Desk) -> None:
    desk.clock.forward(days=2)
    assert desk.bookings.hold("c1", slot(), [], "k1") == SlotGone()


@pytest.mark.parametrize(
    ("call", "fault", "expected"),
    [
        ("windows", "down", MisDown()),
        ("windows", "lost", MisDown()),
        ("hold", "down", MisDown()),
        ("hold", "lost", MisDown()),
        ("hold", "taken", SlotGone()),
        ("hold", "refuse", Refused("other")),
    ],
)
def test_a_hold_that_fails(desk: Desk, call: str, fault: str, expected: object) -> None:
    desk.mis.faults[call] = [fault]
    assert desk.bookings.hold("c1", slot(), [], "k1") == expected


def test_after_an_outage_the_same_press_works(desk: Desk) -> None:
    desk.mis.faults["hold"] = ["down"]
    assert desk.bookings.hold("c1", slot(), [], "k1") == MisDown()
    assert isinstance(desk.bookings.hold("c1", slot(), [], "k1"), Held)


def test_choosing_another_time_releases_the_first(desk: Desk) -> None:
    first = held(desk)
    second = held(desk, key="k2", hour=11)
    assert desk.state(first.booking_id) == "released"
    assert [entry.slot for entry in desk.mis.held()] == [second.slot]


def test_the_same_offer_again_is_the_same_hold(desk: Desk) -> None:
    assert held(desk, key="k1") == held(desk, key="k2")
    assert desk.mis.calls.count("hold") == 1


def test_a_redelivered_press_does_not_bring_the_earlier_choice_back(desk: Desk) -> None:
    held(desk, key="k1")
    second = held(desk, key="k2", hour=11)
    assert desk.bookings.hold("c1", slot(), ["s1"], "k1") == SlotGone()
    assert desk.state(second.booking_id) == "held"


def test_release(desk: Desk) -> None:
    kept = held(desk)
    assert desk.bookings.release(kept.booking_id)
    assert not desk.bookings.release(kept.booking_id)
    assert desk.mis.held() == []
    assert desk.bookings.confirm(kept.booking_id, patient(), "v1") == Expired()
    assert desk.mis.booked() == []


def test_a_conversation_that_ends_lets_go(desk: Desk) -> None:
    held(desk)
    assert desk.bookings.release_conversation("c1") == 1
    assert desk.mis.held() == []


def test_confirm_twice_books_once(desk: Desk) -> None:
    kept = held(desk)
    first = desk.bookings.confirm(kept.booking_id, patient(), "v1")
    assert desk.bookings.confirm(kept.booking_id, patient(), "v1") == first
    assert not desk.bookings.release(kept.booking_id)
    assert desk.mis.calls.count("book") == 1


def test_an_expired_hold_is_taken_again(desk: Desk) -> None:
    kept = held(desk)
    desk.clock.forward(minutes=13)
    assert isinstance(desk.bookings.confirm(kept.booking_id, patient(), "v1"), Confirmed)
    assert desk.mis.calls.count("hold") == 2
    assert len(desk.mis.booked()) == 1
    assert desk.mis.held() == []


def test_an_expired_hold_that_was_settled_is_taken_again(desk: Desk) -> None:
    kept = held(desk)
    assert desk.bookings.settle(desk.clock.forward(minutes=13)) == []
    assert desk.state(kept.booking_id) == "expired"
    assert desk.mis.held() == []
    assert isinstance(desk.bookings.confirm(kept.booking_id, patient(), "v1"), Confirmed)


def test_an_expired_hold_whose_time_went_is_expired(desk: Desk) -> None:
    kept = held(desk)
    desk.bookings.settle(desk.clock.forward(minutes=13))
    desk.mis.strangers_visit(slot())
    assert desk.bookings.confirm(kept.booking_id, patient(), "v1") == Expired()


def test_an_expired_hold_and_no_mis(desk: Desk) -> None:
    kept = held(desk)
    desk.clock.forward(minutes=13)
    desk.mis.down_branches = {"b1"}
    assert desk.bookings.confirm(kept.booking_id, patient(), "v1") == MisDown()


def test_a_refusal_with_the_time_still_free_has_another_reason(desk: Desk) -> None:
    kept = held(desk)
    desk.mis.faults["book"] = ["refuse"]
    assert desk.bookings.confirm(kept.booking_id, patient(), "v1") == Refused("other")
    assert desk.mis.held() == []
    assert desk.bookings.confirm(kept.booking_id, patient(), "v1") == Refused("other")


def test_a_refusal_because_somebody_took_the_time(desk: Desk) -> None:
    kept = held(desk)
    desk.mis.faults["book"] = ["taken"]
    desk.mis.strangers_visit(slot())
    assert desk.bookings.confirm(kept.booking_id, patient(), "v1") == Refused("taken")


def test_a_visit_written_as_cancelled_is_a_refusal(desk: Desk) -> None:
    kept = held(desk)
    desk.mis.faults["book"] = ["cancelled"]
    assert desk.bookings.confirm(kept.booking_id, patient(), "v1") == Refused("other")


def test_a_mis_that_was_not_reached_can_be_tried_again(desk: Desk) -> None:
    kept = held(desk)
    desk.mis.faults["book"] = ["down"]
    assert desk.bookings.confirm(kept.booking_id, patient(), "v1") == MisDown()
    assert isinstance(desk.bookings.confirm(kept.booking_id, patient(), "v1"), Confirmed)


@pytest.mark.parametrize(("call", "fault"), [("book", "lost"), ("book", "lost_before"), ("status", "down")])
def test_an_unknown_outcome_is_said_and_never_sent_again(desk: Desk, call: str, fault: str) -> None:
    kept = held(desk)
    desk.mis.faults[call] = [fault]
    for _ in range(2):
        assert desk.bookings.confirm(kept.booking_id, patient(), "v1") == Unknown(kept.booking_id)
    assert desk.mis.calls.count("book") == 1


def test_an_adapter_that_breaks_after_sending_leaves_the_outcome_unknown(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = held(desk)
    monkeypatch.setattr(desk.mis, "book", lambda *_: 1 / 0)
    assert desk.bookings.confirm(kept.booking_id, patient(), "v1") == Unknown(kept.booking_id)
    assert desk.state(kept.booking_id) == "sent"


def test_the_same_patient_at_the_same_time_is_asked(desk: Desk) -> None:
    first = held(desk)
    desk.bookings.confirm(first.booking_id, patient(), "v1")
    second = held(desk, "c2", "k2", doctor="d2")
    twin = patient(given="ИЛЬЯ ")
    asked = desk.bookings.confirm(second.booking_id, twin, "v1")
    assert asked == DoubleVisit(second.booking_id, first.booking_id, slot())
    assert len(desk.mis.booked()) == 1
    assert isinstance(desk.bookings.confirm(second.booking_id, twin, "v1", allow_double=True), Confirmed)


def test_a_child_on_the_same_phone_is_another_patient(desk: Desk) -> None:
    first = held(desk)
    desk.bookings.confirm(first.booking_id, patient(), "v1")
    second = held(desk, "c1", "k2", doctor="d2")
    assert isinstance(desk.bookings.confirm(second.booking_id, patient(given="Аня"), "v1"), Confirmed)


def test_a_visit_the_clinic_has_cancelled_does_not_block_its_time(desk: Desk) -> None:
    first = held(desk)
    result = desk.bookings.confirm(first.booking_id, patient(), "v1")
    assert isinstance(result, Confirmed)
    assert desk.bookings.hold("c2", slot(), [], "k2") == SlotGone()
    desk.mis.entries[result.visit.id].status = VisitStatus.CANCELLED
    assert isinstance(desk.bookings.hold("c2", slot(), [], "k3"), Held)
    assert desk.state(first.booking_id) == "cancelled"


@pytest.mark.parametrize(("free", "expected"), [(True, Held), (False, SlotGone)])
def test_a_visit_the_mis_no_longer_knows_blocks_only_a_busy_time(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, free: bool, expected: type
) -> None:
    first = held(desk)
    desk.bookings.confirm(first.booking_id, patient(), "v1")
    if free:
        desk.mis.entries.clear()
    monkeypatch.setattr(desk.mis, "status", lambda *_: VisitStatus.ERROR)
    assert isinstance(desk.bookings.hold("c2", slot(), [], "k2"), expected)


def test_overlapping_lengths_are_one_time(desk: Desk) -> None:
    held(desk)
    assert desk.bookings.hold("c2", slot(minute=10), [], "k2") == SlotGone()


def test_without_holds_the_ledger_keeps_the_time(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(capabilities=Capabilities(returns_visit_id=True))
    kept = held(desk)
    assert desk.bookings.hold("c2", slot(), [], "k2") == SlotGone()
    result = desk.bookings.confirm(kept.booking_id, patient(), "v1")
    assert isinstance(result, Confirmed)
    assert desk.mis.calls == ["windows", "book", "status"]


def test_an_unknown_booking_is_an_error(desk: Desk) -> None:
    with pytest.raises(UnknownBooking):
        desk.bookings.confirm(1, patient(), "v1")


def test_a_conversation_has_one_worker(desk: Desk) -> None:
    kept = held(desk)
    with conversation_lock(desk.engine, "c1", wait=None) as mine:
        assert mine is not None
        with conversation_lock(desk.engine, "c1", wait=None) as other:
            assert other is None
        desk.bookings._access = replace(desk.bookings._access, wait=timedelta(milliseconds=100))
        with pytest.raises(ConversationBusy):
            desk.bookings.hold("c1", slot(hour=11), [], "k2")
        assert desk.bookings.confirm(kept.booking_id, patient(), "v1") == Unknown(kept.booking_id)
    assert isinstance(desk.bookings.confirm(kept.booking_id, patient(), "v1"), Confirmed)


def test_32_conversations_race_for_one_time(desk: Desk) -> None:
    barrier = Barrier(32, timeout=60)

    def run(number: int) -> object:
        barrier.wait()
        kept = desk.bookings.hold(f"c{number}", slot(), [], f"k{number}")
        if not isinstance(kept, Held):
            return kept
        return desk.bookings.confirm(kept.booking_id, patient(given=f"Илья{number}"), "v1")

    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(run, range(32)))
    assert sum(isinstance(result, Confirmed) for result in results) == 1
    assert sum(isinstance(result, SlotGone) for result in results) == 31
    assert len(desk.mis.booked()) == 1


def test_16_copies_of_one_press_and_one_yes_book_once(desk: Desk) -> None:
    barrier = Barrier(16, timeout=60)

    def run(_: int) -> object:
        barrier.wait()
        kept = desk.bookings.hold("c1", slot(), [], "k1")
        assert isinstance(kept, Held)
        return desk.bookings.confirm(kept.booking_id, patient(), "v1")

    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(run, range(16)))
    assert len(set(map(repr, results))) == 1
    assert desk.mis.calls.count("hold") == 1
    assert desk.mis.calls.count("book") == 1


def test_one_patient_on_two_devices_with_two_doctors_is_asked_once(desk: Desk) -> None:
    holds = [held(desk, f"c{n}", f"k{n}", doctor=f"d{n}") for n in (1, 2)]
    barrier = Barrier(2, timeout=60)

    def run(kept: Held) -> object:
        barrier.wait()
        return desk.bookings.confirm(kept.booking_id, patient(), "v1")

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, holds))
    assert sorted(type(result).__name__ for result in results) == ["Confirmed", "DoubleVisit"]
