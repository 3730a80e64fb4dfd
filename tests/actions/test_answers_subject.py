"""What a question was about is kept: for the next question and for «запишите»."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actions.answers.subject import LIFETIME, SUBJECT
from actions.booking import slots
from mis.port import Preparation
from tests.actions.asked import Talk, only
from tests.actions.clinic import Stage, catalogue

pytestmark = pytest.mark.asyncio

KIDNEYS = "us_kidneys"


@pytest.fixture
def talk(stage: Stage) -> Talk:
    article = catalogue().services[KIDNEYS].article
    stage.reference.rules[article] = Preparation(article, "УЗИ почек", ("Пейте как обычно.",), ("полотенце",))
    return Talk(stage)


async def test_price_then_preparation_then_booking_are_about_one_thing(talk: Talk) -> None:
    await talk.ask("ask_price", "сколько стоит узи почек")
    prepared = await talk.ask("ask_preparation", "а подготовка?")
    await talk.book()

    assert "УЗИ почек" in only(prepared).text
    assert talk.slots[slots.WHAT] == {"kind": "service", "ids": [KIDNEYS], "child": False}


async def test_what_is_booked_without_being_named_is_said(talk: Talk) -> None:
    await talk.ask("ask_price", "почём приём кардиолога")

    turn = await talk.book()

    assert turn.names[0] == "utter_booking_recalled"
    assert "к кардиологу" in turn.said[0].text


async def test_the_next_question_replaces_the_subject(talk: Talk) -> None:
    await talk.ask("ask_price", "сколько стоит узи почек")
    await talk.ask("ask_price", "а приём лора?")
    await talk.book()

    assert talk.slots[slots.WHAT]["ids"] == ["ent"]


async def test_the_place_asked_about_is_kept_too(talk: Talk) -> None:
    await talk.ask("ask_price", "сколько стоит лор на Таганке")
    await talk.book()

    assert talk.slots[slots.PLACE] == {"kind": "branch", "id": "taganka"}


async def test_a_booking_that_names_something_is_for_that(talk: Talk) -> None:
    await talk.ask("ask_price", "сколько стоит узи почек")
    turn = await talk.book("запишите к терапевту")

    assert "utter_booking_recalled" not in turn.names
    assert talk.slots[slots.WHAT]["ids"] == ["therapist"]


async def test_the_doctor_told_of_is_the_one_booked(talk: Talk) -> None:
    await talk.ask("ask_doctors", "расскажите про Лапину")
    await talk.book("запишите к ней")

    assert talk.slots[slots.WHAT] == {"kind": "doctor", "ids": ["ent-3"], "child": False}


async def test_of_several_things_the_patient_chooses(talk: Talk) -> None:
    await talk.ask("ask_price", "сколько стоит кардиолог и лор")
    turn = await talk.book()

    asked = turn.get("utter_booking_recall_choice")
    assert asked.titles == ["кардиолог", "оториноларинголог"]
    assert talk.slots[slots.WHAT] is None


async def test_another_day_nothing_is_remembered(talk: Talk, stage: Stage) -> None:
    await talk.ask("ask_price", "сколько стоит узи почек")
    stage.clock.now += LIFETIME + timedelta(minutes=1)

    asked = await talk.ask("ask_preparation", "а подготовка?")
    booked = await talk.book()

    assert asked.names == ["utter_preparation_what"]
    assert "utter_booking_recalled" not in booked.names


async def test_inside_the_booking_a_question_of_another_thing_does_not_change_it(talk: Talk) -> None:
    await talk.book("запишите к лору")
    await talk.ask("ask_price", "сколько стоит узи почек")
    prepared = await talk.ask("ask_preparation", "а подготовка?")

    assert "УЗИ почек" in only(prepared).text
    assert talk.slots[slots.WHAT]["ids"] == ["ent"]


async def test_a_changed_booking_is_what_the_next_question_is_about(talk: Talk) -> None:
    await talk.book("запишите к лору")
    await talk.ask("ask_price", "сколько стоит узи почек")
    await talk.dialogue.write("лучше к кардиологу", "book_visit")

    priced = await talk.ask("ask_price", "сколько это стоит")

    assert "кардиолог" in only(priced).text.lower()


async def test_a_question_beside_another_leaves_the_last_subject(talk: Talk) -> None:
    service = {"entity": "service", "value": KIDNEYS, "start": 0, "end": 1}
    heart = {"entity": "specialty", "value": "cardiologist", "start": 2, "end": 3}
    wishes = [
        {"topic": "price", "intent": "ask_price", "entities": [heart]},
        {"topic": "preparation", "intent": "ask_preparation", "entities": [service]},
    ]

    turn = await talk.ask("ask_price", "почём кардиолог и как готовиться к узи почек", wishes)

    assert turn.names == ["utter_price_lines", "utter_preparation"]
    assert "УЗИ" not in turn.said[0].text
    assert talk.slots[SUBJECT]["services"] == [KIDNEYS]
