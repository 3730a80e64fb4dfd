"""A question that goes on in a few words is answered; a «да» after an answer takes up what it offers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.booking import slots
from tests.actions.clinic import Stage
from tests.actions.conversation import Conversation

pytestmark = pytest.mark.asyncio

KIDNEYS = "us_kidneys"


@pytest.fixture
def talk(stage: Stage) -> Conversation:
    return Conversation(stage)


@pytest.mark.parametrize("intent", ["inform", "book_visit", "nlu_fallback"])
async def test_a_place_after_a_price_repeats_the_price_there(talk: Conversation, intent: str) -> None:
    await talk.write("сколько стоит приём лора", "ask_price")

    turn = await talk.write("а на Таганке?", intent)

    assert turn.names == ["utter_price_lines"]
    assert "Таганка" in turn.text and turn.buttons
    assert talk.slots[slots.WHAT] is None and talk.loop is None


async def test_the_question_goes_on_again_and_again_and_is_booked_at_last(talk: Conversation) -> None:
    await talk.write("сколько стоит приём лора", "ask_price")
    await talk.write("а на Таганке?", "inform")
    turn = await talk.write("а у кардиолога?", "ask_doctors")
    assert turn.names == ["utter_price_lines"] and "кардиолога" in turn.text

    await talk.write("запишите", "book_visit")

    assert talk.slots[slots.WHAT]["ids"] == ["cardiologist"]


async def test_what_is_named_after_price_of_what_is_priced(talk: Conversation) -> None:
    await talk.tap("/ask_price")

    turn = await talk.write("кардиолог", "book_visit")

    assert turn.names == ["utter_price_lines"]


@pytest.mark.parametrize("text", ["запишите на Таганку", "на Таганке завтра", "кардиолог"])
async def test_a_wish_a_day_or_another_doctor_begins_the_booking(talk: Conversation, text: str) -> None:
    await talk.write("сколько стоит приём лора", "ask_price")

    turn = await talk.write(text, "book_visit")

    assert "utter_price_lines" not in turn.names
    assert talk.loop == slots.FORM


async def test_inside_the_booking_a_place_is_its_place(talk: Conversation) -> None:
    await talk.write("запишите к лору", "book_visit")
    await talk.write("а сколько стоит?", "ask_price")

    await talk.write("на Таганке", "inform")

    assert talk.slots[slots.PLACE] == {"kind": "branch", "id": "taganka"}


async def test_yes_after_an_answer_takes_up_its_booking(talk: Conversation) -> None:
    await talk.write("сколько стоит лор на Таганке", "ask_price")

    await talk.write("да", "affirm")

    assert talk.slots[slots.WHAT]["ids"] == ["ent"]
    assert talk.slots[slots.PLACE] == {"kind": "branch", "id": "taganka"}


async def test_yes_to_several_asks_which(talk: Conversation) -> None:
    await talk.write("сколько стоит кардиолог и лор", "ask_price")

    turn = await talk.write("да", "affirm")

    assert turn.names == ["utter_booking_recall_choice"]
    assert len(turn.buttons) == 2


async def test_yes_to_a_menu_is_no_booking(talk: Conversation) -> None:
    await talk.write("здравствуйте", "greet")

    turn = await talk.write("да", "affirm")

    assert turn.names == ["utter_nothing_to_affirm"]


async def test_the_most_experienced_is_one_and_is_booked(talk: Conversation) -> None:
    await talk.write("какие лоры принимают", "ask_doctors")
    turn = await talk.write("а кто самый опытный?", "ask_doctors")
    assert turn.names == ["utter_doctor"]

    await talk.write("запишите к нему", "book_visit")

    assert talk.slots[slots.WHAT]["kind"] == "doctor"


async def test_another_paper_is_named_by_its_word(talk: Conversation) -> None:
    await talk.write("сколько стоит справка 086", "ask_price")

    turn = await talk.write("а для водительских?", "ask_services")

    assert "086" not in turn.text


async def test_once_more_a_wish_is_no_bad_answer(talk: Conversation) -> None:
    await talk.write("запишите к лору на Таганке", "book_visit")

    turn = await talk.write("запишите", "book_visit")

    assert turn.names == ["utter_booking_wish"]


@pytest.mark.parametrize("text", ["а отменить потом можно?", "а если я не смогу прийти, отменить можно?"])
async def test_a_question_about_cancelling_later_gives_nothing_up(talk: Conversation, text: str) -> None:
    await talk.write("к лору на Ленинский завтра", "book_visit")
    before = talk.slots[slots.WHAT]

    turn = await talk.write(text, "stop_task")

    assert turn.names[0] == "utter_cancel_possible"
    assert talk.loop == slots.FORM and talk.slots[slots.WHAT] == before


@pytest.mark.parametrize(
    "text", ["нет, потом запишусь", "отмените, если можно", "если честно, не надо", "если можно, отмените?"]
)
async def test_a_refusal_is_still_one(talk: Conversation, text: str) -> None:
    await talk.write("к лору на Ленинский завтра", "book_visit")

    turn = await talk.write(text, "stop_task")

    assert "utter_cancel_possible" not in turn.names
    assert talk.loop is None


async def test_a_question_about_cancelling_outside_the_booking_begins_nothing(talk: Conversation) -> None:
    turn = await talk.write("а потом отменить запись можно?", "cancel_visit")

    assert turn.names == ["utter_cancel_possible"]
    assert talk.loop is None


async def test_earlier_results_may_be_brought(talk: Conversation) -> None:
    turn = await talk.write("анализы можно с собой принести?", "ask_preparation")

    assert turn.names == ["utter_bring_results"]


async def test_a_button_of_an_answer_books(talk: Conversation) -> None:
    turn = await talk.write("где филиал на Таганке", "ask_branches")

    await talk.press(turn, "Записаться")

    assert talk.loop == slots.FORM


async def test_what_we_do_not_know_is_not_what_was_asked_before(talk: Conversation) -> None:
    await talk.write("есть у вас лор?", "ask_services")

    assert (await talk.write("лечите лошадей?", "ask_services")).names == ["utter_services_no"]
    assert (await talk.write("а по выходным?", "ask_services")).names == ["utter_services_yes"]


async def test_how_long_it_takes_is_told(talk: Conversation) -> None:
    lists = talk.stage.mis.doctor_lists
    for branch, doctors in lists.items():
        lists[branch] = [replace(one, visit_length=timedelta(minutes=30)) for one in doctors]
    await talk.write("сколько стоит лор", "ask_price")

    turn = await talk.write("а сколько длится приём?", "ask_services")

    assert turn.names == ["utter_duration"]
    assert turn.text == "Первичный приём ЛОРа: занимает 30 минут"


async def test_how_long_it_takes_may_be_unknown(talk: Conversation) -> None:
    await talk.write("сколько стоит лор", "ask_price")

    turn = await talk.write("а сколько длится приём?", "ask_services")

    assert turn.names == ["utter_duration_unknown"]


async def test_a_button_that_rasa_gives_a_place_in_the_text_is_one_too(talk: Conversation) -> None:
    await talk.write("где филиал на Таганке", "ask_branches")
    branch = {"entity": "branch", "value": "taganka", "start": 0, "end": 9, "extractor": "button"}

    await talk.receive("Записаться сюда", "book_visit", [branch])

    assert talk.loop == slots.FORM
