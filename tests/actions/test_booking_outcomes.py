"""What comes of a confirmed booking: only a confirmed visit is called one, everything else is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.booking import slots
from clinic.outcomes import (
    Clashed,
    ConfirmResult,
    DoubleVisit,
    Expired,
    LedgerUnavailable,
    MisDown,
    Refused,
    Unknown,
)
from clinic.visit_facts import VisitFacts
from mis.port import Preparation, Slot, Visit, VisitStatus
from tests.actions.clinic import MOSCOW, NOW, FakeClinic, Stage, catalogue, on
from tests.actions.dialogue import Dialogue, Turn

OTHER = Slot("leninsky", "cardio-1", on(24, 9), timedelta(minutes=30))


async def confirm(talk: Dialogue, stage: Stage, *outcomes: ConfirmResult | Exception) -> Turn:
    await talk.to_confirmed()
    stage.bookings.confirm_outcomes = list(outcomes)
    return await talk.tap("/affirm", "Да, записать")


def claims_booking(turn: Turn) -> bool:
    return "utter_booked" in turn.names or "Вы записаны" in turn.text


async def test_booked(talk: Dialogue, stage: Stage) -> None:
    turn = await confirm(talk, stage)

    assert claims_booking(turn)
    for part in ("24 ноября", "9:00", "Ленинский", "1\u00a0800", "паспорт", "/visits/calendar-token.ics"):
        assert part in turn.text
    assert "Номер записи: 1" in turn.text
    assert stage.bookings.answered == [(1, "booked")]
    assert talk.slots[slots.PATIENT] is not None, "who the patient is stays known"
    assert all(talk.slots[name] is None for name in slots.TASK)


async def test_booked_with_preparation(talk: Dialogue, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = Preparation("U-1", "УЗИ брюшной полости", ("Не есть 8 часов", "Взять полотенце"))
    facts = VisitFacts(
        1, "1", True, NOW, timedelta(minutes=30), None, catalogue().branches["leninsky"],
        (), None, (), (rules,), "t",
    )  # fmt: skip
    monkeypatch.setattr(FakeClinic, "facts", facts)

    turn = await confirm(talk, stage)

    assert turn.names == ["utter_booked"]
    assert "— Не есть 8 часов\n— Взять полотенце" in turn.text


async def test_a_child_brings_other_documents(talk: Dialogue, stage: Stage) -> None:
    await talk.write("к педиатру на Ленинский завтра", "book_visit")
    await talk.tap('/inform{"offer":"1"}')
    await talk.tap("/affirm")
    await talk.write("Петров Илья, 89160001234, 5 сентября 2019", "inform")

    turn = await talk.tap("/affirm")

    assert "свидетельство о рождении" in turn.text


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Expired(), "utter_hold_expired"),
        (Refused("taken"), "utter_offer_taken"),
    ],
)
async def test_offers_again(talk: Dialogue, stage: Stage, outcome: ConfirmResult, said: str) -> None:
    turn = await confirm(talk, stage, outcome)

    assert turn.names[0] == said
    assert turn.names[-1].startswith("utter_offers")
    assert not claims_booking(turn)
    assert talk.active and talk.requested == slots.OFFER
    assert talk.slots[slots.PATIENT] is not None and talk.slots[slots.WISH] is not None

    await talk.tap('/inform{"offer":"3"}')
    turn = await talk.tap("/affirm")

    assert turn.names == ["utter_booked"]


OTHER_DOCTOR = replace(OTHER, doctor_id="cardio-2")


async def test_a_second_visit_at_one_time_is_asked_about(talk: Dialogue, stage: Stage) -> None:
    asked = await confirm(talk, stage, DoubleVisit(1, 7, OTHER_DOCTOR))

    assert asked.names == ["utter_double_visit", "utter_booking_confirmed"]
    assert not claims_booking(asked)
    assert stage.bookings.released == []

    done = await talk.tap("/affirm", "Да, записать")
    assert done.names == ["utter_booked"]
    assert [call.allow_double for call in stage.bookings.confirms] == [False, True]


async def test_a_yes_for_one_patient_is_none_for_another(talk: Dialogue, stage: Stage) -> None:
    await confirm(talk, stage, DoubleVisit(1, 7, OTHER_DOCTOR))

    await talk.tap('/inform{"what":"keep","name":"other"}')
    await talk.write("Петрова Анна, 89160001234, 5 мая 1990", "inform")
    await talk.tap("/affirm", "Да, записать")

    assert [call.allow_double for call in stage.bookings.confirms] == [False, False]


async def test_after_the_question_another_time_can_be_chosen(talk: Dialogue, stage: Stage) -> None:
    await confirm(talk, stage, DoubleVisit(1, 7, OTHER_DOCTOR))

    await talk.tap('/inform{"what":"keep","wish":"other"}')

    assert stage.bookings.released == [1]
    assert talk.slots[slots.OFFER] is None


async def test_the_same_visit_again_is_said_to_stand(talk: Dialogue, stage: Stage) -> None:
    await talk.to_confirmed()
    mine = stage.bookings.holds[-1].slot
    stage.bookings.confirm_outcomes = [DoubleVisit(1, 7, mine)]

    turn = await talk.tap("/affirm", "Да, записать")

    assert turn.names == ["utter_booking_already"]
    assert not claims_booking(turn)
    assert stage.bookings.released == [1]
    assert talk.slots[slots.OFFER] is None


async def test_refused_for_a_reason_only_people_can_find(talk: Dialogue, stage: Stage) -> None:
    turn = await confirm(talk, stage, Refused("other"))

    assert turn.names == ["utter_booking_refused"]
    assert stage.requests.kinds == ["check"]
    assert "номер 100" in turn.text
    assert not claims_booking(turn)
    assert talk.slots[slots.OFFER] is None


async def test_a_time_that_a_stranger_has_too_is_not_called_a_booking(talk: Dialogue, stage: Stage) -> None:
    visit = Visit("v1", OTHER, VisitStatus.NEW)
    turn = await confirm(talk, stage, Clashed(1, "1", visit))

    assert turn.names == ["utter_booking_clash"]
    assert not claims_booking(turn)
    assert "ещё одного человека" in turn.text and "9:00" in turn.text
    [request] = stage.requests.stored.values()
    assert (request.kind, request.topic) == ("check", "clash")
    assert f"номер заявки {request.number}" in turn.text
    assert talk.slots[slots.OFFER] is None


@pytest.mark.parametrize("outcome", [Unknown(1), LedgerUnavailable()])
async def test_nothing_is_promised_that_could_not_be_noted(
    talk: Dialogue, stage: Stage, outcome: ConfirmResult | Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.context.PROMISE_PAUSE", 0)
    stage.bookings.promise_error = LedgerUnavailable()
    turn = await confirm(talk, stage, outcome)

    assert turn.names == ["utter_booking_unclear"]
    assert "напишу" not in turn.text.lower()
    assert not claims_booking(turn)


@pytest.mark.parametrize("outcome", [Unknown(1), RuntimeError("secret"), LedgerUnavailable()])
async def test_an_unknown_outcome_is_said_to_be_unknown(
    talk: Dialogue, stage: Stage, outcome: ConfirmResult | Exception
) -> None:
    turn = await confirm(talk, stage, outcome)

    assert turn.names == ["utter_booking_unknown"]
    assert stage.bookings.promised == [1], "what became of it will be written"
    assert not claims_booking(turn)
    assert len(stage.bookings.confirms) == 1
    assert talk.slots[slots.CONFIRMED] is None


async def test_the_mis_is_down_and_nothing_is_lost(talk: Dialogue, stage: Stage) -> None:
    turn = await confirm(talk, stage, MisDown())

    assert turn.names == ["utter_booking_not_possible"]
    assert not claims_booking(turn)
    assert talk.slots[slots.OFFER]["booking"] == 1
    assert talk.slots[slots.CONFIRMED] is None

    await talk.press(turn, "Попробовать")
    assert talk.requested == slots.CONFIRMED
    turn = await talk.tap("/affirm")

    assert turn.names == ["utter_booked"]


async def test_a_submit_without_confirmation_books_nothing(talk: Dialogue, stage: Stage) -> None:
    await talk.to_confirmed()

    turn = await talk.run("action_book_visit")

    assert turn.names == []
    assert [event["event"] for event in turn.validation] == ["followup"]
    assert stage.bookings.confirms == []


async def test_given_up_in_the_middle(talk: Dialogue, stage: Stage) -> None:
    await talk.to_confirmed()

    turn = await talk.run("action_stop_booking")

    assert turn.names == ["utter_booking_stopped"]
    assert stage.bookings.released == [1]
    assert talk.slots[slots.OFFER] is None


async def test_a_second_booking_knows_the_patient(talk: Dialogue, stage: Stage) -> None:
    await confirm(talk, stage)

    await talk.write("к кардиологу на Ленинский завтра", "book_visit")
    await talk.tap('/inform{"offer":"1"}')

    assert talk.requested == slots.CONFIRMED


async def test_times_are_the_branchs_own(talk: Dialogue, stage: Stage) -> None:
    turn = await talk.write("к терапевту на Полевую завтра", "book_visit")
    assert ", 9:00 —" in turn.text

    await talk.tap('/inform{"offer":"1"}')

    start = stage.bookings.holds[0].slot.start
    assert start.hour == 9
    assert start.astimezone(MOSCOW).hour == 8
