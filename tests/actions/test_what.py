"""Booking by service, room, visit kind and preferences, and what is told before it."""

from __future__ import annotations

from typing import Any

import pytest

from actions.booking import slots
from actions.booking.slots import What
from mis.port import Doctor, FullName
from tests.actions.clinic import windows_of
from tests.actions.dialogue import Dialogue

ABDOMEN, KIDNEYS, THYROID = "us_abdomen", "us_kidneys", "us_thyroid"


def what(talk: Dialogue) -> What | None:
    value = talk.slots[slots.WHAT]
    return None if value is None else What.of(value)


async def test_a_room_is_booked_and_never_called_a_doctor(talk: Dialogue) -> None:
    turn = await talk.write("мрт головного мозга на ленинском завтра")
    assert what(talk) == What("service", ("mri_brain",))
    assert "кабинет МРТ" in turn.get("utter_offers").text
    assert "врач" not in turn.text.lower().replace("врача", "")
    assert turn.buttons[0]["title"].endswith("кабинет МРТ")
    held = await talk.tap('/inform{"offer":"1"}')
    assert "кабинет МРТ" in held.get("utter_offer_held").text
    await talk.tap("/affirm", "Согласен(на)")
    summary = await talk.write("Петров Илья Олегович, 89160001234, 12.05.1987", "inform")
    text = summary.get("utter_booking_confirmed").text
    assert "Где: кабинет МРТ" in text
    assert "Услуга: МРТ головного мозга" in text
    assert "Врач" not in text
    await talk.tap("/affirm", "Да, записать")
    [hold] = talk.stage.bookings.holds
    assert hold.slot.doctor_id == "mri-1"


async def test_a_referral_is_told_once_and_refuses_nobody(talk: Dialogue) -> None:
    first = await talk.write("мрт головного мозга")
    assert first.names == ["utter_need_referral_if_any", "utter_booking_place"]
    second = await talk.write("на Ленинском", "inform")
    assert "utter_need_referral_if_any" not in second.names
    await talk.write("лучше мрт поясничного отдела")
    third = await talk.write("завтра", "inform")
    assert "utter_need_referral_if_any" not in third.names
    assert "utter_offers" in third.names


async def test_a_room_absent_in_the_branch_is_offered_elsewhere(talk: Dialogue) -> None:
    turn = await talk.write("мрт головного мозга на соколе")
    assert "этого не делают (МРТ головного мозга)" in turn.get("utter_service_absent").text
    assert [button["title"] for button in turn.buttons] == ["Ленинский"]


async def test_blood_is_taken_without_booking(talk: Dialogue) -> None:
    turn = await talk.write("записаться на общий анализ крови")
    said = turn.get("utter_walk_in")
    assert "запись не нужна" in said.text
    assert "пн–пт 08:00-12:00" in said.text
    assert {"Записать ко времени", "Как подготовиться", "Адреса филиалов"} <= set(said.titles)
    assert what(talk) is None
    booked = await talk.press(turn, "Записать ко времени")
    assert what(talk) == What("service", ("lab_cbc",))
    assert "utter_walk_in" not in booked.names


async def test_analyses_unnamed_need_no_booking_either(talk: Dialogue) -> None:
    turn = await talk.write("хочу сдать анализы")
    assert "Анализы: запись не нужна" in turn.get("utter_walk_in").text
    assert "Записать ко времени" not in turn.get("utter_walk_in").titles


async def test_a_test_with_a_load_is_by_appointment(talk: Dialogue) -> None:
    await talk.write("глюкозотолерантный тест")
    assert what(talk) == What("service", ("lab_ogtt",))


async def test_what_a_person_arranges_is_passed_on(talk: Dialogue) -> None:
    turn = await talk.write("укол на дому")
    assert "utter_service_by_person" in turn.names
    assert what(talk) is None


async def test_two_services_of_one_doctor_are_one_long_visit(talk: Dialogue) -> None:
    turn = await talk.write("узи почек и узи щитовидной железы на ленинском завтра")
    assert what(talk) == What("service", (KIDNEYS, THYROID))
    assert talk.slots[slots.LATER] is None
    await talk.press(turn, "Тихонова")
    [hold] = talk.stage.bookings.holds
    assert hold.slot.length.total_seconds() == 60 * 60
    await talk.tap("/affirm", "Согласен(на)")
    summary = await talk.write("Петров Илья Олегович, 89160001234, 12.05.1987", "inform")
    assert "УЗИ почек и надпочечников, УЗИ щитовидной железы" in summary.text
    assert "от 3 600" in summary.text.replace("\u00a0", " ")


async def test_services_of_two_performers_follow_one_another(talk: Dialogue) -> None:
    turn = await talk.write("узи почек и мрт головного мозга на ленинском завтра")
    assert what(talk) == What("service", (KIDNEYS,))
    assert "МРТ головного мозга: это другой" in turn.get("utter_service_later").text
    assert [What.of(value) for value in talk.slots[slots.LATER]] == [What("service", ("mri_brain",))]


@pytest.mark.parametrize("intent", ["book_visit", "ask_services"])
async def test_a_service_added_later_joins_the_visit(talk: Dialogue, intent: str) -> None:
    await talk.write("узи почек на ленинском завтра")
    await talk.write("и ещё узи щитовидной железы", intent)
    assert what(talk) == What("service", (KIDNEYS, THYROID))
    assert talk.stage.queries[-1].service_ids == (KIDNEYS, THYROID)


async def test_another_service_replaces_the_first(talk: Dialogue) -> None:
    await talk.write("узи почек на ленинском завтра")
    await talk.write("нет, узи щитовидной железы")
    assert what(talk) == What("service", (THYROID,))


async def test_a_room_added_later_is_offered_after_the_visit(talk: Dialogue) -> None:
    await talk.write("узи почек на ленинском завтра")
    await talk.write("добавьте мрт головного мозга")
    assert what(talk) == What("service", (KIDNEYS,))
    assert [What.of(value) for value in talk.slots[slots.LATER]] == [What("service", ("mri_brain",))]


@pytest.mark.parametrize("intent", ["book_visit", "inform", "ask_services"])
async def test_a_service_added_to_a_doctor_waits_and_the_times_are_shown_again(
    talk: Dialogue, intent: str
) -> None:
    shown = await talk.to_offer()
    for _ in range(2):
        turn = await talk.write("и ещё узи почек", intent)
        assert turn.names == ["utter_service_later", shown.names[-1]]
        assert what(talk) == What("specialty", ("ent",))
        assert [What.of(value) for value in talk.slots[slots.LATER]] == [What("service", (KIDNEYS,))]


async def test_a_room_added_at_the_offers_is_no_bad_answer(talk: Dialogue) -> None:
    shown = await talk.write("узи почек на ленинском завтра")
    turn = await talk.write("и ещё мрт головного мозга", "ask_services")
    assert turn.names == ["utter_service_later", shown.names[-1]]


async def test_another_doctor_added_waits_for_the_end(talk: Dialogue) -> None:
    await talk.to_offer()
    turn = await talk.write("и ещё к терапевту")
    assert "Терапевт: это другой" in turn.get("utter_service_later").text
    assert what(talk) == What("specialty", ("ent",))
    assert talk.slots[slots.OFFERS]


@pytest.mark.parametrize("said", ["и всё-таки лучше к терапевту", "нет, к терапевту"])
async def test_another_doctor_instead_is_no_further_visit(talk: Dialogue, said: str) -> None:
    await talk.to_offer()
    await talk.write(said)
    assert what(talk) == What("specialty", ("therapist",))


async def test_what_needs_no_booking_is_told_beside_what_is_booked(talk: Dialogue) -> None:
    turn = await talk.write("общий анализ крови и узи почек на ленинском")
    assert what(talk) == What("service", (KIDNEYS,))
    assert "Общий анализ крови" in turn.get("utter_walk_in_too").text


async def test_a_doctor_named_beside_a_service_does_it(talk: Dialogue) -> None:
    await talk.write("узи почек у Тихоновой на ленинском")
    assert what(talk) == What("service", (KIDNEYS,), doctors=("us-1",))


async def test_a_namesake_who_does_not_do_the_service_is_left_aside(talk: Dialogue) -> None:
    await talk.write("запишите Беляева Олега Романовича на узи почек")
    wanted = what(talk)
    assert wanted is not None
    assert wanted.doctors == ()
    assert wanted.ids == (KIDNEYS,)


@pytest.mark.parametrize("text", ["запишите Орлову к лору", "Орлова, нужен лор", "Громова Павла к лору"])
async def test_a_specialty_beats_a_namesake(talk: Dialogue, text: str) -> None:
    await talk.write(text)
    wanted = what(talk)
    assert wanted is not None
    assert wanted in (What("specialty", ("ent",)), What("doctor", ("ent-2",)))
    assert "therapist-1" not in wanted.ids
    assert "cardio-2" not in wanted.ids


@pytest.mark.parametrize(
    ("text", "kind", "article"),
    [
        ("к лору на ленинском завтра", None, "B-ENT-1"),
        ("к лору первый раз у вас, на ленинском завтра", "first", "B-ENT-1"),
        ("повторный приём лора на ленинском завтра", "repeat", "B-ENT-2"),
    ],
)
async def test_a_repeated_visit_is_priced_and_noted_as_one(
    talk: Dialogue, text: str, kind: str | None, article: str
) -> None:
    turn = await talk.write(text)
    assert talk.slots[slots.VISIT_KIND] == kind
    assert talk.stage.queries[-1].repeat is (kind == "repeat")
    assert next(offer["services"] for offer in talk.slots[slots.OFFERS]) == [f"{article}-leninsky"]
    await talk.press(turn, "24.11")
    await talk.tap("/affirm", "Согласен(на)")
    await talk.write("Петров Илья Олегович, 89160001234, 12.05.1987", "inform")
    await talk.tap("/affirm", "Да, записать")
    [confirm] = talk.stage.bookings.confirms
    assert confirm.comment == {None: "", "first": "Первичный приём", "repeat": "Повторный приём"}[kind]
    assert talk.slots[slots.VISIT_KIND] is None


async def test_a_repeated_visit_said_at_the_offers_looks_anew(talk: Dialogue) -> None:
    await talk.to_offer()
    await talk.write("повторный приём", "inform")
    assert talk.stage.queries[-1].repeat
    assert talk.slots[slots.OFFERS]


@pytest.mark.parametrize(
    ("text", "doctors"),
    [
        ("к лору, лучше женщина, на ленинском завтра", {"ent-1"}),
        ("к опытному лору мужчине-врачу на ленинском завтра", {"ent-2"}),
        ("к лору высшей категории на ленинском завтра", {"ent-2"}),
    ],
)
async def test_a_preference_narrows_the_doctors(talk: Dialogue, text: str, doctors: set[str]) -> None:
    turn = await talk.write(text)
    assert {offer["doctor"] for offer in talk.slots[slots.OFFERS]} == doctors
    assert "utter_nobody_as_preferred" not in turn.names


async def test_nobody_as_preferred_is_told_and_the_others_are_shown(talk: Dialogue) -> None:
    turn = await talk.write("к лору, нужен кандидат наук, на ленинском завтра")
    assert "врачей с учёной степенью" in turn.get("utter_nobody_as_preferred").text
    assert talk.slots[slots.OFFERS]


def hire(talk: Dialogue, specialty: str, **facts: Any) -> None:
    """One more doctor on Ленинский."""
    name = FullName("Рощина", "Алла", "Игоревна")
    doctor = Doctor("new-1", name, specialty, specialty, ("leninsky",), **facts)
    talk.stage.mis.doctor_lists["leninsky"].append(doctor)
    talk.stage.mis.window_list.extend(windows_of(doctor))


async def test_whom_to_see_first_is_advice(talk: Dialogue) -> None:
    hire(talk, "hematologist")
    turn = await talk.write("к гематологу на ленинском завтра")
    assert "К гематологу обычно приходят после осмотра терапевта" in turn.get("utter_need_first").text
    assert "utter_offers" in turn.names


@pytest.mark.parametrize(
    ("name", "born", "told"),
    [
        ("Петров Илья Олегович", "12.05.1987", ["utter_need_female"]),
        ("Петрова Инна Олеговна", "12.05.1987", []),
    ],
)
async def test_whose_matters_these_are_is_told_kindly_and_the_visit_stays(
    talk: Dialogue, name: str, born: str, told: list[str]
) -> None:
    hire(talk, "breast_specialist")
    await talk.write("к маммологу на ленинском завтра")
    await talk.tap('/inform{"offer":"1"}')
    await talk.tap("/affirm", "Согласен(на)")
    turn = await talk.write(f"{name}, 89160001234, {born}", "inform")
    assert [said for said in turn.names if said.startswith("utter_need")] == told
    assert turn.names[-1] == "utter_booking_confirmed"


async def test_an_age_beyond_the_usual_is_told_and_the_visit_stays(talk: Dialogue) -> None:
    hire(talk, "breast_specialist", sees_children=True)
    await talk.write("к маммологу на ленинском завтра")
    await talk.tap('/inform{"offer":"1"}')
    await talk.tap("/affirm", "Согласен(на)")
    turn = await talk.write("Петрова Инна Олеговна, 89160001234, 12.05.2010", "inform")
    assert "пациентов с 18 лет" in turn.get("utter_need_age").text
    assert talk.slots[slots.OFFER]["doctor"] == "new-1"


async def test_a_child_at_an_adults_doctor_gets_no_advice_but_another_doctor(talk: Dialogue) -> None:
    await talk.write("к терапевту на ленинском завтра")
    await talk.tap('/inform{"offer":"1"}')
    await talk.tap("/affirm", "Согласен(на)")
    turn = await talk.write("Петрова Инна Олеговна, 89160001234, 12.05.2018", "inform")
    assert "utter_child_to_adult_doctor" in turn.names
    assert "utter_need_age" not in turn.names


async def test_a_doctor_by_name_has_the_needs_of_the_specialty(talk: Dialogue) -> None:
    hire(talk, "hematologist")
    turn = await talk.tap('/inform{"what":"doctor:new-1"}')
    assert "осмотра терапевта" in turn.get("utter_need_first").text
