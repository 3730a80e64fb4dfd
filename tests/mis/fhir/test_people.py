"""Patients on a FHIR server: cards, phones, policies."""

from __future__ import annotations

from typing import Any

import pytest

from mis.port import (
    FullName,
    Patient,
    Slot,
)
from tests.mis.contract import fhir as contract
from tests.mis.support import PATIENT


@pytest.mark.parametrize(
    ("known", "is_same"),
    [
        ({}, True),
        ({"telecom": [{"system": "phone", "value": "8 (916) 123-45-67"}]}, True),
        ({"name": [{"family": "ПЕТРОВ", "given": ["Илья", "Олегович"]}]}, True),
        ({"name": [{"text": "Петров Илья Олегович", "family": "Петров"}]}, True),
        ({"name": [{"family": "Петров", "given": ["Олег", "Олегович"]}]}, False),
        ({"telecom": [{"system": "phone", "value": "+79161234568"}]}, False),
        ({"telecom": [{"system": "email", "value": "+79161234567"}]}, False),
        ({"birthDate": "1990-05-18"}, False),
        ({"active": False}, False),
    ],
)
def test_a_patient_is_found_or_registered(
    base: contract.Fhir, slot: Slot, known: dict[str, Any], is_same: bool
) -> None:
    fields: dict[str, Any] = {
        "name": [{"family": "Петров", "given": ["Илья", "Олегович"]}],
        "telecom": [{"system": "phone", "value": "+79161234567"}],
        "birthDate": "1990-05-17",
    }
    patient = base.network.post("Patient", **(fields | known))
    base.mis.book(base.mis.hold(slot), PATIENT)
    (visit,) = base.network.all("Appointment")
    assert (visit["participant"][0]["actor"]["reference"] == f"Patient/{patient['id']}") is is_same
    assert len(base.network.all("Patient")) == (1 if is_same else 2)


def test_a_surname_with_yo_finds_the_one_without(base: contract.Fhir, slot: Slot) -> None:
    base.network.post(
        "Patient",
        name=[{"family": "Берёзов", "given": ["Илья"]}],
        telecom=[{"system": "phone", "value": PATIENT.phone}],
        birthDate=PATIENT.birth_date.isoformat(),
    )
    patient = Patient(FullName("Берёзов", "Илья"), PATIENT.phone, PATIENT.birth_date)
    base.mis.book(base.mis.hold(slot), patient)
    assert len(base.network.all("Patient")) == 1


def test_a_new_patient_is_never_created_on_a_condition(base: contract.Fhir, slot: Slot) -> None:
    base.mis.book(base.mis.hold(slot), PATIENT)
    conditions = {one.operation: one.headers.get("If-None-Exist") for one in base.proxy.passed}
    assert conditions["Patient.create"] is None
    assert conditions["Appointment.create:booked"]
    versions = {one.operation: one.headers.get("If-Match") for one in base.proxy.passed}
    assert versions["Slot.update:busy"]
    assert versions["Slot.update:busy"] != versions["Slot.update:busy-tentative"]


@pytest.mark.parametrize("written", ["+79161234567", "89161234567", "9161234567"])
def test_cards_with_a_phone_are_found(base: contract.Fhir, written: str) -> None:
    name = [{"family": "Петров", "given": ["Илья", "Олегович"]}]
    phone = [{"system": "phone", "value": written}]
    base.network.post("Patient", name=name, telecom=phone, birthDate="1990-05-17")
    base.network.post("Patient", name=name, telecom=phone)
    base.network.post(
        "Patient", name=name, telecom=[{"system": "phone", "value": "+79160000000"}], birthDate="1990-05-17"
    )
    assert base.mis.patients_of(PATIENT.phone) == (PATIENT,)
    assert base.mis.patients_of("+79990000000") == ()


@pytest.mark.parametrize(
    ("coverage", "found"),
    [
        ({}, True),
        ({"subscriberId": "77-1234 AB"}, True),
        ({"subscriberId": "", "identifier": [{"value": "771234ab"}]}, True),
        ({"subscriberId": "99"}, False),
        ({"status": "cancelled"}, False),
        ({"period": {"start": "2020-01-01", "end": "2999-12-31"}}, True),
        ({"period": {"end": "2020-01-01"}}, False),
        ({"period": {"start": "2999"}}, False),
    ],
)
def test_a_policy_is_found_by_its_number_and_time(
    base: contract.Fhir, slot: Slot, coverage: dict[str, Any], found: bool
) -> None:
    day = slot.start.date()
    assert base.mis.policy_found(slot.branch_id, PATIENT, "771234AB", day) is None
    name = [{"family": PATIENT.name.surname, "given": [PATIENT.name.given, PATIENT.name.patronymic]}]
    card = base.network.post(
        "Patient",
        name=name,
        telecom=[{"system": "phone", "value": PATIENT.phone}],
        birthDate=PATIENT.birth_date.isoformat(),
    )
    assert base.mis.policy_found(slot.branch_id, PATIENT, "771234AB", day) is False
    fields = {"status": "active", "subscriberId": "771234ab", **coverage}
    made = base.network.post(
        "Coverage",
        beneficiary={"reference": f"Patient/{card['id']}"},
        payor=[{"display": "Страховая"}],
        **{key: value for key, value in fields.items() if value},
    )
    try:
        assert base.mis.policy_found(slot.branch_id, PATIENT, "771234AB", day) is found
    finally:
        base.network.delete(made)
