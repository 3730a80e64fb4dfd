"""With people at the desk the dialogue calls them sooner, and says what is then true."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from actions.answers.ready import ActionAnswerTopic
from actions.people import ActionCallOperator
from actions.small_talk import ActionNotUnderstood
from clinic.outcomes import ConfirmResult, MisDown, Unknown
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue


class Here(Dialogue):
    """The desk says with each message who is there."""

    people = "here"

    def message(
        self, text: str, intent: str, found: Sequence[dict[str, Any]], key: str | None
    ) -> dict[str, Any]:
        return {**super().message(text, intent, found, key), "metadata": {"people": self.people}}


@pytest.fixture
def talk(stage: Stage) -> Here:
    return Here(stage)


def answered(intent: str, response: str) -> list[dict[str, Any]]:
    """A message and what was said to it, and the message that is being answered."""
    user = {"event": "user", "parse_data": {"text": "мда", "intent": {"name": intent, "confidence": 0.4}}}
    return [user, {"event": "bot", "metadata": {"utter_action": response}}, {"event": "user"}]


async def not_understood(talk: Dialogue) -> Any:
    return await talk.run(ActionNotUnderstood, talk.message("мда", "nlu_fallback", [], None))


async def test_the_second_misunderstanding_calls_a_person(talk: Here, stage: Stage) -> None:
    talk.events = answered("nlu_fallback", "utter_not_understood")

    turn = await not_understood(talk)

    assert turn.names == ["utter_people_called"]
    [request] = stage.requests.stored.values()
    assert (request.kind, request.details["reason"]) == ("operator", "misunderstood")
    assert [each["intent"] for each in request.details["understood"]] == [
        *("nlu_fallback", None),
        "nlu_fallback",
    ]


async def test_so_it_does_inside_the_booking(talk: Here, stage: Stage) -> None:
    await talk.to_place()
    talk.events = answered("nlu_fallback", "utter_ask_place_again")

    turn = await not_understood(talk)

    assert turn.names == ["utter_people_called"]
    assert not talk.active, "the booking asks for nothing any more"
    [request] = stage.requests.stored.values()
    assert request.details["slots"]["booking__what"]


async def test_the_first_misunderstanding_calls_nobody(talk: Here, stage: Stage) -> None:
    talk.events = answered("ask_price", "utter_price_lines")

    turn = await not_understood(talk)

    assert turn.names == ["utter_not_understood"]
    assert not stage.requests.stored


async def test_what_has_been_answered_is_not_called_not_understood(talk: Here, stage: Stage) -> None:
    """Rasa falls back on it after an action that no rule goes on from, and would do so again and again."""
    said = {"event": "bot", "metadata": {"utter_action": "utter_switch"}}
    talk.events = [*answered("nlu_fallback", "utter_not_understood"), said]

    turn = await not_understood(talk)

    assert turn.names == []
    assert [event.get("name") for event in turn.validation] == ["action_listen"]
    assert not stage.requests.stored


async def test_three_useless_answers_call_a_person(talk: Here, stage: Stage) -> None:
    await talk.to_phone()

    said = [(await talk.write(text, "inform")).names[-1] for text in ("ммм", "не скажу", "ну вот")]

    assert said[:2] == ["utter_booking_phone_again", "utter_booking_phone_person"]
    assert said[2] == "utter_people_called"
    [request] = stage.requests.stored.values()
    assert request.details["reason"] == "invalid_answers"


async def test_anger_calls_a_person(talk: Here, stage: Stage) -> None:
    turn = await talk.run(ActionAnswerTopic, talk.message("вы издеваетесь", "complain", [], None))

    assert turn.names == ["utter_angry"]
    [request] = stage.requests.stored.values()
    assert request.kind == "complaint"


@pytest.mark.parametrize(
    ("outcome", "reason"), [(Unknown(1), "outcome_unknown"), (MisDown(), "booking_failed")]
)
async def test_a_booking_that_went_wrong_is_looked_into(
    talk: Here, stage: Stage, outcome: ConfirmResult, reason: str
) -> None:
    await talk.to_confirmed()
    stage.bookings.confirm_outcomes = [outcome]

    await talk.tap("/affirm", "Да")

    [request] = [each for each in stage.requests.stored.values() if each.kind == "check"]
    assert request.details["reason"] == reason


async def test_who_comes_is_said_by_the_desk(talk: Here) -> None:
    turn = await talk.run(ActionCallOperator, talk.message("позовите", "call_operator", [], None))
    assert turn.names == ["utter_operator_comes"]


async def test_with_nobody_on_line_no_answer_is_promised_for_the_next_minutes(
    talk: Here, stage: Stage
) -> None:
    talk.people = "away"

    turn = await talk.run(ActionCallOperator, talk.message("позовите", "call_operator", [], None))

    assert turn.names == ["utter_operator_called"]
    assert stage.context.speech.request_words.away in turn.text


async def test_without_a_staff_all_stays_as_it_was(stage: Stage) -> None:
    talk = Dialogue(stage)
    talk.events = answered("nlu_fallback", "utter_not_understood")
    assert (await not_understood(talk)).names == ["utter_not_understood_again"]
    assert not stage.requests.stored
