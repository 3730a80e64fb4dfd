"""Copies of slow answers: read again after hours, and the last good one kept through an outage, also through
a start during one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

from mis.copy_files import CopyFiles
from mis.port import MisError, MisUnavailable
from mis.single_flight import SingleFlight

log = logging.getLogger(__name__)
T = TypeVar("T")
# What kind of answer, then what of.
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Copy:
    value: Any
    read_at: datetime
    good_until: datetime


class KeptCopies:
    """Answers by key. Thread-safe; callers of one key share one read and wait at most `wait_seconds`.

    A copy is good for `age`; when it cannot be read again it is given out all the same and the next try is
    after `retry`. `clock` gives aware datetimes. What is in `files` is given out only when nothing was read
    since the start and cannot be read now: a start is what people do to get new data.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        *,
        age: timedelta = timedelta(hours=4),
        retry: timedelta = timedelta(minutes=1),
        wait_seconds: float = 20.0,
        files: CopyFiles | None = None,
    ) -> None:
        self._clock = clock
        self._age = age
        self._retry = retry
        self._wait_seconds = wait_seconds
        self._lock = Lock()
        self._flights = SingleFlight()
        self._files = files
        self._copies: dict[Key, _Copy] = {}

    def get(self, key: Key, read: Callable[[], T]) -> T:
        """The answer of `read`, new or kept. Raises its `MisError` when there is no copy at all."""
        with self._lock:
            copy = self._copies.get(key)
        if copy is not None and self._clock() < copy.good_until:
            kept: T = copy.value
            return kept

        def fetch() -> T:
            with self._lock:
                newest = self._copies.get(key)
            if newest is not None and newest is not copy:
                just_read: T = newest.value
                return just_read
            found = read()
            now = self._clock()
            with self._lock:
                self._copies[key] = _Copy(found, now, now + self._age)
            if self._files is not None:
                self._files.write(key, found, now)
            return found

        try:
            return self._flights.run(key, fetch, self._wait_seconds)
        except (MisError, TimeoutError) as failure:
            copy = copy or self._of_earlier_start(key)
            if copy is None and isinstance(failure, TimeoutError):
                raise MisUnavailable("another caller's read takes too long") from failure
            if copy is None:
                raise
            self._keep_on(key, copy, failure)
            old: T = copy.value
            return old

    def age(self, key: Key) -> timedelta | None:
        """How old the copy is; `None` when there is none."""
        with self._lock:
            copy = self._copies.get(key)
        return None if copy is None else self._clock() - copy.read_at

    def _of_earlier_start(self, key: Key) -> _Copy | None:
        found = self._files.read(key) if self._files is not None else None
        if found is None:
            return None
        value, read_at = found
        with self._lock:
            return self._copies.setdefault(key, _Copy(value, read_at, read_at))

    def _keep_on(self, key: Key, copy: _Copy, failure: Exception) -> None:
        now = self._clock()
        log.warning("the copy of %s is %s old: %s", key, now - copy.read_at, type(failure).__name__)
        with self._lock:
            if self._copies.get(key) is copy:
                self._copies[key] = _Copy(copy.value, copy.read_at, now + self._retry)
