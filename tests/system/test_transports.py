"""Conversations that book, move and cancel go the same way over every transport to the clinic's MIS."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

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
# A clinic's directories come slower over SOAP; before they are there Maria says so and books nothing.
DIRECTORY_PATIENCE = 240
pytestmark = pytest.mark.system


@pytest.fixture(scope="module", params=["umc_soap", "fhir"])
def over(request: pytest.FixtureRequest, system_folder: Path) -> Iterator[tuple[str, System]]:
    """The product started for one transport, and that transport's name."""
    folder = system_folder / request.param
    if request.param == "fhir":
        with system_on_fhir(folder, load_catalogue(ROOT / "data/catalogue")) as running:
            _wait_for_directories(running)
            yield request.param, running
        return
    folder.mkdir()
    config = folder / "mis.yml"
    config.write_text(SOAP_CONFIG, encoding="utf-8")
    with running_system(folder / "var", mis_path=SOAP_PATH, MIS_CONFIG=str(config)) as running:
        _wait_for_directories(running)
        yield request.param, running


def _wait_for_directories(system: System) -> None:
    ends = time.monotonic() + DIRECTORY_PATIENCE
    while _unread(system):
        assert time.monotonic() < ends, f"the directories are not read: {_unread(system)}"
        time.sleep(0.2)


def _unread(system: System) -> list[dict[str, str]]:
    """The labels of every copy that is not there yet; of none at all while nothing is told."""
    told = httpx.get(f"{system.actions}/metrics", timeout=30, trust_env=False).text
    ages = [
        sample
        for family in text_string_to_metric_families(told)
        for sample in family.samples
        if sample.name == "maria_mis_directory_age_seconds"
    ]
    return [sample.labels for sample in ages if math.isnan(sample.value)] if ages else [{"told": "nothing"}]


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(over: tuple[str, System], name: str) -> None:
    transport, system = over
    reason = SCENARIOS[name].get("not_over", {}).get(transport)
    if reason:
        pytest.skip(f"not over {transport}: {reason}")
    play(system, ROOT / "tests/scenarios" / f"{name}.yml")
