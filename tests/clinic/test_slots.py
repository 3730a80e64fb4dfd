from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.slots import booked_length, cut
from mis.port import Window
from tests.clinic.fake_mis import MOSCOW
from tests.clinic.network import at, doctor, service

LONG_AGO = datetime(2020, 1, 1, tzinfo=MOSCOW)


def starts(
    first: tuple[int, int], last: tuple[int, int], length: int, step: int = 30, now: datetime = LONG_AGO
) -> list[str]:
    free = Window("b1", "d1", at(24, *first), at(24, *last))
    slots = cut(free, timedelta(minutes=length), now, timedelta(minutes=step))
    return [slot.start.strftime("%H:%M") for slot in slots]


@pytest.mark.parametrize(
    ("first", "last", "length", "step", "expected"),
    [
        ((10, 0), (12, 0), 30, 30, ["10:00", "10:30", "11:00", "11:30"]),
        ((10, 10), (12, 0), 30, 30, ["10:30", "11:00", "11:30"]),
        ((10, 0), (11, 45), 60, 30, ["10:00", "10:30"]),
        ((10, 0), (10, 59), 60, 30, []),
        ((10, 0), (11, 0), 20, 30, ["10:00", "10:20", "10:40"]),
        ((10, 5), (11, 0), 15, 15, ["10:15", "10:30", "10:45"]),
        ((10, 0), (10, 0), 15, 15, []),
    ],
)
def test_windows_are_cut_on_the_grid(
    first: tuple[int, int], last: tuple[int, int], length: int, step: int, expected: list[str]
) -> None:
    assert starts(first, last, length, step) == expected


def test_the_past_is_never_offered() -> None:
    assert starts((10, 0), (12, 0), 30, now=at(24, 10, 30)) == ["11:00", "11:30"]


@given(
    first=st.integers(0, 1300),
    width=st.integers(0, 600),
    length=st.integers(1, 240),
    step=st.sampled_from([5, 10, 15, 20, 30, 60]),
    now=st.integers(0, 1439),
)
def test_every_slot_fits_its_window_and_lies_ahead(
    first: int, width: int, length: int, step: int, now: int
) -> None:
    midnight = at(24, 0)
    start, end = midnight + timedelta(minutes=first), midnight + timedelta(minutes=first + width)
    moment, visit = midnight + timedelta(minutes=now), timedelta(minutes=length)
    slots = list(cut(Window("b1", "d1", start, end), visit, moment, timedelta(minutes=step)))
    grid = min(length, step)
    for slot in slots:
        assert start <= slot.start
        assert slot.end <= end
        assert slot.start > moment
        assert slot.length == visit
        assert (slot.start - midnight) % timedelta(minutes=grid) == timedelta(0)
    assert [slot.start for slot in slots] == sorted({slot.start for slot in slots})
    possible = [m for m in range(first, first + width - length + 1) if m % grid == 0 and m > now]
    assert len(slots) == len(possible)


def test_the_length_is_the_services_then_the_doctors_then_the_step() -> None:
    slow = doctor("d1", visit_length=timedelta(minutes=40))
    assert booked_length([service("A", minutes=60)], slow) == timedelta(minutes=60)
    assert booked_length([service("A")], slow) == timedelta(minutes=40)
    assert booked_length([], doctor("d1"), timedelta(minutes=20)) == timedelta(minutes=20)
    assert booked_length([], doctor("d1", visit_length=timedelta(0))) == timedelta(minutes=30)
