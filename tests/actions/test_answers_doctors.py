"""Doctors: who, how experienced, where, when free next; the branch and its doctors and services."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from actions.booking import slots
from clinic.search import Search
from mis.port import Preparation
from tests.actions.asked import Talk, only
from tests.actions.clinic import NOW, Stage, catalogue

pytestmark = pytest.mark.asyncio

DOCTORS = "ask_doctors"


async def test_a_doctor_is_told_of_with_the_next_free_days_and_booked(stage: Stage) -> None:
    talk = Talk(stage)
    turn = await talk.ask(DOCTORS, "когда принимает Лапина")

    text = only(turn).text
    assert "Лапина Ольга Павловна, оториноларинголог" in text
    assert "«Марьино»" in text
    assert "завтра, 24 ноября" in text and "25 ноября" in text

    await talk.tap(turn, "Записаться")

    assert talk.slots[slots.WHAT] == {"kind": "doctor", "ids": ["ent-3"], "child": False}


async def test_a_list_has_experience_category_rating_and_the_nearest_time(stage: Stage) -> None:
    for branch, doctors in stage.mis.doctor_lists.items():
        stage.mis.doctor_lists[branch] = [
            replace(one, rating=Decimal("4.8")) if one.id == "ent-2" else one for one in doctors
        ]

    said = only(await Talk(stage).ask(DOCTORS, "какие у вас лоры на Ленинском"))

    lines = said.text.split("\n")[1:]
    assert "Громов Пётр Ильич" in lines[0]
    assert "стаж 20 лет, высшая категория, оценка пациентов 4,8, принимает взрослых" in lines[0]
    assert "Ближайшее время: завтра, 24 ноября" in lines[0]
    assert "Лапина" not in said.text
    assert all("doctor:ent-" in button["payload"] for button in said.buttons)


async def test_a_schedule_that_cannot_be_read_leaves_only_the_free_time_out(stage: Stage) -> None:
    assert stage.context.clinic.directory.doctor("ent-3") is not None
    stage.mis.down_branches.add("maryino")

    said = only(await Talk(stage).ask(DOCTORS, "расскажите про Лапину"))

    assert "Лапина Ольга Павловна" in said.text
    assert "свободн" not in said.text.lower()


async def test_no_free_time_is_said_to_be_none(stage: Stage) -> None:
    stage.mis.window_list = []

    said = only(await Talk(stage).ask(DOCTORS, "расскажите про Лапину"))

    assert "свободного времени нет" in said.text


async def test_the_free_time_is_of_the_asked_branch(stage: Stage) -> None:
    leninsky = [one for one in stage.mis.window_list if one.branch_id != "taganka"]
    stage.mis.window_list = [
        *(one for one in leninsky),
        *(one for one in stage.mis.window_list if one.branch_id == "taganka" and one.start.day > 26),
    ]

    said = only(await Talk(stage).ask(DOCTORS, "лоры на Таганке"))

    assert "завтра" not in said.text
    assert "27 ноября" in said.text


async def test_more_than_five_are_shown_by_pages(stage: Stage) -> None:
    model = next(one for one in stage.mis.doctor_lists["leninsky"] if one.id == "cardio-1")
    for number in range(7):
        name = replace(model.name, surname=f"Беляев{'абвгдеж'[number]}")
        stage.mis.doctor_lists["leninsky"].append(replace(model, id=f"extra-{number}", name=name))
    talk = Talk(stage)

    first = await talk.ask(DOCTORS, "кардиологи на Ленинском")
    second = await talk.tap(first, "Ещё")

    assert len(only(first).text.split("\n")) == 6
    assert first.buttons[-1]["title"] == "Ещё врачи"
    told = set(only(second).text.split("\n")[1:])
    assert told and told.isdisjoint(only(first).text.split("\n"))
    assert "Ещё врачи" not in only(second).titles


async def test_who_is_not_here_is_said_with_where(stage: Stage) -> None:
    said = only(await Talk(stage).ask(DOCTORS, "есть кардиолог в Самаре?"))

    assert said.name == "utter_doctors_elsewhere"
    assert "Самарская область" in said.text and "Москва и область" in said.text
    assert said.buttons[-1]["payload"] == '/book_visit{"specialty": "cardiologist"}'


async def test_for_a_child_only_who_sees_children(stage: Stage) -> None:
    said = only(await Talk(stage).ask(DOCTORS, "детский лор на Ленинском"))

    assert "Сафонова" in said.text
    assert "Громов" not in said.text


async def test_namesakes_are_both_shown(stage: Stage) -> None:
    said = only(await Talk(stage).ask(DOCTORS, "расскажите про Громова"))

    assert said.name == "utter_doctors"
    assert "Пётр Ильич" in said.text and "Павел Андреевич" in said.text


async def test_a_branch_alone_tells_who_is_there(stage: Stage) -> None:
    said = only(await Talk(stage).ask(DOCTORS, "какие врачи на Полевой"))

    assert "оториноларинголог, терапевт" in said.text


async def test_inside_the_booking_there_are_no_buttons(stage: Stage) -> None:
    assert (await Talk(stage).busy().ask(DOCTORS, "лоры на Ленинском")).buttons == []


# Services


async def test_a_specialist_who_is_there_is_confirmed_with_branch_and_price(stage: Stage) -> None:
    said = only(await Talk(stage).ask("ask_services", "есть ли лор в Самаре"))

    assert said.name == "utter_services_yes"
    assert "«Полевая»" in said.text and "от 1\u00a0800" in said.text
    assert said.buttons[-1]["payload"] == '/book_visit{"specialty": "ent", "region": "samara"}'


async def test_a_specialist_of_another_city_is_no_yes(stage: Stage) -> None:
    said = only(await Talk(stage).ask("ask_services", "есть ли генетик в Самаре"))

    assert said.name == "utter_services_elsewhere"
    assert "«Красный проспект»" in said.text
    assert said.buttons[-1]["payload"] == '/book_visit{"specialty": "geneticist"}'


async def test_what_nobody_does_is_an_honest_no(stage: Stage) -> None:
    article = catalogue().services["us_kidneys"].article
    for branch, services in stage.mis.service_lists.items():
        stage.mis.service_lists[branch] = [one for one in services if one.article != article]

    said = only(await Talk(stage).ask("ask_services", "узи почек делаете"))

    assert said.name == "utter_services_none"
    assert "₽" not in said.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("а это больно?", "обезболивают"),
        ("гастроскопию делать больно?", "обезболивают"),
        ("какие противопоказания у мрт", "кардиостимулятор"),
    ],
)
async def test_how_it_feels_is_no_question_of_where(stage: Stage, text: str, said: str) -> None:
    assert said in only(await Talk(stage).busy().ask("ask_services", text)).text


async def test_a_group_is_confirmed_and_chosen_from(stage: Stage) -> None:
    said = only(await Talk(stage).ask("ask_services", "мрт делаете?"))

    assert "МРТ: «Ленинский», «Полевая», от" in said.text
    assert len(said.buttons) == 8


async def test_what_is_in_a_branch(stage: Stage) -> None:
    said = only(await Talk(stage).ask("ask_services", "что есть на Соколе"))

    assert said.name == "utter_services_there"
    assert "УЗИ" in said.text and "кардиолог" in said.text and "терапевт" not in said.text


# Preparation


def rules(stage: Stage, service: str, title: str, *bring: str) -> None:
    article = catalogue().services[service].article
    stage.reference.rules[article] = Preparation(article, title, ("Натощак.",), bring)


async def test_several_preparations_in_one_answer_with_what_to_bring(stage: Stage) -> None:
    rules(stage, "us_kidneys", "УЗИ почек", "полотенце", "прошлые снимки")
    rules(stage, "mri_brain", "МРТ головы")

    turn = await Talk(stage).ask("ask_preparation", "как готовиться к узи почек и мрт головного мозга")

    assert turn.names == ["utter_preparation", "utter_preparation"]
    assert "Возьмите с собой: полотенце; прошлые снимки." in turn.text
    assert turn.said[0].buttons == ()
    assert len(turn.said[1].buttons) == 2


async def test_none_needed_is_said(stage: Stage) -> None:
    said = only(await Talk(stage).ask("ask_preparation", "как готовиться к приёму лора"))

    assert said.name == "utter_preparation_none"
    assert said.buttons[-1]["payload"] == '/book_visit{"specialty": "ent"}'


async def test_a_group_is_asked_which(stage: Stage) -> None:
    talk = Talk(stage)
    rules(stage, "us_abdomen", "УЗИ живота")

    asked = await talk.ask("ask_preparation", "как подготовиться к узи")
    told = await talk.tap(asked, "УЗИ брюшной полости")

    assert len(asked.buttons) == 8
    assert "Натощак" in told.text


# The search behind the free time


async def test_the_nearest_time_waits_no_longer_than_told(stage: Stage) -> None:
    search: Search = stage.context.clinic.search
    doctor: Any = stage.context.clinic.directory.doctor("ent-1")
    stage.mis.down_branches.add("taganka")

    assert await asyncio.to_thread(search.nearest_of, [doctor], None, NOW) == {}
    free = await asyncio.to_thread(search.nearest_of, [doctor], ["leninsky"], NOW)
    assert free["ent-1"][0].start.day == 24
