"""What, where and when: corrections, and everything that cannot be is said and asked again."""

from __future__ import annotations

import pytest

from actions.booking import slots
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue

LENINSKY = {"kind": "branch", "id": "leninsky"}


async def test_a_correction_of_the_doctor_starts_the_choice_anew(talk: Dialogue, stage: Stage) -> None:
    await talk.to_confirmed()

    turn = await talk.write("лучше к кардиологу", "book_visit")

    assert talk.slots[slots.WHAT]["ids"] == ["cardiologist"]
    assert "utter_corrected" in turn.names and "кардиологу" in turn.get("utter_corrected").text
    assert talk.requested == slots.OFFER
    assert stage.bookings.released == [1]
    assert stage.bookings.confirms == []


async def test_a_correction_of_place_and_day_in_one_message(talk: Dialogue) -> None:
    await talk.to_confirmed()

    turn = await talk.write("давайте на Таганке послезавтра", "inform")

    assert talk.slots[slots.PLACE] == {"kind": "branch", "id": "taganka"}
    assert talk.slots[slots.WISH]["dates"] == ["2026-11-25", "2026-11-25"]
    assert turn.names == ["utter_offers"]
    assert talk.requested == slots.OFFER


async def test_not_to_a_doctor_is_no_wish_for_them(talk: Dialogue) -> None:
    await talk.write("не к хирургу, а к лору", "book_visit")
    assert talk.slots[slots.WHAT]["ids"] == ["ent"]


async def test_a_specialty_absent_in_the_branch_is_offered_nearby(talk: Dialogue) -> None:
    turn = await talk.write("к кардиологу на Таганку", "book_visit")

    said = turn.get("utter_specialty_absent")
    assert "Таганка" in said.text and "«Ленинский», «Сокол»" in said.text
    assert talk.requested == slots.PLACE

    await talk.press(turn, "Сокол")

    assert talk.slots[slots.PLACE] == {"kind": "branch", "id": "sokol"}


async def test_a_branch_that_was_never_read_is_not_said_to_lack_anybody(talk: Dialogue, stage: Stage) -> None:
    moscow = [branch.id for branch in stage.context.catalogue.branches.values() if branch.region == "moscow"]
    stage.mis.down_branches = set(moscow)
    turn = await talk.write("к лору в Москве", "book_visit")
    assert "utter_specialty_absent_region" not in turn.names
    assert talk.slots[slots.PLACE] == {"kind": "region", "id": "moscow"}


async def test_a_specialty_absent_in_the_region_is_offered_in_another(talk: Dialogue) -> None:
    await talk.write("к кардиологу", "book_visit")

    turn = await talk.write("в Екатеринбурге", "inform")

    if "utter_specialty_absent_region" in turn.names:
        assert "Москва" in turn.text
    else:
        assert talk.slots[slots.PLACE]["id"] == "moscow", "the only region is not asked for"


async def test_the_only_place_is_not_asked_for(talk: Dialogue) -> None:
    await talk.write("к генетику", "book_visit")

    assert talk.slots[slots.PLACE] == {"kind": "branch", "id": "krasny"}
    assert talk.requested == slots.WISH


@pytest.mark.parametrize("text", ["к рентгенологу", "нужен рентгенолог"])
async def test_an_unknown_specialist_is_said_to_be_absent(talk: Dialogue, text: str) -> None:
    turn = await talk.write(text, "book_visit")

    assert "utter_unknown_doctor" in turn.names
    assert talk.requested == slots.WHAT


async def test_an_unknown_word_for_a_doctor_is_asked_again(talk: Dialogue) -> None:
    await talk.write("хочу записаться", "book_visit")

    turn = await talk.write("к магу", "inform")

    assert talk.requested == slots.WHAT
    assert turn.names[-1] in ("utter_unknown_doctor", "utter_booking_what_again")


async def test_namesakes_are_told_apart_by_buttons(talk: Dialogue) -> None:
    turn = await talk.write("к Громову", "book_visit")

    said = turn.get("utter_several_doctors")
    assert len(said.buttons) == 2

    await talk.press(turn, "Павел" if "Павел" in said.buttons[1]["title"] else said.buttons[1]["title"])

    assert talk.slots[slots.WHAT] == {"kind": "doctor", "ids": ["cardio-2"], "child": False}


async def test_a_namesake_is_chosen_by_the_specialty_said(talk: Dialogue) -> None:
    await talk.write("к лору Громову", "book_visit")
    assert talk.slots[slots.WHAT] == {"kind": "doctor", "ids": ["ent-2"], "child": False}


async def test_a_stranger_of_a_doctors_surname_is_not_the_doctor(talk: Dialogue) -> None:
    await talk.to_place()

    await talk.write("Иванова Мария Сергеевна", "inform")

    assert talk.slots[slots.WHAT]["kind"] == "specialty"


async def test_a_group_of_services_is_asked_which(talk: Dialogue) -> None:
    turn = await talk.write("на УЗИ", "book_visit")

    assert set(turn.names) & {"utter_service_choice", "utter_service_by_person", "utter_booking_place"}
    assert talk.active


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("31 февраля", "utter_no_such_date"),
        ("31 апреля", "utter_no_such_date"),
        ("вчера", "utter_past_date"),
        ("1 марта 2027", "utter_too_far"),
        ("через три месяца", "utter_too_far"),
    ],
)
async def test_a_day_that_cannot_be(talk: Dialogue, text: str, response: str) -> None:
    await talk.to_wish()

    turn = await talk.write(text, "inform")

    assert response in turn.names
    assert talk.slots[slots.WISH] is None
    assert talk.requested == slots.WISH
    assert talk.slots[slots.PLACE] == LENINSKY


async def test_an_impossible_day_drops_no_other_answer(talk: Dialogue) -> None:
    turn = await talk.write("к лору на Ленинский 31 февраля", "book_visit")

    assert "utter_no_such_date" in turn.names
    assert talk.slots[slots.WHAT]["ids"] == ["ent"]
    assert talk.slots[slots.PLACE] == LENINSKY
    assert talk.requested == slots.WISH


@pytest.mark.parametrize("text", ["в субботу", "29 ноября"])
async def test_a_closed_day_offers_the_nearest_open_one(talk: Dialogue, text: str) -> None:
    await talk.to_wish()

    turn = await talk.write(text, "inform")

    assert turn.names == ["utter_offers_relaxed_time"]
    assert 3 <= len(turn.buttons) <= 6
    assert "None" not in turn.text


async def test_the_asked_doctor_has_no_time_then(talk: Dialogue, stage: Stage) -> None:
    stage.mis.window_list = [window for window in stage.mis.window_list if window.doctor_id != "ent-2"]

    turn = await talk.write("к лору Громову на Ленинский завтра", "book_visit")

    said = turn.get("utter_offers_relaxed_doctor")
    assert "Громов" in said.text
    assert talk.requested == slots.OFFER


async def test_no_time_in_the_branch_offers_its_neighbours(talk: Dialogue, stage: Stage) -> None:
    stage.mis.window_list = [window for window in stage.mis.window_list if window.branch_id != "taganka"]

    turn = await talk.write("к лору на Таганку завтра", "book_visit")

    assert turn.names == ["utter_offers_relaxed_branch"]


async def test_no_time_at_all_offers_a_request(talk: Dialogue, stage: Stage) -> None:
    stage.mis.window_list = []

    turn = await talk.to_offer()

    assert turn.names == ["utter_offers_none"]
    assert "Пусть перезвонят" in turn.get("utter_offers_none").titles
    assert talk.requested == slots.OFFER


async def test_a_branch_that_does_not_answer_is_named(talk: Dialogue, stage: Stage) -> None:
    await talk.to_wish()
    stage.mis.down_branches = {"taganka"}

    turn = await talk.write("завтра", "inform")

    assert turn.names == ["utter_offers_partial", "utter_offers"]
    assert "Таганка" in turn.get("utter_offers_partial").text


async def test_the_mis_is_down(talk: Dialogue, stage: Stage) -> None:
    await talk.to_wish()
    stage.mis.down_branches = set(stage.context.catalogue.branches)

    turn = await talk.write("завтра", "inform")

    assert turn.names[-1] == "utter_booking_not_possible"
    assert talk.slots[slots.WISH] is not None and talk.slots[slots.PLACE] == LENINSKY
    assert talk.active

    stage.mis.down_branches = set()
    turn = await talk.press(turn, "Попробовать")

    assert turn.names == ["utter_offers"]


@pytest.mark.parametrize(
    "intent", ["ask_price", "greet", "call_operator", "emergency", "thank", "ask_medical_advice"]
)
async def test_a_question_is_left_to_its_rule_and_changes_nothing(talk: Dialogue, intent: str) -> None:
    await talk.to_wish()
    before = dict(talk.slots)

    turn = await talk.write("скажите пожалуйста вот такое дело", intent)

    assert turn.interrupted
    assert talk.slots == before


async def test_what_is_not_understood_is_asked_otherwise(talk: Dialogue) -> None:
    await talk.to_wish()

    turn = await talk.write("ыыы", "nlu_fallback")

    assert turn.names == ["utter_booking_wish_again"]
    assert talk.slots[slots.MISSES] == 1


async def test_a_correction_that_needs_a_question_is_not_lost(talk: Dialogue, stage: Stage) -> None:
    await talk.to_confirmed()

    turn = await talk.write("лучше на УЗИ", "book_visit")

    assert turn.names == ["utter_service_choice"]
    assert talk.requested == slots.WHAT
    assert stage.bookings.released == [1]

    await talk.tap("/affirm")

    assert stage.bookings.confirms == [], "the old booking is not what the patient says yes to"


# The schedule is read while the patient answers


async def test_the_schedule_is_read_as_soon_as_the_specialty_is_named(talk: Dialogue) -> None:
    turn = await talk.write("хочу записаться к лору", "book_visit")
    assert turn.names == ["utter_booking_place"]
    stage = talk.stage
    stage.context.clinic.pool.shutdown(wait=True)
    # Every branch with such a doctor, and no other.
    assert stage.mis.calls.count("windows") == 4


async def test_nothing_is_read_for_what_is_not_known(talk: Dialogue) -> None:
    await talk.write("хочу записаться", "book_visit")
    talk.stage.context.clinic.pool.shutdown(wait=True)
    assert "windows" not in talk.stage.mis.calls
