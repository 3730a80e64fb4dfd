"""What the FHIR adapter reads: doctors, services, windows, all pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from mis.port import (
    BadAnswer,
    FullName,
    Slot,
    Window,
)
from tests.mis.contract import fhir as contract
from tests.mis.fhir.support import adapter
from tests.mis.fhir_network import BRANCHES, CENTRE, HOURS, URAL


def test_doctors_are_people_over_their_roles(base: contract.Fhir) -> None:
    centre, ural = ({d.name.surname: d for d in base.mis.doctors(b.id)} for b in BRANCHES)
    assert set(centre) == {"Иванова", "Орлов"}
    assert set(ural) == {"Иванова", "Белова", "Соколов", "Кабинет МРТ"}
    assert centre["Иванова"].id == ural["Иванова"].id == base.network.ids["Иванова"]
    assert centre["Иванова"].name == FullName("Иванова", "Анна", "Петровна")
    assert centre["Иванова"].specialty == "ent"
    assert centre["Иванова"].service_ids == (base.network.ids["service"],)
    assert (ural["Соколов"].specialty, ural["Соколов"].mis_specialty) == (None, "Неведомая наука")
    room = ural["Кабинет МРТ"]
    assert (room.room, room.specialty, room.sees_children) == ("mri", None, True)


def test_a_closed_location_is_no_branch(base: contract.Fhir) -> None:
    closed = base.network.get("Location", base.network.ids["centre"])
    base.network.put(closed, status="inactive")
    mis, today = adapter(base.proxy.url), datetime.now(CENTRE.timezone).date()
    try:
        assert [branch.id for branch in mis.branches()] == ["ural"]
        with pytest.raises(BadAnswer):
            mis.windows("centre", today, today)
    finally:
        base.network.put(closed)


def test_a_price_is_unknown(base: contract.Fhir) -> None:
    found = base.mis.services("centre")
    assert {(service.name, service.article, service.folder) for service in found} == {
        ("Приём ЛОР-врача", "B-ENT-1", "Приёмы"),
        ("Приём терапевта", "B-TER-1", "Приёмы"),
    }
    assert all(service.price is None and service.length is None for service in found)


def test_windows_are_of_the_branch_even_of_a_doctor_in_two(base: contract.Fhir) -> None:
    doctor, day = base.network.ids["Иванова"], datetime.now(URAL.timezone).date() + timedelta(days=2)
    for branch in (CENTRE, URAL):
        found = base.mis.fresh_windows(branch.id, day, day, [doctor])
        assert [window.start.hour for window in found] == list(HOURS)
        assert {window.start.utcoffset() for window in found} == {datetime.now(branch.timezone).utcoffset()}


def test_all_pages_are_read(base: contract.Fhir) -> None:
    day = datetime.now(URAL.timezone).date() + timedelta(days=1)
    found = adapter(base.proxy.url, page_size=7).windows("ural", day, day + timedelta(days=2))
    assert len(found) == len(set(found)) == 4 * 3 * len(HOURS)
    asked = [parse_qs(urlsplit(one.path).query) for one in base.proxy.passed if "Slot" in one.operation]
    assert len(asked) == 14
    assert all(query["status"] == ["free"] and len(query["start"]) == 2 for query in asked)


def test_windows_are_the_ports(base: contract.Fhir, slot: Slot) -> None:
    window = base.mis.fresh_windows(slot.branch_id, slot.start.date(), slot.start.date(), [slot.doctor_id])[0]
    assert isinstance(window, Window)
    assert replace(slot, start=window.start).end == window.end
