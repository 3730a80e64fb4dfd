"""Directory and search over a small network: parallel, partial, honest about what is missing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from clinic.directory import Directory, DirectoryUnavailable
from clinic.search import Search, SlotQuery, wished_days
from lang.wish import Wish
from mis.port import Doctor
from tests.clinic.conftest import Clock
from tests.clinic.fake_mis import FakeMis, FakeReference
from tests.clinic.network import at, catalogue, doctor, service, window


class Network:
    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.clock = Clock()
        self.pool = pool
        child_doctor = doctor("kid", sees_adults=False, sees_children=True)
        self.mis = FakeMis(
            self.clock,
            doctor_lists={
                "b1": [doctor("d1"), doctor("heart", "cardiologist", service_ids=("U-1-b1",)), child_doctor],
                "b2": [doctor("d1", experience_years=7), doctor("d2", visit_length=timedelta(minutes=60))],
                "b3": [doctor("d3")],
            },
            service_lists={
                "b1": [
                    service("B-ENT-1"),
                    service("U-1", price="2500", minutes=45),
                    service("U-2", price=None),
                ],
                "b2": [service("B-ENT-1", "b2", "1500"), service("U-1", "b2")],
            },
            window_list=[
                window("b1", "d1", 24, 10, 12),
                window("b1", "heart", 24, 10, 12),
                window("b1", "kid", 24, 10, 12),
                window("b2", "d2", 25, 10, 12),
                window("b3", "d3", 24, 10, 12),
            ],
        )
        self.directory = Directory(self.mis, FakeReference(), catalogue(), self.clock, pool)
        self.search = Search(self.mis, self.directory, self.clock, pool)

    def starts(self, **query: object) -> list[str]:
        found = self.search.find_slots(SlotQuery(now=self.clock(), **query))  # type: ignore[arg-type]
        return [f"{slot.branch.id} {slot.doctor.id} {slot.slot.start:%d %H:%M}" for slot in found.slots]

    def missing(self, **query: object) -> str | None:
        return self.search.find_slots(SlotQuery(now=self.clock(), **query)).missing  # type: ignore[arg-type]


@pytest.fixture
def network() -> Iterator[Network]:
    with ThreadPoolExecutor(16) as pool:
        yield Network(pool)


def test_doctors_are_merged_over_branches(network: Network) -> None:
    merged = network.directory.doctor("d1")
    assert merged is not None
    assert (merged.branch_ids, merged.experience_years) == (("b1", "b2"), 7)
    assert [who.id for who in network.directory.doctors(specialty="ent", branch_ids=["b2"])] == ["d1", "d2"]


def test_prices_belong_to_a_branch_and_unknown_is_not_zero(network: Network) -> None:
    assert network.directory.service_price("b1", "B-ENT-1") == Decimal(1800)
    assert network.directory.service_price("b2", "B-ENT-1") == Decimal(1500)
    assert network.directory.service_price("b1", "U-2") is None
    assert network.directory.prices("U-1") == {"b1": Decimal(2500), "b2": Decimal(1800)}


def test_the_first_load_reads_all_branches_at_once(network: Network) -> None:
    everyone_is_reading = threading.Barrier(3)
    read = network.mis.doctors

    def meeting(branch_id: str) -> list[Doctor]:
        everyone_is_reading.wait(5)
        return list(read(branch_id))

    network.mis.doctors = meeting  # type: ignore[method-assign,assignment]
    assert network.directory.refresh() == ()


def test_a_branch_that_fails_keeps_its_last_good_copy(network: Network) -> None:
    assert network.directory.doctor("d3") is not None
    network.mis.down_branches = {"b3"}
    assert network.directory.refresh() == ("b3",)
    assert network.directory.failed_branches() == ("b3",)
    assert network.directory.doctor("d3") is not None


def test_nobody_says_what_a_branch_has_not_before_it_was_read(network: Network) -> None:
    network.mis.down_branches = {"b1"}
    assert network.directory.unread_branches() == {"b1"}
    assert network.missing(specialty="cardiologist") is None
    found = network.search.find_slots(SlotQuery(network.clock(), specialty="cardiologist"))
    assert (found.slots, found.asked, found.failed) == ((), ("b1",), ("b1",))
    assert found.nobody_answered
    partial = network.search.find_slots(SlotQuery(network.clock(), specialty="ent"))
    assert partial.failed == ("b1",)
    assert {slot.branch.id for slot in partial.slots} == {"b2", "b3"}


def test_a_branch_that_failed_at_first_is_read_again_in_the_background(network: Network) -> None:
    network.mis.down_branches = {"b3"}
    assert network.directory.doctor("d3") is None
    network.mis.down_branches = set()
    network.clock.forward(seconds=61)
    network.directory.doctor("d3")
    with network.directory._loading:
        assert network.directory.doctor("d3") is not None


def test_a_network_that_never_answered(network: Network) -> None:
    network.mis.down_branches = {"b1", "b2", "b3"}
    with pytest.raises(DirectoryUnavailable):
        network.directory.doctors()


def test_who_comes_during_the_first_reading_does_not_wait_for_all_of_it(network: Network) -> None:
    go_on, asked = threading.Event(), threading.Event()

    def slow(branch_id: str) -> list[Doctor]:
        asked.set()
        assert go_on.wait(30)
        return []

    network.mis.doctors = slow  # type: ignore[method-assign]  # slow on purpose
    network.directory._first_wait = 0.01
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(network.directory.refresh)
        assert asked.wait(30)
        with pytest.raises(DirectoryUnavailable):
            network.directory.doctors()
        go_on.set()
        reading.result(30)
    assert network.directory.doctors() == []


def test_nobody_waits_for_the_slowest_branch(network: Network) -> None:
    go_on = threading.Event()
    read = network.mis.doctors

    def slow_in_one(branch_id: str) -> Sequence[Doctor]:
        if branch_id == "b2":
            assert go_on.wait(30)
        return read(branch_id)

    network.mis.doctors = slow_in_one  # type: ignore[method-assign]  # slow on purpose
    directory = Directory(
        network.mis, FakeReference(), catalogue(), network.clock, network.pool, show_every=0.01
    )
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(directory.refresh)
        while not (known := directory._state.branches):
            assert not reading.done()
        assert "b2" not in known
        assert directory.doctors()
        assert "b2" in directory.failed_branches()
        go_on.set()
        assert reading.result(30) == ()
    assert directory.failed_branches() == ()


def test_the_snapshot_names_every_doctor(network: Network) -> None:
    [first] = [row for row in json.loads(network.directory.snapshot_json()) if row["id"] == "d1"]
    assert first == {
        "id": "d1",
        "surname": "Берёзова",
        "given": "Анна",
        "patronymic": "Ильинична",
        "specialty": "ent",
        "branches": ["b1", "b2"],
    }


def test_slots_of_a_specialty_over_a_region(network: Network) -> None:
    assert network.starts(specialty="ent", region="moscow", patient_age=30) == [
        "b1 d1 24 10:00",
        "b1 d1 24 10:30",
        "b1 d1 24 11:00",
        "b1 d1 24 11:30",
        "b2 d2 25 10:00",
        "b2 d2 25 10:30",
        "b2 d2 25 11:00",
    ]


def test_a_child_gets_a_childrens_doctor(network: Network) -> None:
    starts = network.starts(specialty="ent", region="moscow", patient_age=5)
    assert starts
    assert all(" kid " in start for start in starts)


def test_other_branches_of_the_region_are_searched_too(network: Network) -> None:
    assert {start[:2] for start in network.starts(specialty="ent", branch_ids=("b1",))} == {"b1", "b2"}


def test_an_asked_doctor_brings_colleagues_along(network: Network) -> None:
    assert {start.split()[1] for start in network.starts(doctor_ids=("d1",), patient_age=30)} == {
        "d1",
        "d2",
        "d3",
    }


def test_a_service_decides_length_price_and_doctor(network: Network) -> None:
    found = network.search.find_slots(SlotQuery(now=network.clock(), service_ids=("us_heart",)))
    assert {slot.doctor.id for slot in found.slots} == {"heart"}
    assert {slot.slot.length for slot in found.slots} == {timedelta(minutes=45)}
    assert {(slot.price, slot.service_ids) for slot in found.slots} == {(Decimal(2500), ("U-1-b1",))}


def test_the_branchs_own_clock(network: Network) -> None:
    network.mis.window_list = [window("b3", "d3", 24, 10, 12)]
    network.clock.now = at(24, 10, 20)
    assert network.starts(specialty="ent", region="ural") == ["b3 d3 24 11:00", "b3 d3 24 11:30"]


def test_a_branch_that_does_not_answer_is_named(network: Network) -> None:
    network.directory.refresh()
    network.mis.down_branches = {"b2"}
    found = network.search.find_slots(SlotQuery(now=network.clock(), specialty="ent", region="moscow"))
    assert (found.failed, found.nobody_answered) == (("b2",), False)
    assert {slot.branch.id for slot in found.slots} == {"b1"}


def test_a_branch_that_hangs_is_named_and_not_waited_for(network: Network) -> None:
    network.directory.refresh()
    network.mis.waiting = threading.Event()
    found = network.search.find_slots(
        SlotQuery(now=network.clock(), specialty="ent", region="moscow"), seconds=0.05
    )
    network.mis.waiting.set()
    assert found.nobody_answered
    assert found.failed == ("b1", "b2")


def test_a_time_that_is_known_to_be_gone_is_not_found_again(network: Network) -> None:
    query = SlotQuery(now=network.clock(), specialty="ent", region="ural")
    gone = network.search.find_slots(query).slots[0].slot
    network.search.slot_gone(gone)
    assert gone not in [found.slot for found in network.search.find_slots(query).slots]
    network.clock.forward(seconds=61)
    assert gone in [found.slot for found in network.search.find_slots(query).slots]


def test_windows_of_others_are_left_out_whatever_the_mis_sends(network: Network) -> None:
    network.directory.refresh()
    stranger = [window("b1", "heart", 24, 10, 12), window("b2", "d1", 24, 10, 12)]
    network.mis.windows = lambda *_: stranger  # type: ignore[method-assign]
    assert {start[:5] for start in network.starts(specialty="ent", region="moscow")} == {"b2 d1"}


def test_why_nobody_can_help(network: Network) -> None:
    assert network.missing(specialty="cardiologist", branch_ids=("b2",)) == "branch"
    assert network.missing(specialty="cardiologist", region="ural") == "region"
    assert network.missing(specialty="cardiologist", branch_ids=("b1",), patient_age=4) == "age"
    assert network.missing(specialty="ent", branch_ids=("b1",)) is None
    assert network.missing(service_ids=("us_rare",), region="ural") == "region"


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (Wish(), (0, 6)),
        (Wish(dates=(date(2026, 11, 24), date(2026, 11, 24))), (0, 6)),
        (Wish(dates=(date(2026, 11, 30), date(2026, 12, 6))), (7, 13)),
        (Wish(dates=(date(2026, 12, 1), None)), (7, 13)),
        (Wish(dates=(None, date(2026, 12, 1))), (0, 13)),
        (Wish(dates=(date(2027, 3, 1), None)), (28, 29)),
        (Wish(dates=(date(2026, 1, 1), date(2026, 1, 2))), (0, 6)),
        (
            Wish(
                dates=(date(2026, 11, 24), date(2026, 11, 24)),
                alternatives=(Wish(dates=(date(2026, 12, 9), date(2026, 12, 9))),),
            ),
            (0, 20),
        ),
    ],
)
def test_a_wish_is_covered_by_whole_weeks(wish: Wish, expected: tuple[int, int]) -> None:
    assert wished_days(wish, datetime(2026, 11, 23).date()) == expected
