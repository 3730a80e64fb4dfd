"""What goes over the wire has the shapes of the vendor's manual and of captured answers."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta

import pytest

from sandbox.bwi.wire import collapse, read_moment, rows
from sandbox.network import Branch, Network
from tests.sandbox.conftest import MONDAY, Client

PERIOD = {"Клиника", "Дата", "ВремяНачала", "ВремяОкончания", "ВидВремени"}


WEEK = {"StartDate": f"{MONDAY}T00:00:00", "FinishDate": f"{MONDAY + timedelta(days=6)}T00:00:00"}


def as_list(value: object) -> list[dict[str, str]]:
    if value == "":
        return []
    return [value] if isinstance(value, dict) else list(value)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize(
    ("children", "collapsed"), [([], ""), ([{"a": "1"}], {"a": "1"}), (["a", "b"], ["a", "b"])]
)
def test_lists_collapse_as_the_converter_makes_them(children: list[object], collapsed: object) -> None:
    assert collapse(children) == collapsed


def test_nothing_found_is_an_empty_object() -> None:
    assert rows("Сотрудник", []) == {"Ответ": {}}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-24T10:30:00", datetime(2026, 11, 24, 10, 30)),
        ("24.11.2026 9:05:00", datetime(2026, 11, 24, 9, 5)),
        ("24-11-2026 09:05:00", datetime(2026, 11, 24, 9, 5)),
        ("24/11/2026", datetime(2026, 11, 24)),
        ("0001-01-01T10:30:00", datetime(1, 1, 1, 10, 30)),
        ("10:30:00", datetime(1, 1, 1, 10, 30)),
        ("9:30", datetime(1, 1, 1, 9, 30)),
        ("2026-02-31T00:00:00", None),
        ("завтра", None),
        ("", None),
    ],
)
def test_dates_are_taken_in_every_spelling(written: str, expected: datetime | None) -> None:
    assert read_moment(written) == expected


def test_detailed_schedule_has_free_and_busy_windows_of_the_asked_clinic(
    mis: Client, leninsky: Branch
) -> None:
    found = mis.ask("Schedule", Method="GetSchedule20", Clinic=leninsky.mis_id, **WEEK)
    doctors = found["ГрафикДляСайта"]
    assert len(doctors) > 80
    shapes: Counter[str] = Counter()
    for row in doctors:
        assert set(row) == {
            "Клиника", "СотрудникФИО", "СотрудникID", "Специализация", "ПериодыГрафика", "ДлительностьПриема"
        }  # fmt: skip
        assert row["Клиника"] == leninsky.mis_id
        assert re.fullmatch(r"0001-01-01T0\d:\d\d:00", row["ДлительностьПриема"])
        for kind in ("СвободноеВремя", "ЗанятоеВремя"):
            times = row["ПериодыГрафика"][kind]
            shapes[type(times if times == "" else times["ПериодГрафика"]).__name__] += 1
            for period in as_list(times and times["ПериодГрафика"]):
                assert set(period) == PERIOD
                assert period["ВремяНачала"] < period["ВремяОкончания"]
                assert period["Дата"][:10] == period["ВремяНачала"][:10]
    assert set(shapes) == {"str", "dict", "list"}, "every shape of a list must occur"
    unset = sum(row["ДлительностьПриема"] == "0001-01-01T00:00:00" for row in doctors)
    assert 0.4 < unset / len(doctors) < 0.8


def test_only_free_time_changes_the_shape(mis: Client, leninsky: Branch) -> None:
    asked = {"Method": "GetSchedule20", "Clinic": leninsky.mis_id, **WEEK}
    full = mis.ask("Schedule", **asked)["ГрафикДляСайта"]
    free = mis.ask("Schedule", OnlyFreeTime="true", **asked)["ГрафикДляСайта"]
    assert all("ПериодыГрафика" not in row and "ПериодГрафика" in row for row in free)
    spans = [[(p["ВремяНачала"], p["ВремяОкончания"]) for p in as_list(row["ПериодГрафика"])] for row in free]
    assert spans == [
        [
            (p["ВремяНачала"], p["ВремяОкончания"])
            for p in as_list(
                (row["ПериодыГрафика"]["СвободноеВремя"] or {"ПериодГрафика": ""})["ПериодГрафика"]
            )
        ]
        for row in full
    ]


def test_some_doctors_stand_in_several_rows_with_several_spellings(mis: Client, leninsky: Branch) -> None:
    found = mis.ask("Schedule", Clinic=leninsky.mis_id, **WEEK)["ГрафикДляСайта"]
    twice = [doctor for doctor, times in Counter(row["СотрудникID"] for row in found).items() if times > 1]
    assert twice
    spellings = {row["Специализация"] for row in found if row["СотрудникID"] == twice[0]}
    assert len(spellings) == 2


def test_an_unknown_clinic_gives_the_schedule_of_all_clinics_and_says_so_last(mis: Client) -> None:
    day = {"StartDate": WEEK["StartDate"], "FinishDate": WEEK["StartDate"]}
    found = mis.ask("Schedule", Clinic="11111111-2222-3333-4444-555555555555", OnlyFreeTime="true", **day)
    assert list(found)[-1] == "ОшибкаПараметров"
    assert found["ОшибкаПараметров"].startswith("Филиал не найден в базе по UUID: 11111111")
    assert len({row["Клиника"] for row in found["ГрафикДляСайта"]}) == 16


def test_one_doctor_of_one_day_collapses_to_an_object(
    mis: Client, leninsky: Branch, network: Network
) -> None:
    single = [doctor for doctor in network.by_branch["leninsky"] if doctor.second_specialty is None]
    ids = "; ".join(doctor.id for doctor in single[:1])
    found = mis.ask("Schedule", Clinic=leninsky.mis_id, Employees=ids, **WEEK)
    assert isinstance(found["ГрафикДляСайта"], dict)
    assert found["ГрафикДляСайта"]["СотрудникID"] == single[0].id


def test_days_out_of_sight_are_an_empty_answer(mis: Client, leninsky: Branch) -> None:
    asked = {"StartDate": "2020-01-01T00:00:00", "FinishDate": "2020-01-07T00:00:00"}
    assert mis.ask("Schedule", Clinic=leninsky.mis_id, **asked) == {}


@pytest.mark.parametrize("method", ["GetEnlargmenetSchedule", "GetEnlargementSchedule", "GetSchedule"])
def test_old_schedules_ignore_filters_and_name_no_clinic_in_periods(
    mis: Client, leninsky: Branch, method: str
) -> None:
    day = {"StartDate": WEEK["StartDate"], "FinishDate": WEEK["StartDate"]}
    found = mis.ask("Schedule", Method=method, Clinic=leninsky.mis_id, **day)["ГрафикДляСайта"]
    assert len({row["Клиника"] for row in found}) == 16
    free = next(times for row in found if (times := row["ПериодыГрафика"]["СвободноеВремя"]))
    some = as_list(free["ПериодГрафика"])
    assert set(some[0]) == {"Дата", "ВремяНачала", "ВремяОкончания"}
    if method != "GetSchedule":
        assert all(row["ПериодыГрафика"]["ЗанятоеВремя"] == "" for row in found)


def test_clinics(mis: Client, network: Network) -> None:
    found = mis.ask("DictionaryData", Method="GetListClinic")["Клиника"]
    assert {row["УИД"]: row["Наименование"] for row in found} == {
        branch.mis_id: branch.name for branch in network.branches.values()
    }


def test_doctors(mis: Client) -> None:
    found = mis.ask("DictionaryData", Method="GetListEmployees")["Сотрудник"]
    people = [row for row in found if row["Отчество"]]
    assert len(people) == 2000
    zero = sum(row["Организация"] == "00000000-0000-0000-0000-000000000000" for row in people)
    assert 0.3 < zero / 2000 < 0.6
    ratings = [row["СреднийРейтинг"] for row in found if "СреднийРейтинг" in row]
    assert all(re.fullmatch(r"\d,\d", rating) for rating in ratings)
    shapes = {type(row["ОсновныеУслуги"] and row["ОсновныеУслуги"]["ОсновнаяУслуга"]) for row in found}
    assert shapes == {str, dict, list}


def test_rooms_stand_among_the_doctors_without_a_given_name(mis: Client, network: Network) -> None:
    found = mis.ask("DictionaryData", Method="GetListEmployees")["Сотрудник"]
    rooms = {row["UID"]: row for row in found if not row["Имя"]}
    assert set(rooms) == set(network.staff) - set(network.doctors)
    assert {row["Специализация"] for row in rooms.values()} == {
        "МРТ",
        "Компьютерная томография",
        "Рентгенология",
        "Забор биоматериала",
        "Процедурный кабинет",
    }
    for row in rooms.values():
        assert row["Наименование"] == row["Фамилия"]
        assert (row["Отчество"], "КраткоеОписание" in row, "СреднийРейтинг" in row) == ("", False, False)


def test_a_room_has_free_time_on_each_open_day(mis: Client, network: Network, leninsky: Branch) -> None:
    room = next(one for one in network.by_branch["leninsky"] if one.room and one.room.id == "treatment")
    found = mis.ask("Schedule", Clinic=leninsky.mis_id, Employees=room.id, OnlyFreeTime="true", **WEEK)
    days = {period["Дата"] for period in as_list(found["ГрафикДляСайта"]["ПериодГрафика"])}
    assert len(days) == 7
    assert found["ГрафикДляСайта"]["СотрудникФИО"] == "Процедурный кабинет"


def test_doctors_are_found_by_name_clinic_and_id(mis: Client, network: Network, leninsky: Branch) -> None:
    doctor = network.by_branch["leninsky"][0]
    asked = {"Method": "GetListEmployees"}
    assert mis.ask("DictionaryData", EmployeeID=doctor.id, **asked)["Сотрудник"]["UID"] == doctor.id
    here = mis.ask("DictionaryData", Clinic=leninsky.mis_id, **asked)["Сотрудник"]
    assert {row["UID"] for row in here} == {d.id for d in network.by_branch["leninsky"]}
    named = as_list(mis.ask("DictionaryData", SearchName=doctor.person.surname.upper(), **asked)["Сотрудник"])
    assert doctor.id in {row["UID"] for row in named}
    assert mis.ask("DictionaryData", SearchName="Непомнящий-Забытый", **asked) == {}


def test_price_list_mixes_folders_materials_and_zero_prices(mis: Client) -> None:
    found = mis.ask("DictionaryData", Method="GetNomenclatureAndPrices")["Каталог"]
    assert all(isinstance(value, str) for row in found for value in row.values())
    assert Counter(row["ЭтоПапка"] for row in found)["true"] == 3
    by_article = {row["Артикул"]: row for row in found}
    assert by_article["L-NONE"]["Цена"] == "0"
    assert by_article["M-GEL"]["Вид"] == "Материал"
    assert by_article["B-ENT-1"]["Продолжительность"] == "0001-01-01T00:40:00"
    assert by_article["B-ENT-2"]["Продолжительность"] == "0001-01-01T00:00:00"
    parents = {row["UID"]: row["Наименование"] for row in found if row["ЭтоПапка"] == "true"}
    assert parents[by_article["B-ENT-1"]["Родитель"]] == "Консультации"


def test_prices_differ_by_branch_and_are_typed_in_several_ways(mis: Client, network: Network) -> None:
    prices: dict[str, set[str]] = {}
    for branch in network.branches:
        for row in mis.ask("DictionaryData", branch, Method="GetNomenclatureAndPrices")["Каталог"]:
            prices.setdefault(row["Артикул"], set()).add(row["Цена"])
    assert len(prices["B-ENT-1"]) > 5
    written = {price for found in prices.values() for price in found}
    assert any("\u00a0" in price and price.endswith(",00") for price in written)
    assert any("\u00a0" in price and "," not in price for price in written)
    for price in written:
        assert float(price.replace("\u00a0", "").replace(",", ".")) >= 0


def test_content_type_and_byte_order_mark_are_not_to_be_relied_on(mis: Client, network: Network) -> None:
    answers = [mis.raw("DictionaryData", branch, Method="GetListClinic") for branch in network.branches]
    assert len({answer.headers["content-type"] for answer in answers}) >= 3
    marked = [answer.content.startswith(b"\xef\xbb\xbf") for answer in answers]
    assert any(marked)
    assert not all(marked)


def test_a_stranger_is_refused(mis: Client) -> None:
    assert mis.http.post("/umc/hs/bwi/Schedule", json={}, auth=("bwi", "wrong")).status_code == 401
    assert mis.http.post("/umc/hs/bwi/Schedule", json={}, auth=None).status_code == 401


def test_an_unknown_key_has_no_exchange_setting(mis: Client) -> None:
    response = mis.http.post("/umc/hs/bwi/DictionaryData", json={"Key": "?", "Method": "GetListClinic"})
    assert response.status_code == 200
    said = json.loads(response.content.decode("utf-8-sig"))["Ответ"]
    assert said["Результат"] == "false"
    assert said["ОписаниеОшибки"] == "Не обнаружена настройка обмена с сайтом для данной клиники!"


def test_bad_requests_are_answered_as_1c_or_its_web_server_would(mis: Client, leninsky: Branch) -> None:
    assert mis.raw("Nothing").status_code == 404
    assert "<html>" in mis.raw("Nothing").text
    broken = mis.http.post("/umc/hs/bwi/Schedule", content=b"{broken")
    assert (broken.status_code, broken.headers["content-type"][:10]) == (500, "text/plain")
    no_date = mis.raw("Schedule", Clinic=leninsky.mis_id, StartDate="завтра", FinishDate="")
    assert no_date.status_code == 500
    assert mis.ask("DictionaryData", Method="GetEverything")["Результат"] == "false"
