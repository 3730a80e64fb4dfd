from __future__ import annotations

from collections.abc import Iterator

import pytest

from mis.port import Slot
from tests.mis.contract.base import UnderContract, free_slots
from tests.mis.contract.fhir import running_fhir
from tests.mis.contract.umc import Umc
from tests.mis.sandbox import open_sandbox, running, settings_of

__all__ = ["running"]


@pytest.fixture(scope="module", params=["umc_http", "umc_soap", "fhir"])
def every(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[UnderContract]:
    """An MIS for each adapter and transport. Another adapter adds itself here."""
    folder = tmp_path_factory.mktemp("mis")
    if request.param == "fhir":
        with running_fhir(folder) as fhir:
            yield fhir
        return
    url = request.getfixturevalue("running")
    path = settings_of(request.param, folder)
    yield Umc(open_sandbox(url, path), path)


@pytest.fixture
def base(every: UnderContract) -> Iterator[UnderContract]:
    yield every
    every.reset()


@pytest.fixture
def slot(base: UnderContract) -> Slot:
    return free_slots(base)[0]
