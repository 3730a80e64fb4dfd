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
    assert [button["payload"] for button in stopped.buttons] == ["/affirm", "/deny"]
    assert talk.slots[slots.LATER] is None
    assert talk.slots[slots.NEXT]["ids"] == ["cardiologist"]


async def test_a_booking_asked_for_beside_a_question_is_offered_after_the_answer(stage: Stage) -> None:
    talk = Dialogue(stage)
    message = {**talk.message("почём лор, и к нему", "ask_price", [ENT], None), "wishes": [PRICE, BOOK_ENT]}

    turn = await talk.run(with_further(ActionAnswerPrice), message)

    assert turn.names == ["utter_price_lines", "utter_book_named"]


async def test_specialists_of_one_request_are_booked_one_after_another(stage: Stage) -> None:
    talk = Dialogue(stage)

    await receive(talk, [{**BOOK_ENT, "entities": [ENT, HEART]}])

    assert talk.slots[slots.WHAT]["ids"] == ["ent"]
    assert [waiting["ids"] for waiting in talk.slots[slots.LATER]] == [["cardiologist"]]


async def test_alternatives_are_one_booking(stage: Stage) -> None:
    talk = Dialogue(stage)
    message = talk.message("к лору или кардиологу", "book_visit", [ENT, HEART], None)
    wishes = [{**BOOK_ENT, "entities": [ENT, HEART]}]
    talk.message = lambda *_: {**message, "wishes": wishes}  # type: ignore[method-assign]

    await talk.receive(message["text"], "book_visit", message["entities"])

    assert talk.slots[slots.LATER] is None


async def test_a_message_that_begins_a_form_is_read_once(stage: Stage) -> None:
    """Rasa validates a form that begins with known slots twice."""
    talk = Dialogue(stage)
    await receive(talk, [BOOK_ENT, BOOK_HEART, PRICE])
    talk.slots[slots.REQUESTED] = None

    turn = await receive(talk, [BOOK_ENT, BOOK_HEART, PRICE])

    assert "utter_price_lines" not in turn.names
    assert [waiting["ids"] for waiting in talk.slots[slots.LATER]] == [["cardiologist"]]


async def test_what_waits_and_is_booked_waits_no_longer(stage: Stage) -> None:
    talk = Dialogue(stage)
    talk.slots[slots.LATER] = [{"kind": "specialty", "ids": ["cardiologist"]}]

    await talk.write("запишите к кардиологу")

    assert talk.slots[slots.LATER] is None


async def booked_with_another_waiting(talk: Dialogue) -> Turn:
    await talk.to_confirmed()
    talk.slots[slots.LATER] = [{"kind": "specialty", "ids": ["cardiologist"], "child": False}]
    return await talk.write("да", "affirm")


async def test_the_second_is_looked_for_on_the_same_day_beside_the_first(stage: Stage) -> None:
    talk = Dialogue(stage)
    first = await booked_with_another_waiting(talk)
    assert first.names == ["utter_booked", "utter_next_booking_same_day"]

    await talk.answer("да", "action_answer_yes", first)
    turn = await talk.go_on()

    assert turn.names == ["utter_offers"] and talk.requested == slots.OFFER
    visit = stage.bookings.confirms[0].booking_id
    held = next(held.slot for held in stage.bookings.held.values() if held.booking_id == visit)
    offers = talk.slots[slots.OFFERS]
    assert offers[0]["branch"] == held.branch_id
    near = [offer for offer in offers if offer["reason"] == "same_day"]
    assert near and all(offer["start"][:10] == held.start.date().isoformat() for offer in near)
    ends = held.start + held.length
    assert all(not held.start.isoformat() <= offer["start"] < ends.isoformat() for offer in near)
    # Who comes is known: the next question after the choice is the summary.
    chosen = await talk.tap('/inform{"offer":"1"}')
    assert chosen.names[-1] == "utter_booking_confirmed"


async def test_a_declined_booking_is_left_for_good(stage: Stage) -> None:
    talk = Dialogue(stage)
    first = await booked_with_another_waiting(talk)

    no = await talk.answer("нет", "action_answer_no", first)

    assert no.names == ["utter_next_declined"]
    assert talk.slots[slots.LATER] is None and talk.slots[slots.NEXT] is None


async def test_after_a_declined_one_the_next_is_offered(stage: Stage) -> None:
    talk = Dialogue(stage)
    await talk.to_place()
    talk.slots[slots.LATER] = [
        {"kind": "specialty", "ids": [name], "child": False} for name in ("cardiologist", "therapist")
    ]
    stopped = await talk.run("action_stop_booking")

    no = await talk.answer("нет", "action_answer_no", stopped)

    assert no.names == ["utter_next_declined", "utter_next_booking"]
    assert talk.slots[slots.NEXT]["ids"] == ["therapist"] and talk.slots[slots.LATER] is None


async def test_a_booking_whose_name_stands_in_the_question_is_not_dropped(stage: Stage) -> None:
    talk = Dialogue(stage)
    there = {"entity": "region", "value": "samara", "start": 4, "end": 5}
    wishes = [PRICE, {"topic": "book", "intent": "book_visit", "entities": [there]}]
    message = {**talk.message("почём лор, и к нему", "ask_price", [ENT, there], None), "wishes": wishes}

    turn = await talk.run(with_further(ActionAnswerPrice), message)

    assert turn.names[-1] == "utter_book_named"
    assert talk.slots[slots.NEXT]["ids"] == ["ent"]
    assert talk.slots[slots.NEXT]["place"] == {"kind": "region", "id": "samara"}


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
