"""The fault `lax`: what a real base lets happen, and says nothing of."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.network import Network
from tests.sandbox.conftest import Client
from tests.sandbox.test_visits import PATIENT, Free, free_times, hold, status

OTHER = {**PATIENT, "PatientSurname": "Другова", "Phone": "+79990000002"}


@pytest.fixture
def free(network: Network) -> Free:
    return next(found for found in free_times(network) if found.doctor.specialty.id == "ent")


@pytest.fixture
def lax(mis: Client) -> Client:
    mis.control("POST", "faults", kind="lax")
    return mis


def book(mis: Client, free: Free, guid: str = "", who: dict[str, Any] = PATIENT, minutes: int = 30) -> str:
    fields = {**who, **free.fields(minutes), "GUID": guid}
    done = mis.ask("AppointmentCreate", Method="BookAnAppointmentWithParams", **fields)
    assert done["Результат"] == "true"
    return str(done["УИД"])


def taken(mis: Client, free: Free) -> list[str]:
    """Starts of what the schedule of the day shows as visits or holds at the time."""
    day = f"{free.start.date()}T00:00:00"
    found = mis.ask(
        "Schedule", Clinic=free.branch.mis_id, Employees=free.doctor.id, StartDate=day, FinishDate=day
    )["ГрафикДляСайта"]["ПериодыГрафика"]["ЗанятоеВремя"]
    periods = found["ПериодГрафика"] if found else []
    periods = [periods] if isinstance(periods, dict) else periods
    start = f"{free.start:%H:%M}"
    return [one["ВремяНачала"][11:16] for one in periods if one["ВремяНачала"][11:16] == start]


def test_overlapping_holds_and_visits_succeed_and_show(lax: Client, free: Free) -> None:
    first, second = hold(lax, free), hold(lax, free)
    assert first != second
    assert status(lax, book(lax, free, first)) == "1"
    assert status(lax, book(lax, free, second, OTHER)) == "1"
    assert len(taken(lax, free)) == 2


def test_a_refusal_is_written_as_cancelled(lax: Client, free: Free) -> None:
    night = Free(free.branch, free.doctor, free.start.replace(hour=3))
    assert status(lax, hold(lax, night)) == "5"
    assert status(lax, book(lax, night)) == "5"
    first = book(lax, free)
    assert status(lax, book(lax, free)) == "5", "the same patient at the same time"
    assert status(lax, first) == "1"
    assert len(taken(lax, free)) == 1


def test_a_hold_that_ran_out_becomes_a_cancelled_visit(lax: Client, free: Free) -> None:
    guid = hold(lax, free)
    lax.control("POST", "clock", advance_seconds=17 * 60)
    assert status(lax, book(lax, free, guid)) == "5"


def test_a_registrar_books_between_the_hold_and_the_booking(mis: Client, free: Free) -> None:
    guid = hold(mis, free)
    mis.control("POST", "faults", kind="lax", registrar=True, pattern="AppointmentCreate", count=1)
    assert status(mis, book(mis, free, guid)) == "1"
    states = [visit["state"] for visit in mis.control("GET", "visits")]
    assert sorted(states) == ["booked", "stranger"]
    assert len(taken(mis, free)) == 2


def test_a_stranger_comes_over_what_is_there(mis: Client, free: Free) -> None:
    hold(mis, free)
    place = {"branch_id": free.branch.id, "doctor_id": free.doctor.id, "start": free.start.isoformat()}
    assert mis.http.post("/sandbox/book-stranger", json=place).status_code == 409
    mis.control("POST", "book-stranger", **place, over=True)
    assert len(taken(mis, free)) == 2


def test_laxity_ends_with_its_request(mis: Client, free: Free) -> None:
    mis.control("POST", "faults", kind="lax", count=1)
    hold(mis, free)
    assert mis.raw("Reservation", **free.fields(30)).status_code == 500


def test_it_goes_together_with_a_lost_answer(lax: Client, free: Free) -> None:
    book(lax, free)
    lax.control("POST", "faults", kind="garbage", pattern="AppointmentCreate", count=1)
    body = {"Method": "BookAnAppointment", **OTHER, **free.fields(30)}
    assert "УИД" not in lax.raw("AppointmentCreate", **body).text
    assert len(taken(lax, free)) == 2


def test_a_registrar_is_for_a_lax_base(mis: Client) -> None:
    assert mis.http.post("/sandbox/faults", json={"kind": "error", "registrar": True}).status_code == 422
