"""Faults, the clock, the reference and the fence around the control panel."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from sandbox.app import create_app
from sandbox.network import Network
from sandbox.settings import Settings
from tests.sandbox.conftest import Client
from tests.sandbox.test_visits import PATIENT, Free, free_times


@pytest.fixture
def free(network: Network) -> Free:
    return next(free_times(network))


def clinics(mis: Client, branch: str = "leninsky") -> httpx.Response:
    return mis.raw("DictionaryData", branch, Method="GetListClinic")


def book(mis: Client, free: Free) -> httpx.Response:
    return mis.raw("AppointmentCreate", Method="BookAnAppointment", **PATIENT, **free.fields(30))


def test_errors_refusals_and_resets_come_before_anything_is_done(mis: Client, free: Free) -> None:
    mis.control("POST", "faults", kind="error", count=1)
    answer = book(mis, free)
    assert (answer.status_code, "<html>" in answer.text) == (500, True)
    mis.control("POST", "faults", kind="refuse", count=1)
    assert book(mis, free).text.startswith("Не удалось записать документ.")
    mis.control("POST", "faults", kind="reset", count=1)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        book(mis, free)
    assert mis.control("GET", "visits") == []
    assert mis.control("GET", "faults") == []
    assert book(mis, free).status_code == 200


@pytest.mark.parametrize("kind", ["lost", "garbage"])
def test_lost_and_garbled_answers_come_after_the_write(mis: Client, free: Free, kind: str) -> None:
    mis.control("POST", "faults", kind=kind, pattern="AppointmentCreate", count=1)
    if kind == "lost":
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            book(mis, free)
    else:
        answer = book(mis, free)
        assert answer.status_code == 200
        with pytest.raises(ValueError, match="Unterminated"):
            answer.json()
    assert len(mis.control("GET", "visits")) == 1


def test_a_fault_keeps_to_its_pattern_method_branch_and_count(mis: Client) -> None:
    limits = {"pattern": "DictionaryData", "method": "GetListClinic", "branch": "leninsky", "count": 2}
    fault = mis.control("POST", "faults", kind="error", **limits)
    assert mis.control("GET", "faults") == [fault]
    assert clinics(mis, "taganka").status_code == 200
    assert mis.raw("DictionaryData", Method="GetNomenclatureAndPrices").status_code == 200
    assert mis.raw("AppointmentStatus", GUID="?").status_code == 200
    assert [clinics(mis).status_code for _ in range(3)] == [500, 500, 200]


def test_latency_delays_the_answer_and_changes_nothing_else(mis: Client) -> None:
    mis.control("POST", "faults", kind="latency", latency_ms=300, count=1)
    begun = time.monotonic()
    assert clinics(mis).status_code == 200
    assert time.monotonic() - begun >= 0.3


def test_faults_are_taken_off_one_by_one_or_all(mis: Client) -> None:
    first, second = (mis.control("POST", "faults", kind=kind) for kind in ("error", "garbage"))
    assert mis.control("DELETE", f"faults/{first['id']}") == [second]
    assert mis.control("DELETE", "faults") == []


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "earthquake"}, {"kind": "latency"}, {"kind": "error", "count": 0}, {"kind": "error", "x": 1}],
)
def test_a_senseless_fault_is_not_taken(mis: Client, wrong: dict[str, Any]) -> None:
    assert mis.http.post("/sandbox/faults", json=wrong).status_code == 422
    assert mis.control("GET", "faults") == []


def test_the_clock_is_set_frozen_advanced_and_real_again(mis: Client) -> None:
    frozen = mis.control("POST", "clock", set="2026-12-01T09:00:00+03:00", frozen=True)
    assert frozen == {"now": "2026-12-01T06:00:00+00:00", "real": False}
    assert mis.control("GET", "clock") == frozen
    advanced = mis.control("POST", "clock", advance_seconds=90)
    assert advanced["now"] == "2026-12-01T06:01:30+00:00"
    assert mis.control("POST", "clock", real=True)["real"] is True
    assert mis.http.post("/sandbox/clock", json={}).status_code == 422
    assert mis.http.post("/sandbox/clock", json={"set": "2026-12-01T09:00:00"}).status_code == 422


async def test_the_control_panel_is_for_loopback_only(settings: Settings) -> None:
    road = httpx.ASGITransport(create_app(settings), client=("10.1.2.3", 5000))
    async with httpx.AsyncClient(transport=road, base_url="http://sandbox") as far:
        assert (await far.get("/sandbox/ready")).status_code == 403
        assert (await far.post("/sandbox/reset")).status_code == 403
    road = httpx.ASGITransport(create_app(settings), client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=road, base_url="http://sandbox") as near:
        assert (await near.get("/sandbox/ready")).json() == {"branches": 16, "doctors": 2000}


def test_the_reference_stands_beside_the_service(mis: Client, network: Network) -> None:
    def get(path: str) -> httpx.Response:
        return mis.http.get(f"/reference/{path}")

    assert get("preparation/L-CBC").json() == {
        "article": "L-CBC",
        "title": "Общий анализ крови",
        "rules": ["Сдавайте кровь натощак."],
        "bring": ["паспорт"],
    }
    assert get("preparation/B-ENT-1").status_code == 404
    branches = network.branches
    assert get(f"insurers/{branches['leninsky'].mis_id}").json() == {
        "insurers": ["Страховая один", "Страховая два"]
    }
    assert get(f"insurers/{branches['taganka'].mis_id}").json() == {"insurers": []}
    assert get("insurers/nowhere").status_code == 404
    doctors = get("doctors").json()
    assert set(doctors) == set(network.doctors)
    some = next(iter(doctors.values()))
    assert set(some) == {"experience_since", "experience_years", "category", "adults", "children", "extra"}
    mis.control("POST", "faults", kind="error", pattern="reference", count=1)
    assert get("doctors").status_code == 500
