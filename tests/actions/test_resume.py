"""A patient who comes back after a silence is offered to go on; one who says what they want just goes on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from actions.booking import slots
from tests.actions.clinic import Stage
from tests.actions.dialogue import STEPS, Dialogue, Turn

pytestmark = pytest.mark.asyncio

LONG = 3 * 3600.0


def came_back(talk: Dialogue, text: str, intent: str, idle: float) -> dict[str, Any]:
    return {**talk.message(text, intent, [], None), "metadata": {"idle_seconds": idle}}


async def greet(talk: Dialogue, idle: float = LONG) -> Turn:
    return await talk.run("action_greet", came_back(talk, "здравствуйте", "greet", idle))


@pytest.mark.parametrize("step", [step for step in STEPS if step != slots.WHAT])
async def test_a_greeting_after_a_silence_offers_to_go_on(talk: Dialogue, step: str) -> None:
    way = STEPS[step]
    assert way is not None
    await way(talk)
    held = talk.slots[slots.OFFER] is not None

    turn = await greet(talk)

    assert turn.names == ["utter_resume_hold_expired" if held else "utter_resume"]
    assert "на записи к оториноларингологу" in turn.text
    assert [button["payload"] for button in turn.buttons] == ["/continue_task", "/deny"]
    assert not talk.active and talk.requested is None
    assert talk.slots[slots.OFFERS] is None and talk.slots[slots.OFFER] is None


async def test_a_held_time_is_given_back(talk: Dialogue, stage: Stage) -> None:
    await talk.to_consent()

    await greet(talk)

    assert stage.bookings.released == [1]


async def test_a_vague_word_offers_to_go_on(talk: Dialogue) -> None:
    await talk.to_wish()

    turn = await talk.run("action_not_understood", came_back(talk, "ну вот", "nlu_fallback", LONG))

    assert turn.names == ["utter_resume"]
    assert "Ленинск" in turn.text


async def test_going_on_reads_the_offers_anew(talk: Dialogue, stage: Stage) -> None:
    await talk.to_offer()
    looked = len(stage.queries)
    back = await greet(talk)

    await talk.answer("да", "action_answer_yes", back)
    turn = await talk.go_on()

    assert turn.names == ["utter_offers"] and talk.requested == slots.OFFER
    assert len(stage.queries) > looked


async def test_no_gives_the_booking_up(talk: Dialogue) -> None:
    await talk.to_offer()
    back = await greet(talk)

    turn = await talk.answer("нет", "action_answer_no", back)

    assert turn.names == ["utter_booking_stopped"]
    assert talk.slots[slots.WHAT] is None


async def test_a_day_that_is_over_is_asked_for_again(talk: Dialogue, stage: Stage) -> None:
    await talk.to_offer()
    stage.clock.now += timedelta(days=3)

    await greet(talk)

    assert talk.slots[slots.WISH] is None


async def test_after_a_short_pause_a_greeting_is_only_greeted(talk: Dialogue) -> None:
    await talk.to_offer()

    turn = await greet(talk, idle=600.0)

    assert turn.names == ["utter_greet_short"]
    assert talk.active and talk.slots[slots.OFFERS]


async def test_with_nothing_open_there_is_nothing_to_go_on_with(talk: Dialogue) -> None:
    turn = await greet(talk)

    assert turn.names == ["utter_greet"]


async def test_silence_is_read_from_the_events_where_no_desk_tells_it(talk: Dialogue) -> None:
    await talk.to_wish()
    talk.events = [{"event": "user", "timestamp": 0.0}, {"event": "user", "timestamp": LONG}]

    turn = await talk.run("action_greet", talk.message("здравствуйте", "greet", [], None))

    assert turn.names == ["utter_resume"]


async def test_a_held_time_that_ran_out_is_told_on_going_on(talk: Dialogue, stage: Stage) -> None:
    await talk.to_patient()
    message = came_back(talk, "продолжить", "continue_task", LONG)
    talk.message = lambda *_: message  # type: ignore[method-assign]

    turn = await talk.receive("продолжить", "continue_task", [])

    assert turn.names == ["utter_hold_expired", "utter_offers"]
    assert stage.bookings.released == [1]


@pytest.mark.parametrize(("idle", "consented"), [(LONG, None), (60.0, True)])
async def test_a_word_of_one_who_is_back_is_no_yes_to_an_old_question(
    talk: Dialogue, idle: float, consented: bool | None
) -> None:
    await talk.to_consent()
    message = came_back(talk, "я снова тут", "affirm", idle)
    talk.message = lambda *_: message  # type: ignore[method-assign]

    await talk.receive("я снова тут", "affirm", [])

    assert talk.slots[slots.CONSENT] is consented


async def test_what_was_broken_off_can_be_given_up(talk: Dialogue) -> None:
    await talk.to_offer()
    await greet(talk)

    stopped = await talk.run("action_stop_booking")
    again = await talk.run("action_stop_booking")

    assert stopped.names == ["utter_booking_stopped"] and talk.slots[slots.WHAT] is None
    assert again.names == ["utter_nothing_to_stop"]
