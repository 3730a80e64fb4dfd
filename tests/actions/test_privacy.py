"""«Удалите мои данные»: a code first, then a stored request with its number and deadline."""

from __future__ import annotations

from datetime import timedelta

import pytest

from actions import switching
from actions.booking import slots as booking
from actions.visits import slots
from clinic.identity import NotSent, TooMany
from tests.actions.clinic import Stage
from tests.actions.conversation import Conversation
from tests.actions.proved import CODE, PHONE

pytestmark = pytest.mark.asyncio


@pytest.fixture
def talk(stage: Stage) -> Conversation:
    return Conversation(stage)


async def to_code(talk: Conversation, text: str = "удалите мои данные") -> None:
    await talk.write(text, "ask_privacy")
    await talk.write("89160001234", "inform")


def only_request(stage: Stage) -> dict[str, object]:
    [request] = stage.requests.stored.values()
    assert request.kind == request.topic == "privacy"
    return dict(request.details)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("удалите мои данные", "utter_privacy_delete_proof", "utter_privacy_delete"),
        ("отзываю согласие", "utter_privacy_consent_proof", "utter_privacy_consent"),
    ],
)
async def test_the_wish_is_taken_after_the_code(
    talk: Conversation, stage: Stage, text: str, first: str, last: str
) -> None:
    asked = await talk.write(text, "ask_privacy")
    assert asked.names == [first, "utter_privacy_phone"]
    assert "30 дней" in asked.text
    assert "медицинск" in asked.text
    sent = await talk.write("89160001234", "inform")
    assert sent.names == ["utter_code_sent", "utter_visits_code"]
    assert stage.requests.stored == {}

    done = await talk.write(CODE, "inform")

    assert done.names == [last]
    details = only_request(stage)
    assert (details["identity"], details["proved_phone"]) == ("code", PHONE)
    [request] = stage.requests.stored.values()
    assert request.number in done.text
    assert f"«{text}»" in request.summary
    assert CODE not in request.summary
    assert talk.loop is None
    assert talk.slots[slots.TASK] is None


@pytest.mark.parametrize("at_code", [True, False])
async def test_the_request_names_the_phone_that_was_given_and_nobody_else(
    talk: Conversation, stage: Stage, at_code: bool
) -> None:
    talk.slots[booking.PHONE] = "+79165550000"
    talk.slots[booking.PATIENT] = {"surname": "Чужой", "given": "Пётр", "patronymic": ""}
    talk.slots[booking.BIRTH_DATE] = "1990-01-01"
    await talk.write("удалите мои данные, мой номер 89160001234", "ask_privacy")

    await talk.write(CODE if at_code else "я потеряла симку", "inform" if at_code else "nlu_fallback")

    [request] = stage.requests.stored.values()
    assert (request.phone, request.patient_name, request.birth_date) == (PHONE, "", None)
    assert ("не подтверждён кодом" in request.summary) is not at_code


async def test_without_a_phone_a_contact_is_asked_for_and_no_call_is_promised(
    talk: Conversation, stage: Stage
) -> None:
    await talk.write("удалите мои данные", "ask_privacy")

    turn = await talk.write("я потеряла симку", "nlu_fallback")

    assert "Напишите, пожалуйста, номер телефона" in turn.text
    [request] = stage.requests.stored.values()
    assert request.phone == ""


async def test_a_wrong_code_deletes_nothing(talk: Conversation, stage: Stage) -> None:
    await to_code(talk)

    turn = await talk.write("111111", "inform")

    assert turn.names == ["utter_code_wrong"]
    assert stage.requests.stored == {}


async def test_a_proved_phone_is_asked_nothing(talk: Conversation, stage: Stage) -> None:
    stage.identity.proved = PHONE

    turn = await talk.write("удалите мои данные", "ask_privacy")

    assert turn.names == ["utter_privacy_delete"]
    assert only_request(stage)["identity"] == "code"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("нет доступа к этому номеру", "nlu_fallback"),
        ("я потеряла симку", "ask_which_doctor"),
        ("позовите человека", "call_operator"),
    ],
)
@pytest.mark.parametrize("at_code", [True, False])
async def test_who_cannot_get_a_code_is_handed_to_a_person(
    talk: Conversation, stage: Stage, text: str, intent: str, at_code: bool
) -> None:
    await talk.write("удалите мои данные", "ask_privacy")
    if at_code:
        await talk.write("89160001234", "inform")

    turn = await talk.write(text, intent)

    assert turn.names == ["utter_privacy_delete"]
    assert "убедится, что это вы" in turn.text
    assert only_request(stage)["identity"] == "unproved"
    assert talk.loop is None


@pytest.mark.parametrize("at_code", [True, False])
async def test_the_button_for_it_stands_under_both_questions(
    talk: Conversation, stage: Stage, at_code: bool
) -> None:
    asked = await talk.write("удалите мои данные", "ask_privacy")
    if at_code:
        asked = await talk.write("89160001234", "inform")

    turn = await talk.press(asked, "Не могу получить код")

    assert turn.names == ["utter_privacy_delete"]
    assert only_request(stage)["identity"] == "unproved"


async def test_visits_have_no_such_button(talk: Conversation) -> None:
    asked = await talk.write("мои записи", "ask_my_visits")

    assert not [button for button in asked.buttons if "no_code" in button["payload"]]


@pytest.mark.parametrize("far", [True, False])
async def test_a_code_that_cannot_be_sent_leaves_it_to_a_person(
    talk: Conversation, stage: Stage, far: bool
) -> None:
    later = TooMany(stage.clock() + timedelta(hours=3))
    stage.identity.send_outcomes.append(later if far else NotSent())
    await talk.write("удалите мои данные", "ask_privacy")

    turn = await talk.write("89160001234", "inform")

    assert turn.names == ["utter_privacy_delete"]
    assert only_request(stage)["identity"] == "unproved"


async def test_the_booking_it_interrupts_is_offered_again(talk: Conversation, stage: Stage) -> None:
    await talk.write("запишите к лору")
    await to_code(talk)

    done = await talk.write(CODE, "inform")

    assert done.names == ["utter_privacy_delete", "utter_return"]
    assert "лор" in done.text.lower() or "оториноларинголог" in done.text
    assert talk.slots[switching.ASIDE]
    assert talk.slots[booking.WHAT] is None


async def test_given_up_it_is_not_stored(talk: Conversation, stage: Stage) -> None:
    await to_code(talk)

    turn = await talk.write("не надо, передумала", "stop_task")

    assert "utter_privacy_stopped" in turn.names
    assert stage.requests.stored == {}
    assert talk.loop is None


async def test_what_is_kept_is_told_without_a_code(talk: Conversation, stage: Stage) -> None:
    turn = await talk.write("какие данные вы храните", "ask_privacy")

    assert turn.names == ["utter_privacy_access"]
    assert talk.loop is None


async def test_a_failure_to_store_is_no_promise(
    talk: Conversation, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store(*args: object, **data: object) -> None:
        raise RuntimeError

    await to_code(talk)
    monkeypatch.setattr(stage.requests, "store", store)

    turn = await talk.write(CODE, "inform")

    assert turn.names == ["utter_privacy_failed"]
    assert talk.loop is None
