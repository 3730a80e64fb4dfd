"""Who is coming: consent first, wrong data said clearly, children and adults to their doctors."""

from __future__ import annotations

import pytest

from actions.booking import slots
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("8916abc4567", "utter_phone_letters"),
        ("восемь девятьсот три сто одиннадцать двадцать два ноль ноль", "utter_phone_letters"),
        ("+375291234567", "utter_phone_foreign"),
        ("8916123", "utter_phone_wrong_length"),
        ("891612345678901", "utter_phone_wrong_length"),
    ],
)
async def test_a_wrong_phone(talk: Dialogue, text: str, response: str) -> None:
    await talk.to_phone()

    turn = await talk.write(text, "inform")

    assert turn.names[0] == response
    assert talk.slots[slots.PHONE] is None
    assert talk.requested == slots.PHONE


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("asdf", "utter_name_not_understood"),
        ("123", "utter_booking_patient_again"),
        ("Илья", "utter_booking_patient_surname"),
        ("Петров", "utter_booking_patient_given"),
    ],
)
async def test_a_wrong_name(talk: Dialogue, text: str, response: str) -> None:
    await talk.to_patient()

    turn = await talk.write(text, "inform")

    assert response in turn.names
    assert talk.slots[slots.PATIENT] is None
    assert talk.requested == slots.PATIENT


@pytest.mark.parametrize(
    ("first", "second"), [("Петрова", "Анна"), ("Анна", "Петрова"), ("Анна Сергеевна", "Петрова")]
)
async def test_a_name_in_two_messages_is_put_together(talk: Dialogue, first: str, second: str) -> None:
    await talk.to_patient()

    await talk.write(first, "inform")
    await talk.write(second, "inform")

    assert talk.slots[slots.PATIENT]["surname"] == "Петрова"
    assert talk.slots[slots.PATIENT]["given"] == "Анна"
    assert talk.slots[slots.NAME_PART] is None


async def test_after_a_phone_only_the_name_is_asked_for(talk: Dialogue) -> None:
    await talk.to_patient()

    turn = await talk.write("8 927 000 11 22", "inform")

    assert turn.names == ["utter_booking_patient_name"]


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("12.05.2030", "utter_birth_date_future"),
        ("31.02.1990", "utter_birth_date_no_such_date"),
        ("12.05.1850", "utter_birth_date_too_old"),
        ("12 мая", "utter_birth_date_year_missing"),
    ],
)
async def test_a_wrong_birth_date(talk: Dialogue, text: str, response: str) -> None:
    await talk.to_birth_date()

    turn = await talk.write(text, "inform")

    assert turn.names[0] == response
    assert talk.slots[slots.BIRTH_DATE] is None
    assert talk.requested == slots.BIRTH_DATE


async def test_a_birth_date_is_not_scolded_as_a_phone(talk: Dialogue) -> None:
    await talk.to_patient()

    turn = await talk.write("Петров Илья 09 09 1996", "inform")

    assert turn.names == ["utter_booking_phone"]
    assert talk.slots[slots.BIRTH_DATE] == "1996-09-09"


async def test_a_name_like_a_place_keeps_the_time(talk: Dialogue, stage: Stage) -> None:
    await talk.to_patient()
    held = talk.slots[slots.OFFER]

    await talk.write("Очир-Горяева Саглара", "inform")

    assert talk.slots[slots.OFFER] == held
    assert stage.bookings.released == []


@pytest.mark.parametrize("text", ["Пятница Анна", "Иванова Мария", "Громов Пётр"])
async def test_a_name_like_a_day_or_a_doctor_keeps_the_time(talk: Dialogue, text: str) -> None:
    await talk.to_confirmed()
    held = talk.slots[slots.OFFER]

    await talk.write(text, "inform")

    assert talk.slots[slots.OFFER] == held
    assert talk.slots[slots.WHAT]["kind"] == "specialty"


async def test_a_child_to_a_doctor_for_adults(talk: Dialogue, stage: Stage) -> None:
    await talk.to_birth_date()
    assert talk.slots[slots.OFFER]["doctor"] != "ent-5"

    turn = await talk.write("5 сентября 2019", "inform")

    assert turn.names[0] == "utter_child_to_adult_doctor"
    assert "7 лет" in turn.text
    assert stage.bookings.released == [1]
    assert talk.requested == slots.OFFER
    assert {offer["doctor"] for offer in talk.slots[slots.OFFERS]} == {"ent-5"}
    assert talk.slots[slots.BIRTH_DATE] == "2019-09-05"

    await talk.tap('/inform{"offer":"1"}')

    assert talk.requested == slots.CONSENT
    await talk.tap("/affirm", "Согласен(на)")

    assert talk.requested == slots.CONFIRMED


async def test_a_child_to_a_profession_that_sees_no_children(talk: Dialogue, stage: Stage) -> None:
    await talk.write("к кардиологу на Ленинский завтра", "book_visit")
    await talk.tap('/inform{"offer":"1"}')
    await talk.tap("/affirm")

    turn = await talk.write("Петров Илья, 89160001234, 5 сентября 2019", "inform")

    assert turn.names == ["utter_child_to_adult_doctor", "utter_no_child_doctor"]
    assert stage.bookings.released == [1]

    await talk.press(turn, "К педиатру")

    assert talk.slots[slots.WHAT]["ids"] == ["pediatrician"]


async def test_an_adult_to_a_doctor_for_children(talk: Dialogue, stage: Stage) -> None:
    await talk.write("к педиатру на Ленинский завтра", "book_visit")
    await talk.tap('/inform{"offer":"1"}')
    await talk.tap("/affirm")

    turn = await talk.write("Петров Илья, 89160001234, 12.05.1987", "inform")

    assert turn.names[0] == "utter_adult_to_child_doctor"
    assert stage.bookings.released == [1]
    assert stage.bookings.confirms == []


async def test_consent_is_stored_with_its_version(talk: Dialogue, stage: Stage) -> None:
    turn = await talk.to_consent()
    assert stage.context.settings.consent_version in turn.get("utter_booking_consent").text

    await talk.press(turn, "Согласен")

    version = stage.context.settings.consent_version
    assert stage.consents.given == [("c1", "personal_data", version)]


async def test_consent_and_data_in_one_message(talk: Dialogue, stage: Stage) -> None:
    await talk.to_consent()

    await talk.write("да, Петров Илья, 89160001234", "affirm")

    assert talk.slots[slots.CONSENT] is True
    assert len(stage.consents.given) == 1
    assert talk.slots[slots.PHONE] == "+79160001234"
    assert talk.requested == slots.BIRTH_DATE


async def test_data_before_consent_is_not_kept(talk: Dialogue, stage: Stage) -> None:
    await talk.to_consent()

    turn = await talk.write("Петров Илья 89160001234", "inform")

    assert talk.slots[slots.PATIENT] is None and talk.slots[slots.PHONE] is None
    assert turn.names == ["utter_booking_consent_again"]
    assert stage.consents.given == []


async def test_consent_refused(talk: Dialogue, stage: Stage) -> None:
    turn = await talk.to_consent()

    turn = await talk.press(turn, "Не согласен")

    assert turn.names == ["utter_consent_refused"]
    assert stage.bookings.released == [1]
    assert stage.bookings.confirms == [] and stage.consents.given == []
    assert not talk.active
    assert talk.slots[slots.CONSENT] is None


async def test_a_request_to_be_called_back_when_nothing_is_free(talk: Dialogue, stage: Stage) -> None:
    stage.mis.window_list = []
    turn = await talk.to_offer()

    await talk.press(turn, "Пусть перезвонят")
    assert talk.requested == slots.CONSENT
    await talk.tap("/affirm")
    await talk.write("Петров Илья", "inform")
    turn = await talk.write("89160001234", "inform")

    assert turn.names == ["utter_callback_stored"]
    assert "100" in turn.text and "к оториноларингологу" in turn.text
    assert stage.requests.kinds == ["callback"]
    assert stage.bookings.confirms == []
    assert talk.slots[slots.OFFER] is None and talk.slots[slots.BIRTH_DATE] is None


async def test_change_of_mind_at_the_confirmation(talk: Dialogue, stage: Stage) -> None:
    turn = await talk.to_confirmed()

    turn = await talk.press(turn, "Другое время")

    assert talk.requested == slots.WISH
    assert stage.bookings.released == [1]
    assert talk.slots[slots.PATIENT] is not None and talk.slots[slots.CONSENT] is True

    await talk.write("послезавтра", "inform")
    await talk.tap('/inform{"offer":"1"}')

    assert talk.requested == slots.CONFIRMED
    assert talk.slots[slots.OFFER]["start"].startswith("2026-11-25")


@pytest.mark.parametrize(
    ("title", "step"), [("Другой врач", slots.WHAT), ("Исправить данные", slots.PATIENT)]
)
async def test_other_buttons_of_the_confirmation(talk: Dialogue, stage: Stage, title: str, step: str) -> None:
    turn = await talk.to_confirmed()

    await talk.press(turn, title)

    assert talk.requested == step
    assert stage.bookings.confirms == []


async def test_a_no_at_the_confirmation_asks_what_to_change(talk: Dialogue, stage: Stage) -> None:
    await talk.to_confirmed()

    turn = await talk.write("нет", "deny")

    assert turn.names[0] == "utter_what_to_change"
    assert talk.requested == slots.CONFIRMED
    assert stage.bookings.confirms == []


async def test_data_are_corrected_at_the_confirmation(talk: Dialogue, stage: Stage) -> None:
    await talk.to_confirmed()

    turn = await talk.write("телефон другой: 89031112200", "inform")

    assert "+7 903 111-22-00" in turn.text
    assert talk.requested == slots.CONFIRMED
    assert stage.bookings.confirms == []


async def test_the_summary_has_all_facts(talk: Dialogue) -> None:
    turn = await talk.to_confirmed()

    for part in ("24 ноября", "9:00", "Петров Илья Олегович", "12.05.1987", "+7 916 000-12-34", "1\u00a0800"):
        assert part in turn.text
    assert "Ленинский" in turn.text
