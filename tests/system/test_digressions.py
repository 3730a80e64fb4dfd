"""At every step of the form a few questions are answered over HTTP, and the form asks at the same place.

One conversation for each step; every step × every question is in tests/actions/test_digressions.py.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.scenarios.runner import Patient
from tests.support.system import System

pytestmark = pytest.mark.system

# What is asked, and what stands in its answer.
QUESTIONS = (
    ("сколько стоит приём невролога?", "₽"),
    ("как подготовиться к узи брюшной полости?", "одготов"),
    ("ты робот?", "не человек"),
    ("спасибо", ""),
)


def _write(*messages: str) -> Callable[[Patient], object]:
    def walk(patient: Patient) -> None:
        for message in messages:
            patient.write(message)

    return walk


def _consent(patient: Patient) -> None:
    patient.write("к терапевту в москве ближайшее")
    patient.write(patient.first_offer())


def _patient(patient: Patient) -> None:
    _consent(patient)
    patient.write(patient.button("Согласен"))


def _phone(patient: Patient) -> None:
    _patient(patient)
    patient.write(patient.name)


def _birth_date(patient: Patient) -> None:
    _phone(patient)
    patient.write(patient.phone)


def _confirmed(patient: Patient) -> None:
    _birth_date(patient)
    patient.write(patient.birth)


# The way to each step, and a word of its question.
STEPS: dict[str, tuple[Callable[[Patient], object], str]] = {
    "what": (_write("хочу записаться"), "к какому врачу"),
    "place": (_write("запишите к терапевту"), "городе"),
    "wish": (_write("запишите к терапевту в москве"), "когда вам удобно"),
    "offer": (_write("к терапевту в москве ближайшее"), "вариант"),
    "consent": (_consent, "согласны"),
    "patient": (_patient, "фамилию"),
    "phone": (_phone, "номер телефона"),
    "birth_date": (_birth_date, "дата рождения"),
    "confirmed": (_confirmed, "записываю?"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_question_is_answered_and_the_form_resumes(system: System, step: str) -> None:
    patient = Patient(system)
    walk, asks = STEPS[step]
    walk(patient)
    for question, answer in QUESTIONS:
        said = patient.write(question)
        assert answer in said, f"«{question}»: {said}"
        assert asks in said.lower(), f"«{question}» lost the step {step}: {said}"
    assert patient.visits() == []
