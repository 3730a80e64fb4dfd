"""An invented clinic in memory for the tests of the actions: real search and offers, bookings as told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from actions.context import Context
from actions.settings import ActionSettings
from actions.speech import Speech
from actions.words import Words
from clinic.directory import Directory
from clinic.outcomes import Confirmed, ConfirmResult, Held, HoldResult
from clinic.requests import StoredRequest
from clinic.search import Search, SlotQuery
from clinic.service import Clinic
from clinic.visit_facts import VisitFacts
from clinic.waitlist import WaitEntry, WaitWish
from lang.catalogue import Catalogue, load_catalogue
from lang.mentions import DoctorName, Recogniser
from mis.port import Doctor, FullName, Patient, Preparation, Service, Slot, Visit, VisitStatus, Window
from tests.actions.proved import FakeIdentity, FakeVisits
from tests.clinic.fake_mis import FakeMis

ROOT = Path(__file__).resolve().parents[2]
MOSCOW = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=MOSCOW)  # a Monday


def _doctor(doctor_id: str, name: str, specialty: str, *branches: str, **other: Any) -> Doctor:
    return Doctor(doctor_id, FullName(*name.split()), specialty, specialty, branches, **other)


# Two namesakes of different specialties; nobody for hearts on Таганка; a paediatrician for the children.
DOCTORS = (
    _doctor("ent-1", "Иванова Анна Сергеевна", "ent", "leninsky", "taganka", experience_years=12),
    _doctor("ent-2", "Громов Пётр Ильич", "ent", "leninsky", experience_years=20, category="высшая"),
    _doctor("ent-3", "Лапина Ольга Павловна", "ent", "maryino"),
    _doctor("ent-4", "Рокотов Денис Юрьевич", "ent", "polevaya"),
    _doctor("ent-5", "Сафонова Инна Львовна", "ent", "leninsky", sees_adults=False, sees_children=True),
    _doctor("cardio-1", "Беляев Олег Романович", "cardiologist", "leninsky"),
    _doctor("cardio-2", "Громов Павел Андреевич", "cardiologist", "sokol"),
    _doctor("therapist-1", "Орлова Нина Петровна", "therapist", "leninsky", "polevaya"),
    _doctor(
        "kid-1", "Юдина Вера Олеговна", "pediatrician", "leninsky", sees_adults=False, sees_children=True
    ),
    _doctor("us-1", "Тихонова Зоя Марковна", "ultrasound_doctor", "leninsky", experience_years=15),
    _doctor("us-2", "Щукин Марк Львович", "ultrasound_doctor", "taganka", experience_years=4),
    _doctor("gene-1", "Яшин Лев Маркович", "geneticist", "krasny"),
)


def _room(room_id: str, name: str, room: str, *branches: str) -> Doctor:
    return Doctor(room_id, FullName(name, ""), None, name, branches, sees_children=True, room=room)


ROOMS = (
    _room("mri-1", "Кабинет МРТ", "mri", "leninsky", "polevaya"),
    _room("lab-1", "Кабинет забора крови № 1", "laboratory", "leninsky"),
)
STAFF = (*DOCTORS, *ROOMS)


@cache
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "data/catalogue")


@cache
def recogniser() -> Recogniser:
    names = [
        DoctorName(doctor.id, doctor.name.surname, doctor.name.given, doctor.name.patronymic)
        for doctor in DOCTORS
    ]
    return Recogniser(catalogue(), names)


@cache
def words() -> Words:
    return Words.load(ROOT / "data/catalogue", catalogue(), "http://clinic.example")


@cache
def speech() -> Speech:
    return Speech.load(ROOT / "data/catalogue", catalogue())


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Reference:
    """Preparation rules by article, insurers by branch."""

    rules: dict[str, Preparation] = field(default_factory=dict)
    policies: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def preparation(self, article: str) -> Preparation | None:
        return self.rules.get(article)

    def insurers(self, branch_id: str) -> Sequence[str]:
        return self.policies.get(branch_id, ())


@dataclass(frozen=True)
class HoldCall:
    slot: Slot
    key: str
    conversation: str


@dataclass(frozen=True)
class ConfirmCall:
    booking_id: int
    patient: Patient
    consent_version: str
    comment: str = ""
    allow_double: bool = False


@dataclass
class FakeBookings:
    """Holds and confirms whatever it is asked to, unless outcomes (or errors to raise) are queued."""

    clock: Clock
    hold_outcomes: list[HoldResult | Exception] = field(default_factory=list)
    confirm_outcomes: list[ConfirmResult | Exception] = field(default_factory=list)
    holds: list[HoldCall] = field(default_factory=list)
    confirms: list[ConfirmCall] = field(default_factory=list)
    released: list[int] = field(default_factory=list)
    answered: list[tuple[int, str]] = field(default_factory=list)
    promised: list[int] = field(default_factory=list)
    promise_error: Exception | None = None
    held: dict[str, Held] = field(default_factory=dict)

    def hold(self, conversation: str, slot: Slot, service_ids: Sequence[str], key: str) -> HoldResult:
        self.holds.append(HoldCall(slot, key, conversation))
        if self.hold_outcomes:
            return _given(self.hold_outcomes)
        if key not in self.held:
            self.held[key] = Held(len(self.held) + 1, slot, self.clock() + timedelta(minutes=10))
        return self.held[key]

    def confirm(
        self,
        booking_id: int,
        patient: Patient,
        consent_version: str,
        comment: str = "",
        allow_double: bool = False,
    ) -> ConfirmResult:
        self.confirms.append(ConfirmCall(booking_id, patient, consent_version, comment, allow_double))
        if self.confirm_outcomes:
            return _given(self.confirm_outcomes)
        slot = next(held.slot for held in self.held.values() if held.booking_id == booking_id)
        visit = Visit(f"v{booking_id}", slot, VisitStatus.NEW)
        return Confirmed(booking_id, str(booking_id), "calendar-token", visit)

    def release(self, booking_id: int) -> None:
        self.released.append(booking_id)

    def mark_answered(self, booking_id: int, outcome: str) -> None:
        self.answered.append((booking_id, outcome))

    def promise(self, booking_id: int) -> None:
        if self.promise_error is not None:
            raise self.promise_error
        self.promised.append(booking_id)


def _given(outcomes: list[Any]) -> Any:
    outcome = outcomes.pop(0)
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@dataclass
class FakeRequests:
    """Keeps requests; one request key is stored once."""

    stored: dict[str, StoredRequest] = field(default_factory=dict)

    def store(self, kind: Any, conversation: str, now: datetime, *, request_key: str, **data: Any) -> Any:
        request = StoredRequest(100 + len(self.stored), kind, conversation, now, True, **data)
        return self.stored.setdefault(request_key, request)

    @property
    def kinds(self) -> list[str]:
        return [request.kind for request in self.stored.values()]


@dataclass
class FakeConsents:
    given: list[tuple[str, str, str]] = field(default_factory=list)

    def record(self, conversation: str, document: str, version: str, now: datetime) -> None:
        self.given.append((conversation, document, version))


@dataclass
class FakeWaitList:
    """Keeps entries; one request key is stored once."""

    stored: dict[str, WaitEntry] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)

    def join(
        self, conversation: str, wish: WaitWish, now: datetime, *, request_key: str, **data: Any
    ) -> WaitEntry:
        entry = WaitEntry(7001 + len(self.stored), conversation, "waiting", wish, created_at=now, **data)
        return self.stored.setdefault(request_key, entry)

    def entries(self, conversation: str, proved_phone: str | None = None) -> list[WaitEntry]:
        return [entry for entry in self.stored.values() if entry.id not in self.left]

    def leave(self, entry_id: int, now: datetime) -> bool:
        self.left.append(entry_id)
        return True


# Of the directory, which the server has read before it listens; all else of it is in memory.
_DIRECTORY_READS = {"preparation", "insurers", "refresh"}
_IN_MEMORY = {"slot_gone", "region_branches"}


class OffTheLoop:
    """A part of the core whose calls are noted when they are made where every patient would wait for them."""

    def __init__(self, part: Any, noted: list[str]) -> None:
        self.__dict__.update(_part=part, _noted=noted)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._part, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self._part, name)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        blocks = name in _DIRECTORY_READS if isinstance(self._part, Directory) else name not in _IN_MEMORY
        if not blocks or not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            with suppress(RuntimeError):
                asyncio.get_running_loop()
                self._noted.append(f"{type(self._part).__name__}.{name}")
            return found(*args, **kwargs)

        return call


class FakeClinic(Clinic):
    """The real core over a MIS in memory; without a ledger the facts of a visit are what `facts` says."""

    facts: VisitFacts | None = None

    def visit_facts(self, booking_id: int) -> VisitFacts:
        facts = type(self).facts
        if facts is not None:
            return facts
        return VisitFacts(
            booking_id, str(booking_id), True, NOW, timedelta(minutes=30), None,
            catalogue().branches["leninsky"], (), None, (), (), "calendar-token",
        )  # fmt: skip

    def report_clash(self, booking_id: int) -> StoredRequest:
        return self.requests.store(
            "check", "conversation", self.clock(), request_key=f"clash:{booking_id}", topic="clash"
        )


@dataclass
class Stage:
    """A clinic with its fakes at hand."""

    context: Context
    clock: Clock
    mis: FakeMis
    bookings: FakeBookings
    requests: FakeRequests
    consents: FakeConsents
    reference: Reference
    queries: list[SlotQuery]
    identity: FakeIdentity
    visits: FakeVisits


def windows_of(doctor: Doctor, days: int = 12) -> Iterator[Window]:
    """Working windows: weekdays 9:00-12:00 and 16:00-19:00 in every branch of the doctor."""
    for branch_id in doctor.branch_ids:
        zone = ZoneInfo(catalogue().branches[branch_id].timezone)
        for ahead in range(1, days):
            day = NOW.date() + timedelta(days=ahead)
            if day.weekday() < 5:
                for first, last in ((9, 12), (16, 19)):
                    yield Window(
                        branch_id,
                        doctor.id,
                        datetime(day.year, day.month, day.day, first, tzinfo=zone),
                        datetime(day.year, day.month, day.day, last, tzinfo=zone),
                    )


@contextmanager
def open_stage() -> Iterator[Stage]:
    """A fresh clinic in which everything works."""
    clock = Clock()
    mis = FakeMis(clock)
    mis.window_list = [window for doctor in STAFF for window in windows_of(doctor)]
    for branch_id in catalogue().branches:
        mis.doctor_lists[branch_id] = [doctor for doctor in STAFF if branch_id in doctor.branch_ids]
        mis.service_lists[branch_id] = [
            Service(f"{item.article}-{branch_id}", branch_id, item.article, item.name, price=Decimal(1800))
            for item in catalogue().services.values()
        ]
    pool = ThreadPoolExecutor(4)
    reference = Reference()
    directory = Directory(mis, reference, catalogue(), clock, pool)
    on_the_loop: list[str] = []

    def watched(part: Any) -> Any:
        return OffTheLoop(part, on_the_loop)

    bookings, requests, consents = FakeBookings(clock), FakeRequests(), FakeConsents()
    identity = FakeIdentity(clock)
    visits = FakeVisits(identity)
    queries: list[SlotQuery] = []
    core = FakeClinic(
        directory=watched(directory),
        search=watched(_Recording(mis, directory, clock, pool, queries)),
        bookings=watched(bookings),
        identity=watched(identity),
        visits=watched(visits),
        requests=watched(requests),
        waitlist=watched(FakeWaitList()),
        consents=watched(consents),
        clock=clock,
        calendar_texts=None,  # type: ignore[arg-type]  # no test of the actions reads it
        pool=pool,
        engine=None,  # type: ignore[arg-type]  # nothing here reaches a database
    )
    settings = ActionSettings(_env_file=None, database_url="unused")
    context = Context(core, catalogue(), words(), settings, clock, speech())
    yield Stage(context, clock, mis, bookings, requests, consents, reference, queries, identity, visits)
    pool.shutdown(wait=False, cancel_futures=True)
    assert not on_the_loop, f"called on the event loop: {sorted(set(on_the_loop))}"


class _Recording(Search):
    """Remembers what was looked for."""

    def __init__(
        self, mis: FakeMis, directory: Directory, clock: Clock, pool: Any, queries: list[SlotQuery]
    ) -> None:
        super().__init__(mis, directory, clock, pool)
        self._queries = queries

    def find_slots(self, query: SlotQuery, *args: Any, **kwargs: Any) -> Any:
        self._queries.append(query)
        return super().find_slots(query, *args, **kwargs)


def on(day: int, hour: int, minute: int = 0, zone: ZoneInfo = MOSCOW) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=zone)
