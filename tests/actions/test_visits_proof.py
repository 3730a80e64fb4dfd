"""Nothing is said of a visit before its phone is proved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clinic.identity import CodeExpired, NotSent, TooMany
from tests.actions.clinic import Stage, on
from tests.actions.conversation import Conversation
from tests.actions.proved import CODE, PHONE, card

pytestmark = pytest.mark.asyncio


@pytest.fixture
def talk(stage: Stage) -> Conversation:
    stage.visits.cards[PHONE] = [card(11, "ent-1", on(25, 10))]
    return Conversation(stage)


async def ask(talk: Conversation, text: str = "мои записи", intent: str = "ask_my_visits") -> None:
    turn = await talk.write(text, intent)
    assert turn.names == ["utter_visits_phone"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [("когда у меня приём", "ask_my_visits"), ("перенесите", "move_visit"), ("отмените", "cancel_visit")],
)
async def test_every_request_about_a_visit_asks_the_phone_and_a_code(
    talk: Conversation, stage: Stage, text: str, intent: str
) -> None:
    await ask(talk, text, intent)

    turn = await talk.write("8 916 000-12-34", "inform")

    assert turn.names == ["utter_code_sent", "utter_visits_code"]
    assert stage.identity.sent == [PHONE]
    assert "Иванова" not in turn.text


async def test_the_phone_of_the_first_message_is_taken(talk: Conversation, stage: Stage) -> None:
    turn = await talk.write("отмените запись, телефон 89160001234", "cancel_visit")

    assert turn.names == ["utter_code_sent", "utter_visits_code"]


async def test_the_phone_this_conversation_booked_with_is_asked_a_code_all_the_same(
    talk: Conversation, stage: Stage
) -> None:
    talk.slots["booking__phone"] = PHONE

    turn = await talk.write("мои записи", "ask_my_visits")

    assert turn.names == ["utter_code_sent", "utter_visits_code"]
    assert stage.identity.sent == [PHONE]


async def test_a_proved_phone_is_not_asked_again(talk: Conversation, stage: Stage) -> None:
    stage.identity.proved = PHONE

    turn = await talk.write("мои записи", "ask_my_visits")

    assert turn.names == ["utter_visit_what_next"]


@pytest.mark.parametrize("code", [CODE, "482 913", "482-913", f"вот {CODE}", f"{CODE}."])
async def test_the_right_code_shows_the_visit(talk: Conversation, code: str) -> None:
    await ask(talk)
    await talk.write(PHONE, "inform")

    turn = await talk.write(code, "inform")

    assert turn.names == ["utter_visit_what_next"]
    assert "Иванова" in turn.text and "25 ноября" in turn.text


async def test_a_wrong_code_says_how_many_tries_are_left(talk: Conversation) -> None:
    await ask(talk)
    await talk.write(PHONE, "inform")

    first = await talk.write("111111", "inform")
    for wrong in ("222222", "333333", "444444"):
        await talk.write(wrong, "inform")
    last = await talk.write("555555", "inform")

    assert first.names[0] == "utter_code_wrong" and "4 попытки" in first.text
    assert last.names[0] == "utter_code_no_tries"
    assert "Иванова" not in last.text


async def test_the_code_is_sent_again(talk: Conversation, stage: Stage) -> None:
    await ask(talk)
    sent = await talk.write(PHONE, "inform")

    await talk.press(sent, "Отправить ещё раз")
    turn = await talk.write("ничего не пришло", "nlu_fallback")

    assert turn.names[0] == "utter_code_sent"
    assert stage.identity.sent == [PHONE] * 3


async def test_another_phone_instead_of_the_code(talk: Conversation, stage: Stage) -> None:
    await ask(talk)
    sent = await talk.write(PHONE, "inform")

    asked = await talk.press(sent, "Другой номер")
    await talk.write("89160004321", "inform")
    turn = await talk.write("ой, 89160001234", "inform")

    assert asked.names == ["utter_visits_phone"]
    assert stage.identity.sent == [PHONE, "+79160004321", PHONE]
    assert turn.names == ["utter_code_sent", "utter_visits_code"]


async def test_a_short_wait_is_told_and_the_question_stays(talk: Conversation, stage: Stage) -> None:
    stage.identity.send_outcomes = [TooMany(stage.clock() + timedelta(seconds=50))]

    turn = await talk.write("мои записи, 89160001234", "ask_my_visits")

    assert turn.names == ["utter_code_wait"]
    assert "1 минуту" in turn.text


@pytest.mark.parametrize(
    ("outcome", "said"),
    [(TooMany(on(23, 23)), "utter_code_limit"), (NotSent(), "utter_code_not_sent")],
)
async def test_without_a_code_a_person_is_offered(
    talk: Conversation, stage: Stage, outcome: object, said: str
) -> None:
    stage.identity.send_outcomes = [outcome]
    await ask(talk)

    turn = await talk.write(PHONE, "inform")
    yes = await talk.write("да", "affirm")

    assert turn.names == [said]
    assert talk.loop is None
    assert yes.names == ["utter_operator_called"]


async def test_an_old_code_is_said_to_be_old(talk: Conversation, stage: Stage) -> None:
    stage.identity.check_outcomes = [CodeExpired()]
    await ask(talk)
    await talk.write(PHONE, "inform")

    turn = await talk.write(CODE, "inform")

    assert turn.names[0] == "utter_code_expired"


@pytest.mark.parametrize(
    ("text", "said"),
    [("+380501234567", "utter_visits_phone_foreign"), ("8916", "utter_phone_wrong_length")],
)
async def test_a_phone_that_cannot_be_is_told_so(talk: Conversation, text: str, said: str) -> None:
    await ask(talk)

    turn = await talk.write(text, "inform")

    assert turn.names == [said]
    assert talk.requested == "visits__phone"


async def test_what_is_not_understood_is_asked_otherwise_and_then_a_person_is_offered(
    talk: Conversation,
) -> None:
    await ask(talk)

    first = await talk.write("ну этот самый", "inform")
    second = await talk.write("какой-то", "inform")

    assert first.names == ["utter_visits_phone_again"]
    assert second.names == ["utter_visits_phone_person"]


@pytest.mark.parametrize("step", ["visits__phone", "visits__code", "visits__decision"])
async def test_a_question_is_answered_and_the_form_goes_on(talk: Conversation, step: str) -> None:
    await ask(talk)
    for answer in (PHONE, CODE):
        if talk.requested != step:
            await talk.write(answer, "inform")

    turn = await talk.write("сколько стоит приём лора", "ask_price")

    assert turn.names[0] == "utter_price_lines"
    assert turn.names[-1].endswith("_resume")
    assert talk.requested == step


async def test_an_error_claims_nothing(
    talk: Conversation, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(stage.visits, "upcoming", broken)
    await ask(talk)
    await talk.write(PHONE, "inform")

    turn = await talk.write(CODE, "inform")

    assert turn.names == ["utter_visits_failed"]
    assert talk.loop is None


async def test_codes_are_counted_by_the_address_too(talk: Conversation, stage: Stage) -> None:
    await ask(talk)
    message = talk.message("8 916 000-12-34", "inform", (), None)

    await talk.hear({**message, "metadata": {"address_mark": "5f0c"}})

    assert stage.identity.addresses == ["5f0c"]
