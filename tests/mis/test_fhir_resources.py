from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from mis import fhir_resources as fhir
from mis.port import FullName, Slot, VisitStatus
from tests.mis.fhir_network import CENTRE, URAL

SLOT = {
    "resourceType": "Slot",
    "id": "s",
    "status": "free",
    "schedule": {"reference": "Schedule/c"},
    "start": "2026-11-24T23:30:00Z",
    "end": "2026-11-25T00:15:00.000Z",
}
OWNERS = {"c": "anna"}
DAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        ("Location/1", "1"),
        ("https://fhir.example/r4/Location/a-1.b", "a-1.b"),
        ("Location/1/_history/4", "1"),
        ("OldLocation/1", None),
        ("Practitioner/1", None),
        ("#Location", None),
        ("Location/", None),
        ("", None),
        (None, None),
    ],
)
def test_references(reference: object, found: str | None) -> None:
    assert fhir.referred({"reference": reference}, "Location") == found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ([{"family": "Иванова", "given": ["Анна", "Петровна"]}], FullName("Иванова", "Анна", "Петровна")),
        ([{"family": " Иванова ", "given": ["Анна"]}], FullName("Иванова", "Анна")),
        ([{"text": "Иванова Анна Петровна"}], FullName("Иванова", "Анна", "Петровна")),
        (
            [{"use": "old", "family": "А", "given": ["Б"]}, {"family": "Иванова", "given": ["Анна"]}],
            FullName("Иванова", "Анна"),
        ),
        (
            [
                {"use": "nickname", "family": "А", "given": ["Б"]},
                {"use": "official", "family": "Иванова", "given": ["Анна"]},
            ],
            FullName("Иванова", "Анна"),
        ),
        ([{"family": "Иванова"}], None),
        ([{"family": "Иванова", "given": []}], None),
        ({}, None),
        (None, None),
    ],
)
def test_names(written: object, found: FullName | None) -> None:
    assert fhir.full_name({"name": written}) == found


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ({"text": "ЛОР"}, "ЛОР"),
        ({"coding": [{"code": "394604002"}, {"display": "ENT"}]}, "394604002"),
        ({"text": "", "coding": [{"code": "1", "display": "ENT"}]}, "ENT"),
        ({}, ""),
        ("ЛОР", ""),
    ],
)
def test_concepts(written: object, found: str) -> None:
    assert fhir.concept(written) == found


def test_a_slot_is_free_time_in_the_zone_of_the_branch() -> None:
    window = fhir.window(SLOT, OWNERS, URAL)
    assert window is not None
    assert window.start == datetime(2026, 11, 25, 4, 30, tzinfo=URAL.timezone)
    assert window.end - window.start == timedelta(minutes=45)
    assert window.start.tzinfo is URAL.timezone
    assert window.doctor_id == "anna"


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "busy"},
        {"status": "busy-tentative"},
        {"status": "entered-in-error"},
        {"status": None},
        {"schedule": {"reference": "Schedule/another"}},
        {"schedule": {}},
        {"start": "2026-11-24T23:30:00"},
        {"start": "tomorrow"},
        {"start": None},
        {"end": "2026-11-24T23:30:00Z"},
    ],
)
def test_what_is_no_free_time(changes: dict[str, Any]) -> None:
    assert fhir.window({**SLOT, **changes}, OWNERS, URAL) is None


def test_days_are_those_of_the_branch() -> None:
    def days(first: date, last: date) -> int:
        return len(list(fhir.windows([SLOT], OWNERS, URAL, first, last)))

    assert days(DAY, DAY) == 1
    assert days(date(2026, 11, 24), date(2026, 11, 24)) == 0
    assert list(fhir.windows([SLOT], OWNERS, URAL, DAY, DAY, ["another"])) == []
    assert len(list(fhir.windows([SLOT], OWNERS, CENTRE, DAY, DAY, ["anna"]))) == 1


def test_our_mark_comes_and_goes_beside_others() -> None:
    theirs = {"system": "urn:theirs", "value": "7"}
    held = fhir.occupied({**SLOT, "identifier": [theirs]}, "busy-tentative", "n.s")
    assert fhir.is_held(held, "n.s")
    assert not fhir.is_held(held, "m.s")
    assert not fhir.is_held({**held, "status": "free"}, "n.s")
    assert not fhir.is_held(None, "n.s")
    again = fhir.occupied(held, "busy", "n.s")
    assert again["identifier"] == held["identifier"]
    assert fhir.freed(again) == {**SLOT, "identifier": [theirs]}
    assert fhir.freed(fhir.occupied(SLOT, "busy", "n.s")) == SLOT


def test_calendars_by_role_or_by_person_and_place() -> None:
    roles = [
        {"id": "r1", "practitioner": {"reference": "Practitioner/anna"}},
        {"id": "r2"},
    ]
    schedules: list[dict[str, Any]] = [
        {"id": "by-role", "actor": [{"reference": "PractitionerRole/r1"}]},
        {
            "id": "by-place",
            "actor": [{"reference": "Practitioner/anna"}, {"reference": "Location/here"}],
        },
        {
            "id": "elsewhere",
            "actor": [{"reference": "Practitioner/anna"}, {"reference": "Location/there"}],
        },
        {"id": "nowhere", "actor": [{"reference": "Practitioner/anna"}]},
        {"id": "room", "actor": [{"reference": "PractitionerRole/r2"}]},
        {"id": "both", "actor": [{"reference": "PractitionerRole/r1"}, {"reference": "PractitionerRole/r2"}]},
        {"id": "old", "active": False, "actor": [{"reference": "PractitionerRole/r1"}]},
    ]
    assert fhir.calendars(schedules, roles, "here") == {
        "by-role": "anna",
        "by-place": "anna",
        "room": "PractitionerRole/r2",
    }


def test_several_roles_of_one_doctor_are_one() -> None:
    person = {"id": "anna", "name": [{"family": "Иванова", "given": ["Анна"]}]}
    role = {"id": "r1", "practitioner": {"reference": "Practitioner/anna"}, "specialty": [{"text": "Наука"}]}
    other = {
        "id": "r2",
        "practitioner": {"reference": "Practitioner/anna"},
        "specialty": [{"text": "Лор"}],
        "healthcareService": [{"reference": "HealthcareService/1"}],
    }
    (doctor,) = fhir.doctors([role, other], [person], CENTRE, {"лор": "ent"}, {})
    assert (doctor.specialty, doctor.mis_specialty, doctor.service_ids) == ("ent", "Лор", ("1",))
    assert fhir.doctors([role], [{**person, "active": False}], CENTRE, {}, {}) == []
    assert fhir.doctors([role], [{"id": "anna"}], CENTRE, {}, {}) == []


def test_a_visit_is_written_in_the_zone_of_the_branch() -> None:
    start = datetime(2026, 11, 24, 10, 30, tzinfo=CENTRE.timezone)
    slot = Slot("ural", "anna", start, timedelta(minutes=30))
    made = fhir.new_appointment("n.s", slot, "s", ["Patient/p"], "", URAL)
    assert (made["start"], made["end"]) == ("2026-11-24T12:30:00+05:00", "2026-11-24T13:00:00+05:00")
    assert "comment" not in made
    assert fhir.status_of(made) is VisitStatus.PROCESSED
    assert fhir.status_of(fhir.cancelled(made, "")) is VisitStatus.CANCELLED
    assert fhir.status_of({"status": "new-in-r6"}) is None
