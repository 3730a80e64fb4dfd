"""Two tasks in one conversation: asked once, the unfinished one kept and offered again."""

from __future__ import annotations

from typing import Any

import pytest

from actions import switching
from actions.booking import slots
from tests.actions.clinic import Stage, on
from tests.actions.conversation import Conversation
from tests.actions.dialogue import Turn
from tests.actions.proved import PHONE, card

pytestmark = pytest.mark.asyncio

HEART = card(12, "cardio-1", on(24, 16))


@pytest.fixture
def talk(stage: Stage) -> Conversation:
    stage.identity.proved = PHONE
    stage.visits.cards[PHONE] = [HEART]
    return Conversation(stage)


STEPS = {
    slots.PLACE: ["запишите к лору"],
    slots.WISH: ["запишите к лору", "на Ленинском"],
    slots.OFFER: ["запишите к лору на Ленинский на четверг"],
}


async def to(talk: Conversation, step: str) -> Turn:
    turn = Turn([])
    for text in STEPS[step]:
        turn = await talk.write(text, "book_visit" if text.startswith("запиш") else "inform")
    assert talk.requested == step
    return turn


@pytest.mark.parametrize("step", [slots.PLACE, slots.WISH, slots.OFFER])
@pytest.mark.parametrize(
    ("text", "intent", "other"),
    [
        ("отмените кардиолога", "cancel_visit", "отменить запись"),
        ("перенесите мою запись к кардиологу", "move_visit", "перенести запись"),
        ("какие у меня записи", "ask_my_visits", "посмотреть ваши записи"),
    ],
)
async def test_leaving_a_booking_is_asked_once(
    talk: Conversation, step: str, text: str, intent: str, other: str
) -> None:
    await to(talk, step)

    turn = await talk.write(text, intent)

    assert turn.names == ["utter_switch"]
    assert "записываем вас к оториноларингологу" in turn.text and other in turn.text
    assert [button["title"] for button in turn.buttons] == ["Да, отложить", "Сначала закончим"]


@pytest.mark.parametrize("typed", [True, False])
async def test_yes_does_the_other_thing_and_offers_to_return(talk: Conversation, typed: bool) -> None:
    await to(talk, slots.WISH)
    asked = await talk.write("отмените кардиолога", "cancel_visit")

    begun = await talk.write("да", "affirm") if typed else await talk.press(asked, "Да, отложить")
    cancelled = await talk.press(begun, "Всё-таки отменить")
    ended = await talk.press(cancelled, "Заболел")

    assert begun.names == ["utter_cancel_offer"]
    assert talk.stage.visits.cancels == [12]
    assert ended.names == ["utter_reason_stored", "utter_return"]
    assert "к записи к оториноларингологу" in ended.text


@pytest.mark.parametrize("typed", [True, False])
async def test_returning_goes_on_where_it_was(talk: Conversation, typed: bool) -> None:
    ended = await put_aside_and_cancel(talk)

    turn = await talk.write("да", "affirm") if typed else await talk.press(ended, "Да")

    assert turn.names == ["utter_booking_wish"]
    assert talk.slots[slots.WHAT]["ids"] == ["ent"]
    assert talk.slots[slots.PLACE]["id"] == "leninsky"
    assert talk.slots[switching.ASIDE] is None


@pytest.mark.parametrize("text", ["нет", "нет, спасибо"])
async def test_a_no_forgets_what_was_put_aside(talk: Conversation, text: str) -> None:
    await put_aside_and_cancel(talk)

    turn = await talk.write(text, "deny")

    assert turn.names == ["utter_left_aside"]
    assert talk.slots[switching.ASIDE] is None


@pytest.mark.parametrize("typed", [True, False])
async def test_no_goes_on_with_the_booking(talk: Conversation, typed: bool) -> None:
    await to(talk, slots.WISH)
    asked = await talk.write("отмените кардиолога", "cancel_visit")

    turn = await talk.write("нет", "deny") if typed else await talk.press(asked, "Сначала закончим")

    assert turn.names == ["utter_booking_wish"]
    assert talk.loop == "booking_form"
    assert talk.slots[slots.WHAT]["ids"] == ["ent"]


async def test_an_answer_instead_of_a_yes_goes_on_too(talk: Conversation) -> None:
    await to(talk, slots.WISH)
    await talk.write("отмените кардиолога", "cancel_visit")

    turn = await talk.write("в четверг", "inform")

    assert turn.names == ["utter_offers"]


async def test_a_move_in_the_middle_of_a_booking_leaves_it_whole(talk: Conversation) -> None:
    await to(talk, slots.WISH)
    asked = await talk.write("перенесите кардиолога на пятницу", "move_visit")
    offers = await talk.press(asked, "Да, отложить")
    summary = await talk.press(offers, "27.11")

    done = await talk.press(summary, "Да, перенести")
    back = await talk.press(done, "Да")

    assert offers.names == ["utter_move_begins", "utter_offers"]
    assert done.names == ["utter_moved", "utter_return"]
    assert back.names == ["utter_booking_wish"]
    assert talk.slots[slots.WHAT]["ids"] == ["ent"]
    assert talk.slots[slots.MOVING] is None


async def test_giving_the_other_thing_up_offers_the_booking_again(talk: Conversation) -> None:
    await to(talk, slots.WISH)
    asked = await talk.write("отмените кардиолога", "cancel_visit")
    await talk.press(asked, "Да, отложить")

    turn = await talk.write("не надо", "stop_task")

    assert turn.names == ["utter_visits_stopped", "utter_return"]
    assert talk.loop is None


async def test_a_booking_in_the_middle_of_a_cancellation_is_asked_too(talk: Conversation) -> None:
    talk.stage.identity.proved = None
    await talk.write("отмените запись", "cancel_visit")

    asked = await talk.write("запишите лучше к лору", "book_visit")
    begun = await talk.press(asked, "Да, отложить")
    stopped = await talk.write("стоп", "stop_task")
    back = await talk.press(stopped, "Да")

    assert asked.names == ["utter_switch"]
    assert "занимаемся вашими записями" in asked.text
    assert begun.names[-1].startswith("utter_booking_")
    assert stopped.names == ["utter_booking_stopped", "utter_return"]
    assert back.names == ["utter_visits_phone"]


async def test_at_the_offers_another_time_is_no_other_task(talk: Conversation) -> None:
    await to(talk, slots.OFFER)

    turn = await talk.write("перезапишите на пятницу", "move_visit")

    assert turn.names == ["utter_offers"]
    assert "27 ноября" in turn.text


async def test_after_an_alarm_the_matter_goes_on(talk: Conversation) -> None:
    await talk.write("отмените запись", "cancel_visit")
    await talk.write("не могу дышать", "emergency")

    turn = await talk.write("продолжить", "continue_task")

    assert turn.names[-1].startswith("utter_cancel_offer")
    assert talk.stage.visits.cancels == []


async def test_an_alarm_is_not_left_for_a_visit(talk: Conversation) -> None:
    await talk.write("не могу дышать", "emergency")

    turn = await talk.write("отмените запись", "cancel_visit")

    assert talk.loop == "alarm_form"
    assert turn.names[-1].startswith("utter_alarm_how")


async def test_the_questions_which_doctor_are_left_at_once(talk: Conversation) -> None:
    talk.loop = "which_doctor_form"

    turn = await talk.run("action_start_task", talk.message("отмените запись", "cancel_visit", [], None))

    assert turn.names == []
    assert turn.validation[-1]["name"] == "visits_form"


async def test_a_cancellation_beside_a_booking_comes_after_it(talk: Conversation) -> None:
    book, cancel = (
        wish("book", "book_visit", "specialty", "ent"),
        wish("cancel", "cancel_visit", "specialty", "cardiologist"),
    )
    await hear(talk, "запишите к лору и отмените кардиолога", "book_visit", [book, cancel])

    stopped = await talk.write("стоп", "stop_task")
    turn = await talk.write("да", "affirm")

    assert stopped.names == ["utter_booking_stopped", "utter_next_task"]
    assert turn.names == ["utter_cancel_offer"]
    assert "Беляев" in turn.text


async def test_a_booking_beside_a_cancellation_comes_after_it(talk: Conversation) -> None:
    cancel, book = (
        wish("cancel", "cancel_visit", "specialty", "cardiologist"),
        wish("book", "book_visit", "specialty", "ent"),
    )
    first = await hear(talk, "отмените кардиолога и запишите к лору", "cancel_visit", [cancel, book])
    cancelled = await talk.press(first, "Всё-таки отменить")
    ended = await talk.press(cancelled, "Дорого")

    turn = await talk.press(ended, "Да, подобрать")

    assert first.names == ["utter_cancel_offer"]
    assert ended.names == ["utter_reason_stored", "utter_next_booking"]
    assert talk.slots[slots.WHAT]["ids"] == ["ent"]
    assert turn.names == ["utter_booking_place"]


def wish(topic: str, intent: str, kind: str, value: str) -> dict[str, Any]:
    return {"topic": topic, "intent": intent, "entities": [{"entity": kind, "value": value, "start": 0}]}


async def hear(talk: Conversation, text: str, intent: str, wishes: list[dict[str, Any]]) -> Turn:
    message = talk.message(text, intent, wishes[0]["entities"], None)
    return await talk.hear({**message, "wishes": wishes})


async def put_aside_and_cancel(talk: Conversation) -> Turn:
    await to(talk, slots.WISH)
    asked = await talk.write("отмените кардиолога", "cancel_visit")
    begun = await talk.press(asked, "Да, отложить")
    cancelled = await talk.press(begun, "Всё-таки отменить")
    return await talk.press(cancelled, "Заболел")
