"""One caller fetches, the others wait for its result."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")


class SingleFlight:
    """Concurrent calls with one key run once. Thread-safe."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._flights: dict[Hashable, Future[Any]] = {}

    def run(self, key: Hashable, fetch: Callable[[], T], wait_seconds: float) -> T:
        """The result or error of `fetch`, shared by all who ask while it runs.

        Raises `TimeoutError` when another caller's fetch is not over after `wait_seconds`.
        """
        with self._lock:
            flight = self._flights.get(key)
            leads = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
        if not leads:
            shared: T = flight.result(wait_seconds)
            return shared
        try:
            result = fetch()
        except BaseException as failure:
            self._land(key)
            flight.set_exception(failure)
            raise
        self._land(key)
        flight.set_result(result)
        return result

    def _land(self, key: Hashable) -> None:
        with self._lock:
            del self._flights[key]
