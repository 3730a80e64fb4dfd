"""A FHIR server that is away or keeps no versions, and what may not be logged."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from mis.port import (
    MisRefused,
    MisUnavailable,
    OutcomeUnknown,
    Slot,
)
from tests.mis.contract import fhir as contract
from tests.mis.contract.base import is_free
from tests.mis.fake_umc import free_port
from tests.mis.fhir.support import adapter
from tests.mis.fhir_network import URAL, running_server
from tests.mis.support import PATIENT


def test_the_server_of_the_tests_ends_with_them(tmp_path: Path) -> None:
    with running_server(tmp_path) as url:
        assert requests.get(f"{url}/Slot", timeout=30).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{url}/Slot", timeout=30)


def test_nobody_listens() -> None:
    mis = adapter(f"http://127.0.0.1:{free_port()}")
    start = datetime.now(URAL.timezone) + timedelta(days=1)
    with pytest.raises(MisUnavailable):
        mis.hold(Slot("ural", "d", start, timedelta(minutes=30)))
    with pytest.raises(MisUnavailable):
        mis.cancel("ural", "a.b")


def test_a_server_that_keeps_no_versions_cannot_be_booked(base: contract.Fhir, slot: Slot) -> None:
    mis = adapter(base.proxy.url)
    search = mis._transport.search

    def without_versions(*asked: Any, **more: Any) -> Any:
        return [{key: value for key, value in row.items() if key != "meta"} for row in search(*asked, **more)]

    mis._transport.search = without_versions  # type: ignore[method-assign]
    with pytest.raises(MisRefused):
        mis.hold(slot)
    assert is_free(base, slot)


def test_words_of_the_server_and_patients_stay_out_of_the_log(
    base: contract.Fhir, slot: Slot, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hold = base.mis.hold(slot)
    for kind in ("refuse", "error", "lost"):
        base.proxy.fault(kind, "Appointment.create")
        with pytest.raises((MisRefused, OutcomeUnknown)) as caught:
            base.mis.book(hold, PATIENT)
        assert "Сидоров" not in str(caught.value)
    base.proxy.fault("error", "Patient.search", count=5)
    with pytest.raises(MisUnavailable):
        base.mis.book(hold, PATIENT)
    ours = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("mis"))
    assert "business-rule" in ours
    for secret in ("Сидоров", "Петров", "9161234567", "1990-05-17", hold.id):
        assert secret not in ours
