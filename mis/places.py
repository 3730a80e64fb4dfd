"""A number of places, given out in the order in which they were asked for."""

from __future__ import annotations

from collections import deque
from threading import Event, Lock


class Places:
    """A semaphore that is fair. Thread-safe.

    That of `threading` lets whoever gives a place back take it again before those who wait for it: a patient
    of three calls in a row keeps others out for all three.
    """

    def __init__(self, number: int) -> None:
        self._lock = Lock()
        self._free = number
        self._waiting: deque[Event] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for a place now."""
        return len(self._waiting)

    def acquire(self, timeout: float) -> bool:
        """Take a place, waiting at most `timeout` seconds for it; False when there was none."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            mine = Event()
            self._waiting.append(mine)
        if mine.wait(timeout):
            return True
        with self._lock:
            if mine.is_set():
                return True
            self._waiting.remove(mine)
            return False

    def release(self) -> None:
        """Give a place to whoever waits longest, or back."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
