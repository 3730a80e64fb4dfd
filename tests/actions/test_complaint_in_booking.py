"""«Болит зуб, когда можно прийти?»: who tells a complaint instead of a doctor is offered that doctor."""

from __future__ import annotations

import pytest

from actions.booking import slots
from tests.actions.clinic import Stage
from tests.actions.conversation import Conversation
from tests.actions.dialogue import Turn, entities_of

EAR = [("ent", 0.7), ("audiologist", 0.2), ("dentist", 0.05)]
NOTHING_SURE = [("therapist", 0.21), ("oncologist", 0.19), ("dentist", 0.05)]


@pytest.fixture
def talk(stage: Stage) -> Conversation:
    return Conversation(stage)


async def complain(talk: Conversation, text: str, symptoms: list[tuple[str, float]]) -> Turn:
    message = talk.message(text, "book_visit", entities_of(text, talk.stage.clock()), None)
    ranked = [{"name": name, "confidence": share} for name, share in symptoms]
    return await talk.hear({**message, "symptoms": ranked})


async def test_the_doctor_for_the_complaint_is_offered(talk: Conversation) -> None:
    turn = await complain(talk, "болит ухо, когда можно прийти сегодня?", EAR)

    said = turn.get("utter_booking_what_complaint")
    assert "к оториноларингологу" in said.text and "не диагноз" in said.text
    assert said.titles[0] == "К оториноларингологу" and said.titles[-1] == "Не знаю, к кому"
    assert talk.requested == slots.WHAT
    assert talk.slots[slots.WISH]["dates"] == ["2026-11-23", "2026-11-23"]

    await talk.press(turn, "К оториноларингологу")

    assert talk.slots[slots.WHAT] == {"kind": "specialty", "ids": ["ent"], "child": False}
    assert talk.requested == slots.PLACE


async def test_yes_means_that_doctor(talk: Conversation) -> None:
    await complain(talk, "болит ухо, запишите", EAR)

    await talk.write("да", "affirm")

    assert talk.slots[slots.WHAT]["ids"] == ["ent"]


async def test_another_doctor_can_be_named(talk: Conversation) -> None:
    await complain(talk, "болит ухо, запишите", EAR)

    await talk.write("лучше к терапевту", "inform")

    assert talk.slots[slots.WHAT]["ids"] == ["therapist"]


async def test_a_child_goes_to_who_sees_children(talk: Conversation) -> None:
    turn = await complain(talk, "у дочки 4 лет болит ухо, запишите", EAR)

    await talk.press(turn, turn.get("utter_booking_what_complaint").titles[0])

    assert talk.slots[slots.WHAT]["child"] is True


@pytest.mark.parametrize(
    ("text", "symptoms"),
    [
        ("запишите на обследование", NOTHING_SURE),
        ("можно записаться?", []),
    ],
)
async def test_where_nothing_sure_is_told_the_question_is_the_usual_one(
    talk: Conversation, text: str, symptoms: list[tuple[str, float]]
) -> None:
    turn = await complain(talk, text, symptoms)

    assert turn.names[-1] == "utter_booking_what"


async def test_who_names_a_doctor_is_asked_nothing(talk: Conversation) -> None:
    turn = await complain(talk, "болит ухо, запишите к терапевту", EAR)

    assert talk.slots[slots.WHAT]["ids"] == ["therapist"]
    assert "utter_booking_what_complaint" not in turn.names


async def test_an_everyday_complaint_that_is_nobodys_in_particular_goes_to_the_therapist(
    talk: Conversation,
) -> None:
    turn = await complain(talk, "сильно болит спина, примите сегодня", NOTHING_SURE)

    assert turn.get("utter_booking_what_complaint").titles[0] == "К терапевту"


async def test_no_means_no_visit_and_one_answer(talk: Conversation) -> None:
    await complain(talk, "болит ухо, запишите", EAR)

    turn = await talk.write("нет", "deny")

    assert turn.names == ["utter_booking_stopped"]
    assert talk.loop is None and talk.requested is None
    assert [event["name"] for event in talk.latest if event["event"] == "followup"] == ["action_listen"]
