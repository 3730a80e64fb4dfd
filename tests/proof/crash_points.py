"""Where a process may die: before and after every call to the MIS and every commit of the ledger.

The points are found by standing between the saga and what it waits for, not written into it: a step that
is added later has its points at once, and the product holds no code that kills it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from clinic.ledger import Ledger

What = Literal["kill", "stop"]
MIS_CALLS = ("windows", "taken", "hold", "book", "status", "cancel")
_NAMED = ("take_news", "mark_told")


@dataclass(frozen=True)
class Trip:
    """Die (or stand still) at the `nth` time that `point` is passed.

    A point is `<MIS call>.before|after`, or `<state>-<state>.before|after` around the commit of a change.
    """

    point: str
    nth: int = 1
    what: What = "kill"


class Tripwire:
    """Counts the points that this process passes. Thread-safe."""

    def __init__(self, trip: Trip | None, passed: Callable[[str], None] | None = None) -> None:
        self._trip = trip
        self._passed = passed
        self._lock = threading.Lock()
        self._count = 0

    def __call__(self, point: str) -> None:
        if self._passed is not None:
            self._passed(point)
        if self._trip is None or self._trip.point != point:
            return
        with self._lock:
            self._count += 1
            met = self._count == self._trip.nth
        if met:
            os.kill(os.getpid(), signal.SIGKILL if self._trip.what == "kill" else signal.SIGSTOP)


class TrippingMis:
    """Any MIS; its calls pass the wire before and after."""

    def __init__(self, mis: Any, wire: Tripwire) -> None:
        self._mis, self._wire = mis, wire

    @property
    def fresh(self) -> TrippingMis:
        return TrippingMis(self._mis.fresh, self._wire)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._mis, name)
        if name not in MIS_CALLS:
            return found

        def call(*args: Any, **more: Any) -> Any:
            self._wire(f"{name}.before")
            try:
                return found(*args, **more)
            finally:
                self._wire(f"{name}.after")

        return call


def watch_commits(wire: Tripwire) -> None:
    """From now on every commit of this process that changes the ledger passes the wire."""
    change = threading.local()
    event, commit = Ledger._event, PGDialect_psycopg.do_commit

    def noted(self: Ledger, booking_id: int, old: str | None, new: str, detail: str, now: Any) -> None:
        change.name = f"{old or 'nothing'}-{new}"
        event(self, booking_id, old, new, detail, now)

    def watched(self: Any, connection: Any) -> None:
        name = change.__dict__.pop("name", None)
        if name is not None:
            wire(f"{name}.before")
        commit(self, connection)
        if name is not None:
            wire(f"{name}.after")

    def named(name: str) -> None:
        plain = getattr(Ledger, name)

        def call(*args: Any, **more: Any) -> Any:
            change.name = name
            return plain(*args, **more)

        setattr(Ledger, name, call)

    Ledger._event = noted  # type: ignore[method-assign]
    PGDialect_psycopg.do_commit = watched  # type: ignore[method-assign]
    for name in _NAMED:
        named(name)
