"""Holds, bookings, changes, statuses and cancels, over HTTP."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from sandbox.network import Branch, Doctor, Network
from sandbox.settings import Settings
from sandbox.timetable import Timetable
from sandbox.world import moment_at
from tests.sandbox.conftest import MONDAY, Client

PATIENT = {
    "PatientSurname": "Примеров",
    "PatientName": "Пётр",
    "PatientFatherName": "Ильич",
    "Phone": "+79990000001",
}
REFUSED = "Не удалось записать документ."


@dataclass(frozen=True)
class Free:
    """A free time of a doctor: `start` on the branch's clock."""

    branch: Branch
    doctor: Doctor
    start: datetime

    def fields(self, minutes: int | None = None) -> dict[str, str]:
        length = {"Duration": f"0001-01-01T{minutes // 60:02}:{minutes % 60:02}:00"} if minutes else {}
        return {
            "Clinic": self.branch.mis_id,
            "EmployeeID": self.doctor.id,
            "Date": f"{self.start.date()}T00:00:00",
            "TimeBegin": f"0001-01-01T{self.start:%H:%M:%S}",
            **length,
        }


def free_times(network: Network, branch_id: str = "leninsky", length: int = 60) -> Iterator[Free]:
    timetable = Timetable(network)
    for nth in range(1, 14):
        on: date = MONDAY + timedelta(days=nth)
        for doctor in network.by_branch[branch_id]:
            day = timetable.day(doctor.id, branch_id, on)
            for start, end in day.free if day else ():
                if end - start >= length:
                    yield Free(network.branches[branch_id], doctor, moment_at(on, start))


@pytest.fixture
def free(network: Network) -> Free:
    return next(found for found in free_times(network) if found.doctor.specialty.id == "ent")


def hold(mis: Client, free: Free, minutes: int | None = 30) -> str:
    done = mis.ask("Reservation", **free.fields(minutes))
    assert done["Результат"] == "true"
    return str(done["УИД"])


def status(mis: Client, guid: str) -> str:
    return str(mis.ask("AppointmentStatus", GUID=guid)["Результат"])


def windows(mis: Client, free: Free) -> list[tuple[str, str]]:
    day = f"{free.start.date()}T00:00:00"
    found = mis.ask(
        "Schedule",
        Clinic=free.branch.mis_id,
        Employees=free.doctor.id,
        StartDate=day,
        FinishDate=day,
        OnlyFreeTime="true",
    )["ГрафикДляСайта"]["ПериодГрафика"]
    periods = [found] if isinstance(found, dict) else found or []
    return [(period["ВремяНачала"][11:16], period["ВремяОкончания"][11:16]) for period in periods]


def test_hold_then_book_keeps_the_id(mis: Client, free: Free) -> None:
    guid = hold(mis, free)
    assert mis.ask("AppointmentStatus", GUID=guid) == {
        "Результат": "6",
        "ОписаниеРезультата": "Резерв времени",
    }
    booked = mis.ask(
        "AppointmentCreate",
        Method="BookAnAppointmentWithParams",
        GUID=guid,
        Birthday="1980-02-03T00:00:00",
        Comment="через чат",
        **PATIENT,
        **free.fields(30),
    )
    assert booked == {"Результат": "true", "ОписаниеОшибки": "", "УИД": guid}
    assert status(mis, guid) == "1"
    mis.control("POST", "clock", advance_seconds=6 * 60)
    assert mis.ask("AppointmentStatus", GUID=guid) == {"Результат": "2", "ОписаниеРезультата": "Обработана"}
    [visit] = mis.control("GET", "visits")
    assert (visit["surname"], visit["phone"], visit["comment"]) == ("Примеров", "+79990000001", "через чат")
    assert visit["starts_at"] == f"{free.start.isoformat()}+03:00"
    assert (visit["doctor_id"], visit["branch_id"], visit["minutes"]) == (free.doctor.id, "leninsky", 30)
    assert mis.control("GET", "holds") == []


def test_what_is_held_leaves_the_windows_and_comes_back(mis: Client, free: Free) -> None:
    before = windows(mis, free)
    guid = hold(mis, free, 30)
    start, end = f"{free.start:%H:%M}", f"{free.start + timedelta(minutes=30):%H:%M}"
    held = windows(mis, free)
    assert all(window[0] != start for window in held)
    assert any(window[0] == end for window in held)
    cancelled = mis.ask("AppointmentCancel", GUID=guid, Reason="", AdditionalInformation="")
    assert cancelled == {"Результат": "true", "ОписаниеОшибки": ""}
    assert windows(mis, free) == before
    assert status(mis, guid) == "5"


def test_a_hold_expires_by_the_sandbox_clock(mis: Client, free: Free) -> None:
    guid = hold(mis, free)
    mis.control("POST", "clock", advance_seconds=14 * 60)
    assert status(mis, guid) == "6"
    mis.control("POST", "clock", advance_seconds=70)
    assert mis.ask("AppointmentStatus", GUID=guid)["ОписаниеРезультата"] == "Забронированное время"
    assert mis.raw("Reservation", **free.fields(30)).status_code == 500, "not swept yet: it keeps its time"
    mis.control("POST", "clock", advance_seconds=60)
    assert status(mis, guid) == "5"
    assert mis.control("GET", "holds") == []
    late = mis.raw("AppointmentCreate", Method="BookAnAppointment", GUID=guid, **PATIENT, **free.fields(30))
    assert late.status_code == 500
    assert late.text.startswith(REFUSED)
    hold(mis, free)


def test_an_overlap_is_refused_in_the_vendors_words(mis: Client, free: Free) -> None:
    hold(mis, free, 60)
    later = replace(free, start=free.start + timedelta(minutes=30))
    for pattern, method in (("Reservation", ""), ("AppointmentCreate", "BookAnAppointment")):
        refused = mis.raw(pattern, Method=method, **PATIENT, **later.fields(30))
        assert refused.status_code == 500
        assert refused.headers["content-type"].startswith("text/plain")
        assert refused.text.startswith(REFUSED)
        assert refused.text.endswith('Не удалось записать: "Заявка"!')


def test_closed_hours_foreign_branches_and_taken_times_are_refused_alike(
    mis: Client, network: Network, free: Free
) -> None:
    timetable = Timetable(network)
    day = timetable.day(free.doctor.id, "leninsky", free.start.date())
    assert day is not None
    away = next(branch for branch in network.branches.values() if branch.id not in free.doctor.branch_ids)
    for wrong in (
        replace(free, start=moment_at(free.start.date(), 3 * 60)),
        replace(free, start=moment_at(free.start.date(), day.taken[0][0])),
        replace(free, start=free.start + timedelta(days=60)),
        replace(free, branch=away),
    ):
        refused = mis.raw("Reservation", **wrong.fields(20))
        assert (refused.status_code, refused.text.startswith(REFUSED)) == (500, True)


def test_booking_without_a_hold_returns_an_id(mis: Client, free: Free) -> None:
    booked = mis.ask("AppointmentCreate", Method="BookAnAppointment", **PATIENT, **free.fields())
    assert status(mis, booked["УИД"]) == "1"


def test_a_client_cannot_be_in_two_places(mis: Client, network: Network) -> None:
    at: dict[datetime, Free] = {}
    for other in free_times(network):
        free = at.setdefault(other.start, other)
        if free.doctor is not other.doctor:
            break
    mis.ask("AppointmentCreate", Method="BookAnAppointment", **PATIENT, **free.fields(30))
    asked = {"Method": "BookAnAppointment", **other.fields(30)}
    same = {**PATIENT, "Phone": "8 (999) 000-00-01"}
    assert mis.raw("AppointmentCreate", **asked, **same).status_code == 500
    child = {**PATIENT, "PatientName": "Мария"}
    assert mis.ask("AppointmentCreate", **asked, **child)["Результат"] == "true"


def test_a_change_by_guid_replaces_everything(mis: Client, network: Network, free: Free) -> None:
    service = mis.ask(
        "DictionaryData", Method="GetNomenclatureAndPrices", SearchName="оториноларинголога первичный"
    )
    uid = service["Каталог"]["UID"]
    asked = {"Method": "BookAnAppointmentWithParams", **PATIENT}
    booked = mis.ask(
        "AppointmentCreate",
        Services=uid,
        DurationType="ServiceDuration",
        Comment="а",
        **asked,
        **free.fields(),
    )
    [visit] = mis.control("GET", "visits")
    assert (visit["minutes"], visit["services"], visit["comment"]) == (40, [uid], "а")
    other = next(found for found in free_times(network) if found.doctor is not free.doctor)
    moved = mis.ask("AppointmentCreate", GUID=booked["УИД"], **asked, **other.fields(30))
    assert moved["УИД"] == booked["УИД"]
    [visit] = mis.control("GET", "visits")
    assert (visit["doctor_id"], visit["minutes"], visit["services"]) == (other.doctor.id, 30, [])
    assert f"{free.start:%H:%M}" in dict(windows(mis, free))


def test_nested_params_are_read_too(mis: Client, free: Free) -> None:
    asked = {"Method": "BookAnAppointmentWithParams", **PATIENT, **free.fields()}
    mis.ask("AppointmentCreate", Params={"Duration": "2700", "Birthday": "2015-01-01T00:00:00"}, **asked)
    [visit] = mis.control("GET", "visits")
    assert (visit["minutes"], visit["birthday"]) == (45, "2015-01-01T00:00:00")


def test_after_the_visit_the_patient_came_or_not(mis: Client, free: Free) -> None:
    booked = mis.ask("AppointmentCreate", Method="BookAnAppointment", **PATIENT, **free.fields(30))
    mis.control("POST", "clock", set=f"{free.start.date() + timedelta(days=1)}T00:00:00+00:00")
    assert status(mis, booked["УИД"]) in ("3", "4")


@pytest.mark.parametrize("guid", [str(uuid.UUID(int=7)), "not a guid", ""])
def test_an_unknown_document_is_bare_text_for_status_and_false_for_cancel(mis: Client, guid: str) -> None:
    said = mis.raw("AppointmentStatus", GUID=guid)
    text = "Ошибка при получении уникального идентификатора заявки на основе GUID."
    assert (said.status_code, said.text) == (200, text)
    done = mis.ask("AppointmentCancel", GUID=guid, Reason="", AdditionalInformation="")
    assert done == {"Результат": "false", "ОписаниеОшибки": text}


def test_a_second_cancel_changes_nothing(mis: Client, free: Free) -> None:
    guid = hold(mis, free)
    for _ in range(2):
        done = mis.ask("AppointmentCancel", GUID=guid, Reason="раздумал", AdditionalInformation="")
        assert done["Результат"] == "true"
    refused = mis.ask("AppointmentCancel", GUID=guid)
    assert refused["Результат"] == "false", "Reason and AdditionalInformation must be there, if only empty"


def test_a_wait_list_entry_keeps_no_time(mis: Client, free: Free) -> None:
    done = mis.ask(
        "AppointmentCreate", Method="FastBookAnAppointment", Specialization="ЛОР", **PATIENT, **free.fields()
    )
    assert status(mis, done["УИД"]) == "1"
    [entry] = mis.control("GET", "visits")
    assert (entry["state"], entry["specialty"], entry["phone"]) == ("wait_list", "ЛОР", "+79990000001")
    hold(mis, free)


def test_missing_and_unknown_fields_are_failures(mis: Client, free: Free) -> None:
    for fields in (
        {**free.fields(), "EmployeeID": ""},
        {**free.fields(), "EmployeeID": str(uuid.UUID(int=7))},
        {**free.fields(), "Clinic": str(uuid.UUID(int=7))},
    ):
        assert mis.ask("Reservation", **fields)["Результат"] == "false"
    with_client = {"Method": "BookAnAppointmentWithClient", **free.fields()}
    assert mis.ask("AppointmentCreate", **with_client)["Результат"] == "false"
    assert mis.raw("Reservation", **{**free.fields(), "Date": "вторник"}).status_code == 500


def test_a_stranger_takes_a_time(mis: Client, free: Free) -> None:
    taken = {
        "branch_id": "leninsky",
        "doctor_id": free.doctor.id,
        "start": free.start.isoformat(),
        "minutes": 30,
    }
    assert mis.control("POST", "book-stranger", **taken)["state"] == "stranger"
    assert mis.http.post("/sandbox/book-stranger", json=taken).status_code == 409
    assert mis.raw("Reservation", **free.fields(30)).status_code == 500
    assert mis.http.post("/sandbox/book-stranger", json={**taken, "doctor_id": "?"}).status_code == 404


def test_32_clients_never_get_one_slot_twice(mis: Client, network: Network) -> None:
    wanted = [found for found, _ in zip(free_times(network), range(4), strict=False)]

    def fight(nth: int) -> list[tuple[int, str]]:
        won = []
        with_patient = {
            **PATIENT,
            "Phone": f"+7999{nth:07}",
            "PatientSurname": f"Клиент{chr(1072 + nth % 32)}",
        }
        for slot, free in enumerate(wanted):
            if nth % 2:
                answer = mis.raw("Reservation", **free.fields(30))
            else:
                answer = mis.raw(
                    "AppointmentCreate", Method="BookAnAppointment", **with_patient, **free.fields(30)
                )
            if answer.status_code == 200:
                won.append((slot, json.loads(answer.content.decode("utf-8-sig"))["Ответ"]["УИД"]))
            else:
                assert answer.text.startswith(REFUSED)
        return won

    with ThreadPoolExecutor(32) as pool:
        won = [prize for prizes in pool.map(fight, range(32)) for prize in prizes]
    assert sorted(slot for slot, _ in won) == list(range(len(wanted)))
    kept = mis.control("GET", "visits") + mis.control("GET", "holds")
    assert {row["id"] for row in kept} == {guid for _, guid in won}


def test_32_confirmations_of_one_hold_are_one_visit(mis: Client, free: Free) -> None:
    guid = hold(mis, free)
    asked = {"Method": "BookAnAppointment", "GUID": guid, **PATIENT, **free.fields(30)}
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: mis.raw("AppointmentCreate", **asked), range(32)))
    assert {answer.status_code for answer in answers} == {200}
    assert [row["id"] for row in mis.control("GET", "visits")] == [guid]


def test_bookings_survive_a_restart(
    settings: Settings,
    network: Network,
    mis: Client,
    free: Free,
    serve: Callable[[Settings], AbstractContextManager[str]],
) -> None:
    guid = hold(mis, free)
    mis.ask("AppointmentCreate", Method="BookAnAppointment", GUID=guid, **PATIENT, **free.fields(30))
    with serve(settings) as url:
        again = Client(url, network)
        again.control("POST", "clock", set=f"{MONDAY}T06:00:00+00:00")
        assert status(again, guid) == "1"
        assert again.raw("Reservation", **free.fields(30)).status_code == 500
        again.http.close()


def test_reset_forgets_everything(mis: Client, free: Free) -> None:
    hold(mis, free)
    mis.control("POST", "faults", kind="error")
    assert mis.control("POST", "reset") == {"reset": True}
    state: list[Any] = [mis.control("GET", name) for name in ("visits", "holds", "faults")]
    assert state == [[], [], []]
    assert mis.control("GET", "clock")["real"] is True
