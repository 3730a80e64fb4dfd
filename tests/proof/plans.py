"""What each run is to be: the patient's story and the one or two things that go wrong in it, from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Literal, get_args

from tests.proof.crash_points import Trip
from tests.support.fault_proxy import Fault, Kind

Story = Literal[
    "book",
    "second tap",
    "redelivered",
    "two devices",
    "two patients",
    "changes mind",
    "leaves",
    "cancels",
    "moves",
]
Reaction = Literal["repeats", "taps again", "falls silent"]

STORIES = get_args(Story)
_WEIGHTS = (4, 2, 2, 2, 2, 2, 1, 4, 5)
REACTIONS: tuple[Reaction, ...] = ("repeats", "taps again", "falls silent")

# Longer than our patience with the MIS, so that the answer, or the request itself, comes too late.
LATE = 2.6
OPERATIONS = ("Schedule", "Reservation", "AppointmentCreate", "AppointmentStatus", "AppointmentCancel")
_BOOKING_OPERATIONS = (
    "Schedule",
    "Reservation",
    "AppointmentCreate",
    "AppointmentCreate",
    "AppointmentStatus",
)
_CANCEL_OPERATIONS = ("AppointmentCancel", "AppointmentStatus")

_BOOKING = (
    *(f"{call}.{side}" for call in ("windows", "hold", "book", "status") for side in ("before", "after")),
    *(
        f"{change}.{side}"
        for change in ("nothing-planned", "planned-held", "held-sent", "sent-sent", "sent-confirmed")
        for side in ("before", "after")
    ),
)
_CANCELLING = (
    *(f"{call}.{side}" for call in ("cancel", "status") for side in ("before", "after")),
    *(
        f"{change}.{side}"
        for change in ("confirmed-cancelling", "cancelling-cancelled")
        for side in ("before", "after")
    ),
)
_CHANGING = tuple(
    f"{what}.{side}"
    for what in ("held-released", "cancel", "released-released")
    for side in ("before", "after")
)
# The recovery after a booking without an answer, with an answer «held», and after time has run out.
RECOVERY_POINTS = tuple(
    f"{what}.{side}"
    for what in (
        "status", "book", "cancel", "unknown-confirmed", "unknown-sent", "sent-sent", "sent-confirmed",
        "held-expired", "expired-expired", "cancelling-cancelled", "confirmed-cancelling", "take_news",
        "mark_told",
    )
    for side in ("before", "after")
)  # fmt: skip


def points_of(story: Story) -> tuple[str, ...]:
    """Where the action server can die in this story, once the patient has begun what it is about."""
    if story == "cancels":
        return _CANCELLING
    if story == "moves":
        return (*_BOOKING, *_CANCELLING)
    return (*_BOOKING, *_CHANGING) if story == "changes mind" else _BOOKING


ALL_POINTS = tuple(dict.fromkeys((*_BOOKING, *_CANCELLING, *_CHANGING)))


@dataclass(frozen=True)
class Plan:
    """One run. `trip` ends (or stops) the action server that serves it."""

    number: int
    story: Story
    faults: tuple[Fault, ...] = ()
    trip: Trip | None = None
    reaction: Reaction = "repeats"
    kinds: tuple[str, ...] = field(default=())


class Planner:
    """Plans in an order that reaches every kind of fault and every crash point alike often."""

    def __init__(self, seed: int, kill_share: float = 0.1, stop_share: float = 0.01, first: int = 1) -> None:
        """Runs are numbered from `first`: nobody is the same person in two campaigns on one world."""
        self._random = random.Random(seed)
        self._kill_share, self._stop_share = kill_share, stop_share
        self._number = first - 1
        self._kinds: list[Kind] = []
        self._points: list[tuple[Story, str]] = []
        self._recovery: list[str] = []

    def plan(self) -> Plan:
        self._number += 1
        draw = self._random.random()
        reaction = self._random.choice(REACTIONS)
        if draw < self._kill_share:
            story, point = self._next_point()
            return Plan(self._number, story, self._perhaps(story), Trip(point), reaction, ("kill",))
        if draw < self._kill_share + self._stop_share:
            story, point = self._next_point()
            return Plan(self._number, story, (), Trip(point, what="stop"), "repeats", ("stop",))
        story = self._random.choices(STORIES, _WEIGHTS)[0]
        first = self._fault(story, self._next_kind())
        faults = (first, *self._perhaps(story))
        return Plan(self._number, story, faults, None, reaction)

    def recovery_trip(self) -> Trip:
        """Where the next round of the recovery dies, if it comes there."""
        if not self._recovery:
            self._recovery = list(RECOVERY_POINTS)
            self._random.shuffle(self._recovery)
        return Trip(self._recovery.pop())

    def chance(self, share: float) -> bool:
        return self._random.random() < share

    def between(self, first: float, last: float) -> float:
        return self._random.uniform(first, last)

    def _next_kind(self) -> Kind:
        if not self._kinds:
            self._kinds = list(Kind)
            self._random.shuffle(self._kinds)
        return self._kinds.pop()

    def _next_point(self) -> tuple[Story, str]:
        if not self._points:
            book = [(self._random.choice(("book", "moves")), point) for point in _BOOKING]
            cancel = [(self._random.choice(("cancels", "moves")), point) for point in _CANCELLING]
            change = [("changes mind", point) for point in _CHANGING]
            self._points = [*book, *cancel, *change]  # type: ignore[list-item]
            self._random.shuffle(self._points)
        return self._points.pop()

    def _perhaps(self, story: Story) -> tuple[Fault, ...]:
        """A second fault, now and then."""
        if self._random.random() > 0.25:
            return ()
        return (self._fault(story, self._random.choice(list(Kind))),)

    def _fault(self, story: Story, kind: Kind) -> Fault:
        operations = _BOOKING_OPERATIONS
        if story == "cancels" or (story == "moves" and self._random.random() < 0.5):
            operations = _CANCEL_OPERATIONS
        operation = self._random.choice(operations)
        if kind is Kind.UNDONE:
            operation = "AppointmentCreate"
        nth = 2 if operation == "AppointmentStatus" and self._random.random() < 0.3 else 1
        times = self._random.choice((1, 1, 1, 2, 4))
        slow = kind in (Kind.HALF_OPEN_BEFORE, Kind.HALF_OPEN_AFTER) or self._random.random() < 0.4
        seconds = LATE if slow else self._random.uniform(0.05, 0.6)
        return Fault(kind, operation, nth, times, seconds)
