"""What the sandbox was asked, counted: who tries it out can see what a client does, and does not do."""

from __future__ import annotations

import threading
from collections import Counter


class Journal:
    """Counts of requests by pattern, method and branch (a catalogue id); "" for none. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def note(self, pattern: str, method: str, branch: str) -> None:
        with self._lock:
            self._counts[pattern, method, branch] += 1

    def counts(self) -> dict[tuple[str, str, str], int]:
        """In the order in which they first came."""
        with self._lock:
            return dict(self._counts)

    def clear(self) -> None:
        with self._lock:
            self._counts.clear()
