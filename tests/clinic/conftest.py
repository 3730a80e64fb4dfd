from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from clinic.booking import Bookings
from clinic.database import migrate, open_engine
from clinic.identity import Identity
from clinic.sms import NoSms
from clinic.visits import Visits
from mis.port import FullName, Patient, Slot, Window
from tests.clinic.fake_mis import MOSCOW, FakeMis

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=MOSCOW)


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@dataclass
class Desk:
    """Everything a saga test touches."""

    mis: FakeMis
    clock: Clock
    engine: Engine
    bookings: Bookings
    identity: Identity
    visits: Visits
    gone: list[Slot] = field(default_factory=list)

    def state(self, booking_id: int) -> str:
        return self.bookings.get(booking_id).state


def slot(hour: int = 10, minute: int = 0, doctor: str = "d1", branch: str = "b1", day: int = 24) -> Slot:
    start = datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)
    return Slot(branch, doctor, start, timedelta(minutes=30))


def patient(given: str = "Илья", phone: str = "+79161234567", birth: date = date(1985, 3, 2)) -> Patient:
    return Patient(FullName("Берёзов", given, "Олегович"), phone, birth)


@pytest.fixture(scope="module")
def engine(database_url: str) -> Iterator[Engine]:
    migrate(database_url)
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def empty_ledger(engine: Engine) -> Engine:
    with engine.begin() as connection:
        connection.execute(
            text(
                "TRUNCATE clinic.booking_event, clinic.booking, clinic.request, clinic.consent,"
                " clinic.identity_code, clinic.identity_proof"
            )
        )

    return engine


@pytest.fixture(scope="module")
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def open_desk(engine: Engine, pool: ThreadPoolExecutor, **mis_settings: object) -> Desk:
    """A desk over an invented MIS; two doctors have times on one day."""
    clock = Clock()
    windows = [
        Window(
            "b1",
            doctor,
            datetime(2026, 11, 24, 9, tzinfo=MOSCOW),
            datetime(2026, 11, 24, 17, tzinfo=MOSCOW),
        )
        for doctor in ("d1", "d2")
    ]
    mis = FakeMis(clock, window_list=windows, **mis_settings)  # type: ignore[arg-type]
    gone: list[Slot] = []
    bookings = Bookings(engine, mis, clock, slot_gone=gone.append)
    identity = Identity(engine, NoSms(), clock, lambda code, lifetime: code)
    visits = Visits(engine, bookings, bookings.steps, identity, clock, pool)
    return Desk(mis, clock, engine, bookings, identity, visits, gone)


@pytest.fixture
def make_desk(empty_ledger: Engine, pool: ThreadPoolExecutor) -> Callable[..., Desk]:
    def make(**mis_settings: object) -> Desk:
        return open_desk(empty_ledger, pool, **mis_settings)

    return make


@pytest.fixture
def desk(make_desk: Callable[..., Desk]) -> Desk:
    return make_desk()
