"""The sandbox's own clock: real time, moved or stopped on demand."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone


class Clock:
    """Aware UTC time. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        with self._lock:
            return self._now()

    def _now(self) -> datetime:
        return self._frozen if self._frozen is not None else datetime.now(timezone.utc) + self._offset

    def set(self, moment: datetime, *, frozen: bool) -> None:
        """Make it `moment` (aware) now; a frozen clock stands until it is set, advanced or made real."""
        with self._lock:
            self._frozen = moment.astimezone(timezone.utc) if frozen else None
            self._offset = moment - datetime.now(timezone.utc)

    def advance(self, by: timedelta) -> None:
        with self._lock:
            if self._frozen is not None:
                self._frozen += by
            self._offset += by

    def real(self) -> None:
        with self._lock:
            self._frozen, self._offset = None, timedelta()

    @property
    def is_real(self) -> bool:
        with self._lock:
            return self._frozen is None and not self._offset
