"""What the clinic's monitoring sees of a running system."""

from __future__ import annotations

import httpx
import pytest

from bench.mis_speed import totals
from tests.scenarios.runner import Patient
from tests.support.system import System
from tests.system import dialogue

pytestmark = pytest.mark.system


def shown(system: System) -> str:
    return httpx.get(f"{system.actions}/metrics", timeout=10).raise_for_status().text


def test_a_booking_is_seen_and_nobodys_data_is_shown(system: System) -> None:
    patient = Patient(system)
    dialogue.find(patient)
    dialogue.choose(patient)
    dialogue.introduce(patient)
    before = totals(shown(system))
    dialogue.confirm(patient)
    after = shown(system)
    # The booking itself and its status.
    assert totals(after).calls - before.calls >= 2
    assert 'maria_mis_breaker{base="sandbox",state="closed"} 1.0' in after
    assert "maria_loop_lag_seconds_count" in after
    for secret in (*patient.name.split(), patient.phone, patient.sender):
        assert secret not in after
