from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mis import umc_rows
from mis.port import BadAnswer, FullName, ServiceKind, Window
from tests.mis.support import (
    ANNA,
    CENTRE,
    DAY,
    MOSCOW,
    OLEG,
    STRANGER,
    URAL,
    VERA,
    ZERO,
    answer,
    employee,
    item,
    period,
    schedule,
)

SPECIALTIES = {"оториноларингология": "ent"}


def read_windows(
    rows: object, doctors: tuple[str, ...] = (), first: date = DAY, last: date = DAY
) -> list[str]:
    found = umc_rows.windows(answer({"ГрафикДляСайта": rows}), CENTRE, first, last, doctors)
    return [f"{window.start:%d %H:%M}–{window.end:%H:%M}" for window in found]


def nested(free: object, busy: object = "") -> dict[str, object]:
    return {"ПериодыГрафика": {"СвободноеВремя": free, "ЗанятоеВремя": busy}}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (
            {"ПериодГрафика": [period("09:00", "09:30"), period("10:00", "17:00")]},
            ["24 09:00–09:30", "24 10:00–17:00"],
        ),
        ({"ПериодГрафика": period("09:00", "09:30")}, ["24 09:00–09:30"]),
        ({"ПериодГрафика": ""}, []),
        ({}, []),
        ({"ПериодыГрафика": ""}, []),
        (nested(""), []),
        (nested({"ПериодГрафика": period("09:00", "12:00")}), ["24 09:00–12:00"]),
        (
            nested({"ПериодГрафика": [period("09:00", "12:00"), period("13:00", "15:00")]}, ""),
            ["24 09:00–12:00", "24 13:00–15:00"],
        ),
        (
            nested({"ПериодГрафика": period("09:00", "12:00")}, {"ПериодГрафика": period("10:00", "10:30")}),
            ["24 09:00–10:00", "24 10:30–12:00"],
        ),
        (
            nested(
                {"ПериодГрафика": period("09:00", "12:00")},
                {"ПериодГрафика": [period("08:00", "09:30"), period("11:30", "13:00")]},
            ),
            ["24 09:30–11:30"],
        ),
        (
            nested({"ПериодГрафика": period("09:00", "12:00")}, {"ПериодГрафика": period("08:00", "13:00")}),
            [],
        ),
    ],
)
def test_windows_of_both_shapes(fields: dict[str, object], expected: list[str]) -> None:
    assert read_windows(schedule(**fields)) == expected


def test_taken_times_are_one_for_each_document_and_no_breaks() -> None:
    visit, hold = period("10:00", "10:30", ВидВремени=""), period("10:15", "10:45", ВидВремени=ZERO)
    rest = period("13:00", "14:00")
    other = period("11:00", "11:30", "2026-11-25", ВидВремени="")
    rows = [
        schedule(**nested([period("09:00", "18:00")], [visit, visit, hold, rest, other])),
        schedule(OLEG, **nested("", {"ПериодГрафика": visit})),
        schedule(clinic=STRANGER, **nested("", {"ПериодГрафика": visit})),
    ]
    found = umc_rows.taken(answer({"ГрафикДляСайта": rows}), CENTRE, DAY, DAY, [ANNA.upper()])
    assert [f"{one.start:%H:%M}–{one.end:%H:%M}" for one in found] == [
        "10:00–10:30",
        "10:00–10:30",
        "10:15–10:45",
    ]
    assert found[0].start.tzinfo == MOSCOW
    everybody = umc_rows.taken(answer({"ГрафикДляСайта": rows}), CENTRE, DAY, DAY)
    assert [one.doctor_id for one in everybody].count(OLEG) == 1


def test_windows_are_aware_in_the_zone_of_the_branch() -> None:
    row = schedule(clinic=URAL.mis_id, ПериодГрафика=period("09:00", "10:00", Клиника=URAL.mis_id))
    (window,) = umc_rows.windows(answer({"ГрафикДляСайта": row}), URAL, DAY, DAY)
    assert window == Window(
        "ural",
        ANNA,
        datetime(2026, 11, 24, 9, tzinfo=URAL.timezone),
        datetime(2026, 11, 24, 10, tzinfo=URAL.timezone),
    )
    assert window.start.utcoffset() == timedelta(hours=5)


def test_filters_are_applied_again() -> None:
    rows = [
        schedule(ANNA, ПериодГрафика=[period("09:00", "10:00"), period("09:00", "10:00", "2026-11-25")]),
        schedule(OLEG, ПериодГрафика=period("11:00", "12:00")),
        schedule(VERA, clinic=STRANGER, ПериодГрафика=period("13:00", "14:00")),
        schedule(ANNA, ПериодГрафика=period("15:00", "16:00", Клиника=STRANGER)),
        schedule(ZERO, ПериодГрафика=period("15:00", "16:00")),
    ]
    found = umc_rows.windows(answer({"ГрафикДляСайта": rows}), CENTRE, DAY, DAY)
    assert [(window.doctor_id, window.start.hour) for window in found] == [(ANNA, 9), (OLEG, 11)]
    only = umc_rows.windows(answer({"ГрафикДляСайта": rows}), CENTRE, DAY, DAY, [OLEG.upper()])
    assert [window.doctor_id for window in only] == [OLEG]


def test_rows_of_one_doctor_become_one_schedule() -> None:
    rows = [
        schedule(ПериодГрафика=period("09:00", "10:00")),
        schedule(ПериодГрафика=[period("09:30", "11:00"), period("14:00", "15:00")]),
        schedule(ПериодГрафика=period("09:00", "10:00")),
    ]
    assert read_windows(rows) == ["24 09:00–11:00", "24 14:00–15:00"]


@pytest.mark.parametrize(
    ("odd", "expected"),
    [
        (
            period("09:00", "10:00", ВремяНачала="0001-01-01T09:00:00", ВремяОкончания="0001-01-01T10:00:00"),
            ["24 09:00–10:00"],
        ),
        (period("22:00", "00:00"), ["24 22:00–00:00"]),
        (period("22:00", "00:00", ВремяОкончания="2026-11-25T00:00:00"), ["24 22:00–00:00"]),
        (period("12:00", "11:00"), []),
        (period("12:00", "12:00"), []),
        (period("09:00", "10:00", ВремяНачала="когда-нибудь"), []),
        (period("09:00", "10:00", Дата="", ВремяНачала="0001-01-01T09:00:00"), []),
        (period("09:00", "10:00", ВремяОкончания="2026-12-24T10:00:00"), []),
        (period("09:00", "10:00", Клиника=""), ["24 09:00–10:00"]),
    ],
)
def test_odd_periods(odd: dict[str, object], expected: list[str]) -> None:
    assert read_windows(schedule(ПериодГрафика=odd)) == expected


@given(
    st.lists(st.tuples(st.integers(0, 95), st.integers(1, 20)), max_size=8),
    st.lists(st.tuples(st.integers(0, 95), st.integers(1, 20)), max_size=8),
)
def test_windows_are_exactly_free_minus_busy(
    free: list[tuple[int, int]], busy: list[tuple[int, int]]
) -> None:
    def cells(spans: list[tuple[int, int]]) -> set[int]:
        return {cell for start, size in spans for cell in range(start, min(start + size, 96))}

    def periods(spans: list[tuple[int, int]]) -> list[dict[str, object]]:
        return [period(clock(start), clock(min(start + size, 96))) for start, size in spans]

    def clock(cell: int) -> str:
        return f"{cell // 4 % 24:02}:{cell % 4 * 15:02}"

    row = schedule(**nested({"ПериодГрафика": periods(free)}, {"ПериодГрафика": periods(busy)}))
    found = umc_rows.windows(answer({"ГрафикДляСайта": row}), CENTRE, DAY, DAY)
    midnight = datetime(2026, 11, 24, tzinfo=MOSCOW)
    quarter = timedelta(minutes=15)
    got = [((window.start - midnight) // quarter, (window.end - midnight) // quarter) for window in found]
    assert {cell for start, end in got for cell in range(start, end)} == cells(free) - cells(busy)
    assert all(end < start for (_, end), (start, _) in pairwise(got))


@pytest.mark.parametrize(
    "wrong",
    [
        "Ошибка выполнения",
        "",
        [],
        answer("Не обнаружена настройка обмена с сайтом для данной клиники!"),
        answer({"Результат": "false", "ОписаниеОшибки": "Не обнаружена настройка обмена!"}),
        answer({"Сюрприз": "1"}),
        answer(
            {"ГрафикДляСайта": [schedule(ПериодГрафика=""), {"ОшибкаПараметров": "Филиал не найден в базе"}]}
        ),
        answer({"ГрафикДляСайта": {"id": "error", "Наименование": "ОШИБКА 1С: блокировка"}}),
    ],
)
def test_what_is_no_schedule_is_a_bad_answer(wrong: object) -> None:
    with pytest.raises(BadAnswer):
        umc_rows.windows(wrong, CENTRE, DAY, DAY)


@pytest.mark.parametrize(
    "nothing", [answer({}), answer(""), answer({"ГрафикДляСайта": ""}), {"ГрафикиДляСайта": ""}]
)
def test_nothing_found_is_no_error(nothing: object) -> None:
    assert umc_rows.windows(nothing, CENTRE, DAY, DAY) == ()


def test_the_shape_of_the_other_transport_is_understood_too() -> None:
    row = schedule(ПериодГрафика=period("09:00", "10:00"))
    assert len(umc_rows.windows({"ГрафикиДляСайта": {"ГрафикДляСайта": [row]}}, CENTRE, DAY, DAY)) == 1


def read_doctors(employees: object, rows: object) -> dict[str, object]:
    roster = umc_rows.roster(answer({"ГрафикДляСайта": rows}), CENTRE)
    found = umc_rows.doctors(answer({"Сотрудник": employees}), roster, CENTRE, SPECIALTIES)
    return {doctor.id: doctor for doctor in found}


def test_doctors_belong_to_a_branch_by_schedule_or_by_organisation() -> None:
    employees = [
        employee(ANNA),
        employee(OLEG, Организация=CENTRE.mis_id.lower()),
        employee(VERA),
    ]
    found = read_doctors(employees, [schedule(ANNA, **nested("")), schedule(VERA, clinic=STRANGER)])
    assert set(found) == {ANNA, OLEG}


def test_repeated_doctors_are_merged() -> None:
    services = {"ОсновнаяУслуга": {"UID": "A0230570-3ef7-11de-8086-001485c0d477", "Продолжительность": ""}}
    more = {
        "ОсновнаяУслуга": [{"UID": "a0230570-3ef7-11de-8086-001485c0d477"}, {"UID": "b-2"}, {"UID": ZERO}]
    }
    employees = [
        employee(ОсновныеУслуги=services),
        employee(ОсновныеУслуги=more, СреднийРейтинг="4,8", КраткоеОписание="Стаж 12 лет."),
    ]
    rows = [schedule(), schedule(ДлительностьПриема="0001-01-01T00:20:00")]
    (doctor,) = read_doctors(employees, rows).values()
    assert doctor.service_ids == ("a0230570-3ef7-11de-8086-001485c0d477", "b-2")
    assert doctor.rating == Decimal("4.8")
    assert doctor.experience_years == 12
    assert doctor.visit_length == timedelta(minutes=20)
    assert doctor.branch_ids == ("centre",)


def test_a_doctor_only_in_the_schedule_is_not_lost() -> None:
    (doctor,) = read_doctors(
        "", schedule(OLEG, name="Сидоров Олег", ДлительностьПриема="0001-01-01T00:30:00")
    ).values()
    assert (doctor.id, doctor.name, doctor.specialty) == (OLEG, FullName("Сидоров", "Олег"), "ent")
    assert doctor.visit_length == timedelta(minutes=30)


@pytest.mark.parametrize(
    ("written", "known"), [("ОТОРИНОЛАРИНГОЛОГИЯ", "ent"), ("Астрология", None), ("", None)]
)
def test_specialty_is_mapped_or_unknown(written: str, known: str | None) -> None:
    (doctor,) = read_doctors(employee(Специализация=written), schedule()).values()
    assert (doctor.specialty, doctor.mis_specialty) == (known, written)


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"Отчество": ""}, FullName("Иванова", "Анна")),
        ({"Фамилия": "", "Имя": "", "Отчество": ""}, FullName("Иванова", "Анна", "Петровна")),
        (
            {"Фамилия": "", "Имя": "", "Наименование": "Мамедов Али Гасан оглы"},
            FullName("Мамедов", "Али", "Гасан оглы"),
        ),
        ({"Фамилия": "  Иванова ", "Отчество": {}}, FullName("Иванова", "Анна")),
    ],
)
def test_names(fields: dict[str, object], name: FullName) -> None:
    (doctor,) = read_doctors(employee(**fields), schedule(name="")).values()
    assert doctor.name == name


def test_rows_without_a_person_are_dropped() -> None:
    vacancy = employee(VERA, Фамилия="", Имя="", Наименование="Вакансия")
    assert set(read_doctors([vacancy, employee(ZERO)], [schedule(VERA, name="Вакансия")])) == set()


@pytest.mark.parametrize(
    ("about", "experience", "category", "adults", "children"),
    [
        ("", None, "", True, False),
        ("Стаж 12 лет. Врач высшей категории. Принимает взрослых и детей.", 12, "высшая", True, True),
        (
            "Стаж работы: 1 год. Первая квалификационная категория. Принимает взрослых.",
            1,
            "первая",
            True,
            False,
        ),
        ("Детский врач, стаж 24 года, вторая категория", 24, "вторая", False, True),
        ("Принимает детей с 3 лет.", None, "", False, True),
    ],
)
def test_facts_are_read_from_the_short_description(
    about: str, experience: int | None, category: str, adults: bool, children: bool
) -> None:
    (doctor,) = read_doctors(employee(КраткоеОписание=about), schedule()).values()
    assert (doctor.experience_years, doctor.category) == (experience, category)
    assert (doctor.sees_adults, doctor.sees_children) == (adults, children)


def read_services(rows: object) -> list[tuple[str, Decimal | None, str]]:
    found = umc_rows.services(answer({"Каталог": rows}), CENTRE)
    return [(service.id, service.price, service.folder) for service in found]


def test_price_list_without_folders_materials_and_sentinels() -> None:
    rows = [
        item("f-1", Наименование="Консультации", ЭтоПапка="true", Вид="Услуга", Цена="0"),
        item("s-1", Родитель="F-1"),
        item("m-1", Вид="Материал"),
        item("s-2", Цена="0"),
        item("s-3", Вид="Набор", Продолжительность="0001-01-01T00:00:00"),
        item(ZERO),
        item("empty"),
        item("s-4", Наименование=""),
        item("s-5", Вид=""),
    ]
    assert read_services(rows) == [
        ("s-1", Decimal("1800.00"), "Консультации"),
        ("s-2", None, ""),
        ("s-3", Decimal("1800.00"), ""),
    ]
    whole_set = umc_rows.services(answer({"Каталог": rows}), CENTRE)[2]
    assert (whole_set.kind, whole_set.length, whole_set.article) == (ServiceKind.SET, None, "B-ENT-1")


def test_one_line_for_an_id_that_comes_twice() -> None:
    assert read_services([item("s-1", Цена="0"), item("S-1", Цена="900")]) == [("s-1", Decimal(900), "")]


@pytest.mark.parametrize("envelope", ["Каталоги", None])
def test_one_item_price_list_collapses_to_an_object(envelope: str | None) -> None:
    body: object = {"Каталог": item("s-1")}
    found = umc_rows.services(answer({envelope: body} if envelope else body), CENTRE)
    assert [service.id for service in found] == ["s-1"]


def test_clinics() -> None:
    one = {"Клиника": {"Наименование": "Центр", "УИД": CENTRE.mis_id}}
    assert umc_rows.clinic_ids(answer(one)) == {CENTRE.mis_id.lower()}
    assert umc_rows.clinic_ids(answer({"СписокКлиник": one})) == {CENTRE.mis_id.lower()}
    assert umc_rows.clinic_ids(answer({})) == frozenset()


def test_a_room_among_the_employees_is_told_by_its_trade() -> None:
    parts = {"Фамилия": "Кабинет МРТ", "Имя": "", "Отчество": "", "Наименование": "Кабинет МРТ"}
    employees = [employee(OLEG, Специализация="МРТ", **parts), employee(ANNA)]
    rows = [schedule(OLEG, name="Кабинет МРТ", Специализация="МРТ"), schedule(ANNA)]
    roster = umc_rows.roster(answer({"ГрафикДляСайта": rows}), CENTRE)
    found = umc_rows.doctors(answer({"Сотрудник": employees}), roster, CENTRE, SPECIALTIES, {"мрт": "mri"})
    room, doctor = found
    assert (room.room, room.name, room.specialty) == ("mri", FullName("Кабинет МРТ", ""), None)
    assert room.sees_adults
    assert room.sees_children
    assert (doctor.room, doctor.specialty) == (None, "ent")


def test_a_room_of_one_word_that_only_the_schedule_knows_is_not_lost() -> None:
    row = schedule(OLEG, name="Рентген-кабинет", Специализация="Рентгенология")
    roster = umc_rows.roster(answer({"ГрафикДляСайта": row}), CENTRE)
    rooms = {"рентгенология": "xray"}
    (room,) = umc_rows.doctors(answer({"Сотрудник": ""}), roster, CENTRE, SPECIALTIES, rooms)
    assert (room.room, room.name, room.sees_children) == ("xray", FullName("Рентген-кабинет", ""), True)
