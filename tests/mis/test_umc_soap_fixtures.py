"""Captured answers of a real base, parsed byte for byte. They are not ours to keep in the repository."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import pytest

from mis import umc_rows
from mis.port import Branch, ServiceKind, VisitStatus
from mis.umc_dialects import SoapDialect
from mis.umc_wire import boolean, identifier, is_refusal, names_no_visit, unwrap, whole

FIXTURES = Path(__file__).parents[3] / "shared" / "fixtures" / "umc-soap"
CENTRE = Branch("centre", "f679444a-22b7-11df-8618-002618dcef2c", "Центральная", ZoneInfo("Europe/Moscow"))

pytestmark = pytest.mark.skipif(
    not FIXTURES.is_dir(), reason=f"captured answers of a real base are not here: {FIXTURES.name}"
)


def read(name: str) -> object:
    """As the transport reads it: in an envelope, decoded by the dialect."""
    text = (FIXTURES / name).read_bytes().decode("utf-8-sig")
    body = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
        f'<r xmlns="ru.umc"><return>{escape(text)}</return></r></s:Body></s:Envelope>'
    )
    value = SoapDialect().answer(body.encode())
    assert SoapDialect().is_umc(value)
    return value


def test_every_captured_answer_is_read() -> None:
    files = [path for path in FIXTURES.rglob("*") if path.suffix in (".xml", ".txt")]
    assert len(files) == 14
    for path in files:
        read(str(path.relative_to(FIXTURES)))


def test_clinics() -> None:
    assert len(umc_rows.clinic_ids(read("clinics/success.xml"))) == 3
    assert CENTRE.mis_id in umc_rows.clinic_ids(read("clinics/success.xml"))


def test_doctors() -> None:
    roster = umc_rows.roster(read("schedule/success.xml"), CENTRE)
    assert len(roster) == 8
    assert sum(doctor.visit_length is None for doctor in roster.values()) == 5
    found = umc_rows.doctors(
        read("employees/success.xml"), roster, CENTRE, {"офтальмология": "ophthalmologist"}
    )
    assert {doctor.id for doctor in found} >= set(roster)
    assert all(doctor.name.surname and doctor.name.given for doctor in found)
    assert any(doctor.specialty == "ophthalmologist" for doctor in found)


def test_prices() -> None:
    found = umc_rows.services(read("nomenclature/success.xml"), CENTRE)
    assert len({service.id for service in found}) == len(found) > 200
    assert {service.kind for service in found} <= set(ServiceKind)
    assert any(service.price is None for service in found)
    assert all(service.price is None or service.price > 0 for service in found)


def test_windows() -> None:
    first, last = date(2026, 4, 1), date(2026, 4, 30)
    found = umc_rows.windows(read("schedule/success.xml"), CENTRE, first, last)
    assert len(found) > 50
    assert all(window.start < window.end and window.branch_id == "centre" for window in found)
    assert all(first <= window.start.date() <= last for window in found)
    assert {window.doctor_id for window in found} <= set(
        umc_rows.roster(read("schedule/success.xml"), CENTRE)
    )
    assert all(window.end - window.start <= timedelta(hours=12) for window in found)


def test_answers_to_writes() -> None:
    made = unwrap(read("common/success-with-uid.xml"))
    assert isinstance(made, dict)
    assert boolean(made["Результат"]) is True
    assert identifier(made["УИД"]) == "432a40a2-2ea3-11f1-9bf7-8fedb1ae9f50"
    assert boolean(unwrap(read("common/ok.txt"))) is True
    assert boolean(unwrap(read("common/appointment-success.xml"))) is True
    assert boolean(unwrap(read("common/error.txt"))) is False
    cancelled = unwrap(read("common/delete-success.xml"))
    assert isinstance(cancelled, dict)
    assert boolean(cancelled["Результат"]) is True
    assert names_no_visit(unwrap(read("common/error-description.xml")))


def test_statuses() -> None:
    held = unwrap(read("status/success.xml"))
    assert isinstance(held, dict)
    assert VisitStatus(whole(held["Результат"])).held
    unknown = unwrap(read("status/error-description.txt"))
    assert names_no_visit(unknown)
    assert is_refusal(unknown)


def test_a_branch_without_an_exchange_setting() -> None:
    answer = unwrap(read("nomenclature/error-description.xml"))
    assert isinstance(answer, dict)
    assert boolean(answer["Результат"]) is False
