"""A running sandbox and clients of it, in every way to speak to a base of BIT.UMC."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests
import uvicorn
import yaml

from mis.cache import CachedMis
from mis.calls import Timeouts
from mis.config import MisConfig, load_config
from mis.factory import open_mis
from mis.port import (
    Branch,
    Reference,
    Slot,
    Window,
)
from sandbox.app import create_app
from sandbox.settings import Settings
from sandbox.store import prepare_database
from tests.mis.fake_umc import free_port

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "data" / "catalogue"
HALF_HOUR = timedelta(minutes=30)


def catalogue(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((CATALOGUE / f"{name}.yml").read_text(encoding="utf-8"))[name]
    return data


BRANCHES = [
    Branch(branch_id, facts["mis_id"], facts["name"], ZoneInfo(facts["timezone"]))
    for branch_id, facts in catalogue("branches").items()
]
SPECIALTIES = {
    spelling: specialty
    for specialty, facts in catalogue("specialties").items()
    for spelling in facts["mis_names"]
}
ROOMS = {spelling: room for room, facts in catalogue("rooms").items() for spelling in facts["mis_names"]}


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox, and a client of it made as the product makes its own."""

    url: str
    mis: CachedMis
    reference: Reference

    def post(self, path: str, **body: Any) -> None:
        requests.post(f"{self.url}/sandbox/{path}", json=body, timeout=30).raise_for_status()

    def get(self, path: str) -> Any:
        answer = requests.get(f"{self.url}/sandbox/{path}", timeout=30)
        answer.raise_for_status()
        return answer.json()

    def fault(self, kind: str, pattern: str, count: int = 1, **facts: Any) -> None:
        self.post("faults", kind=kind, pattern=pattern, count=count, **facts)


@pytest.fixture(scope="module")
def running(database_url: str) -> Iterator[str]:
    port = free_port()
    settings = Settings(
        database_url=database_url,
        port=port,
        doctors=600,
        CATALOGUE_DIR=CATALOGUE,
        _env_file=None,
    )
    prepare_database(database_url)
    config = uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, log_level="warning")
    server = uvicorn.Server(config)
    up = threading.Event()
    startup = server.startup

    async def started(*args: Any, **more: Any) -> None:
        await startup(*args, **more)
        up.set()

    server.startup = started  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        assert up.wait(60)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)


SOAP = """\
bases:
  sandbox:
    transport: umc_soap
    url: http://nowhere
    user: bwi
    password: bwi
    branches: all
    step_minutes: 30
    hold_minutes: 12
    schedule_format: "{format}"
    reference_url: http://nowhere
"""
ADDRESS = {"umc_http": "/umc/hs/bwi", "umc_soap": "/umc/ws/ws1.1cws"}


WAYS = ("umc_http", "umc_soap", "umc_soap-JSON", "umc_soap-ZipXML")


def settings_of(way: str, folder: Path) -> Path:
    """A `mis.yml` for one of the ways to speak to a base; SOAP's with the form of its schedule."""
    if way == "umc_http":
        return ROOT / "mis.yml"
    path = folder / "mis.yml"
    path.write_text(SOAP.format(format=way.partition("-")[2]), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=WAYS)
def settings_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return settings_of(request.param, tmp_path_factory.mktemp("mis"))


def load(path: Path, running: str, branches: list[Branch] = BRANCHES) -> MisConfig:
    transport = yaml.safe_load(path.read_text(encoding="utf-8"))["bases"]["sandbox"].get(
        "transport", "umc_http"
    )
    environ = {"MIS_URL": running + ADDRESS[transport], "REFERENCE_URL": f"{running}/reference"}
    return load_config(path, [branch.id for branch in branches], environ)


def open_sandbox(running: str, settings_file: Path, branches: list[Branch] = BRANCHES) -> Sandbox:
    """A client with generous timeouts, so that a busy machine fails no test."""
    config = load(settings_file, running, branches)
    (base,) = config.bases
    patient = replace(config, bases=(replace(base, timeouts=Timeouts(10, 30, 60, 30)),))
    mis, reference = open_mis(
        patient, branches, SPECIALTIES, lambda: datetime.now(timezone.utc), room_names=ROOMS
    )
    return Sandbox(running, mis, reference)


@pytest.fixture(scope="module")
def opened(running: str, settings_file: Path) -> Sandbox:
    return open_sandbox(running, settings_file)


@pytest.fixture
def sandbox(opened: Sandbox) -> Iterator[Sandbox]:
    yield opened
    opened.post("reset")


def free_windows(sandbox: Sandbox, branch: Branch, days: int = 7) -> list[Window]:
    tomorrow = datetime.now(branch.timezone).date() + timedelta(days=1)
    return list(sandbox.mis.fresh_windows(branch.id, tomorrow, tomorrow + timedelta(days=days - 1)))


def free_slots(sandbox: Sandbox, branch: Branch = BRANCHES[-1]) -> list[Slot]:
    """Half-hour slots of different doctors: one for each."""
    long = [window for window in free_windows(sandbox, branch) if window.end - window.start >= HALF_HOUR]
    first = {window.doctor_id: window for window in reversed(long)}
    return [Slot(branch.id, doctor, window.start, HALF_HOUR) for doctor, window in first.items()]


def is_free(sandbox: Sandbox, slot: Slot) -> bool:
    day = slot.start.date()
    windows = sandbox.mis.fresh.windows(slot.branch_id, day, day, [slot.doctor_id])
    assert {window.doctor_id for window in windows} <= {slot.doctor_id}
    return any(window.start <= slot.start and slot.end <= window.end for window in windows)
