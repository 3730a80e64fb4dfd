"""What the benchmark reads out of the action server's metrics."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from bench.mis_speed import Totals, totals
from mis.metrics import MisMetrics


def test_calls_and_their_time_are_summed_over_operations() -> None:
    registry = CollectorRegistry()
    metrics = MisMetrics(registry)
    metrics.on_call("first")("Reservation", "centre", 0.25, None)
    metrics.on_call("first")("AppointmentStatus", "centre", 0.5, "MisUnavailable")
    metrics.on_call("second")("Reservation", "ural", 1.0, None)
    assert totals(generate_latest(registry).decode()) == Totals(3, 1.75)
    assert totals("") == Totals(0, 0)
