"""What a patient is told about a visit is what stands in the MIS."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar

from lang.catalogue import load_catalogue
from mis.calls import Timeouts
from mis.port import Branch
from mis.umc import Umc
from mis.umc_dialects import JsonDialect
from mis.umc_transport import UmcTransport
from tests.scenarios.runner import Patient
from tests.support.system import System
from tests.system import dialogue

CATALOGUE = Path(__file__).parents[2] / "data/catalogue"
pytestmark = pytest.mark.system

MONTHS = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
]
WEEKDAYS = ["понедельник", "вторник", "среда", "четверг", "пятница", "суббота", "воскресенье"]


def test_a_patient_with_a_typo_books_and_every_fact_agrees(system: System) -> None:
    patient = Patient(system)
    dialogue.find(patient, "запишите к тирапевту в екатеринбурге ближайшее")
    tapped = next(button["title"] for button in patient.shown if re.match(r"\d\d\.\d\d", button["title"]))
    held = dialogue.choose(patient)
    checked = dialogue.introduce(patient)
    booked = dialogue.confirm(patient)

    (visit,) = patient.visits()
    start = datetime.fromisoformat(str(visit["starts_at"]))
    assert visit["status"] in (1, 2)
    assert start.utcoffset() == datetime.now(start.tzinfo).utcoffset()
    assert re.match(rf"{start:%d\.%m}, 0?{start.hour}:{start:%M}\b", tapped)
    assert str(visit["doctor"]).split()[0] in tapped

    for said in (held, checked, booked):
        assert str(visit["doctor"]).split()[0] in said
        _names_the_moment(said, start)
    for said in (checked, booked):
        assert str(visit["doctor"]) in said
        assert f"«{visit['branch']}»" in said
    assert (visit["surname"], visit["given"], visit["patronymic"]) == (patient.surname, "Анна", "Сергеевна")
    assert str(visit["birthday"]).startswith("1987-05-12")
    for said in (checked, booked):
        assert patient.name in said
    assert re.sub(r"\D", "", patient.phone) in re.sub(r"\D", "", checked)
    assert _prices(checked) == _prices(booked) == [_price_in_the_mis(system, visit)]
    _calendar_agrees(system, booked, visit, start)


def test_the_sandbox_shows_no_visit_before_the_patient_says_yes(system: System) -> None:
    patient = Patient(system)
    dialogue.find(patient)
    dialogue.choose(patient)
    dialogue.introduce(patient)
    assert patient.visits() == []


def _names_the_moment(said: str, start: datetime) -> None:
    words = said.lower()
    assert f"{start.day} {MONTHS[start.month - 1]}" in words
    assert re.search(rf"\b0?{start.hour}:{start:%M}\b", words)
    named = [day for day in WEEKDAYS if day in words]
    assert named in ([], [WEEKDAYS[start.weekday()]])


def _prices(said: str) -> list[Decimal]:
    return [Decimal(re.sub(r"\D", "", found)) for found in re.findall(r"от (\d[\d\s]*)\s₽", said)]


def _price_in_the_mis(system: System, visit: dict[str, Any]) -> Decimal:
    """What the price list of the visit's branch says for its services."""
    branch_id = str(visit["branch_id"])
    facts = load_catalogue(CATALOGUE).branches[branch_id]
    branch = Branch(branch_id, facts.mis_id, facts.name, ZoneInfo(facts.timezone))
    transport = UmcTransport(
        f"{system.sandbox}/umc/hs/bwi",
        "bwi",
        "bwi",
        JsonDialect({branch_id: f"sandbox-{branch_id}"}),
        Timeouts(5, 20, 20, 20),
    )
    umc = Umc(transport, [branch], {}, lambda: datetime.now(branch.timezone))
    prices = {service.id: service.price for service in umc.services(branch_id)}
    booked = [prices[service_id] for service_id in visit["services"]]
    assert booked and None not in booked
    return sum((price for price in booked if price is not None), Decimal(0))


def _calendar_agrees(system: System, booked: str, visit: dict[str, Any], start: datetime) -> None:
    link = re.search(r"http\S+?(/visits/\S+\.ics)", booked)
    assert link, booked
    answer = httpx.get(f"{system.desk}{link[1]}", timeout=10)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["dtstart"].dt == start
    assert event["dtend"].dt == datetime.fromisoformat(str(visit["ends_at"]))
    assert str(visit["doctor"]) in f"{event['summary']} {event['description']}"
    assert str(event["status"]) == "CONFIRMED"
