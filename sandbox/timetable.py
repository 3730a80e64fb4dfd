"""Who works when and what of it strangers have taken, from a hash of (seed, doctor, branch, day).

Nothing is stored: the same day is the same whenever it is asked for, and what is shown moves with today.
Times are minutes of the branch's own day, because the service knows no time zones.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from sandbox.network import Branch, Doctor, Network

HORIZON_DAYS = 30
# «Периодичность планирования» of the accounting policy: the length of a visit nobody has set.
POLICY_STEP = 30

Span = tuple[int, int]

_MORNING, _EVENING, _WHOLE = range(3)
_LUNCH = 30


@dataclass(frozen=True, slots=True)
class Day:
    """One doctor's day in one branch. `breaks` are the doctor's own pauses, `taken` strangers' visits."""

    shift: Span
    free: tuple[Span, ...]
    taken: tuple[Span, ...]
    breaks: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Week:
    """Where a doctor is on each weekday; `pattern` is `None` for mornings on even dates, evenings on odd."""

    places: tuple[str | None, ...]
    pattern: int | None
    delay: int


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> tuple[Span, ...]:
    """What is left of `spans` without `taken`, in order."""
    left = sorted(spans)
    for start, end in taken:
        left = [
            part
            for span in left
            for part in ((span[0], min(span[1], start)), (max(span[0], end), span[1]))
            if part[0] < part[1]
        ]
    return tuple(sorted(set(left)))


class Timetable:
    """Days of all doctors, computed when first asked for."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.day = lru_cache(maxsize=100_000)(self._day)
        self._week = lru_cache(maxsize=10_000)(self._make_week)
        self._on_leave = lru_cache(maxsize=40_000)(self._draw_leave)

    def _chance(self, *about: object) -> random.Random:
        written = ":".join(map(str, (self._network.seed, *about)))
        return random.Random(int.from_bytes(hashlib.blake2b(written.encode(), digest_size=8).digest()))

    def _day(self, doctor_id: str, branch_id: str, on: date) -> Day | None:
        """The day, `None` when the doctor is not there. Called through the cached `day`."""
        doctor, branch = self._network.staff[doctor_id], self._network.branches[branch_id]
        shift = self._shift(doctor, branch, on)
        return None if shift is None else self._fill(doctor, branch, on, shift)

    def _shift(self, doctor: Doctor, branch: Branch, on: date) -> Span | None:
        hours = branch.hours[on.weekday()]
        if hours is None or (on.month, on.day) == (1, 1):
            return None
        if doctor.room is not None:
            closes = hours[1] if doctor.room.closes is None else min(hours[1], doctor.room.closes * 60)
            return hours[0], closes
        week = self._week(doctor.id)
        if week.places[on.weekday()] != branch.id or self._on_leave(doctor.number, on.toordinal() // 14):
            return None
        pattern = week.pattern
        if pattern is None:
            pattern = _MORNING if on.day % 2 == 0 else _EVENING
        opening, closing = hours
        middle = (opening + closing) // 2 // 30 * 30
        if pattern == _MORNING:
            return opening, middle
        if pattern == _EVENING:
            return middle, closing
        start = opening + week.delay
        return start, min(closing, start + 9 * 60)

    def _make_week(self, doctor_id: str) -> _Week:
        doctor = self._network.doctors[doctor_id]
        chance = self._chance("week", doctor.number)
        workdays = sorted(chance.sample(range(7), chance.choices((3, 4, 5), (2, 4, 5))[0]))
        places: list[str | None] = [None] * 7
        for weekday in workdays:
            places[weekday] = chance.choice((doctor.branch_ids[0], chance.choice(doctor.branch_ids)))
        for weekday, branch_id in zip(workdays, doctor.branch_ids, strict=False):
            # Every branch a doctor is listed in sees the doctor at least once a week.
            places[weekday] = branch_id
        pattern = chance.choices((_MORNING, _EVENING, _WHOLE, None), (3, 3, 4, 2))[0]
        return _Week(tuple(places), pattern, chance.choice((0, 30, 60)))

    def _draw_leave(self, number: int, fortnight: int) -> bool:
        return self._chance("leave", number, fortnight).random() < 0.05

    def _fill(self, doctor: Doctor, branch: Branch, on: date, shift: Span) -> Day:
        chance = self._chance("day", doctor.number, branch.id, on.toordinal())
        breaks: tuple[Span, ...] = ()
        if doctor.room is None and shift[1] - shift[0] >= 8 * 60:
            lunch = shift[0] + 4 * 60 + 30 * chance.randint(0, 1)
            breaks = ((lunch, lunch + _LUNCH),)
        free: list[Span] = []
        taken: list[Span] = []
        for start, end in subtract([shift], breaks):
            while start + doctor.minutes <= end:
                slot = (start, start + doctor.minutes)
                start = slot[1]
                # People who work come in the evening and on Saturday.
                wanted = 0.04 if slot[0] >= 17 * 60 or on.weekday() == 5 else -0.01
                into = taken if chance.random() < doctor.busy + wanted else free
                if into and into[-1][1] == slot[0] and into is free:
                    free[-1] = (free[-1][0], slot[1])
                else:
                    into.append(slot)
            if start < end:
                taken.append((start, end))
        return Day(shift, *self._ragged(chance, free, taken), breaks)

    @staticmethod
    def _ragged(
        chance: random.Random, free: list[Span], taken: list[Span]
    ) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Now and then a visit runs over, so that a window is no multiple of the doctor's step."""
        for nth, (start, end) in enumerate(free):
            if end - start >= 40 and chance.random() < 0.05:
                free[nth] = (start + 10, end)
                taken.append((start, start + 10))
        return tuple(free), tuple(sorted(taken))


def visible_days(today: date, first: date, last: date) -> list[date]:
    """The days between two dates that the base shows: from today, thirty days ahead."""
    start, end = max(first, today), min(last, today + timedelta(days=HORIZON_DAYS))
    return [start + timedelta(days=nth) for nth in range((end - start).days + 1)]
