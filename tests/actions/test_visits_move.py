"""A visit is moved: the same doctor first, and it is called moved only once the new time stands."""

from __future__ import annotations

import pytest

from actions.booking import slots
from clinic.outcomes import (
    AlreadyGone,
    Clashed,
    DoubleVisit,
    Expired,
    MisDown,
    MovedOldStands,
    NotProved,
    Refused,
    StillOpen,
    Unknown,
)
from tests.actions.clinic import Stage, catalogue, on
from tests.actions.conversation import Conversation
from tests.actions.dialogue import Turn
from tests.actions.proved import PHONE, card, confirmed

pytestmark = pytest.mark.asyncio

ENT = card(11, "ent-1", on(25, 10))
HEART = card(12, "cardio-1", on(24, 16))


@pytest.fixture
def talk(stage: Stage) -> Conversation:
    stage.identity.proved = PHONE
    stage.visits.cards[PHONE] = [ENT]
    return Conversation(stage)


async def test_when_is_asked_and_the_old_visit_said_to_stand(talk: Conversation) -> None:
    turn = await talk.write("перенесите запись", "move_visit")

    assert turn.names == ["utter_move_begins", "utter_booking_wish"]
    assert "остаётся в силе" in turn.text and "Иванова" in turn.text


async def test_what_was_said_at_once_is_not_asked(talk: Conversation) -> None:
    turn = await talk.write("перенесите запись на пятницу", "move_visit")

    assert turn.names == ["utter_move_begins", "utter_offers"]
    assert "27 ноября" in turn.text


async def test_a_week_is_where_to_even_when_the_visit_is_in_it(talk: Conversation) -> None:
    turn = await talk.write("перенесите запись на эту неделю", "move_visit")

    assert turn.names == ["utter_move_begins", "utter_offers"]


async def test_the_same_doctor_and_branch_are_looked_for(talk: Conversation) -> None:
    await talk.write("перенесите запись на пятницу", "move_visit")

    query = talk.stage.queries[-1]
    assert query.doctor_ids == ("ent-1",)
    assert query.branch_ids == ("leninsky",)


@pytest.mark.parametrize(
    ("text", "doctor", "day"),
    [
        ("перенесите кардиолога на пятницу", "cardio-1", "27 ноября"),
        ("перенесите завтрашнюю запись на пятницу", "cardio-1", "27 ноября"),
        ("перенесите лора на четверг", "ent-1", "26 ноября"),
    ],
)
async def test_words_tell_which_and_where_to(talk: Conversation, text: str, doctor: str, day: str) -> None:
    talk.stage.visits.cards[PHONE] = [HEART, ENT]

    turn = await talk.write(text, "move_visit")

    assert turn.names == ["utter_move_begins", "utter_offers"]
    assert talk.stage.queries[-1].doctor_ids == (doctor,)
    assert day in turn.text


async def test_the_day_of_the_visit_itself_is_no_wish(talk: Conversation) -> None:
    turn = await talk.write("перенесите запись 25 ноября", "move_visit")

    assert turn.names == ["utter_move_begins", "utter_booking_wish"]


async def test_all_facts_are_confirmed_and_said_in_the_end(talk: Conversation) -> None:
    summary = await to_confirmed(talk)
    done = await talk.press(summary, "Да, перенести")

    assert summary.names == ["utter_offer_held", "utter_move_confirmed"]
    assert "25 ноября" in summary.text and "27 ноября" in summary.text and "Петров Илья" in summary.text
    assert talk.stage.visits.moves == [(11, 1)]
    assert talk.stage.bookings.confirms == []
    assert done.names == ["utter_moved"]
    assert "27 ноября" in done.text and "Прежняя запись отменена" in done.text
    assert talk.loop is None


@pytest.mark.parametrize(
    ("outcome", "said", "over"),
    [
        (MovedOldStands(confirmed(5, ENT.slot), 11), "utter_moved_old_stands", True),
        (Unknown(5), "utter_move_unknown", True),
        (Refused("other"), "utter_move_refused", True),
        (Clashed(5, "5", confirmed(5, ENT.slot).visit), "utter_move_clash", True),
        (AlreadyGone(11, "cancelled"), "utter_visit_gone_cancelled", True),
        (AlreadyGone(11, "never_booked"), "utter_visit_gone_never_booked", True),
        (StillOpen(11), "utter_visit_unknown", True),
        (OSError("no network"), "utter_move_unknown", True),
        (MisDown(), "utter_move_not_possible", False),
    ],
)
async def test_the_truth_is_told_when_it_failed(
    talk: Conversation, outcome: object, said: str, over: bool
) -> None:
    talk.stage.visits.move_outcomes = [outcome]
    summary = await to_confirmed(talk)

    turn = await talk.press(summary, "Да, перенести")

    assert turn.names == [said]
    assert "Запись перенесена" not in turn.text
    assert (talk.slots[slots.MOVING] is None) is over
    assert talk.loop is None


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Refused("taken"), "utter_offer_taken"),
        (Expired(), "utter_hold_expired"),
    ],
)
async def test_a_time_that_went_away_brings_new_ones(talk: Conversation, outcome: object, said: str) -> None:
    talk.stage.visits.move_outcomes = [outcome]
    summary = await to_confirmed(talk)

    turn = await talk.press(summary, "Да, перенести")

    assert turn.names == [said, "utter_offers"]
    assert talk.slots[slots.MOVING] is not None


async def test_a_second_visit_at_one_time_is_asked_about(talk: Conversation) -> None:
    talk.stage.visits.move_outcomes = [DoubleVisit(5, 6, HEART.slot)]
    summary = await to_confirmed(talk)

    asked = await talk.press(summary, "Да, перенести")
    assert asked.names == ["utter_move_double", "utter_move_confirmed"]
    assert "Запись перенесена" not in asked.text

    done = await talk.press(asked, "Да, перенести")
    assert done.names == ["utter_moved"]
    assert talk.stage.visits.allowed_double == [False, True]


async def test_a_clinic_out_of_reach_can_be_tried_again(talk: Conversation) -> None:
    talk.stage.visits.move_outcomes = [MisDown()]
    summary = await to_confirmed(talk)
    failed = await talk.press(summary, "Да, перенести")

    again = await talk.press(failed, "Попробовать ещё раз")
    done = await talk.press(again, "Да, перенести")

    assert again.names == ["utter_move_confirmed"]
    assert done.names == ["utter_moved"]


async def test_a_proof_that_ran_out_is_asked_anew(talk: Conversation) -> None:
    talk.stage.visits.move_outcomes = [NotProved()]
    summary = await to_confirmed(talk)
    talk.stage.identity.proved = None

    turn = await talk.press(summary, "Да, перенести")

    assert turn.names == ["utter_move_prove_again", "utter_code_sent", "utter_visits_code"]


@pytest.mark.parametrize(("text", "intent"), [("стоп", "stop_task"), ("не надо переносить", "stop_task")])
async def test_giving_up_says_that_nothing_was_moved(talk: Conversation, text: str, intent: str) -> None:
    await to_confirmed(talk)

    turn = await talk.write(text, intent)

    assert turn.names == ["utter_move_stopped"]
    assert talk.stage.bookings.released == [1]
    assert talk.stage.visits.moves == []
    assert talk.slots[slots.MOVING] is None


@pytest.mark.parametrize("outcome", [AlreadyGone(11, "moved"), StillOpen(11), NotProved()])
async def test_a_new_time_that_is_of_no_use_is_given_back(talk: Conversation, outcome: object) -> None:
    talk.stage.visits.move_outcomes = [outcome]
    summary = await to_confirmed(talk)

    turn = await talk.press(summary, "Да, перенести")

    assert talk.stage.bookings.released == [1]
    assert turn.names


async def test_a_no_asks_what_to_change(talk: Conversation) -> None:
    await to_confirmed(talk)

    turn = await talk.write("нет", "deny")
    other = await talk.press(turn, "Другое время")

    assert turn.names == ["utter_move_what_to_change"]
    assert other.names == ["utter_booking_wish"]


async def test_another_day_at_the_summary(talk: Conversation) -> None:
    await to_confirmed(talk)

    turn = await talk.write("лучше в четверг", "inform")

    assert turn.names[-1] == "utter_offers"
    assert "26 ноября" in turn.text
    assert talk.slots[slots.MOVING]["visit"] == 11


async def test_another_doctor_instead_of_cancelling(talk: Conversation) -> None:
    offered = await talk.write("отмените запись", "cancel_visit")

    turn = await talk.press(offered, "Другой врач")
    await talk.write("в пятницу", "inform")

    assert turn.names == ["utter_move_begins", "utter_booking_wish"]
    assert talk.stage.queries[-1].specialty == "ent"


@pytest.mark.parametrize(
    ("text", "intent"),
    [("перенести", "move_visit"), ("давайте лучше в пятницу", "inform"), ("на другой день", "inform")],
)
async def test_moving_instead_of_cancelling_in_words(talk: Conversation, text: str, intent: str) -> None:
    await talk.write("отмените запись", "cancel_visit")

    turn = await talk.write(text, intent)

    assert turn.names[0] == "utter_move_begins"
    assert talk.stage.visits.cancels == []


async def test_a_day_named_instead_of_cancelling_is_taken(talk: Conversation) -> None:
    await talk.write("отмените запись", "cancel_visit")

    turn = await talk.write("давайте лучше в пятницу", "inform")

    assert turn.names == ["utter_move_begins", "utter_offers"]


async def test_an_ultrasound_is_moved_as_one(talk: Conversation) -> None:
    service = next(
        one for one in catalogue().services.values() if one.kind != "consultation" and one.specialty == "ent"
    )
    ids = (f"{service.article}-leninsky",)
    talk.stage.visits.cards[PHONE] = [card(11, "ent-1", on(25, 10), service_ids=ids)]

    await talk.write("перенесите на пятницу", "move_visit")

    assert talk.stage.queries[-1].service_ids == (service.id,)


async def test_who_the_patient_was_before_is_not_mixed_up(talk: Conversation) -> None:
    talk.slots[slots.PATIENT] = {"surname": "Белова", "given": "Инна", "patronymic": ""}
    summary = await to_confirmed(talk)
    moved_for = talk.slots[slots.PATIENT]["surname"]

    await talk.press(summary, "Да, перенести")

    assert moved_for == "Петров"
    assert talk.slots[slots.PATIENT]["surname"] == "Белова"


async def test_another_visit_in_the_middle_of_the_move(talk: Conversation) -> None:
    talk.stage.visits.cards[PHONE] = [HEART, ENT]
    await to_confirmed(talk, "перенесите лора на пятницу")

    turn = await talk.write("ой, нет, отмените лучше кардиолога", "cancel_visit")

    assert turn.names == ["utter_cancel_offer"]
    assert "Беляев" in turn.text
    assert talk.stage.bookings.released == [1]
    assert talk.slots[slots.MOVING] is None


async def to_confirmed(talk: Conversation, text: str = "перенесите запись на пятницу") -> Turn:
    offers = await talk.write(text, "move_visit")
    return await talk.press(offers, "27.11")
