"""The MIS's own wait list: told once where there is one, and never in the way of ours."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from clinic.database import migrate, open_engine
from clinic.directory import Directory
from clinic.registry_list import RegistryList
from clinic.request_texts import load_request_texts
from clinic.waitlist import WaitEntry, WaitList, WaitWish
from mis.port import Capabilities
from tests.clinic.conftest import NOW, Clock
from tests.clinic.fake_mis import FakeMis, FakeReference
from tests.clinic.network import catalogue, doctor

ENT = WaitWish(specialty="ent", branch_ids=("b1",), first_day=date(2026, 11, 24))


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    migrate(database_url)
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@dataclass
class Lists:
    mis: FakeMis
    ours: WaitList

    def join(self, wish: WaitWish = ENT, key: str = "k1") -> WaitEntry:
        name = "Берёзов Илья Олегович"
        return self.ours.join("c1", wish, NOW, patient_name=name, phone="+79161234567", request_key=key)


@pytest.fixture
def lists(engine: Engine) -> Iterator[Lists]:
    with engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE clinic.wait_entry"))
    mis = FakeMis(Clock(), capabilities=Capabilities(wait_list=True))
    mis.doctor_lists = {"b1": [doctor("d1")]}
    with ThreadPoolExecutor(4) as pool:
        directory = Directory(mis, FakeReference(), catalogue(), Clock(), pool)
        yield Lists(mis, WaitList(engine, RegistryList(mis, directory, load_request_texts(), Clock())))


def test_a_doctors_specialty_is_enough(lists: Lists) -> None:
    lists.join(replace(ENT, specialty=None, doctor_ids=("d1",)))
    assert [request.specialty for request in lists.mis.callbacks.values()] == ["ent"]


def told(lists: Lists) -> int:
    return lists.mis.calls.count("request_callback")


def test_an_entry_is_told_once_with_all_the_staff_need(lists: Lists) -> None:
    entry = lists.join()
    assert lists.join().id == lists.join(key="k2").id == entry.id
    [request] = lists.mis.callbacks.values()
    assert (request.branch_id, request.specialty) == ("b1", "ent")
    assert (str(request.name), request.phone) == ("Берёзов Илья Олегович", "+79161234567")
    assert request.wished_start.date() == date(2026, 11, 24)
    assert entry.number in request.comment and "24.11.2026" in request.comment


def test_whoever_leaves_leaves_both_lists(lists: Lists) -> None:
    entry = lists.join()
    assert lists.ours.leave(entry.id, NOW)
    assert not lists.ours.leave(entry.id, NOW)
    assert lists.mis.calls.count("cancel") == 1
    assert lists.mis.callbacks == {}


def test_a_mis_without_a_list_is_not_asked(lists: Lists) -> None:
    lists.mis.capabilities = Capabilities()
    entry = lists.join()
    assert lists.ours.leave(entry.id, NOW)
    assert told(lists) == lists.mis.calls.count("cancel") == 0


@pytest.mark.parametrize("fault", ["down", "lost", "refuse"])
def test_what_goes_wrong_there_changes_nothing_here(lists: Lists, fault: str) -> None:
    lists.mis.faults["request_callback"] = [fault]
    entry = lists.join()
    assert [one.id for one in lists.ours.entries("c1")] == [entry.id]
    lists.join(key="k2")
    assert told(lists) == 1
    assert lists.ours.leave(entry.id, NOW)


@pytest.mark.parametrize(
    "wish",
    [
        replace(ENT, branch_ids=()),
        replace(ENT, branch_ids=("b1", "b2")),
        replace(ENT, specialty=None, service_ids=("s",)),
        replace(ENT, specialty=None, doctor_ids=("nobody",)),
    ],
)
def test_a_wish_without_one_branch_and_a_specialty_stays_ours(lists: Lists, wish: WaitWish) -> None:
    lists.join(wish)
    assert told(lists) == 0
