"""The choice of a time: by button, number, time or doctor; taken, repeated, stale."""

from __future__ import annotations

import pytest

from actions.booking import slots
from clinic.outcomes import MisDown, SlotGone
from tests.actions.clinic import Stage, on
from tests.actions.dialogue import Dialogue


def offers(talk: Dialogue) -> list[dict[str, object]]:
    return list(talk.slots[slots.OFFERS])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("второй", 2),
        ("второй вариант", 2),
        ("давайте третий вариант", 3),
        ("2", 2),
        ("№ 3", 3),
        ("вариант 1", 1),
        ("любой", 1),
        ("первое", 1),
    ],
)
async def test_by_number(talk: Dialogue, text: str, number: int) -> None:
    await talk.to_offer()

    turn = await talk.write(text, "inform")

    assert talk.slots[slots.OFFER]["number"] == number
    assert turn.names == ["utter_offer_held", "utter_booking_consent"]
    assert "10 минут" in turn.text


async def test_the_last(talk: Dialogue) -> None:
    await talk.to_offer()
    last = offers(talk)[-1]["number"]

    await talk.write("последний", "inform")

    assert talk.slots[slots.OFFER]["number"] == last


async def test_by_time(talk: Dialogue) -> None:
    await talk.to_offer()
    shown = offers(talk)
    clocks = [str(offer["start"])[11:16].lstrip("0") for offer in shown]
    single = next(clock for clock in clocks if clocks.count(clock) == 1)

    await talk.write(f"в {single}", "inform")

    assert str(talk.slots[slots.OFFER]["start"])[11:16].lstrip("0") == single
    assert talk.requested == slots.CONSENT


async def test_by_doctor(talk: Dialogue) -> None:
    await talk.to_offer()
    talk.slots[slots.OFFERS] = [offer for offer in offers(talk) if offer["number"] in (1, 2, 3)]
    assert [offer["doctor"] for offer in offers(talk)] == ["ent-1", "ent-2", "ent-1"]

    await talk.write("к Громову", "inform")

    assert talk.slots[slots.OFFER]["doctor"] == "ent-2"
    assert talk.slots[slots.WHAT]["kind"] == "specialty", "a doctor on the screen starts nothing anew"


async def test_by_a_doctor_with_several_times(talk: Dialogue) -> None:
    await talk.to_offer()

    turn = await talk.write("к Ивановой", "inform")

    assert turn.get("utter_corrected").text == "Поняла, меняю: к Ивановой Анне Сергеевне."
    assert "к Ивановой Анне Сергеевне:" in turn.get("utter_offers").text
    assert {offer["doctor"] for offer in offers(talk)} == {"ent-1"}


@pytest.mark.parametrize("text", ["к 2", "в 3"])
async def test_an_hour_is_no_number_of_an_offer(talk: Dialogue, stage: Stage, text: str) -> None:
    await talk.to_offer()

    await talk.write(text, "inform")

    assert stage.bookings.holds == []


async def test_another_time_is_another_wish(talk: Dialogue) -> None:
    await talk.to_offer()

    turn = await talk.write("а в четверг вечером?", "inform")

    assert talk.slots[slots.WISH]["dates"] == ["2026-11-26", "2026-11-26"]
    assert talk.slots[slots.OFFER] is None
    assert turn.names == ["utter_offers"]


@pytest.mark.parametrize("text", ["9", "девятый вариант", "во второй половине дня"])
async def test_what_is_no_choice_holds_nothing(talk: Dialogue, stage: Stage, text: str) -> None:
    await talk.to_offer()

    await talk.write(text, "inform")

    assert talk.slots[slots.OFFER] is None
    assert stage.bookings.holds == []


async def test_a_double_tap_holds_one_time(talk: Dialogue, stage: Stage) -> None:
    await talk.to_offer()
    before = dict(talk.slots)
    await talk.tap('/inform{"offer":"1"}', key="same")
    talk.slots.update(before)

    await talk.tap('/inform{"offer":"1"}', key="same")

    assert {call.key for call in stage.bookings.holds} == {"c1:same"}
    assert len(stage.bookings.held) == 1
    assert talk.slots[slots.OFFER]["booking"] == 1


async def test_an_old_button_after_the_choice_moves_the_hold_not_the_booking(
    talk: Dialogue, stage: Stage
) -> None:
    await talk.to_patient()

    await talk.tap('/inform{"offer":"2"}')

    assert talk.slots[slots.OFFER]["number"] == 2
    assert talk.requested == slots.PATIENT
    assert stage.bookings.confirms == []


async def test_an_old_button_without_offers_does_nothing(talk: Dialogue, stage: Stage) -> None:
    await talk.tap('/inform{"offer":"2"}')

    assert talk.requested == slots.WHAT
    assert stage.bookings.holds == []


async def test_a_time_just_taken_is_offered_no_more(talk: Dialogue, stage: Stage) -> None:
    await talk.to_offer()
    gone = offers(talk)[0]
    stage.bookings.hold_outcomes = [SlotGone()]

    turn = await talk.tap('/inform{"offer":"1"}')

    assert turn.names == ["utter_offer_taken", "utter_offers"]
    assert talk.slots[slots.OFFER] is None
    assert (gone["doctor"], gone["start"]) not in [(one["doctor"], one["start"]) for one in offers(talk)]


async def test_the_mis_does_not_answer_the_hold(talk: Dialogue, stage: Stage) -> None:
    await talk.to_offer()
    stage.bookings.hold_outcomes = [MisDown()]

    turn = await talk.tap('/inform{"offer":"1"}')

    assert turn.names[0] == "utter_booking_not_possible"
    assert talk.slots[slots.OFFER] is None
    assert talk.requested == slots.OFFER


async def test_an_error_of_ours_at_the_hold_is_spoken(talk: Dialogue, stage: Stage) -> None:
    await talk.to_offer()
    stage.bookings.hold_outcomes = [RuntimeError("secret")]

    turn = await talk.tap('/inform{"offer":"1"}')

    assert turn.names[0] == "utter_booking_not_possible"
    assert talk.active and talk.requested == slots.OFFER


async def test_after_silence_the_offers_are_read_anew(talk: Dialogue, stage: Stage) -> None:
    await talk.to_offer()
    stage.clock.now = on(24, 9, 45)

    turn = await talk.write("продолжить", "continue_task")

    assert turn.names in (["utter_offers"], ["utter_offers_relaxed_time"])
    assert all(str(offer["start"]) > "2026-11-24T10:00" for offer in offers(talk))
    assert talk.slots[slots.OFFER] is None


async def test_after_silence_the_held_time_stays(talk: Dialogue) -> None:
    await talk.to_phone()
    held = talk.slots[slots.OFFER]

    turn = await talk.write("продолжить", "continue_task")

    assert talk.slots[slots.OFFER] == held
    assert talk.requested == slots.PHONE
    assert turn.names[-1].startswith("utter_booking_phone")


async def test_nothing_fits(talk: Dialogue) -> None:
    await talk.to_offer()

    await talk.write("нет, ничего не подходит", "deny")

    assert talk.requested == slots.WISH
    assert talk.slots[slots.OFFER] is None
