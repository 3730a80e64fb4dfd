"""The moment after which nobody listens for an answer: that of the patient's turn.

It follows the turn into the threads that `asyncio.to_thread` starts. Reads that fill a cache for whoever
comes next are not bound by it: they run in threads of their own.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_until: ContextVar[float | None] = ContextVar("mis_deadline", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Calls to a MIS begun inside end within `seconds`, or with an outer deadline that is sooner."""
    outer = _until.get()
    until = time.monotonic() + seconds
    token = _until.set(until if outer is None else min(outer, until))
    try:
        yield
    finally:
        _until.reset(token)


def seconds_left() -> float | None:
    """Seconds until the deadline, below zero after it; `None` when there is none."""
    until = _until.get()
    return None if until is None else until - time.monotonic()
