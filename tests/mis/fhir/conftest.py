"""One FHIR server of other people's making for all tests of the adapter; each finds it as new."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mis.port import (
    Slot,
)
from tests.mis.contract import fhir as contract
from tests.mis.contract.base import free_slots
from tests.mis.contract.fhir import running_fhir


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[contract.Fhir]:
    with running_fhir(tmp_path_factory.mktemp("fhir")) as fhir:
        yield fhir


@pytest.fixture
def base(running: contract.Fhir) -> Iterator[contract.Fhir]:
    running.proxy.reset()
    yield running
    running.reset()


@pytest.fixture
def slot(base: contract.Fhir) -> Slot:
    found = free_slots(base)[0]
    base.proxy.passed.clear()
    return found
