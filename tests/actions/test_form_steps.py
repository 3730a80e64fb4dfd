"""The booking asks only what it does not know yet, in its order, and takes what it is given at any step."""

from __future__ import annotations

import pytest

from actions.booking import slots
from tests.actions.clinic import Stage, on
from tests.actions.dialogue import STEPS, Dialogue


async def test_one_by_one(talk: Dialogue, stage: Stage) -> None:
    asked = []
    for text, intent in (
        ("хочу записаться", "book_visit"),
        ("к лору", "inform"),
        ("на Ленинском", "inform"),
        ("завтра", "inform"),
        ("1", "inform"),
        ("да", "affirm"),
        ("Петров Илья Олегович", "inform"),
        ("8 916 000-12-34", "inform"),
        ("12.05.1987", "inform"),
    ):
        await talk.write(text, intent)
        asked.append(talk.requested)
    assert asked == list(STEPS)

    turn = await talk.write("да", "affirm")

    assert turn.names == ["utter_booked"]
    booked = stage.bookings.confirms[0]
    assert str(booked.patient.name) == "Петров Илья Олегович"
    assert booked.patient.phone == "+79160001234"
    assert booked.patient.birth_date.isoformat() == "1987-05-12"
    assert booked.consent_version == stage.context.settings.consent_version
    assert stage.bookings.holds[0].slot.start == on(24, 9)
    assert talk.slots[slots.WHAT] is None and talk.slots[slots.OFFER] is None
    assert not talk.active


async def test_all_given_at_once(talk: Dialogue) -> None:
    turn = await talk.write("запишите к лору на завтра утром на Ленинском", "book_visit")

    assert talk.slots[slots.WHAT] == {"kind": "specialty", "ids": ["ent"], "child": False}
    assert talk.slots[slots.PLACE] == {"kind": "branch", "id": "leninsky"}
    assert talk.slots[slots.WISH]["dates"] == ["2026-11-24", "2026-11-24"]
    assert talk.requested == slots.OFFER
    assert turn.names == ["utter_offers"]
    assert 3 <= len(turn.buttons) <= 5


@pytest.mark.parametrize("step", STEPS)
async def test_each_step_is_reached(talk: Dialogue, step: str) -> None:
    way = STEPS[step]
    if way is None:
        await talk.write("хочу записаться", "book_visit")
    else:
        await way(talk)
    assert talk.requested == step


async def test_all_contacts_in_one_line(talk: Dialogue) -> None:
    await talk.to_patient()

    await talk.write("Петров Илья Олегович, 89160001234, 12.05.1987", "inform")

    assert talk.requested == slots.CONFIRMED
    assert talk.slots[slots.PATIENT] == {"surname": "Петров", "given": "Илья", "patronymic": "Олегович"}
    assert talk.slots[slots.PHONE] == "+79160001234"
    assert talk.slots[slots.BIRTH_DATE] == "1987-05-12"
