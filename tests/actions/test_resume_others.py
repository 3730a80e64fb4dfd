"""A return after a silence to what is no booking of a time: visits, moves, the wait list, a complaint."""

from __future__ import annotations

from typing import Any

import pytest

from actions.advice import slots as advice
from actions.booking import slots
from actions.visits import slots as visits
from tests.actions.clinic import Stage, on
from tests.actions.conversation import Conversation
from tests.actions.dialogue import Turn
from tests.actions.proved import CODE, PHONE, card

pytestmark = pytest.mark.asyncio

LONG = 3 * 3600.0
EAR = [{"name": "ent", "confidence": 0.7}, {"name": "audiologist", "confidence": 0.2}]


@pytest.fixture
def talk(stage: Stage) -> Conversation:
    stage.visits.cards[PHONE] = [card(11, "ent-1", on(25, 10))]
    return Conversation(stage)


async def back(
    talk: Conversation, text: str = "здравствуйте", intent: str = "greet", idle: float = LONG
) -> Turn:
    message: dict[str, Any] = talk.message(text, intent, [], None)
    return await talk.hear({**message, "metadata": {"idle_seconds": idle}})


async def to_code(talk: Conversation, text: str, intent: str) -> None:
    await talk.write(text, intent)
    await talk.write("89160001234", "inform")


@pytest.mark.parametrize(
    ("text", "intent", "said"),
    [
        ("мои записи", "ask_my_visits", "ваших записях"),
        ("перенесите запись", "move_visit", "переносе записи"),
        ("отмените запись", "cancel_visit", "отмене записи"),
        ("удалите мои данные", "ask_privacy", "просьбе о ваших данных"),
    ],
)
async def test_visits_are_gone_on_with_by_a_new_code(
    talk: Conversation, stage: Stage, text: str, intent: str, said: str
) -> None:
    await to_code(talk, text, intent)

    offered = await back(talk)
    assert offered.names == ["utter_resume_visits"]
    assert said in offered.text
    assert talk.loop is None

    turn = await talk.press(offered, "Продолжить")
    assert turn.names == ["utter_code_sent", "utter_visits_code"]
    assert stage.identity.sent == [PHONE, PHONE]

    done = await talk.write(CODE, "inform")
    assert "utter_resume_visits" not in done.names
    assert talk.slots[visits.TASK] is None or talk.slots[visits.CODE]


async def test_before_the_phone_was_said_it_is_asked_for(talk: Conversation, stage: Stage) -> None:
    await talk.write("мои записи", "ask_my_visits")

    turn = await talk.press(await back(talk), "Продолжить")

    assert turn.names == ["utter_visits_phone"]


async def test_a_proof_that_still_holds_shows_the_visits(talk: Conversation, stage: Stage) -> None:
    stage.identity.proved = PHONE
    await talk.write("отмените запись", "cancel_visit")

    turn = await talk.press(await back(talk), "Продолжить")

    assert turn.names == ["utter_cancel_offer"]
    assert stage.visits.cancels == []


@pytest.mark.parametrize(("text", "intent"), [("я вернулась", "affirm"), ("продолжим", "continue_task")])
async def test_who_says_to_be_back_goes_on_at_once(
    talk: Conversation, stage: Stage, text: str, intent: str
) -> None:
    await to_code(talk, "отмените запись", "cancel_visit")

    turn = await back(talk, text, intent)

    assert turn.names == ["utter_code_sent", "utter_visits_code"]
    assert stage.identity.sent == [PHONE, PHONE]


async def test_back_at_the_question_to_cancel_is_no_yes(talk: Conversation, stage: Stage) -> None:
    stage.identity.proved = PHONE
    await talk.write("отмените запись", "cancel_visit")

    turn = await back(talk, "я снова тут", "affirm")

    assert turn.names == ["utter_cancel_offer"]
    assert stage.visits.cancels == []


async def test_visits_that_are_not_gone_on_with_stay(talk: Conversation, stage: Stage) -> None:
    await to_code(talk, "отмените запись", "cancel_visit")

    turn = await talk.press(await back(talk), "Не нужно")

    assert turn.names == ["utter_visits_stopped"]
    assert talk.slots[visits.TASK] is None


async def test_after_a_cancelling_there_is_nothing_to_go_on_with(talk: Conversation, stage: Stage) -> None:
    stage.identity.proved = PHONE
    await talk.write("отмените запись", "cancel_visit")
    await talk.write("да", "affirm")

    turn = await back(talk)

    assert turn.names == ["utter_greet_short"]
    assert talk.loop is None


async def test_a_short_pause_is_no_return(talk: Conversation) -> None:
    await to_code(talk, "мои записи", "ask_my_visits")

    turn = await back(talk, idle=300.0)

    assert turn.names == ["utter_greet_short", "utter_visits_code_resume"]


async def test_a_move_tells_that_the_visit_stands(talk: Conversation, stage: Stage) -> None:
    stage.identity.proved = PHONE
    await talk.write("перенесите запись", "move_visit")
    assert talk.loop == slots.FORM

    turn = await back(talk)
    assert turn.names == ["utter_resume_move"]
    assert "25 ноября" in turn.text

    await talk.press(turn, "Продолжить")
    assert talk.slots[slots.MOVING] is not None
    assert talk.loop == slots.FORM


async def test_the_wait_list_is_gone_on_with(talk: Conversation) -> None:
    await talk.write("сообщите, если освободится к лору на Ленинском", "join_waitlist")
    requested = talk.requested

    turn = await back(talk)
    assert turn.names == ["utter_resume_wait"]
    assert "в лист ожидания" in turn.text

    await talk.press(turn, "Продолжить")
    assert talk.slots[slots.OFFER] == slots.WAIT
    assert talk.requested == requested


async def complain(talk: Conversation) -> Turn:
    message = talk.message("болит ухо", "ask_which_doctor", [], None)
    return await talk.hear({**message, "symptoms": EAR})


async def test_a_complaint_is_gone_on_with(talk: Conversation) -> None:
    await complain(talk)

    offered = await back(talk)
    assert offered.names == ["utter_resume_advice"]

    turn = await talk.press(offered, "Продолжить")
    assert turn.names == ["utter_advice_since"]
    assert talk.slots[advice.COMPLAINT]


async def test_a_complaint_may_be_left(talk: Conversation) -> None:
    await complain(talk)

    turn = await talk.press(await back(talk), "Не нужно")

    assert turn.names == ["utter_advice_stopped"]
    assert talk.slots[advice.COMPLAINT] is None


@pytest.mark.parametrize(("text", "intent"), [("я вернулась", "affirm"), ("продолжим", "continue_task")])
async def test_back_among_the_questions_is_no_answer(talk: Conversation, text: str, intent: str) -> None:
    await complain(talk)

    turn = await back(talk, text, intent)

    assert turn.names == ["utter_advice_since"]
    assert talk.slots[advice.SINCE] is None
