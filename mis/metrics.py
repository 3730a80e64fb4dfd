"""What a clinic's monitoring reads about its MIS, in Prometheus form.

Labels are names of bases, operations, kinds of errors and branches: few, known before, nobody's data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from math import nan

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from mis.calls import OnCall
from mis.guard import STATES, Guard

# Seconds. The first tells a cache from a call, the last the longest call a directory may take.
BUCKETS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 5, 6, 10, 20)
DIRECTORIES = ("doctors", "services")

AgeOf = Callable[[str, str], timedelta | None]


class MisMetrics:
    """The series of one process; a registry takes them once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "maria_mis_call_seconds",
            "Calls to the MIS, repetitions included: how many and how long",
            ["base", "operation"],
            buckets=BUCKETS,
            registry=registry,
        )
        self._errors = Counter(
            "maria_mis_errors",
            "Calls to the MIS that failed, by the kind of the failure",
            ["base", "operation", "kind"],
            registry=registry,
        )
        self._breaker = Gauge(
            "maria_mis_breaker",
            "1 for the state the circuit breaker of a base is in",
            ["base", "state"],
            registry=registry,
        )
        self._age = Gauge(
            "maria_mis_directory_age_seconds",
            "Age of our copy of a branch's directory; NaN while there is none",
            ["directory", "branch"],
            registry=registry,
        )

    def on_call(self, base: str) -> OnCall:
        """Counts the calls to `base`."""

        def told(operation: str, branch_id: str, seconds: float, error_kind: str | None) -> None:
            self._seconds.labels(base, operation).observe(seconds)
            if error_kind is not None:
                self._errors.labels(base, operation, error_kind).inc()

        return told

    def watch_guard(self, guard: Guard) -> None:
        """Show the state of the breaker."""
        for state in STATES:
            self._breaker.labels(guard.base, state).set_function(_is_in(guard, state))

    def watch_directories(self, branch_ids: Iterable[str], age_of: AgeOf) -> None:
        """Show how old the copies of every branch's directories are."""
        for branch_id in branch_ids:
            for kind in DIRECTORIES:
                self._age.labels(kind, branch_id).set_function(_age(age_of, kind, branch_id))


def _is_in(guard: Guard, state: str) -> Callable[[], float]:
    return lambda: float(guard.state == state)


def _age(age_of: AgeOf, kind: str, branch_id: str) -> Callable[[], float]:
    def seconds() -> float:
        age = age_of(kind, branch_id)
        return nan if age is None else age.total_seconds()

    return seconds
