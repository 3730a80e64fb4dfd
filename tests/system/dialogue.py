"""The way through a booking, step by step, for tests that break something on it."""

from __future__ import annotations

from tests.scenarios.runner import Patient

REQUEST = "запишите к терапевту в москве ближайшее"


def find(patient: Patient, request: str = REQUEST) -> str:
    """Ask until offers are shown."""
    return expect(patient, patient.write(request), "1. ")


def choose(patient: Patient) -> str:
    """Tap the first offer: the MIS holds its time from here on."""
    return expect(patient, patient.write(patient.first_offer()), "Придержала")


def introduce(patient: Patient) -> str:
    """Consent and say who comes; ends at the confirmation with all facts."""
    expect(patient, patient.write(patient.button("Согласен")), "фамилию")
    contacts = f"{patient.name}, {patient.phone}, {patient.birth}"
    return expect(patient, patient.write(contacts), "Проверьте")


def confirm(patient: Patient) -> str:
    return expect(patient, patient.write(patient.button("Да, записать")), "Вы записаны")


def book(patient: Patient, request: str = REQUEST) -> str:
    """The whole booking; returns what was said about the visit."""
    find(patient, request)
    choose(patient)
    introduce(patient)
    return confirm(patient)


def expect(patient: Patient, said: str, part: str) -> str:
    assert part in said, f"«{part}» is missing in:\n{said}"
    return said
