"""No question of a form is asked twice in the same words; the third time a person is offered."""

from __future__ import annotations

import pytest

from actions.booking import slots
from actions.questions import Question, worded
from actions.registry import ACTIONS
from tests.actions.dialogue import STEPS, Dialogue, responses

pytestmark = pytest.mark.asyncio

QUESTIONS = [action for action in ACTIONS if issubclass(action, Question)]
CALL = "/call_operator"
MOST_OFFERS = 5


async def to_step(talk: Dialogue, step: str) -> list[str]:
    way = STEPS[step]
    turn = await (talk.write("хочу записаться", "book_visit") if way is None else way(talk))
    return [turn.said[-1].text]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.action_name)
async def test_every_question_has_its_four_wordings(question: type[Question]) -> None:
    texts = []
    for name in {worded(question.response, 0, True), *(worded(question.response, n) for n in range(3))}:
        variants = responses()[name]
        texts += [variant["text"] for variant in variants]
        for variant in variants:
            room = 8 - (MOST_OFFERS if question.slot == slots.OFFER else 0)
            assert len(variant.get("buttons", ())) <= room
    assert len(set(texts)) == len(texts)
    person = responses()[f"{question.response}_person"]
    assert all(CALL in [button["payload"] for button in variant["buttons"]] for variant in person)


@pytest.mark.parametrize("step", STEPS)
async def test_useless_answers_are_asked_after_in_other_words(talk: Dialogue, step: str) -> None:
    asked = await to_step(talk, step)

    for _ in range(2):
        turn = await talk.write("гм гм 7", "inform", plain=True)
        assert talk.requested == step and talk.active
        asked.append(turn.text)

    assert len(set(asked)) == 3
    assert CALL in [button["payload"] for button in turn.buttons]


@pytest.mark.parametrize(
    ("step", "text", "explains"),
    [
        (slots.WHAT, "к магу", "utter_unknown_doctor"),
        (slots.WISH, "30 февраля", "utter_no_such_date"),
        (slots.PHONE, "8916", "utter_phone_wrong_length"),
        (slots.BIRTH_DATE, "12.05.2087", "utter_birth_date_future"),
    ],
)
async def test_what_is_wrong_is_said_once_and_asks_by_itself(
    talk: Dialogue, step: str, text: str, explains: str
) -> None:
    await to_step(talk, step)

    first = await talk.write(text, "inform")
    second = await talk.write(text, "inform")

    assert first.names == [explains]
    assert explains not in second.names and second.names[-1].endswith("_person")
    assert talk.requested == step


async def test_an_answer_begins_the_count_anew(talk: Dialogue) -> None:
    await talk.to_place()
    await talk.write("гм гм", "inform", plain=True)

    turn = await talk.write("на Ленинском", "inform")

    assert turn.names == ["utter_booking_wish"]


async def test_a_narrower_question_is_kept_through_another_question(talk: Dialogue) -> None:
    await talk.write("к Громову", "book_visit")

    turn = await talk.write("а сколько стоит?", "ask_price", plain=True)

    assert turn.interrupted and turn.names == ["utter_several_doctors"]
    assert len(turn.buttons) == 2
