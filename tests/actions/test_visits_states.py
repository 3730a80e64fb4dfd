"""Visits that the clinic has changed, shares or made itself are told as what they are."""

from __future__ import annotations

import pytest

from tests.actions.clinic import Stage, on
from tests.actions.conversation import Conversation
from tests.actions.proved import PHONE, card

pytestmark = pytest.mark.asyncio

EAR = card(11, "ent-1", on(24, 10))


@pytest.fixture
def talk(stage: Stage) -> Conversation:
    stage.identity.proved = PHONE
    return Conversation(stage)


@pytest.mark.parametrize(
    ("state", "said", "words"),
    [
        ("moved", "utter_visit_moved", "на это время её больше нет"),
        ("registry", "utter_visit_registry", "сделанная в клинике"),
        ("cancelling", "utter_visit_cancelling", "ещё проверяю"),
        ("unknown", "utter_visit_unknown", "Ещё проверяю"),
    ],
)
async def test_a_visit_nothing_can_be_done_with_here_is_only_told(
    talk: Conversation, state: str, said: str, words: str
) -> None:
    talk.stage.visits.cards[PHONE] = [card(12, "cardio-1", on(24, 16), state=state)]

    turn = await talk.write("мои записи", "ask_my_visits")

    assert said in turn.names
    assert words in turn.text and "24 ноября" in turn.text
    assert "utter_visits_none" not in turn.names or state in ("cancelling", "unknown")
    assert talk.loop is None


@pytest.mark.parametrize("state", ["moved", "registry"])
async def test_beside_it_the_others_can_be_cancelled(talk: Conversation, state: str) -> None:
    talk.stage.visits.cards[PHONE] = [EAR, card(12, "cardio-1", on(24, 16), state=state)]

    turn = await talk.write("отмените мою запись", "cancel_visit")
    assert f"utter_visit_{state}" in turn.names
    await talk.write("да", "affirm")

    assert talk.stage.visits.cancels == [11]


async def test_what_the_clinic_has_cancelled_is_told_and_is_no_news_any_more(talk: Conversation) -> None:
    talk.stage.visits.cancelled_by_clinic = [card(12, "cardio-1", on(24, 16))]

    turn = await talk.write("мои записи", "ask_my_visits")

    assert turn.names[0] == "utter_visit_cancelled_by_clinic"
    assert talk.stage.bookings.answered == [(12, "cancelled_by_clinic")]


async def test_a_visit_that_is_shared_is_told_so_and_can_be_given_up(talk: Conversation) -> None:
    talk.stage.visits.cards[PHONE] = [card(12, "cardio-1", on(24, 16), state="clash")]

    turn = await talk.write("отмените мою запись", "cancel_visit")
    assert turn.names[0] == "utter_visit_clash"
    assert "ещё не подтвердила" in turn.text
    await talk.write("да", "affirm")

    assert talk.stage.visits.cancels == [12]
