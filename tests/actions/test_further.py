"""Several requests in one message: all are answered, none is dropped."""

from __future__ import annotations

from typing import Any

import pytest

from actions.answers.price import ActionAnswerPrice
from actions.booking import slots
from actions.further import with_further
from mis.port import MisUnavailable
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue, Turn

pytestmark = pytest.mark.asyncio

ENT = {"entity": "specialty", "value": "ent", "start": 0, "end": 1}
HEART = {"entity": "specialty", "value": "cardiologist", "start": 2, "end": 3}
BOOK_ENT = {"topic": "book", "intent": "book_visit", "entities": [ENT]}
BOOK_HEART = {"topic": "book", "intent": "book_visit", "entities": [HEART]}
PRICE = {"topic": "price", "intent": "ask_price", "entities": []}


async def receive(talk: Dialogue, wishes: list[dict[str, Any]]) -> Turn:
    message = talk.message("к лору и кардиологу, и почём", "book_visit", [ENT, HEART], None)
    talk.message = lambda *_: {**message, "wishes": wishes}  # type: ignore[method-assign]
    return await talk.receive(message["text"], "book_visit", message["entities"])


async def test_a_question_beside_the_booking_is_answered_before_the_form_asks(stage: Stage) -> None:
    turn = await receive(Dialogue(stage), [BOOK_ENT, PRICE])

    assert turn.names == ["utter_price_lines", "utter_booking_place"]


async def test_a_second_booking_waits_for_the_end_of_the_first(stage: Stage) -> None:
    talk = Dialogue(stage)

    turn = await receive(talk, [BOOK_ENT, BOOK_HEART])

    assert turn.names == ["utter_booking_place"]
    assert [waiting["ids"] for waiting in talk.slots[slots.LATER]] == [["cardiologist"]]


async def test_after_the_first_the_second_is_offered(stage: Stage) -> None:
    talk = Dialogue(stage)
    await receive(talk, [BOOK_ENT, BOOK_HEART])

    stopped = await talk.run("action_stop_booking")

    assert stopped.names == ["utter_booking_stopped", "utter_next_booking"]
    assert stopped.get("utter_next_booking").buttons[0]["payload"] == (
        '/book_visit{"what":"specialty:cardiologist"}'
    )
    assert talk.slots[slots.LATER] is None
    assert talk.slots[slots.NEXT]["ids"] == ["cardiologist"]


async def test_a_booking_asked_for_beside_a_question_is_offered_after_the_answer(stage: Stage) -> None:
    talk = Dialogue(stage)
    message = {**talk.message("почём лор, и к нему", "ask_price", [ENT], None), "wishes": [PRICE, BOOK_ENT]}

    turn = await talk.run(with_further(ActionAnswerPrice), message)

    assert turn.names == ["utter_price_lines", "utter_next_booking"]


async def test_one_request_leaves_nothing_waiting(stage: Stage) -> None:
    talk = Dialogue(stage)

    await talk.write("запишите к лору")

    assert talk.slots[slots.LATER] is None


async def test_a_question_that_cannot_be_answered_loses_nothing_of_the_booking(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise MisUnavailable("no answer")

    monkeypatch.setattr(stage.context.clinic.directory, "prices", broken)
    talk = Dialogue(stage)

    turn = await receive(talk, [BOOK_ENT, PRICE, BOOK_HEART])

    assert turn.names == ["utter_service_unavailable", "utter_booking_place"]
    assert talk.slots[slots.WHAT]["ids"] == ["ent"]
    assert [waiting["ids"] for waiting in talk.slots[slots.LATER]] == [["cardiologist"]]
