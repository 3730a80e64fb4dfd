"""Which slots are shown, and why each of them."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.offers import MOST, Offers, choose
from clinic.search import FoundSlot, FoundSlots, SlotQuery, sees
from lang.wish import Wish
from tests.clinic.network import at, doctor, found

NOW = at(23, 9)
TOMORROW = Wish(dates=(date(2026, 11, 24), date(2026, 11, 24)))


def offers(slots: list[FoundSlot], **query: object) -> Offers:
    return choose(FoundSlots(tuple(slots)), SlotQuery(now=NOW, **query))  # type: ignore[arg-type]


def shown(result: Offers) -> list[tuple[str, str, str]]:
    return [
        (offer.slot.doctor_id, offer.slot.start.strftime("%d %H:%M"), offer.reason) for offer in result.items
    ]


def test_an_open_wish_starts_with_the_nearest() -> None:
    result = offers([found("b1", "d1", 24, 10), found("b1", "d2", 24, 12), found("b2", "d3", 25, 9)])
    assert shown(result) == [
        ("d1", "24 10:00", "nearest"),
        ("d2", "24 12:00", "as_wished"),
        ("d3", "25 09:00", "as_wished"),
    ]
    assert (result.met, result.relaxed, result.callback, result.total) == (True, None, False, 3)
    assert [offer.number for offer in result.items] == [1, 2, 3]


def test_one_doctors_neighbouring_starts_do_not_crowd_out_others() -> None:
    morning = [found("b1", "d1", 24, 9, minute, 10) for minute in range(0, 60, 10)]
    later = [found("b1", "d2", 24, 15), found("b1", "d1", 25, 9), found("b2", "d3", 26, 9)]
    assert shown(offers(morning + later)) == [
        ("d1", "24 09:00", "nearest"),
        ("d2", "24 15:00", "as_wished"),
        ("d1", "25 09:00", "as_wished"),
        ("d3", "26 09:00", "as_wished"),
    ]


def test_one_doctors_only_hour_gives_three_starts_at_most() -> None:
    assert len(offers([found("b1", "d1", 24, 9, minute, 10) for minute in range(0, 60, 10)]).items) == 3


def test_the_asked_doctor() -> None:
    slots = [found("b1", "d1", 24, hour) for hour in (10, 13, 16)]
    assert {reason for _, _, reason in shown(offers(slots, doctor_ids=("d1",)))} == {"your_doctor"}


def test_the_asked_doctor_at_another_time_comes_before_another_doctor() -> None:
    slots = [
        found("b1", "d1", 26, 10),
        found("b1", "d1", 27, 10),
        found("b1", "d2", 24, 10),
        found("b2", "d3", 24, 10),
    ]
    result = offers(slots, doctor_ids=("d1",), branch_ids=("b1",), wish=TOMORROW)
    assert shown(result) == [
        ("d1", "26 10:00", "other_time"),
        ("d1", "27 10:00", "other_time"),
        ("d2", "24 10:00", "same_profile"),
        ("d3", "24 10:00", "other_branch"),
    ]
    assert (result.met, result.relaxed, result.callback) == (False, "time", True)


def test_another_doctor_of_the_branch_comes_before_another_branch() -> None:
    slots = [found("b2", "d3", 24, 9), found("b1", "d2", 24, 10)]
    result = offers(slots, doctor_ids=("d1",), branch_ids=("b1",))
    assert shown(result) == [("d2", "24 10:00", "same_profile"), ("d3", "24 09:00", "other_branch")]
    assert result.relaxed == "doctor"


def test_another_branch_at_the_wished_time_first() -> None:
    slots = [found("b2", "d3", 23, 12), found("b2", "d3", 24, 12)]
    result = offers(slots, branch_ids=("b1",), wish=TOMORROW)
    assert shown(result) == [("d3", "24 12:00", "other_branch"), ("d3", "23 12:00", "other_branch")]
    assert result.relaxed == "branch"


def test_with_no_doctor_asked_the_branch_at_another_time() -> None:
    wish = Wish(dates=TOMORROW.dates, times=(time(10), time(12)))
    slots = [found("b1", "d1", 24, 15), found("b1", "d2", 25, 11)]
    assert shown(offers(slots, wish=wish)) == [
        ("d1", "24 15:00", "another_time"),
        ("d2", "25 11:00", "another_day"),
    ]


def test_the_nearest_to_the_wished_clock_is_preferred() -> None:
    wish = Wish(dates=TOMORROW.dates, times=(time(10, 30), time(10, 30)))
    slots = [found("b1", f"d{hour}", 24, hour) for hour in range(9, 20)]
    assert "24 10:00" in [start for _, start, _ in shown(offers(slots, wish=wish))]
    assert "24 19:00" not in [start for _, start, _ in shown(offers(slots, wish=wish))]


def test_a_branch_nearby_that_is_days_sooner() -> None:
    slots = [*[found("b1", "d1", 27, hour) for hour in (9, 12, 15, 18)], found("b2", "d2", 25, 9)]
    result = offers(slots, branch_ids=("b1",))
    nearby = [offer for offer in result.items if offer.reason == "nearby_sooner"]
    assert [(offer.branch.id, offer.days_sooner) for offer in nearby] == [("b2", 2)]
    assert result.met
    assert result.items[0].branch.id == "b1"


def test_a_nearby_branch_on_an_unwished_day_is_not_pushed() -> None:
    wish = Wish(dates=(date(2026, 11, 27), date(2026, 11, 27)))
    slots = [*[found("b1", "d1", 27, hour) for hour in (9, 12, 15)], found("b2", "d2", 25, 9)]
    assert {offer.branch.id for offer in offers(slots, branch_ids=("b1",), wish=wish).items} == {"b1"}


def test_a_colleague_two_days_sooner() -> None:
    slots = [*[found("b1", "d1", 27, hour) for hour in (9, 12, 15, 18)], found("b1", "d2", 24, 9)]
    assert ("d2", "24 09:00", "same_profile") in shown(offers(slots, doctor_ids=("d1",)))


def test_nothing_is_a_request_to_call_back() -> None:
    result = offers([])
    assert (result.items, result.met, result.relaxed, result.callback) == ((), False, None, True)


def test_a_wish_beyond_the_schedule_says_so() -> None:
    february = Wish(dates=(date(2027, 2, 1), None))
    assert offers([found("b1", "d1", 24, 9)], wish=february).beyond_horizon
    assert not offers([found("b1", "d1", 24, 9)], wish=TOMORROW).beyond_horizon


@pytest.mark.parametrize(
    ("adults", "children", "age", "expected"),
    [
        (True, False, 18, True),
        (True, False, 17, False),
        (False, True, 17, True),
        (False, True, 18, False),
        (False, True, None, True),
    ],
)
def test_age_decides_the_doctor(adults: bool, children: bool, age: int | None, expected: bool) -> None:
    who = doctor("d1", sees_adults=adults, sees_children=children)
    assert sees(who, age) is expected
    assert bool(offers([found("b1", who, 24, 9)], patient_age=age).items) is expected


DOCTORS = st.builds(
    lambda number, adults, children: doctor(f"d{number}", sees_adults=adults, sees_children=children),
    st.integers(1, 4),
    st.booleans(),
    st.booleans(),
)
SLOTS = st.lists(
    st.builds(
        found,
        st.sampled_from(["b1", "b2"]),
        DOCTORS,
        st.integers(22, 30),
        st.integers(8, 19),
        st.sampled_from([0, 15, 30, 45]),
    ),
    max_size=40,
    unique_by=lambda slot: slot.slot,
)
DAYS = st.one_of(st.none(), st.dates(date(2026, 11, 20), date(2026, 12, 5)))
HOURS = st.one_of(
    st.none(), st.times(time(8), time(20)).map(lambda clock: clock.replace(second=0, microsecond=0))
)
PLAIN = st.builds(
    Wish,
    dates=st.tuples(DAYS, DAYS),
    times=st.tuples(HOURS, HOURS),
    except_weekdays=st.frozensets(st.integers(0, 6), max_size=3),
    soonest=st.booleans(),
)
WISHES = st.builds(
    lambda wish, others: Wish(
        wish.dates, wish.times, wish.except_weekdays, frozenset(), wish.soonest, tuple(others)
    ),
    PLAIN,
    st.lists(PLAIN, max_size=2),
)


@given(
    slots=SLOTS,
    wish=WISHES,
    doctor_ids=st.sets(st.sampled_from(["d1", "d2"])).map(tuple),
    branch_ids=st.sets(st.sampled_from(["b1"])).map(tuple),
    age=st.one_of(st.none(), st.integers(0, 90)),
)
def test_offers_are_always_sound(
    slots: list[FoundSlot],
    wish: Wish,
    doctor_ids: tuple[str, ...],
    branch_ids: tuple[str, ...],
    age: int | None,
) -> None:
    query = SlotQuery(now=NOW, wish=wish, doctor_ids=doctor_ids, branch_ids=branch_ids, patient_age=age)
    result = choose(FoundSlots(tuple(slots)), query)
    given_slots = {slot.slot: slot for slot in slots}
    usable = [slot for slot in slots if slot.slot.start > NOW and sees(slot.doctor, age)]
    chosen = [offer.slot for offer in result.items]
    assert len(chosen) == len(set(chosen)) <= MOST
    assert len(chosen) >= min(3, len(usable))
    assert [offer.number for offer in result.items] == list(range(1, len(chosen) + 1))
    assert result.items or result.callback
    assert result.met == (not result.callback)
    for offer in result.items:
        assert offer.slot in given_slots
        assert offer.slot.start > NOW
        assert sees(offer.doctor, age)
    exact = [
        offer
        for offer in result.items
        if wish.allows(offer.slot.start)
        and (not doctor_ids or offer.doctor.id in doctor_ids)
        and (not branch_ids or offer.branch.id in branch_ids)
    ]
    assert result.met == bool(exact)
    if result.met:
        assert result.items[0] is exact[0]
        assert [offer.slot.start for offer in exact] == sorted(offer.slot.start for offer in exact)
        assert min(slot.slot.start for slot in usable if _exact(slot, query)) == exact[0].slot.start
    crowded = [
        offer
        for offer in result.items
        if offer.doctor.id == result.items[0].doctor.id
        and abs(offer.slot.start - result.items[0].slot.start) < timedelta(hours=1)
    ]
    assert len(crowded) <= 3


def _exact(slot: FoundSlot, query: SlotQuery) -> bool:
    return (
        query.wish.allows(slot.slot.start)
        and (not query.doctor_ids or slot.doctor.id in query.doctor_ids)
        and (not query.branch_ids or slot.branch.id in query.branch_ids)
    )
