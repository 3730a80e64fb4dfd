"""Who does it: rooms, several services in one visit, repeated visits, the doctor one would rather see."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from clinic.directory import Directory
from clinic.offers import choose
from clinic.preferred import fits
from clinic.search import FoundSlots, Search, SlotQuery
from lang.preferences import Preferences
from mis.port import Doctor, FullName
from tests.clinic.conftest import Clock
from tests.clinic.fake_mis import FakeMis, FakeReference
from tests.clinic.network import catalogue, doctor, service, window

WOMAN = doctor("woman", experience_years=12, about="Кандидат медицинских наук.")
MAN = replace(
    doctor("man", category="высшая", experience_years=4), name=FullName("Берёзов", "Илья", "Олегович")
)
HEART = doctor("heart", "cardiologist", service_ids=("U-1-b1", "U-3-b1"))
VESSELS = doctor("vessels", "cardiologist", service_ids=("U-3-b1",))
ROOM = Doctor("room", FullName("Кабинет МРТ", ""), None, "МРТ", sees_children=True, room="mri")


class Network:
    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.clock = Clock()
        staff = [WOMAN, MAN, HEART, VESSELS, ROOM]
        priced = [
            service("B-ENT-1"),
            service("B-ENT-2", price="1500"),
            service("U-1", price="2500", minutes=45),
            service("U-3", price="1000", minutes=20),
            service("M-1", price="5000", minutes=60),
        ]
        self.mis = FakeMis(
            self.clock,
            doctor_lists={"b1": staff},
            service_lists={"b1": priced},
            window_list=[window("b1", one.id, 24, 10, 12) for one in staff],
        )
        self.directory = Directory(self.mis, FakeReference(), catalogue(), self.clock, pool)
        self.search = Search(self.mis, self.directory, self.clock, pool)

    def find(self, **query: object) -> FoundSlots:
        asked = SlotQuery(now=self.clock(), **query)  # type: ignore[arg-type]
        return self.search.find_slots(asked)


@pytest.fixture
def network() -> Iterator[Network]:
    with ThreadPoolExecutor(16) as pool:
        yield Network(pool)


def who(found: FoundSlots) -> set[str]:
    return {slot.doctor.id for slot in found.slots}


def test_a_room_is_found_for_what_it_does_whatever_the_age(network: Network) -> None:
    found = network.find(service_ids=("mri_brain",), patient_age=5)
    assert who(found) == {"room"}
    assert {(slot.slot.length, slot.price) for slot in found.slots} == {(timedelta(hours=1), Decimal(5000))}
    assert found.missing is None


def test_a_room_is_no_doctor(network: Network) -> None:
    assert "room" not in {one.id for one in network.directory.doctors()}
    assert "room" not in {row["id"] for row in network.directory.snapshot()}
    assert network.directory.doctor("room") is not None
    assert "room" not in who(network.find(specialty="ent")) | who(network.find(specialty="cardiologist"))


def test_a_room_with_its_own_list_does_only_that(network: Network) -> None:
    network.mis.doctor_lists["b1"] = [replace(ROOM, service_ids=("other",))]
    assert network.find(service_ids=("mri_brain",)).missing == "region"


def test_services_of_one_doctor_make_one_long_visit(network: Network) -> None:
    found = network.find(service_ids=("us_heart", "us_vessels"))
    assert who(found) == {"heart"}
    [first, *_] = found.slots
    assert first.slot.length == timedelta(minutes=65)
    assert first.price == Decimal(3500)
    assert first.service_ids == ("U-1-b1", "U-3-b1")
    assert max(slot.slot.end for slot in found.slots).hour <= 12


def test_services_of_nobody_together_are_missing(network: Network) -> None:
    assert network.find(service_ids=("us_heart", "mri_brain")).missing == "region"


def test_one_unknown_price_makes_the_sum_unknown(network: Network) -> None:
    network.mis.service_lists["b1"] = [service("U-1", minutes=45), service("U-3", price=None)]
    found = network.find(service_ids=("us_heart", "us_vessels"))
    assert {slot.price for slot in found.slots} == {None}
    assert {slot.slot.length for slot in found.slots} == {timedelta(minutes=75)}


def test_a_repeated_visit_has_its_own_price_and_service(network: Network) -> None:
    first, again = network.find(specialty="ent"), network.find(specialty="ent", repeat=True)
    assert {(slot.price, slot.service_ids) for slot in first.slots} == {(Decimal(1800), ("B-ENT-1-b1",))}
    assert {(slot.price, slot.service_ids) for slot in again.slots} == {(Decimal(1500), ("B-ENT-2-b1",))}


@pytest.mark.parametrize(
    ("preferred", "expected", "as_preferred"),
    [
        (Preferences(), {"woman", "man"}, True),
        (Preferences(gender="female"), {"woman"}, True),
        (Preferences(gender="male"), {"man"}, True),
        (Preferences(experienced=True), {"woman"}, True),
        (Preferences(degree=True), {"woman"}, True),
        (Preferences(category=True), {"man"}, True),
        (Preferences(gender="male", degree=True), {"woman", "man"}, False),
    ],
)
def test_a_preference_narrows_as_long_as_somebody_is_left(
    network: Network, preferred: Preferences, expected: set[str], as_preferred: bool
) -> None:
    found = network.find(specialty="ent", preferred=preferred)
    assert (who(found), found.as_preferred) == (expected, as_preferred)
    query = SlotQuery(now=network.clock(), specialty="ent", preferred=preferred)
    assert choose(found, query).as_preferred is as_preferred


def test_nobody_at_all_is_no_matter_of_preference(network: Network) -> None:
    found = network.find(specialty="ent", region="ural", preferred=Preferences(gender="male"))
    assert (found.missing, found.as_preferred) == ("region", True)


def test_a_room_suits_whatever_doctor_is_preferred(network: Network) -> None:
    assert fits(ROOM, Preferences(gender="female", experienced=True))
    assert who(network.find(service_ids=("mri_brain",), preferred=Preferences(gender="male"))) == {"room"}
