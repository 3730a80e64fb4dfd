"""The wait list: stored with its wish, seen by whom it belongs to, left once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from clinic.database import migrate, open_engine
from clinic.requests import Line, Requests
from clinic.waitlist import WaitEntry, WaitList, WaitWish
from tests.clinic.fake_mis import MOSCOW

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=MOSCOW)
ENT = WaitWish(
    specialty="ent", region="moscow", first_day=date(2026, 11, 24), last_day=date(2026, 11, 30), wish={"a": 1}
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    migrate(database_url)
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("TRUNCATE clinic.wait_entry, clinic.request"))
    yield engine
    engine.dispose()


@pytest.fixture
def waits(engine: Engine) -> WaitList:
    return WaitList(engine)


def join(waits: WaitList, wish: WaitWish = ENT, key: str = "k1", phone: str = "+79161234567") -> WaitEntry:
    return waits.join("c1", wish, NOW, patient_name="Берёзов Илья", phone=phone, request_key=key)


def test_an_entry_keeps_its_wish(waits: WaitList) -> None:
    entry = join(waits, replace(ENT, earlier_than=NOW + timedelta(days=9), child=True, branch_ids=("b1",)))

    [found] = waits.entries("c1")
    assert found == entry
    assert found.wish.earlier_than == NOW + timedelta(days=9)
    assert found.wish.first_day == date(2026, 11, 24)


def test_one_wish_is_one_entry(waits: WaitList) -> None:
    first = join(waits)
    assert join(waits).id == first.id
    assert join(waits, key="k2").id == first.id
    assert join(waits, replace(ENT, specialty="cardiologist"), key="k3").id != first.id


def test_others_see_nothing_without_the_proved_phone(waits: WaitList) -> None:
    join(waits)
    assert waits.entries("c2") == []
    assert waits.entries("c2", "+79160000000") == []
    assert len(waits.entries("c2", "+79161234567")) == 1


def test_an_entry_is_left_once(waits: WaitList) -> None:
    entry = join(waits)
    assert waits.leave(entry.id, NOW)
    assert not waits.leave(entry.id, NOW)
    assert waits.entries("c1") == []
    assert join(waits, key="k9").id != entry.id


def test_offers_go_by_the_order_of_joining_until_the_last_day(waits: WaitList) -> None:
    first = join(waits)
    second = join(waits, replace(ENT, last_day=None), key="k2", phone="+79167654321")

    assert [entry.id for entry in waits.waiting(date(2026, 11, 30))] == [first.id, second.id]
    assert [entry.id for entry in waits.waiting(date(2026, 12, 1))] == [second.id]


def test_the_alarm_of_the_desk_and_of_the_dialogue_are_one_request(engine: Engine) -> None:
    requests = Requests(engine)
    with engine.begin() as connection:
        call = "SELECT clinic.store_request('emergency', 'chest_pain', 'c1', 'Боль', 'k', 2::smallint)"
        number = connection.execute(sa.text(call)).scalar_one()
    stored = requests.store(
        "emergency", "c1", NOW, request_key="k", phone="+79161234567", transcript=[Line("patient", "больно")]
    )
    again = requests.store("emergency", "c1", NOW, request_key="k", phone="+79160000000")

    assert stored.id == number and stored.priority == 2
    assert again.phone == stored.phone == "+79161234567"
    assert again.transcript == (Line("patient", "больно"),)


def test_the_urgent_come_first(engine: Engine) -> None:
    requests = Requests(engine)
    calm = requests.store("operator", "c1", NOW, request_key="a")
    urgent = requests.store("emergency", "c2", NOW, request_key="b", priority=2)

    assert [request.id for request in requests.open_requests()] == [urgent.id, calm.id]
