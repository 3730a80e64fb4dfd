"""Adapters on the server of the tests, and what is done behind their backs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from mis.calls import Timeouts
from mis.fhir import Fhir
from mis.fhir_transport import FhirTransport
from mis.port import (
    Hold,
)
from tests.mis.contract import fhir as contract
from tests.mis.fhir_network import BRANCHES, ROOMS, SPECIALTIES
from tests.mis.fhir_proxy import Passed

PATIENCE = Timeouts(10, 30, 60, 30)


def adapter(url: str, new_id: Callable[[], str] | None = None, **settings: Any) -> Fhir:
    transport = FhirTransport(url, PATIENCE, **settings)
    more = {} if new_id is None else {"new_id": new_id}
    return Fhir(transport, BRANCHES, SPECIALTIES, lambda: datetime.now(timezone.utc), rooms=ROOMS, **more)


def slot_of(base: contract.Fhir, hold: Hold) -> dict[str, Any]:
    return base.network.get("Slot", hold.id.partition(".")[2])


def send_again(base: contract.Fhir, late: Passed) -> int:
    """What becomes of a request that was lost on its way and comes after all."""
    answer = base.network.session.request(
        late.method,
        base.network.url + late.path,
        data=late.body,
        headers={name: late.headers[name] for name in ("If-Match", "If-None-Exist") if name in late.headers},
        timeout=30,
    )
    return answer.status_code
