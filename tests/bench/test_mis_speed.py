"""What the benchmark reads out of the action server's metrics."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from bench.mis_speed import Totals, told_instead, totals
from bench.phrases import load_phrases
from bench.rest import Said
from mis.metrics import MisMetrics


def test_calls_and_their_time_are_summed_over_operations() -> None:
    registry = CollectorRegistry()
    metrics = MisMetrics(registry)
    metrics.on_call("first")("Reservation", "centre", 0.25, None)
    metrics.on_call("first")("AppointmentStatus", "centre", 0.5, "MisUnavailable")
    metrics.on_call("second")("Reservation", "ural", 1.0, None)
    assert totals(generate_latest(registry).decode()) == Totals(3, 1.75)
    assert totals("") == Totals(0, 0)


def test_what_those_were_told_who_were_not_booked_is_counted() -> None:
    phrases = load_phrases()
    late, booked = ([{"text": words}] for words in ("Отвечает дольше. Подождите.", phrases.booking["booked"]))
    answers = [Said(1, late), Said(1, booked), None, Said(1, late), Said(1, [])]
    assert sorted(told_instead(phrases, answers)) == ["2 × no answer", "2 × Отвечает дольше"]
