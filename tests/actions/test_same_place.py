"""«Туда же»: the branch of the visit before, or the one just spoken of."""

from __future__ import annotations

import pytest

from actions.answers.subject import SUBJECT, Subject
from actions.booking import slots
from actions.booking.slots import Place
from tests.actions.clinic import Stage, on
from tests.actions.dialogue import Dialogue
from tests.actions.proved import PHONE, card

LENINSKY = Place("branch", "leninsky").value()


async def _book(talk: Dialogue) -> None:
    await talk.to_confirmed()
    turn = await talk.tap("/affirm", "Да, записать")
    assert "utter_booked" in turn.names


@pytest.mark.parametrize(
    "said", ["запишите ещё к терапевту туда же", "и к терапевту в тот же филиал", "к терапевту, там же"]
)
async def test_after_a_booking_its_branch_is_meant(talk: Dialogue, said: str) -> None:
    await _book(talk)

    turn = await talk.write(said)

    assert talk.slots[slots.PLACE] == LENINSKY
    assert talk.requested == slots.WISH
    assert "utter_same_place_unknown" not in turn.names


async def test_it_answers_the_question_where(talk: Dialogue) -> None:
    await _book(talk)
    await talk.write("запишите к терапевту")

    turn = await talk.write("туда же", "ask_branches")

    assert not turn.interrupted
    assert talk.slots[slots.PLACE] == LENINSKY


async def test_it_answers_whatever_it_resembles(talk: Dialogue) -> None:
    await _book(talk)
    await talk.write("запишите к терапевту")

    turn = await talk.write("туда же", "call_operator")

    assert not turn.interrupted
    assert talk.slots[slots.PLACE] == LENINSKY


def _spoken_of(talk: Dialogue, branch: str) -> None:
    subject = Subject(place=Place("branch", branch)).value()
    talk.slots[SUBJECT] = subject | {"at": talk.stage.clock().isoformat(), "during": None}


async def test_the_branch_just_spoken_of_is_meant(talk: Dialogue) -> None:
    _spoken_of(talk, "maryino")

    await talk.write("запишите туда же к лору")

    assert talk.slots[slots.PLACE] == Place("branch", "maryino").value()


async def test_of_two_branches_the_later_is_meant(talk: Dialogue) -> None:
    _spoken_of(talk, "maryino")
    await _book(talk)

    await talk.write("запишите к терапевту туда же")

    assert talk.slots[slots.PLACE] == LENINSKY


async def test_with_a_proved_phone_the_visit_that_stands_is_meant(stage: Stage, talk: Dialogue) -> None:
    stage.identity.proved = PHONE
    stage.visits.cards[PHONE] = [card(1, "ent-3", on(25, 10), "maryino")]

    await talk.write("запишите туда же к лору")

    assert talk.slots[slots.PLACE] == Place("branch", "maryino").value()


async def test_a_stranger_is_told_that_nothing_is_known(stage: Stage, talk: Dialogue) -> None:
    stage.visits.cards[PHONE] = [card(1, "ent-3", on(25, 10), "maryino")]

    turn = await talk.write("запишите туда же к лору")

    assert turn.names[0] == "utter_same_place_unknown"
    assert talk.requested == slots.PLACE


async def test_a_named_branch_is_that_branch(talk: Dialogue) -> None:
    await _book(talk)

    await talk.write("в тот же день к лору на Полевой")

    assert talk.slots[slots.PLACE] == Place("branch", "polevaya").value()
