"""The adapter against the sandbox: a real server of other make, with its quirks and faults."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
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
from mis.config import MisConfig, load_config
from mis.factory import open_mis
from mis.port import (
    BadAnswer,
    Branch,
    CallbackRequest,
    Doctor,
    FullName,
    MisRefused,
    MisUnavailable,
    OutcomeUnknown,
    Patient,
    Reference,
    ServiceKind,
    Slot,
    VisitStatus,
    Window,
)
from mis.umc_transport import Timeouts
from sandbox.app import create_app
from sandbox.settings import Settings
from sandbox.store import prepare_database
from tests.mis.fake_umc import free_port
from tests.mis.support import PATIENT

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


@pytest.fixture(scope="module", params=["bwi", "soap", "soap-JSON", "soap-ZipXML"])
def settings_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `mis.yml` for each way to speak to a base; in all forms of SOAP's schedule."""
    if request.param == "bwi":
        return ROOT / "mis.yml"
    path = tmp_path_factory.mktemp("mis") / "mis.yml"
    path.write_text(SOAP.format(format=request.param.partition("-")[2]), encoding="utf-8")
    return path


def load(path: Path, running: str, branches: list[Branch] = BRANCHES) -> MisConfig:
    transport = yaml.safe_load(path.read_text(encoding="utf-8"))["bases"]["sandbox"]["transport"]
    environ = {"MIS_URL": running + ADDRESS[transport], "REFERENCE_URL": f"{running}/reference"}
    return load_config(path, [branch.id for branch in branches], environ)


@pytest.fixture(scope="module")
def opened(running: str, settings_file: Path) -> Sandbox:
    config = load(settings_file, running)
    (base,) = config.bases
    patient = replace(config, bases=(replace(base, timeouts=Timeouts(10, 30, 60, 30)),))
    mis, reference = open_mis(
        patient, BRANCHES, SPECIALTIES, lambda: datetime.now(timezone.utc), room_names=ROOMS
    )
    return Sandbox(running, mis, reference)


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


@pytest.fixture
def slot(sandbox: Sandbox) -> Slot:
    return free_slots(sandbox)[0]


def test_the_base_knows_all_branches(sandbox: Sandbox) -> None:
    assert {branch.id for branch in sandbox.mis.branches()} == {branch.id for branch in BRANCHES}


def test_doctors_of_all_branches(sandbox: Sandbox) -> None:
    found: dict[str, Doctor] = {}
    for branch in BRANCHES:
        doctors = sandbox.mis.doctors(branch.id)
        assert len({doctor.id for doctor in doctors}) == len(doctors) > 0
        assert all(doctor.branch_ids == (branch.id,) for doctor in doctors)
        scheduled = {window.doctor_id for window in free_windows(sandbox, branch)}
        assert scheduled <= {doctor.id for doctor in doctors}
        found.update((doctor.id, doctor) for doctor in doctors)
    rooms = [doctor for doctor in found.values() if doctor.room]
    found = {doctor.id: doctor for doctor in found.values() if not doctor.room}
    assert {room.room for room in rooms} == set(catalogue("rooms"))
    assert all(room.name.given == "" and room.sees_children and room.sees_adults for room in rooms)
    # Who has neither an «Организация» nor a working day in sight belongs to no branch.
    assert 0.99 * sandbox.get("ready")["doctors"] <= len(found) <= sandbox.get("ready")["doctors"]
    unknown = {doctor.mis_specialty for doctor in found.values() if doctor.specialty is None}
    assert unknown == set()
    assert {doctor.specialty for doctor in found.values()} <= set(catalogue("specialties"))
    assert any(doctor.sees_children and not doctor.sees_adults for doctor in found.values())
    assert all(doctor.experience_years is not None for doctor in found.values())


@pytest.mark.parametrize("branch", [BRANCHES[0], BRANCHES[-1]], ids=lambda branch: branch.id)
def test_price_list(sandbox: Sandbox, branch: Branch) -> None:
    services = sandbox.mis.services(branch.id)
    assert len(services) >= 600
    assert len({service.id for service in services}) == len(services)
    assert all(service.price is None or service.price > 0 for service in services)
    assert {service.price is None for service in services} == {True, False}
    assert {service.kind for service in services} <= set(ServiceKind)
    assert any(service.folder for service in services)


def test_windows_of_every_branch_are_in_its_zone(sandbox: Sandbox) -> None:
    for branch in BRANCHES:
        windows = free_windows(sandbox, branch)
        assert windows
        assert {window.branch_id for window in windows} == {branch.id}
        assert all(window.start.tzinfo is branch.timezone for window in windows)
        assert all(window.start < window.end for window in windows)
        assert all(7 <= window.start.hour < 22 for window in windows)


def test_a_branch_the_mis_does_not_know_is_a_bad_answer(running: str, settings_file: Path) -> None:
    lost = [replace(BRANCHES[0], mis_id="11111111-2222-3333-4444-555555555555"), *BRANCHES[1:]]
    mis, _ = open_mis(
        load(settings_file, running, lost), lost, SPECIALTIES, lambda: datetime.now(timezone.utc)
    )
    today = datetime.now(lost[0].timezone).date()
    with pytest.raises(BadAnswer):
        mis.windows(lost[0].id, today, today)
    assert lost[0].id not in {branch.id for branch in mis.branches()}


def test_hold_book_status_cancel(sandbox: Sandbox, slot: Slot) -> None:
    service = next(service for service in sandbox.mis.services(slot.branch_id) if service.price)
    assert is_free(sandbox, slot)
    hold = sandbox.mis.hold(slot)
    assert sandbox.mis.status(slot.branch_id, hold.id).held
    assert not is_free(sandbox, slot)
    visit = sandbox.mis.book(hold, PATIENT, [service.id], "первый приём")
    assert visit.id == hold.id
    assert sandbox.mis.status(slot.branch_id, visit.id).booked
    (stored,) = sandbox.get("visits?phone=%2B79161234567")
    assert datetime.fromisoformat(stored["starts_at"]) == slot.start
    assert stored["minutes"] == 30
    assert (stored["branch_id"], stored["doctor_id"]) == (slot.branch_id, slot.doctor_id)
    assert stored["comment"] == "первый приём"
    assert stored["services"] == [service.id]
    assert stored["birthday"].startswith("1990-05-17")
    sandbox.mis.cancel(slot.branch_id, visit.id, "передумал")
    assert sandbox.mis.status(slot.branch_id, visit.id) is VisitStatus.CANCELLED
    assert is_free(sandbox, slot)
    sandbox.mis.cancel(slot.branch_id, visit.id)


def test_a_released_hold_frees_its_time(sandbox: Sandbox, slot: Slot) -> None:
    hold = sandbox.mis.hold(slot)
    sandbox.mis.cancel(slot.branch_id, hold.id)
    assert is_free(sandbox, slot)


def test_a_taken_time_is_refused(sandbox: Sandbox, slot: Slot) -> None:
    sandbox.mis.hold(slot)
    overlapping = replace(slot, start=slot.start - timedelta(minutes=15))
    for wanted in (slot, overlapping):
        with pytest.raises(MisRefused):
            sandbox.mis.hold(wanted)
    assert not is_free(sandbox, slot)


def test_an_expired_hold_is_refused(sandbox: Sandbox, slot: Slot) -> None:
    hold = sandbox.mis.hold(slot)
    sandbox.post("clock", advance_seconds=20 * 60)
    with pytest.raises(MisRefused):
        sandbox.mis.book(hold, PATIENT)
    assert not sandbox.mis.status(slot.branch_id, hold.id).booked
    assert is_free(sandbox, slot)


@pytest.mark.parametrize("kind", ["lost", "garbage"])
def test_an_answer_lost_after_the_write_is_settled_by_the_status(
    sandbox: Sandbox, slot: Slot, kind: str
) -> None:
    hold = sandbox.mis.hold(slot)
    sandbox.fault(kind, "AppointmentCreate")
    with pytest.raises(OutcomeUnknown):
        sandbox.mis.book(hold, PATIENT)
    assert sandbox.mis.status(slot.branch_id, hold.id).booked
    assert len(sandbox.get("visits?phone=%2B79161234567")) == 1


@pytest.mark.parametrize("kind", ["reset", "error"])
def test_a_write_that_never_arrived_is_settled_by_the_status(sandbox: Sandbox, slot: Slot, kind: str) -> None:
    hold = sandbox.mis.hold(slot)
    sandbox.fault(kind, "AppointmentCreate")
    with pytest.raises(OutcomeUnknown):
        sandbox.mis.book(hold, PATIENT)
    assert sandbox.mis.status(slot.branch_id, hold.id).held
    assert sandbox.get("visits?phone=%2B79161234567") == []
    sandbox.mis.book(hold, PATIENT)
    assert sandbox.mis.status(slot.branch_id, hold.id).booked


def test_a_refusal_on_a_free_time_is_a_refusal(sandbox: Sandbox, slot: Slot) -> None:
    sandbox.fault("refuse", "Reservation")
    with pytest.raises(MisRefused):
        sandbox.mis.hold(slot)
    assert is_free(sandbox, slot)


def test_a_hold_whose_answer_is_lost_takes_the_time(sandbox: Sandbox, slot: Slot) -> None:
    sandbox.fault("lost", "Reservation")
    with pytest.raises(OutcomeUnknown):
        sandbox.mis.hold(slot)
    assert not is_free(sandbox, slot)
    assert len(sandbox.get("holds")) == 1


@pytest.mark.parametrize("kind", ["reset", "lost", "garbage"])
def test_one_fault_of_a_read_is_not_noticed(sandbox: Sandbox, slot: Slot, kind: str) -> None:
    sandbox.fault(kind, "Schedule")
    assert is_free(sandbox, slot)


@pytest.mark.parametrize(
    ("kind", "error"), [("reset", MisUnavailable), ("error", MisUnavailable), ("garbage", BadAnswer)]
)
def test_a_read_that_keeps_failing(sandbox: Sandbox, slot: Slot, kind: str, error: type[Exception]) -> None:
    sandbox.fault(kind, "Schedule", count=10)
    with pytest.raises(error):
        is_free(sandbox, slot)


def test_one_patient_of_many_gets_the_time(sandbox: Sandbox, slot: Slot) -> None:
    together = threading.Barrier(8)

    def ask(_: int) -> bool:
        together.wait(30)
        try:
            sandbox.mis.hold(slot)
        except MisRefused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(ask, range(8))) == 1


def test_what_the_mis_never_heard_of(sandbox: Sandbox) -> None:
    nobody = "11111111-2222-3333-4444-555555555555"
    branch = BRANCHES[0].id
    assert sandbox.mis.status(branch, nobody) is VisitStatus.ERROR
    assert sandbox.mis.status(branch, "not an id") is VisitStatus.ERROR
    with pytest.raises(MisRefused):
        sandbox.mis.cancel(branch, nobody)


def test_callback_is_stored_for_the_staff(sandbox: Sandbox) -> None:
    branch = BRANCHES[-1]
    wished = (datetime.now(branch.timezone) + timedelta(days=2)).replace(
        hour=18, minute=0, second=0, microsecond=0
    )
    name = FullName("Петров", "Илья")
    request = CallbackRequest(branch.id, "ent", name, "+79161234567", wished, "когда освободится")
    stored_id = sandbox.mis.request_callback(request)
    (stored,) = sandbox.get("visits?phone=%2B79161234567")
    assert stored["id"] == stored_id
    assert datetime.fromisoformat(stored["starts_at"]) == wished
    assert stored["comment"] == "когда освободится"


def test_two_patients_of_one_phone(sandbox: Sandbox) -> None:
    first, second = free_slots(sandbox)[:2]
    child = Patient(FullName("Петрова", "Мария", "Ильинична"), PATIENT.phone, PATIENT.birth_date)
    visits = [
        sandbox.mis.book(sandbox.mis.hold(first), PATIENT),
        sandbox.mis.book(sandbox.mis.hold(second), child),
    ]
    assert all(sandbox.mis.status(visit.slot.branch_id, visit.id).booked for visit in visits)


def test_the_reference_beside_the_mis(sandbox: Sandbox) -> None:
    services = sandbox.mis.services(BRANCHES[0].id)
    article = next(service.article for service in services if service.article.startswith("US-"))
    rules = sandbox.reference.preparation(article)
    assert rules is not None
    assert rules.article == article
    assert rules.title
    assert all(rules.rules)
    assert sandbox.reference.preparation("NO-SUCH-ARTICLE") is None
    assert all(sandbox.reference.insurers(branch.id) for branch in BRANCHES)
