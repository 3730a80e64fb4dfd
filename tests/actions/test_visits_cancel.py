"""A visit is given up: offered otherwise once, cancelled, and only then called cancelled."""

from __future__ import annotations

import pytest

from clinic.outcomes import (
    AlreadyGone,
    CancelBusy,
    CancelRefused,
    CancelUnknown,
    MisDown,
    NotProved,
    StillOpen,
)
from tests.actions.clinic import Stage, on
from tests.actions.conversation import Conversation
from tests.actions.dialogue import Turn
from tests.actions.proved import PHONE, card

pytestmark = pytest.mark.asyncio

ENT = card(11, "ent-1", on(25, 10))
HEART = card(12, "cardio-1", on(24, 16))
CHILD = card(13, "kid-1", on(26, 9), name="Петрова Майя Ильинична")


@pytest.fixture
def talk(stage: Stage) -> Conversation:
    stage.identity.proved = PHONE
    stage.visits.cards[PHONE] = [ENT]
    return Conversation(stage)


def have(talk: Conversation, *cards: object) -> None:
    talk.stage.visits.cards[PHONE] = list(cards)  # type: ignore[arg-type]


async def test_another_time_or_doctor_is_offered_in_one_line_before(talk: Conversation) -> None:
    turn = await talk.write("отмените запись", "cancel_visit")

    assert turn.names == ["utter_cancel_offer"]
    assert turn.get("utter_cancel_offer").titles == [
        "Всё-таки отменить", "Перенести", "Другой врач", "Оставить как есть",
    ]  # fmt: skip
    assert talk.stage.visits.cancels == []


@pytest.mark.parametrize(
    ("text", "intent"),
    [("отменить", "cancel_visit"), ("да", "affirm"), ("да, отменяйте", "affirm")],
)
async def test_it_is_cancelled_when_the_patient_insists(talk: Conversation, text: str, intent: str) -> None:
    await talk.write("отмените запись", "cancel_visit")

    turn = await talk.write(text, intent)

    assert talk.stage.visits.cancels == [11]
    assert turn.names == ["utter_visit_cancelled", "utter_cancel_reason"]
    said = turn.get("utter_visit_cancelled").text
    assert all(part in said for part in ("25 ноября", "10:00", "Иванова", "Ленинский", "Петров Илья"))
    assert 2 <= len(turn.buttons) <= 6


async def test_the_reason_is_stored_from_the_button(talk: Conversation) -> None:
    turn = await cancelled(talk)

    stored = await talk.press(turn, "Заболел")

    assert talk.stage.visits.reasons == [(11, "ill")]
    assert stored.names == ["utter_reason_stored"]
    assert talk.loop is None


@pytest.mark.parametrize(
    ("text", "intent", "reason"),
    [
        ("заболела, температура", "ask_which_doctor", "ill"),
        ("уезжаю в командировку", "inform", "no_time"),
        ("уже всё прошло", "nlu_fallback", "recovered"),
        ("слишком дорого", "inform", "price"),
    ],
)
async def test_the_reason_is_understood_in_words(
    talk: Conversation, text: str, intent: str, reason: str
) -> None:
    await cancelled(talk)

    await talk.write(text, intent)

    assert talk.stage.visits.reasons == [(11, reason)]


@pytest.mark.parametrize(
    ("text", "intent", "said", "loop"),
    [
        ("не хочу говорить", "deny", ["utter_reason_not_needed"], None),
        ("стоп", "stop_task", ["utter_reason_not_needed"], None),
        ("запишите к терапевту", "book_visit", ["utter_booking_place"], "booking_form"),
        ("сколько стоит лор", "ask_price", ["utter_price_lines"], "visits_form"),
        ("мои записи", "ask_my_visits", ["utter_visits_none"], None),
    ],
)
async def test_nobody_has_to_give_a_reason(
    talk: Conversation, text: str, intent: str, said: list[str], loop: str | None
) -> None:
    await cancelled(talk)

    turn = await talk.write(text, intent)

    assert turn.names == said
    assert talk.loop == loop
    assert talk.stage.visits.reasons == []


@pytest.mark.parametrize(
    ("text", "intent"),
    [("нет", "deny"), ("не надо", "stop_task"), ("оставьте, передумала отменять", "stop_task")],
)
async def test_giving_up_says_that_nothing_was_cancelled(talk: Conversation, text: str, intent: str) -> None:
    await talk.write("отмените запись", "cancel_visit")

    turn = await talk.write(text, intent)

    assert "ничего не отменяю" in turn.text
    assert talk.stage.visits.cancels == []
    assert talk.loop is None


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("отмените кардиолога", 12),
        ("отмените запись к Ивановой", 11),
        ("отмените завтрашнюю запись", 12),
        ("отмените приём 25 ноября", 11),
        ("отмените запись в 16:00", 12),
    ],
)
async def test_words_tell_which_visit(talk: Conversation, text: str, chosen: int) -> None:
    have(talk, HEART, ENT)

    turn = await talk.write(text, "cancel_visit")
    await talk.press(turn, "Всё-таки отменить")

    assert turn.names == ["utter_cancel_offer"]
    assert talk.stage.visits.cancels == [chosen]


@pytest.mark.parametrize("answer", ["2", "вторую", "последнюю", "к Ивановой", "25 ноября", "в 10:00"])
async def test_among_several_one_is_chosen_in_words(talk: Conversation, answer: str) -> None:
    have(talk, HEART, ENT)
    listed = await talk.write("отмените запись", "cancel_visit")

    turn = await talk.write(answer, "inform")

    assert listed.names == ["utter_visits_which"]
    assert "1. завтра, 24 ноября" in listed.text and "2. послезавтра, 25 ноября" in listed.text
    assert turn.names == ["utter_cancel_offer"]
    assert "Иванова" in turn.text


async def test_another_visit_instead_of_the_one_offered(talk: Conversation) -> None:
    have(talk, HEART, ENT)
    await talk.write("отмените кардиолога", "cancel_visit")

    turn = await talk.write("ой, нет, лора", "cancel_visit")
    await talk.press(turn, "Всё-таки отменить")

    assert talk.stage.visits.cancels == [11]


async def test_a_visit_that_is_not_there_is_told_so(talk: Conversation) -> None:
    have(talk, HEART, ENT)

    turn = await talk.write("отмените терапевта", "cancel_visit")

    assert turn.names == ["utter_visit_not_found", "utter_visits_which"]
    assert talk.stage.visits.cancels == []


async def test_the_only_visit_is_not_taken_for_another(talk: Conversation) -> None:
    turn = await talk.write("отмените кардиолога", "cancel_visit")

    assert turn.names == ["utter_visit_other_only", "utter_visits_which"]


async def test_whose_visit_it_is_is_said_when_there_are_several_people(talk: Conversation) -> None:
    have(talk, ENT, CHILD)

    turn = await talk.write("мои записи", "ask_my_visits")

    assert "пациент: Петрова Майя" in turn.text and "пациент: Петров Илья" in turn.text


@pytest.mark.parametrize("count", [8, 12])
async def test_there_are_never_more_than_eight_buttons(talk: Conversation, count: int) -> None:
    have(talk, *(card(20 + day, "ent-1", on(24, 9, day)) for day in range(count)))

    turn = await talk.write("мои записи", "ask_my_visits")

    person = await talk.write("ну эту", "inform", plain=True)
    person = await talk.write("ту самую", "inform", plain=True)

    assert len(turn.buttons) == 7
    assert len(person.buttons) == 8
    assert f"{count}. " in turn.text


async def test_no_visits_is_said_and_a_booking_offered(talk: Conversation) -> None:
    have(talk)

    turn = await talk.write("мои записи", "ask_my_visits")

    assert turn.names == ["utter_visits_none"]
    assert turn.buttons[0]["payload"] == "/book_visit"
    assert talk.loop is None


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (CancelUnknown(11), "utter_cancel_unknown"),
        (CancelRefused(11), "utter_cancel_refused"),
        (MisDown(), "utter_cancel_not_possible"),
        (AlreadyGone(11, "cancelled"), "utter_visit_gone_cancelled"),
        (AlreadyGone(11, "moved"), "utter_visit_gone_moved"),
        (AlreadyGone(11, "past"), "utter_visit_gone_past"),
        (AlreadyGone(11, "never_booked"), "utter_visit_gone_never_booked"),
        (CancelBusy(11), "utter_cancel_busy"),
        (StillOpen(11), "utter_visit_unknown"),
    ],
)
async def test_only_what_is_cancelled_is_called_so(talk: Conversation, outcome: object, said: str) -> None:
    talk.stage.visits.cancel_outcomes = [outcome]
    turn = await talk.write("отмените запись", "cancel_visit")

    end = await talk.press(turn, "Всё-таки отменить")

    assert end.names == [said]
    assert "Запись отменена" not in end.text
    assert talk.loop is None


async def test_a_refusal_is_passed_to_a_person(talk: Conversation) -> None:
    talk.stage.visits.cancel_outcomes = [CancelRefused(11)]
    turn = await talk.write("отмените запись", "cancel_visit")

    await talk.press(turn, "Всё-таки отменить")

    assert talk.stage.requests.kinds == ["check"]


async def test_an_error_on_the_way_claims_nothing(talk: Conversation) -> None:
    talk.stage.visits.cancel_outcomes = [OSError("no network")]
    turn = await talk.write("отмените запись", "cancel_visit")

    end = await talk.press(turn, "Всё-таки отменить")

    assert end.names == ["utter_visits_failed"]


async def test_a_proof_that_ran_out_is_asked_anew(talk: Conversation) -> None:
    talk.stage.visits.cancel_outcomes = [NotProved()]
    turn = await talk.write("отмените запись", "cancel_visit")

    end = await talk.press(turn, "Всё-таки отменить")

    assert end.names == ["utter_visits_prove_again", "utter_code_sent", "utter_visits_code"]


async def test_the_list_leads_to_the_cancellation(talk: Conversation) -> None:
    have(talk, HEART, ENT)
    listed = await talk.write("мои записи", "ask_my_visits")

    chosen = await talk.press(listed, "25.11")
    offered = await talk.press(chosen, "Отменить запись")
    done = await talk.press(offered, "Всё-таки отменить")

    assert [listed.names, chosen.names, offered.names] == [
        ["utter_visits_which"], ["utter_visit_what_next"], ["utter_cancel_offer"],
    ]  # fmt: skip
    assert done.names[0] == "utter_visit_cancelled"


@pytest.mark.parametrize("button", ["Ничего не нужно"])
async def test_looking_changes_nothing(talk: Conversation, button: str) -> None:
    have(talk, HEART, ENT)
    listed = await talk.write("мои записи", "ask_my_visits")

    turn = await talk.press(listed, button)

    assert turn.names == ["utter_visit_nothing_to_do"]
    assert talk.stage.visits.cancels == []


async def test_being_late_is_no_wish_to_move(talk: Conversation) -> None:
    turn = await talk.write("опаздываю на 20 минут", "move_visit")

    assert turn.names == ["utter_late_for_visit"]
    assert talk.loop is None


async def cancelled(talk: Conversation) -> Turn:
    turn = await talk.write("отмените запись", "cancel_visit")
    return await talk.press(turn, "Всё-таки отменить")
