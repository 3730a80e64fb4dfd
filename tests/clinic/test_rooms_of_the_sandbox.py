"""The whole way from the sandbox's rows to free times in rooms, with the network's own catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from clinic.directory import Directory
from clinic.search import Search, SlotQuery
from lang.catalogue import Catalogue, load_catalogue
from mis.config import load_config
from mis.factory import open_mis
from mis.port import Branch
from sandbox.settings import Settings
from sandbox.store import prepare_database
from tests.sandbox.conftest import serving

ROOT = Path(__file__).parents[2]


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "data/catalogue")


@pytest.fixture(scope="module")
def core(database_url: str, catalogue: Catalogue) -> Iterator[tuple[Directory, Search]]:
    prepare_database(database_url)
    settings = Settings(
        database_url=database_url, doctors=200, CATALOGUE_DIR=ROOT / "data/catalogue", _env_file=None
    )
    branches = [
        Branch(facts.id, facts.mis_id, facts.name, ZoneInfo(facts.timezone))
        for facts in catalogue.branches.values()
    ]
    specialties = {name: one.id for one in catalogue.specialties.values() for name in one.mis_names}
    rooms = {name: room.id for room in catalogue.rooms.values() for name in room.mis_names}
    with serving(settings) as url, ThreadPoolExecutor(8) as pool:
        known = {"MIS_URL": f"{url}/umc/hs/bwi", "REFERENCE_URL": f"{url}/reference"}
        config = load_config(ROOT / "mis.yml", list(catalogue.branches), known)
        mis, reference = open_mis(config, branches, specialties, now, room_names=rooms)
        directory = Directory(mis, reference, catalogue, now, pool, load_seconds=60)
        yield directory, Search(mis, directory, now, pool)


def test_every_service_of_a_room_can_be_had_somewhere(
    core: tuple[Directory, Search], catalogue: Catalogue
) -> None:
    directory, _ = core
    assert directory.failed_branches() == ()
    nowhere = [
        service.id
        for service in catalogue.services.values()
        if service.room and not any(directory.performers([service], branch) for branch in catalogue.branches)
    ]
    assert nowhere == []
    assert all(one.room is None for one in directory.doctors())


@pytest.mark.parametrize(
    "service",
    ["mri_brain", "ct_chest", "xr_knee", "lab_cbc", "lab_ogtt", "pr_vitamin_drip", "pr_iv_drip_long"],
)
def test_a_room_has_free_times_in_the_next_days(core: tuple[Directory, Search], service: str) -> None:
    found = core[1].find_slots(SlotQuery(now=now(), service_ids=(service,)), (0, 6), seconds=20)
    assert found.failed == ()
    assert len(found.slots) > 3
    assert {slot.doctor.room is not None for slot in found.slots} == {True}
    assert len({slot.branch.region for slot in found.slots}) >= 3
