"""Patients in a hurry: everything at once, a number instead of a tap, the same mistake twice, odd names."""

from __future__ import annotations

from typing import Any

import pytest

from actions.booking import slots
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue, Turn

pytestmark = pytest.mark.asyncio


def seen(talk: Dialogue, turn: Turn) -> dict[str, Any]:
    """The last thing said, as the tracker keeps it."""
    return {"event": "bot", "metadata": {}, "data": {"buttons": list(turn.said[-1].buttons)}}


async def test_the_time_is_read_beside_the_contacts(talk: Dialogue) -> None:
    turn = await talk.write("к лору на Ленинский завтра утром, Серова Ирина Павловна 89165550104 05.05.1990")

    assert turn.names[-1].startswith("utter_offers")
    assert talk.slots[slots.WISH]["times"] == ["08:00", "12:00"]
    assert talk.slots[slots.PATIENT] is None and talk.slots[slots.PHONE] is None


async def test_what_was_said_before_the_consent_is_not_typed_again(talk: Dialogue) -> None:
    first = "к лору на Ленинский завтра, Серова Ирина Павловна 89165550104 05.05.1990"
    await talk.write(first)
    await talk.tap('/inform{"offer":"1"}')
    assert talk.slots[slots.PHONE] is None
    talk.earlier = [{"event": "user", "text": first}]

    turn = await talk.tap("/affirm", "Согласен(на)")

    assert turn.names == ["utter_booking_confirmed"]
    assert "Серова Ирина Павловна, 05.05.1990" in turn.text


async def test_contacts_of_another_booking_are_not_taken(talk: Dialogue) -> None:
    await talk.to_consent()
    over = {"event": "bot", "metadata": {"utter_action": "utter_booked"}}
    talk.earlier = [{"event": "user", "text": "Серова Ирина Павловна 89165550104"}, over]

    turn = await talk.tap("/affirm", "Согласен(на)")

    assert turn.names == ["utter_booking_patient"]
    assert talk.slots[slots.PHONE] is None


async def test_the_contacts_of_the_writer_are_not_those_of_the_mother(talk: Dialogue) -> None:
    await talk.to_confirmed()
    await talk.write("ой нет, не меня, а маму", "deny")
    talk.earlier = [{"event": "user", "text": "Петров Илья Олегович 89160001234"}]

    turn = await talk.tap("/affirm", "Да, согласны")

    assert talk.slots[slots.PATIENT] is None
    assert turn.names == ["utter_booking_patient_new"]


async def test_the_same_mistake_twice_is_answered_both_times(talk: Dialogue) -> None:
    await talk.to_patient()
    turn = await talk.write("Лето Зимнее Утро 89165550206 3.3.1983", "inform")
    assert turn.names == ["utter_name_not_understood"]

    turn = await talk.write("да", "affirm")

    assert turn.names == ["utter_booking_patient_again"]


async def test_a_patient_is_no_doctor_of_that_surname(talk: Dialogue) -> None:
    await talk.to_offer()
    doctor = next(iter(talk.slots[slots.OFFERS]))["doctor"]
    surname = (await talk.stage.context.doctor(doctor)).name.surname  # type: ignore[union-attr]

    await talk.write(f"{surname} Ядвига Казимировна", "inform")

    assert talk.slots[slots.WHAT]["kind"] == "specialty"


async def test_a_city_without_clinics_is_said_and_the_city_asked_for_once(talk: Dialogue) -> None:
    await talk.to_place()

    turn = await talk.write("в Питере", "inform")

    assert turn.names == ["utter_unknown_city_where"]
    assert turn.buttons


async def test_a_button_is_chosen_by_its_number(talk: Dialogue, stage: Stage) -> None:
    asked = await talk.to_place()
    talk.earlier = [seen(talk, asked)]

    await talk.write("второе", "inform", plain=True)

    chosen = asked.buttons[1]["payload"]
    assert talk.slots[slots.PLACE]["id"] in chosen


async def test_a_doctor_who_does_not_work_there_is_named(talk: Dialogue, stage: Stage) -> None:
    await talk.write("к лору на Ленинский")
    doctors = stage.context.clinic.directory.doctors()
    branches = stage.context.catalogue.branches
    away = next(
        one for one in doctors if "leninsky" not in one.branch_ids and set(one.branch_ids) & set(branches)
    )

    turn = await talk.tap(f'/inform{{"what":"doctor:{away.id}"}}')

    assert away.name.surname in turn.text and turn.names[-1].startswith("utter_specialty_absent")


async def test_nothing_suits(talk: Dialogue) -> None:
    await talk.to_offer()

    turn = await talk.write("ничего не подходит", "deny")

    assert turn.names == ["utter_nothing_suits"]
    assert "/join_waitlist" in [button["payload"] for button in turn.buttons]
