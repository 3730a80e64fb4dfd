"""The wait list: stored with its wish, shown as stored, left when the patient says so."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from actions.booking import slots
from clinic.waitlist import WaitEntry
from tests.actions.clinic import Stage
from tests.actions.conversation import Conversation
from tests.actions.dialogue import Turn

pytestmark = pytest.mark.asyncio

CONTACTS = "Петров Илья Олегович 89160001234"


@pytest.fixture
def talk(stage: Stage) -> Conversation:
    return Conversation(stage)


def kept(stage: Stage) -> list[WaitEntry]:
    waitlist: Any = stage.context.clinic.waitlist
    return [entry for entry in waitlist.stored.values() if entry.id not in waitlist.left]


async def join(talk: Conversation, text: str) -> Turn:
    """From the wish to the stored entry."""
    asked = await talk.write(text, "join_waitlist")
    if talk.requested == slots.CONSENT:
        await talk.tap("/affirm", "Согласен(на)")
        return await talk.write(CONTACTS, "inform")
    return asked


# Storing


async def test_the_wish_is_stored_as_it_was_said(talk: Conversation, stage: Stage) -> None:
    turn = await join(talk, "сообщите, если освободится к лору на Ленинском завтра утром")

    [entry] = kept(stage)
    assert (entry.wish.specialty, entry.wish.branch_ids) == ("ent", ("leninsky",))
    assert entry.wish.first_day == entry.wish.last_day == date(2026, 11, 24)
    assert (entry.patient_name, entry.phone) == ("Петров Илья Олегович", "+79160001234")
    assert entry.birth_date is None
    assert turn.names == ["utter_waitlist_joined"]
    assert entry.number in turn.text
    assert "не запись на приём" in turn.text


async def test_nothing_is_booked_or_held_for_it(talk: Conversation, stage: Stage) -> None:
    turn = await join(talk, "сообщите, если освободится к лору на Ленинском")

    assert stage.bookings.holds == stage.bookings.confirms == []
    assert "utter_booked" not in turn.names
    assert talk.loop is None


async def test_a_region_is_kept_as_one(talk: Conversation, stage: Stage) -> None:
    await join(talk, "поставьте в лист ожидания к лору в Самаре")

    [entry] = kept(stage)
    assert (entry.wish.region, entry.wish.branch_ids) == ("samara", ())


async def test_a_service_is_kept_as_one(talk: Conversation, stage: Stage) -> None:
    await join(talk, "в лист ожидания на узи почек на Ленинском")

    [entry] = kept(stage)
    assert entry.wish.service_ids == ("us_kidneys",)
    assert entry.wish.specialty is None


async def test_without_a_doctor_it_is_asked_for_whom(talk: Conversation, stage: Stage) -> None:
    turn = await talk.write("запишите в лист ожидания", "join_waitlist")

    assert turn.names == ["utter_booking_what"]
    assert kept(stage) == []


async def test_without_consent_nothing_is_stored(talk: Conversation, stage: Stage) -> None:
    await talk.write("сообщите, если освободится к лору на Ленинском", "join_waitlist")

    turn = await talk.write("не согласен", "deny")

    assert turn.names == ["utter_consent_refused"]
    assert kept(stage) == []


async def test_from_the_times_that_do_not_suit(talk: Conversation, stage: Stage) -> None:
    offers = await talk.write("к лору на Ленинский завтра")
    assert offers.names[-1] == "utter_offers"

    await join(talk, "сообщите, если освободится")

    [entry] = kept(stage)
    assert entry.wish.specialty == "ent"
    assert entry.wish.first_day == date(2026, 11, 24)


async def test_the_same_message_twice_is_one_entry(talk: Conversation, stage: Stage) -> None:
    await talk.write("сообщите, если освободится к лору на Ленинском", "join_waitlist")
    await talk.tap("/affirm", "Согласен(на)")
    before = dict(talk.slots), talk.loop
    await talk.write(CONTACTS, "inform", key="same")
    talk.slots, talk.loop = before

    await talk.write(CONTACTS, "inform", key="same")

    assert len(kept(stage)) == 1


async def test_after_a_booking_a_sooner_time_of_that_doctor_is_wished(
    talk: Conversation, stage: Stage
) -> None:
    await talk.write("к лору на Ленинский завтра")
    await talk.tap('/inform{"offer":"1"}')
    await talk.tap("/affirm", "Согласен(на)")
    await talk.write(f"{CONTACTS} 12.05.1987", "inform")
    booked = await talk.tap("/affirm", "Да, записать")
    assert booked.names[0] == "utter_booked"

    await join(talk, "если раньше освободится, сообщите")

    [entry] = kept(stage)
    assert entry.wish.specialty == "ent"
    assert entry.wish.branch_ids == ("leninsky",)
    assert entry.wish.earlier_than == stage.bookings.holds[0].slot.start


# Showing


async def test_what_is_stored_is_shown_with_its_number_and_wish(talk: Conversation, stage: Stage) -> None:
    await join(talk, "сообщите, если освободится к лору на Ленинском завтра")
    await join(talk, "сообщите, если освободится к терапевту в Самаре")

    turn = await talk.write("что у меня в листе ожидания?", "join_waitlist")

    assert turn.names == ["utter_waitlist"]
    assert all(entry.number in turn.text for entry in kept(stage))
    assert "оториноларингологу, Ленинский" in turn.text
    assert "завтра" in turn.text or "24 ноября" in turn.text
    assert "терапевту, Самар" in turn.text
    assert len(turn.buttons) == 2


async def test_an_empty_list_is_told_so(talk: Conversation) -> None:
    turn = await talk.write("что у меня в листе ожидания?", "join_waitlist")

    assert turn.names == ["utter_waitlist_empty"]


async def test_inside_a_booking_it_is_shown_and_the_booking_goes_on(talk: Conversation, stage: Stage) -> None:
    await join(talk, "сообщите, если освободится к лору на Ленинском")
    await talk.write("запишите к терапевту")

    turn = await talk.write("что у меня в листе ожидания?", "join_waitlist")

    assert turn.names[0] == "utter_waitlist"
    assert talk.requested == slots.PLACE
    assert len(kept(stage)) == 1


# Leaving


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("уберите меня из листа ожидания", "join_waitlist"),
        ("больше не ждать", "join_waitlist"),
        ("уберите меня из листа", "cancel_visit"),
    ],
)
async def test_the_only_entry_is_left_at_once(
    talk: Conversation, stage: Stage, text: str, intent: str
) -> None:
    await join(talk, "сообщите, если освободится к лору на Ленинском")

    turn = await talk.write(text, intent)

    assert turn.names == ["utter_waitlist_left"]
    assert "оториноларингологу" in turn.text
    assert kept(stage) == []


async def test_of_several_the_one_of_the_button_is_left(talk: Conversation, stage: Stage) -> None:
    await join(talk, "сообщите, если освободится к лору на Ленинском")
    await join(talk, "сообщите, если освободится к терапевту в Самаре")
    shown = await talk.write("уберите меня из листа ожидания", "join_waitlist")
    assert shown.names == ["utter_waitlist"]
    assert len(kept(stage)) == 2

    await talk.press(shown, "терапевту")

    [entry] = kept(stage)
    assert entry.wish.specialty == "ent"


async def test_a_button_tapped_twice_leaves_once(talk: Conversation, stage: Stage) -> None:
    await join(talk, "сообщите, если освободится к лору на Ленинском")
    shown = await talk.write("что у меня в листе ожидания?", "join_waitlist")
    await talk.press(shown, "оториноларингологу")

    again = await talk.press(shown, "оториноларингологу")

    assert again.names == ["utter_waitlist_empty"]


async def test_who_is_in_no_list_leaves_none(talk: Conversation, stage: Stage) -> None:
    turn = await talk.write("уберите меня из листа ожидания", "join_waitlist")

    assert turn.names == ["utter_waitlist_empty"]
