"""«Перезвоните мне» needs a name and a phone, no specialty; an alarm keeps what its message names."""

from __future__ import annotations

import pytest

from actions.booking import slots
from clinic.outcomes import LedgerUnavailable
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue

pytestmark = pytest.mark.asyncio


async def test_to_be_called_needs_only_whom_to_call(talk: Dialogue, stage: Stage) -> None:
    asked = await talk.write("перезвоните мне", "request_callback")
    agreed = await talk.tap("/affirm", "Согласен(на)")
    stored = await talk.write("Петров Илья Олегович, 8 916 000-12-34", "inform")

    assert asked.names == ["utter_callback_consent"]
    assert agreed.names == ["utter_callback_patient"]
    assert stored.names == ["utter_callback_stored_plain"]
    request = next(iter(stage.requests.stored.values()))
    assert request.kind == "callback" and request.phone == "+79160001234"
    assert not stage.bookings.holds
    assert all(talk.slots[name] is None for name in (slots.WHAT, slots.PLACE, slots.OFFER, slots.BIRTH_DATE))


async def test_a_request_that_was_not_stored_is_no_booking_and_can_be_tried_again(
    talk: Dialogue, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **data: object) -> None:
        raise LedgerUnavailable

    await talk.write("перезвоните мне", "request_callback")
    await talk.tap("/affirm", "Согласен(на)")
    with monkeypatch.context() as patched:
        patched.setattr(stage.requests, "store", broken)
        failed = await talk.write("Петров Илья Олегович, 8 916 000-12-34", "inform")
    again = await talk.tap("/continue_task", "Попробовать ещё раз")

    assert failed.names == ["utter_request_not_stored"]
    assert not stage.bookings.promised
    assert again.names == ["utter_callback_stored_plain"]
    assert len(stage.requests.stored) == 1


async def test_a_doctor_named_instead_of_a_call_is_booked(talk: Dialogue) -> None:
    await talk.write("перезвоните мне", "request_callback")

    turn = await talk.write("нет, лучше запишите к лору", "book_visit")

    assert turn.names == ["utter_booking_place"]


async def test_who_then_wants_a_visit_is_booked(talk: Dialogue) -> None:
    await talk.write("перезвоните мне", "request_callback")

    turn = await talk.write("нет, лучше запишите к лору на Ленинский завтра", "book_visit")

    assert turn.names == ["utter_offers"] and talk.requested == slots.OFFER


async def test_an_alarm_keeps_what_its_message_names(talk: Dialogue) -> None:
    message = talk.message("к кардиологу на Ленинский, давит в груди", "emergency", [], None)
    message["entities"] = [
        {"entity": "specialty", "value": "cardiologist"},
        {"entity": "branch", "value": "leninsky"},
    ]

    turn = await talk.run("action_emergency", message)

    assert turn.names == ["utter_emergency"]
    assert talk.slots[slots.WHAT]["ids"] == ["cardiologist"]
    assert talk.slots[slots.PLACE] == {"kind": "branch", "id": "leninsky"}
    assert not talk.active


async def test_an_alarm_changes_nothing_of_an_open_booking(talk: Dialogue) -> None:
    await talk.to_offer()
    message = talk.message("кардиолога, давит в груди", "emergency", [], None)
    message["entities"] = [{"entity": "specialty", "value": "cardiologist"}]

    await talk.run("action_emergency", message)

    assert talk.slots[slots.WHAT]["ids"] == ["ent"]
