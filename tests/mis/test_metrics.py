"""What monitoring reads about the MIS."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from mis.cache import CachedMis
from mis.factory import open_mis
from mis.metrics import MisMetrics
from mis.port import MisError, MisUnavailable
from tests.mis.fake_mis import Clock
from tests.mis.fake_umc import FakeUmc, Reply, Reset, json_reply
from tests.mis.support import CENTRE, DAY, HOLD, PATIENT, REFUSAL, SLOT, URAL, answer, umc_config
from tests.mis.umc_answers import SCHEDULE


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def mis(fake: FakeUmc, registry: CollectorRegistry, clock: Clock, tmp_path: Path) -> CachedMis:
    config = umc_config(fake.url, ["centre", "ural"], tmp_path, limits="{failures: 2}", step_minutes=15)
    mis, _ = open_mis(config, [CENTRE, URAL], {}, clock, metrics=MisMetrics(registry))
    return mis


def test_calls_are_counted_and_timed(mis: CachedMis, fake: FakeUmc, registry: CollectorRegistry) -> None:
    fake.on(SCHEDULE, json_reply(answer({})))
    mis.windows("centre", DAY, DAY)
    mis.windows("ural", DAY, DAY)
    labels = {"base": "first", "operation": SCHEDULE}
    assert registry.get_sample_value("maria_mis_call_seconds_count", labels) == 2
    assert registry.get_sample_value("maria_mis_call_seconds_bucket", {**labels, "le": "+Inf"}) == 2
    seconds = registry.get_sample_value("maria_mis_call_seconds_sum", labels)
    assert seconds is not None and seconds > 0


def test_failures_are_counted_by_kind(mis: CachedMis, fake: FakeUmc, registry: CollectorRegistry) -> None:
    fake.on("Reservation", Reply(REFUSAL.encode(), 500))
    fake.on(SCHEDULE, Reset())
    for call in (lambda: mis.hold(SLOT), *[lambda: mis.windows("centre", DAY, DAY)] * 3):
        with pytest.raises(MisError):
            call()

    def errors(operation: str, kind: str) -> float | None:
        labels = {"base": "first", "operation": operation, "kind": kind}
        return registry.get_sample_value("maria_mis_errors_total", labels)

    assert errors("Reservation", "MisRefused") == 1
    assert errors(SCHEDULE, "MisUnavailable") == 2
    assert errors(SCHEDULE, "BaseDown") == 1


def test_the_state_of_the_breaker(mis: CachedMis, fake: FakeUmc, registry: CollectorRegistry) -> None:
    def states() -> dict[str, float | None]:
        return {
            state: registry.get_sample_value("maria_mis_breaker", {"base": "first", "state": state})
            for state in ("closed", "half-open", "open")
        }

    assert states() == {"closed": 1, "half-open": 0, "open": 0}
    fake.on(SCHEDULE, Reset())
    for _ in range(2):
        with pytest.raises(MisUnavailable):
            mis.windows("centre", DAY, DAY)
    assert states() == {"closed": 0, "half-open": 0, "open": 1}


def test_the_age_of_a_directory(
    mis: CachedMis, fake: FakeUmc, registry: CollectorRegistry, clock: Clock
) -> None:
    def age(branch: str) -> float | None:
        labels = {"directory": "services", "branch": branch}
        return registry.get_sample_value("maria_mis_directory_age_seconds", labels)

    fake.on("DictionaryData.GetNomenclatureAndPrices", json_reply(answer({})))
    mis.services("centre")
    clock.pass_(minutes=3)
    assert age("centre") == 180
    unknown = age("ural")
    assert unknown is not None and unknown != unknown


def test_nothing_personal_is_in_it(mis: CachedMis, fake: FakeUmc, registry: CollectorRegistry) -> None:
    fake.on("AppointmentCreate.BookAnAppointmentWithParams", Reply(REFUSAL.encode(), 500))
    with pytest.raises(MisError):
        mis.book(HOLD, PATIENT)
    told = generate_latest(registry).decode()
    assert "maria_mis_errors_total" in told
    names = ("Сидоров", *str(PATIENT.name).split())
    for secret in (*names, "ОбщийМодуль", PATIENT.phone, HOLD.id, SLOT.doctor_id):
        assert secret not in told
