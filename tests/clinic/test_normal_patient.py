"""One form of a patient's data, whatever was typed: what goes to the ledger, to the MIS and into the key."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from clinic.normal_patient import (
    BadPatient,
    known_spelling,
    normal_patient,
    normal_phone,
    patient_key,
)
from clinic.outcomes import Confirmed, Held
from clinic.tables import booking
from mis.port import FullName, Patient
from tests.clinic.conftest import NOW, Desk, slot

TODAY = NOW.date()
BORN = date(1985, 3, 2)


def person(surname: str, given_name: str, patronymic: str = "", phone: str = "+79161234567") -> Patient:
    return Patient(FullName(surname, given_name, patronymic), phone, BORN)


def named(surname: str, given_name: str, patronymic: str = "") -> str:
    return str(normal_patient(person(surname, given_name, patronymic), TODAY).name)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        (("  Берёзов ", "Илья\u00a0", "Олегович"), "Берёзов Илья Олегович"),
        (("Берёзова", "Aнна"), "Берёзова Анна"),
        (("БЕРЁЗОВА", "AHHA"), "Берёзова Анна"),
        (("Cоколова", "Bерa", "Oлeговна"), "Соколова Вера Олеговна"),
        (("ПЕТРОВА — водкина", "анна мария"), "Петрова-Водкина Анна Мария"),
        (("иВАНОВ", "пётр"), "Иванов Пётр"),
        (("о`коннор", "шон"), "О'Коннор Шон"),
        (("Мамедов", "Али", "ГАСАН ОГЛЫ"), "Мамедов Али Гасан оглы"),
        (("Семе\u0308нова", "И\u0306ога"), "Семёнова Йога"),
        (("Smith", "John"), "Smith John"),
        (("Салтыков - Щедрин ", "Михаил  Евграфович"), "Салтыков-Щедрин Михаил Евграфович"),
    ],
)
def test_a_name_has_one_form(written: tuple[str, ...], normal: str) -> None:
    assert named(*written) == normal


@pytest.mark.parametrize(
    "written", ["+79161234567", "89161234567", "8 (916) 123-45-67", "9161234567", "7 916 1234567"]
)
def test_a_phone_has_one_form(written: str) -> None:
    assert normal_phone(written) == "+79161234567"


@pytest.mark.parametrize("written", ["", "12345", "+375291234567", "+7916123456", "телефон"])
def test_a_phone_that_is_none_goes_nowhere(written: str) -> None:
    with pytest.raises(BadPatient):
        normal_patient(person("Берёзов", "Илья", phone=written), TODAY)


@pytest.mark.parametrize("born", [date(1, 1, 1), date(1899, 12, 31), date(2026, 11, 24)])
def test_a_birth_date_that_cannot_be_true_goes_nowhere(born: date) -> None:
    with pytest.raises(BadPatient):
        normal_patient(Patient(FullName("Берёзов", "Илья"), "+79161234567", born), TODAY)


@pytest.mark.parametrize(("surname", "given_name"), [("", "Илья"), ("Берёзов", " - ")])
def test_a_patient_has_a_name(surname: str, given_name: str) -> None:
    with pytest.raises(BadPatient):
        normal_patient(person(surname, given_name), TODAY)


@example("А- -А", "А")
@example("А--А", "А")
@given(st.text("абвёАБЁabcABC'`- —", min_size=1, max_size=12), st.text("аёAbc -", min_size=1, max_size=8))
def test_the_normal_form_is_its_own(surname: str, given_name: str) -> None:
    try:
        once = normal_patient(person(surname, given_name), TODAY)
    except BadPatient:
        return
    assert normal_patient(once, TODAY) == once


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("Берёзов", "Илья"), ("Березов", "Илья"), True),
        (("Берёзов", "Семён"), ("Берёзов", "Семен"), True),
        (("Берёзова", "Анна-Мария"), ("Берёзова", "Анна Мария"), True),
        (("Березав", "Илья"), ("Берёзов", "Илья"), True),
        (("Берёзов", "Илья"), ("Берёзов", "Егор"), False),
    ],
)
def test_one_person_has_one_key(one: tuple[str, str], other: tuple[str, str], same: bool) -> None:
    keys = {patient_key(normal_patient(person(*name), TODAY)) for name in (one, other)}
    assert (len(keys) == 1) == same


@pytest.mark.parametrize(
    ("said", "known", "sent"),
    [
        (("Березов", "Илья", ""), ("Берёзов", "Илья", "Олегович"), "Берёзов Илья Олегович"),
        (("Берёзов", "Илья", "Олегович"), ("Березов", "Илья", ""), "Березов Илья Олегович"),
        (("Берёзов", "Илья", "Олегович"), ("Березав", "Илья", ""), "Берёзов Илья Олегович"),
        (("Берёзов", "Илья", "Олегович"), ("Берёзов", "Илья", "Петрович"), "Берёзов Илья Олегович"),
    ],
)
def test_a_known_patient_is_spelled_as_the_mis_has_them(
    said: tuple[str, str, str], known: tuple[str, str, str], sent: str
) -> None:
    assert str(known_spelling(person(*said), FullName(*known)).name) == sent


def book(desk: Desk, conversation: str, who: Patient, **where: object) -> None:
    kept = desk.bookings.hold(conversation, slot(**where), [], conversation)  # type: ignore[arg-type]
    assert isinstance(kept, Held)
    assert isinstance(desk.bookings.confirm(kept.booking_id, who, "v1"), Confirmed)


def test_the_mis_and_the_ledger_get_the_normal_form_only(desk: Desk) -> None:
    book(desk, "c1", person(" БЕРЁЗОВ", "илья ", "олегович", "8 (916) 123-45-67"))
    expected = Patient(FullName("Берёзов", "Илья", "Олегович"), "+79161234567", BORN)
    assert [entry.patient for entry in desk.mis.booked()] == [expected]
    assert [row.patient for row in desk.bookings.of_conversation("c1")] == [expected]


def test_a_second_visit_makes_no_second_card(desk: Desk) -> None:
    book(desk, "c1", person("Берёзов", "Илья", "Олегович"))
    book(desk, "c2", person("БЕРЕЗОВ", "Илья", phone="89161234567"), hour=12)
    assert len({str(entry.patient) for entry in desk.mis.booked()}) == 1


def test_data_that_must_not_be_sent_are_not(desk: Desk) -> None:
    kept = desk.bookings.hold("c1", slot(), [], "k")
    assert isinstance(kept, Held)
    with pytest.raises(BadPatient):
        desk.bookings.confirm(kept.booking_id, Patient(FullName("Берёзов", "Илья"), "", BORN), "v1")
    assert "book" not in desk.mis.calls
    with desk.engine.connect() as connection:
        assert connection.scalar(sa.select(booking.c.surname)) is None
