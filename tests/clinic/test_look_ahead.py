"""The schedule is read while the patient still answers: what follows needs the MIS no more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from clinic.directory import Directory, DirectoryUnavailable
from clinic.search import AHEAD, Search, SlotQuery, wished_days
from lang.wish import Wish
from mis.cache import CachedMis
from tests.clinic.conftest import NOW, Clock
from tests.clinic.fake_mis import FakeMis, FakeReference
from tests.clinic.network import catalogue, doctor, window

WEEK = (0, 6)
SOONEST = Wish(soonest=True)


class Network:
    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.pool = pool
        clock = Clock()
        self.mis = FakeMis(
            clock,
            doctor_lists={
                "b1": [doctor("d1"), doctor("heart", "cardiologist")],
                "b2": [doctor("d1"), doctor("d2")],
                "b3": [doctor("d3")],
            },
            window_list=[window("b1", "d1", 24, 10, 12), window("b2", "d2", 25, 10, 12)],
        )
        cached = CachedMis(self.mis, clock)
        self.directory = Directory(cached, FakeReference(), catalogue(), clock, pool)
        self.search = Search(cached, self.directory, clock, pool)

    def look_ahead(self, **query: Any) -> None:
        """Read ahead, and wait until all of it has been read."""
        self.search.look_ahead(SlotQuery(now=NOW, **query), WEEK)
        self.pool.shutdown(wait=True)
        self.pool = ThreadPoolExecutor(4)
        self.search._pool = self.pool

    @property
    def reads(self) -> int:
        return self.mis.calls.count("windows")


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network(ThreadPoolExecutor(4))
    yield network
    network.pool.shutdown()


@pytest.mark.parametrize("later", [{"region": "moscow"}, {"branch_ids": ("b1",)}, {"region": "ural"}])
def test_what_was_read_ahead_is_not_read_again(network: Network, later: dict[str, Any]) -> None:
    network.look_ahead(specialty="ent", wish=SOONEST)
    assert network.reads == 3
    query = SlotQuery(now=NOW, specialty="ent", wish=SOONEST, **later)
    found = network.search.find_slots(query, wished_days(query.wish, date(2026, 11, 23)))
    assert network.reads == 3
    assert not found.failed


def test_only_the_doctors_of_the_specialty_are_asked_for(network: Network) -> None:
    asked: list[tuple[str, list[str]]] = []
    windows = network.mis.windows

    def recording(branch_id: str, first: date, last: date, doctor_ids: Any = ()) -> Any:
        asked.append((branch_id, list(doctor_ids)))
        return windows(branch_id, first, last, doctor_ids)

    network.mis.windows = recording  # type: ignore[method-assign]  # to see what is asked
    network.look_ahead(specialty="ent")
    assert sorted(asked) == [("b1", ["d1"]), ("b2", ["d1", "d2"]), ("b3", ["d3"])]
    asked.clear()
    network.search.find_slots(SlotQuery(now=NOW, specialty="cardiologist"), WEEK)
    assert asked == [("b1", ["heart"])]


def test_nothing_is_waited_for_and_no_failure_shows(network: Network) -> None:
    network.directory.doctors()
    network.mis.waiting = threading.Event()
    network.mis.down_branches = {"b1"}
    network.search.look_ahead(SlotQuery(now=NOW, specialty="ent"), WEEK)
    network.mis.waiting.set()


def test_many_patients_do_not_fill_the_threads_with_it(network: Network) -> None:
    network.directory.doctors()
    network.mis.waiting = threading.Event()
    for day in range(AHEAD):
        network.search.look_ahead(SlotQuery(now=NOW, specialty="ent"), (day, day))
    network.mis.waiting.set()
    network.pool.shutdown(wait=True)
    assert network.reads == AHEAD


def test_before_anything_is_known_it_says_so(network: Network) -> None:
    network.mis.down_branches = {"b1", "b2", "b3"}
    with pytest.raises(DirectoryUnavailable):
        network.search.look_ahead(SlotQuery(now=NOW, specialty="ent"), WEEK)
