"""Conversations that book, move and cancel go the same way over every transport to the clinic's MIS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lang.catalogue import load_catalogue
from tests.scenarios.runner import play
from tests.support.system import System, running_system
from tests.system.fhir_clinic import system_on_fhir
from tools.bootstrap import ROOT

SCENARIOS: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("transports.yml").read_text(encoding="utf-8")
)
SOAP_PATH = "umc/ws/ws1.1cws"
# Generous, so that a busy machine fails no test.
SOAP_CONFIG = """\
bases:
  sandbox: {like: sandbox_soap, timeouts: {connect: 5, read: 20, directory: 60, write: 20}}
"""
pytestmark = pytest.mark.system


@pytest.fixture(scope="module", params=["umc_soap", "fhir"])
def over(request: pytest.FixtureRequest, system_folder: Path) -> Iterator[tuple[str, System]]:
    """The product started for one transport, and that transport's name."""
    folder = system_folder / request.param
    if request.param == "fhir":
        with system_on_fhir(folder, load_catalogue(ROOT / "data/catalogue")) as running:
            yield request.param, running
        return
    folder.mkdir()
    config = folder / "mis.yml"
    config.write_text(SOAP_CONFIG, encoding="utf-8")
    with running_system(folder / "var", mis_path=SOAP_PATH, MIS_CONFIG=str(config)) as running:
        yield request.param, running


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(over: tuple[str, System], name: str) -> None:
    transport, system = over
    reason = SCENARIOS[name].get("not_over", {}).get(transport)
    if reason:
        pytest.skip(f"not over {transport}: {reason}")
    play(system, ROOT / "tests/scenarios" / f"{name}.yml")
