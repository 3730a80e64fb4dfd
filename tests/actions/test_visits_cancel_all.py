"""«Отмените все»: one confirmation, then the truth about each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from actions.visits import slots
from clinic.outcomes import AlreadyGone, CancelRefused, CancelUnknown, LedgerUnavailable, MisDown, NotProved
from tests.actions.clinic import Stage, on
from tests.actions.conversation import Conversation
from tests.actions.dialogue import Turn
from tests.actions.proved import CODE, PHONE, card

pytestmark = pytest.mark.asyncio


@pytest.fixture
def talk(stage: Stage) -> Conversation:
    stage.identity.proved = PHONE
    stage.visits.cards[PHONE] = [
        card(11, "ent-1", on(24, 10)),
        card(12, "cardio-1", on(25, 16)),
        card(13, "kid-1", on(26, 9), name="Петрова Майя Ильинична"),
    ]
    return Conversation(stage)


async def to_confirmation(talk: Conversation) -> Turn:
    return await talk.write("отмените все записи", "cancel_visit")


@pytest.mark.parametrize("text", ["отмените все", "отмените, пожалуйста, все мои записи", "отмените всё"])
async def test_all_are_confirmed_once(talk: Conversation, text: str) -> None:
    turn = await talk.write(text, "cancel_visit")

    assert turn.names == ["utter_cancel_all"]
    assert all(part in turn.text for part in ("Иванова", "Беляев", "Юдина", "Майя"))
    assert talk.stage.visits.cancels == []


async def test_all_without_a_word_of_visits_are_visits(talk: Conversation) -> None:
    assert (await talk.write("отмените все", "stop_task")).names == ["utter_cancel_all"]


async def test_while_the_code_is_asked_all_are_what_is_wanted(talk: Conversation, stage: Stage) -> None:
    stage.identity.proved = None
    await talk.write("мои записи", "ask_my_visits")
    await talk.write("89160001234", "inform")
    await talk.write("отмените все", "stop_task")

    turn = await talk.write(CODE, "inform")

    assert turn.names == ["utter_cancel_all"]


@pytest.mark.parametrize(
    ("text", "intent"), [("да", "affirm"), ("да, все", "inform"), ("отменяйте", "cancel_visit")]
)
async def test_each_is_cancelled_and_named(talk: Conversation, text: str, intent: str) -> None:
    await to_confirmation(talk)

    turn = await talk.write(text, intent)

    assert talk.stage.visits.cancels == [11, 12, 13]
    assert turn.names == ["utter_visits_cancelled_all", "utter_cancel_reason"]
    assert turn.text.count("Отменена: ") == 3
    assert talk.stage.bookings.answered == [(11, "cancelled"), (12, "cancelled"), (13, "cancelled")]


async def test_the_reason_is_that_of_each(talk: Conversation) -> None:
    await to_confirmation(talk)
    turn = await talk.write("да", "affirm")

    await talk.press(turn, "Заболел")

    assert talk.stage.visits.reasons == [(11, "ill"), (12, "ill"), (13, "ill")]
    assert talk.loop is None


@pytest.mark.parametrize(
    ("text", "intent"), [("нет", "deny"), ("оставьте как было", "stop_task"), ("передумала", "deny")]
)
async def test_a_no_cancels_nothing(talk: Conversation, text: str, intent: str) -> None:
    await to_confirmation(talk)

    turn = await talk.write(text, intent)

    assert turn.names == ["utter_visits_kept_all"]
    assert talk.stage.visits.cancels == []
    assert talk.loop is None


async def test_of_one_branch_of_talk_only_the_named_are_meant(talk: Conversation) -> None:
    talk.stage.visits.cards[PHONE].append(card(14, "ent-2", on(27, 11)))

    turn = await talk.write("отмените все записи к лору", "cancel_visit")
    await talk.press(turn, "Да, отменить все")

    assert talk.stage.visits.cancels == [11, 14]


async def test_they_can_be_chosen_from_the_list(talk: Conversation) -> None:
    await talk.write("отмените запись", "cancel_visit")

    turn = await talk.write("все", "nlu_fallback")

    assert turn.names == ["utter_cancel_all"]


async def test_after_one_was_chosen_all_may_be_meant(talk: Conversation) -> None:
    await talk.write("отмените запись к лору", "cancel_visit")

    turn = await talk.write("отмените лучше все", "cancel_visit")

    assert turn.names == ["utter_cancel_all"]
    assert talk.stage.visits.cancels == []


async def test_one_may_be_meant_after_all(talk: Conversation) -> None:
    await to_confirmation(talk)

    turn = await talk.write("нет, только кардиолога", "deny")
    await talk.press(turn, "Всё-таки отменить")

    assert talk.stage.visits.cancels == [12]


async def test_one_is_chosen_by_a_button(talk: Conversation) -> None:
    turn = await to_confirmation(talk)

    assert (await talk.press(turn, "Выбрать одну")).names == ["utter_visits_which"]


async def test_moving_is_possible_instead(talk: Conversation) -> None:
    await to_confirmation(talk)

    turn = await talk.write("лучше перенести", "move_visit")

    assert turn.names == ["utter_visits_which"]
    assert talk.slots[slots.TASK] == "move"


@pytest.mark.parametrize("text", ["всё равно отмените", "всё-таки отмените"])
async def test_words_that_only_look_like_all(talk: Conversation, text: str) -> None:
    turn = await talk.write(text, "cancel_visit")

    assert turn.names == ["utter_visits_which"]


async def test_with_one_visit_all_is_that_one(talk: Conversation) -> None:
    del talk.stage.visits.cards[PHONE][1:]

    assert (await to_confirmation(talk)).names == ["utter_cancel_offer"]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (CancelRefused(12), "не дала отменить"),
        (CancelUnknown(12), "Пока не знаю"),
        (MisDown(), "В силе, клиника сейчас не отвечает"),
    ],
)
async def test_the_truth_is_told_of_each(talk: Conversation, outcome: object, said: str) -> None:
    await to_confirmation(talk)
    cancel = talk.stage.visits.cancel
    talk.stage.visits.cancel = lambda *data: outcome if data[1] == 12 else cancel(*data)  # type: ignore[method-assign]

    turn = await talk.write("да", "affirm")

    assert turn.names == ["utter_visits_cancelled_mixed"]
    assert turn.text.count("Отменена: ") == 2
    [line] = [line for line in turn.text.splitlines() if "Беляев" in line]
    assert said in line
    assert talk.loop is None


async def test_what_was_cancelled_before_is_no_trouble(talk: Conversation) -> None:
    await to_confirmation(talk)
    talk.stage.visits.cancel_outcomes = [AlreadyGone(11, "cancelled"), AlreadyGone(12, "past")]

    turn = await talk.write("да", "affirm")

    assert turn.names[0] == "utter_visits_cancelled_all"
    assert "Уже была отменена" in turn.text
    assert "время уже прошло" in turn.text


async def test_every_refused_visit_is_a_request_of_its_own(talk: Conversation) -> None:
    await to_confirmation(talk)
    talk.stage.visits.cancel_outcomes = [CancelRefused(11), CancelRefused(12)]

    await talk.write("да", "affirm")

    assert [one.details["booking_id"] for one in talk.stage.requests.stored.values()] == [11, 12]


def _slow(stage: Stage) -> Callable[..., object]:
    cancel = stage.visits.cancel

    def slow(*data: object) -> object:
        stage.clock.now += timedelta(seconds=5)
        return cancel(*data)  # type: ignore[arg-type]

    return slow


async def test_what_time_does_not_allow_is_told_to_stand(talk: Conversation, stage: Stage) -> None:
    await to_confirmation(talk)
    stage.visits.cancel = _slow(stage)  # type: ignore[method-assign]

    turn = await talk.write("да", "affirm")
    assert talk.stage.visits.cancels == [11]
    assert turn.text.count("Ещё не отменяла, в силе: ") == 2

    again = await talk.press(turn, "Отменить оставшиеся")

    assert again.names == ["utter_cancel_all"]
    assert "Иванова" not in again.text


async def test_a_lost_ledger_leaves_the_rest_as_it_is(talk: Conversation, stage: Stage) -> None:
    await to_confirmation(talk)
    stage.visits.cancel_outcomes = [LedgerUnavailable()]

    turn = await talk.write("да", "affirm")

    assert turn.names == ["utter_visits_cancelled_mixed"]
    assert turn.text.count("Ещё не отменяла, в силе: ") == 3


async def test_a_proof_that_ran_out_is_asked_anew(talk: Conversation, stage: Stage) -> None:
    await to_confirmation(talk)
    stage.visits.cancel_outcomes = [NotProved()]
    turn = await talk.write("да", "affirm")
    assert "utter_code_sent" in turn.names
    assert turn.text.count("Ещё не отменяла, в силе: ") == 3

    again = await talk.write(CODE, "inform")

    assert again.names == ["utter_cancel_all"]
