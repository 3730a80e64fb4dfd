from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone

import pytest

from lang.wish import Wish

MOSCOW = timezone(timedelta(hours=3))
MONDAY = date(2026, 11, 23)
TUESDAY = date(2026, 11, 24)
WEDNESDAY = date(2026, 11, 25)
MORNING = (time(8), time(12))
EVENING = (time(17), time(21))

FULL = Wish(
    dates=(TUESDAY, None),
    times=(None, time(18, 30)),
    except_weekdays=frozenset({0, 6}),
    except_dates=frozenset({date(2026, 12, 5)}),
    soonest=True,
    alternatives=(Wish(times=EVENING),),
)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=MOSCOW)


def test_json_form() -> None:
    assert FULL.to_json() == {
        "dates": ["2026-11-24", ""],
        "times": ["", "18:30"],
        "except": ["mon", "sun", "2026-12-05"],
        "soonest": True,
        "alternatives": [
            {
                "dates": ["", ""],
                "times": ["17:00", "21:00"],
                "except": [],
                "soonest": False,
                "alternatives": [],
            }
        ],
    }


@pytest.mark.parametrize("wish", [FULL, Wish(), Wish(times=(time(0), None))])
def test_json_there_and_back(wish: Wish) -> None:
    assert Wish.from_json(wish.to_json()) == wish


def test_missing_keys_say_nothing() -> None:
    assert Wish.from_json({}) == Wish()


@pytest.mark.parametrize(
    "data",
    [{"dates": ["tomorrow", ""]}, {"dates": "x"}, {"except": ["someday"]}, {"times": ["25:00", ""]}, []],
)
def test_nonsense_is_refused(data: object) -> None:
    with pytest.raises(ValueError, match="not a wish"):
        Wish.from_json(data)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(), False),
        (Wish(soonest=True), True),
        (Wish(dates=(None, MONDAY)), True),
        (Wish(times=(None, time(0))), True),
        (Wish(except_weekdays=frozenset({0})), True),
        (Wish(except_dates=frozenset({MONDAY})), True),
        (Wish(alternatives=(Wish(soonest=True),)), True),
    ],
)
def test_truth(wish: Wish, said: bool) -> None:
    assert bool(wish) is said


@pytest.mark.parametrize(
    ("wish", "start", "fits"),
    [
        (Wish(), at(MONDAY, 9), True),
        (Wish(dates=(TUESDAY, TUESDAY)), at(TUESDAY, 9), True),
        (Wish(dates=(TUESDAY, TUESDAY)), at(WEDNESDAY, 9), False),
        (Wish(dates=(TUESDAY, None)), at(MONDAY, 9), False),
        (Wish(times=MORNING), at(MONDAY, 8), True),
        (Wish(times=MORNING), at(MONDAY, 12), False),
        (Wish(times=(time(9), time(9))), at(MONDAY, 9), True),
        (Wish(times=(time(9), time(9))), at(MONDAY, 9, 15), False),
        (Wish(times=(time(18), None)), at(MONDAY, 18), True),
        (Wish(times=(None, time(18))), at(MONDAY, 18), False),
        (Wish(except_weekdays=frozenset({0})), at(MONDAY, 9), False),
        (Wish(except_dates=frozenset({MONDAY})), at(TUESDAY, 9), True),
        (Wish(times=MORNING, alternatives=(Wish(times=EVENING),)), at(MONDAY, 18), True),
        (Wish(times=MORNING, alternatives=(Wish(times=EVENING),)), at(MONDAY, 13), False),
        (Wish(alternatives=(Wish(times=EVENING),)), at(MONDAY, 13), False),
        (Wish(soonest=True, except_weekdays=frozenset({1})), at(MONDAY, 9), True),
    ],
)
def test_allows(wish: Wish, start: datetime, fits: bool) -> None:
    assert wish.allows(start) is fits


TOMORROW = Wish(dates=(TUESDAY, TUESDAY))
WEEK = Wish(dates=(MONDAY, date(2026, 11, 29)))


@pytest.mark.parametrize(
    ("older", "newer", "expected"),
    [
        (TOMORROW, Wish(times=MORNING), replace(TOMORROW, times=MORNING)),
        (replace(TOMORROW, times=MORNING), Wish(times=EVENING), replace(TOMORROW, times=EVENING)),
        (replace(TOMORROW, times=MORNING), WEEK, replace(WEEK, times=MORNING)),
        (
            replace(WEEK, except_weekdays=frozenset({1})),
            Wish(except_weekdays=frozenset({2})),
            replace(WEEK, except_weekdays=frozenset({1, 2})),
        ),
        (replace(WEEK, except_weekdays=frozenset({1})), TOMORROW, TOMORROW),
        (Wish(soonest=True), TOMORROW, TOMORROW),
        (TOMORROW, Wish(soonest=True), replace(TOMORROW, soonest=True)),
        (TOMORROW, Wish(), TOMORROW),
        (
            TOMORROW,
            Wish(times=MORNING, alternatives=(Wish(times=EVENING),)),
            replace(TOMORROW, times=MORNING, alternatives=(replace(TOMORROW, times=EVENING),)),
        ),
        (
            replace(TOMORROW, times=MORNING, alternatives=(replace(TOMORROW, times=EVENING),)),
            Wish(times=(time(18), None)),
            replace(TOMORROW, times=(time(18), None)),
        ),
    ],
)
def test_merge(older: Wish, newer: Wish, expected: Wish) -> None:
    assert older.merge(newer) == expected
