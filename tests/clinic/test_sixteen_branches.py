"""A search of the whole network over the wire: all branches at once, and a dead base that costs nobody."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from clinic.directory import Directory
from clinic.search import Search, SlotQuery
from mis.factory import open_mis
from mis.port import Branch, Mis
from tests.clinic.conftest import NOW, Clock
from tests.clinic.fake_mis import FakeMis, FakeReference
from tests.clinic.network import branch, catalogue, doctor
from tests.mis.fake_umc import FakeUmc, Reply, Request, Reset, fake_umc, json_reply
from tests.mis.support import answer, period, schedule, umc_config
from tests.mis.umc_answers import SCHEDULE

NAMES = [f"b{number}" for number in range(16)]
DEAD = "b7"


@pytest.fixture
def fake() -> Iterator[FakeUmc]:
    with fake_umc() as server:
        yield server


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(32) as pool:
        yield pool


def open_search(fake: FakeUmc, pool: ThreadPoolExecutor, folder: Path) -> Search:
    config = umc_config(fake.url, NAMES, folder, limits="{pause: 120}", step_minutes=30)
    branches = [Branch(name, f"uid-{name}", name, ZoneInfo("Europe/Moscow")) for name in NAMES]
    clock = Clock()
    mis, _ = open_mis(config, branches, {}, clock)
    known: Mis = FakeMis(clock, doctor_lists={name: [doctor(f"d-{name}")] for name in NAMES})
    network = replace(catalogue(), branches={name: branch(name) for name in NAMES})
    directory = Directory(known, FakeReference(), network, clock, pool)
    directory.refresh()
    return Search(mis, directory, clock, pool)


def test_all_branches_are_asked_at_once_and_the_dead_one_is_named(
    fake: FakeUmc, pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    together = threading.Barrier(len(NAMES))

    def free(request: Request) -> Reply:
        name = str(request.body["Clinic"]).removeprefix("uid-")
        # Nobody is answered before all have been asked.
        if not together.broken and len(fake.asked(SCHEDULE)) <= len(NAMES):
            together.wait(60)
        if name == DEAD:
            return Reply(b"<html>Bad Gateway</html>", 502, "text/html")
        window = period("10:00", "11:00", Клиника=f"uid-{name}")
        return json_reply(
            answer({"ГрафикДляСайта": schedule(f"d-{name}", clinic=f"uid-{name}", ПериодГрафика=window)})
        )

    fake.on(SCHEDULE, free)
    found = open_search(fake, pool, tmp_path).find_slots(SlotQuery(NOW, specialty="ent"), seconds=120)
    assert found.failed == (DEAD,)
    assert {slot.branch.id for slot in found.slots} == set(NAMES) - {DEAD}
    asked = [(request.body["Clinic"], request.body["Employees"]) for request in fake.asked(SCHEDULE)]
    assert set(asked) == {(f"uid-{name}", f"d-{name}") for name in NAMES}


def test_a_dead_base_is_asked_by_the_first_patient_and_not_by_the_next(
    fake: FakeUmc, pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    fake.on(SCHEDULE, Reset())
    search = open_search(fake, pool, tmp_path)
    first = search.find_slots(SlotQuery(NOW, specialty="ent"), seconds=120)
    asked = len(fake.requests)
    assert first.nobody_answered and asked
    second = search.find_slots(SlotQuery(NOW + timedelta(minutes=1), specialty="ent"), seconds=120)
    assert second.nobody_answered
    assert len(fake.requests) == asked
