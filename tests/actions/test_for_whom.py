"""For whom the visit is: children, parents, people known before, corrections of who is coming."""

from __future__ import annotations

from datetime import date

from actions.booking import slots
from clinic.outcomes import MisDown, SlotGone
from mis.port import FullName, Patient
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue


async def to_patient_of(talk: Dialogue, text: str) -> None:
    await talk.write(text)
    await talk.tap('/inform{"offer":"1"}')
    await talk.tap("/affirm", "Согласен(на)")


async def book(talk: Dialogue, text: str, data: str) -> None:
    await to_patient_of(talk, text)
    await talk.write(data, "inform")
    await talk.tap("/affirm", "Да, записать")


async def test_a_child_is_seen_by_a_doctor_of_children(talk: Dialogue, stage: Stage) -> None:
    turn = await talk.write("сыну 8 лет к лору на Ленинский завтра")

    assert talk.slots[slots.FOR_WHOM] == {"who": "child", "age": 8, "gender": "male"}
    assert stage.queries[-1].patient_age == 8
    assert {offer["doctor"] for offer in talk.slots[slots.OFFERS]} == {"ent-5"}
    assert "Сафонова" in turn.text


async def test_the_representative_agrees_and_the_child_is_asked_for(talk: Dialogue, stage: Stage) -> None:
    await talk.write("сыну 8 лет к лору на Ленинский завтра")
    turn = await talk.tap('/inform{"offer":"1"}')
    assert turn.names[-1] == "utter_consent_for_child"

    turn = await talk.tap("/affirm", "Согласен(на)")

    assert [document for _, document, _ in stage.consents.given] == ["personal_data_child"]
    assert turn.names == ["utter_booking_patient_other"]
    assert "ребёнка" in turn.text and "ваш телефон" in turn.text


async def test_a_child_to_the_therapist_goes_to_the_paediatrician(talk: Dialogue) -> None:
    turn = await talk.write("ребёнка 3 года к терапевту на Ленинский завтра")

    assert "utter_child_doctor_instead" in turn.names
    assert talk.slots[slots.WHAT]["ids"] == ["pediatrician"]
    assert {offer["doctor"] for offer in talk.slots[slots.OFFERS]} == {"kid-1"}


async def test_who_asks_for_a_paediatrician_writes_for_a_child(talk: Dialogue) -> None:
    await talk.write("к педиатру на Ленинский завтра")
    turn = await talk.tap('/inform{"offer":"1"}')
    assert turn.names[-1] == "utter_consent_for_child"

    turn = await talk.write("лучше к терапевту", "inform")

    assert talk.slots[slots.WHAT]["ids"] == ["therapist"]
    assert talk.slots[slots.FOR_WHOM]["who"] == "self"


async def test_mother_and_child_in_one_line(talk: Dialogue, stage: Stage) -> None:
    await to_patient_of(talk, "сына 8 лет к лору на Ленинский завтра")

    turn = await talk.write("я Лисицына Вера 89161234567, сын Лисицын Егор 12.03.2019", "inform")

    assert turn.names == ["utter_booking_confirmed"]
    assert talk.slots[slots.PATIENT]["given"] == "Егор"
    assert talk.slots[slots.BIRTH_DATE] == "2019-03-12"
    assert talk.slots[slots.PHONE] == "+79161234567"
    await talk.tap("/affirm", "Да, записать")
    call = stage.bookings.confirms[0]
    assert str(call.patient.name) == "Лисицын Егор"
    assert "Лисицына Вера" in call.comment


async def test_the_mother_named_after_the_child(talk: Dialogue) -> None:
    await to_patient_of(talk, "сына 8 лет к лору на Ленинский завтра")

    await talk.write("Лисицын Егор 12.03.2019, мама Лисицына Вера 12.05.1987 89161234567", "inform")

    assert talk.slots[slots.PATIENT]["given"] == "Егор"
    assert talk.slots[slots.BIRTH_DATE] == "2019-03-12"
    assert talk.slots[slots.FOR_WHOM]["who"] == "child"
    assert talk.slots[slots.PHONE] == "+79161234567"


async def test_a_childs_given_name_alone_is_asked_on(talk: Dialogue) -> None:
    await to_patient_of(talk, "сына 8 лет к лору на Ленинский завтра")

    turn = await talk.write("Егор", "inform")

    assert turn.names == ["utter_booking_patient_surname"]
    assert "ребёнка" in turn.text


async def test_mother_of_an_adult(talk: Dialogue, stage: Stage) -> None:
    await talk.write("маму 70 лет к лору на Ленинский завтра")
    turn = await talk.tap('/inform{"offer":"1"}')
    assert turn.names[-1] == "utter_consent_for_other"
    turn = await talk.tap("/affirm", "Да, согласны")
    assert "мамы" in turn.text

    await talk.write("Лисицына Вера 01.02.1956", "inform")
    assert talk.requested == slots.PHONE
    turn = await talk.write("89161234567", "inform")

    assert talk.requested == slots.CONFIRMED
    assert "Лисицына Вера" in turn.text


async def test_not_for_me_but_for_mother(talk: Dialogue, stage: Stage) -> None:
    await talk.to_confirmed()
    held = talk.slots[slots.OFFER]

    turn = await talk.write("нет, не мне, а маме", "deny")

    assert turn.names == ["utter_consent_for_other"]
    assert talk.slots[slots.OFFER] == held and stage.bookings.released == []
    turn = await talk.tap("/affirm", "Да, согласны")
    assert talk.requested == slots.PATIENT
    assert talk.slots[slots.PHONE] == "+79160001234"
    await talk.write("Лисицына Вера 01.02.1956", "inform")
    assert talk.requested == slots.CONFIRMED


async def test_back_to_myself_nothing_is_asked_again(talk: Dialogue) -> None:
    await talk.to_confirmed()
    await talk.write("нет, не мне, а маме", "deny")

    turn = await talk.write("ой нет, всё-таки мне", "inform")

    assert turn.names == ["utter_booking_confirmed"]
    assert talk.slots[slots.PATIENT]["given"] == "Илья"
    assert talk.slots[slots.BIRTH_DATE] == "1987-05-12"


async def test_for_a_child_after_all_another_doctor(talk: Dialogue, stage: Stage) -> None:
    await talk.to_confirmed()

    turn = await talk.write("нет, это для дочки 6 лет", "deny")

    assert "utter_child_not_this_doctor" in turn.names
    assert stage.bookings.released == [1]
    assert talk.requested == slots.OFFER
    assert {offer["doctor"] for offer in talk.slots[slots.OFFERS]} == {"ent-5"}


async def test_a_second_booking_for_oneself_asks_nothing(talk: Dialogue) -> None:
    await book(talk, "к лору на Ленинский завтра", "Петров Илья Олегович 89160001234 12.05.1987")
    await talk.write("запишите к терапевту на Ленинский завтра")

    turn = await talk.tap('/inform{"offer":"1"}')

    assert turn.names[-1] == "utter_booking_confirmed"


async def test_after_a_child_it_is_asked_for_whom(talk: Dialogue) -> None:
    data = "я Лисицына Вера 89161234567, сын Лисицын Егор 12.03.2019"
    await book(talk, "сына 8 лет к лору на Ленинский завтра", data)

    turn = await talk.write("запишите к терапевту на Ленинский завтра")

    assert turn.names == ["utter_booking_for_whom"]
    assert "Егора" in turn.text and "Веру" in turn.text
    turn = await talk.write("на Веру", "inform")
    assert talk.slots[slots.PATIENT]["given"] == "Вера"
    assert talk.requested == slots.OFFER


async def test_me_alone_is_an_answer_whatever_it_resembles(talk: Dialogue) -> None:
    data = "я Лисицына Вера 89161234567, сын Лисицын Егор 12.03.2019"
    await book(talk, "сына 8 лет к лору на Ленинский завтра", data)
    await talk.write("запишите к терапевту на Ленинский завтра")

    turn = await talk.write("мне", "call_operator")

    assert not turn.interrupted
    assert talk.requested == slots.OFFER


async def test_then_for_another_person(talk: Dialogue) -> None:
    await book(talk, "сына 8 лет к лору на Ленинский завтра", "Лисицын Егор 12.03.2019 89161234567")
    turn = await talk.write("запишите к терапевту на Ленинский завтра")

    turn = await talk.press(turn, "другого")
    await talk.tap('/inform{"offer":"1"}')
    await talk.tap("/affirm", "Да, согласны")

    assert talk.requested == slots.PATIENT
    assert talk.slots[slots.PHONE] == "+79161234567"


async def test_the_same_child_again(talk: Dialogue) -> None:
    await book(talk, "сына 8 лет к лору на Ленинский завтра", "Лисицын Егор 12.03.2019 89161234567")

    await talk.write("и ещё сына к педиатру на Ленинский завтра")
    turn = await talk.tap('/inform{"offer":"1"}')

    assert turn.names[-1] == "utter_booking_confirmed"


async def test_a_birth_year_is_corrected(talk: Dialogue) -> None:
    await talk.to_confirmed()

    turn = await talk.write("дата рождения не 87, а 78", "deny")

    assert talk.slots[slots.BIRTH_DATE] == "1978-05-12"
    assert turn.names == ["utter_booking_confirmed"]


async def test_another_phone_is_asked_for(talk: Dialogue) -> None:
    await talk.to_confirmed()

    turn = await talk.write("телефон другой", "inform")

    assert turn.names == ["utter_booking_phone"]
    await talk.write("8 (916) 000-55-66", "inform")
    assert talk.slots[slots.PHONE] == "+79160005566"
    assert talk.requested == slots.CONFIRMED


async def test_a_refused_consent_keeps_what_was_chosen(talk: Dialogue, stage: Stage) -> None:
    await talk.to_consent()

    turn = await talk.tap("/deny", "Не согласен(на)")

    assert turn.names == ["utter_consent_refused"]
    assert not talk.active and stage.bookings.released == [1]
    turn = await talk.press(turn, "Вернуться")
    assert turn.names == ["utter_offer_held", "utter_booking_consent"]
    await talk.tap("/affirm", "Согласен(на)")
    assert talk.requested == slots.PATIENT
    assert talk.slots[slots.OFFER]["booking"] == 2
    assert stage.bookings.holds[0].slot == stage.bookings.holds[1].slot


async def test_a_time_taken_while_the_consent_was_refused(talk: Dialogue, stage: Stage) -> None:
    await talk.to_consent()
    turn = await talk.tap("/deny", "Не согласен(на)")
    stage.bookings.hold_outcomes = [SlotGone()]

    turn = await talk.press(turn, "Вернуться")

    assert turn.names == ["utter_offer_taken", "utter_offers"]
    assert talk.requested == slots.OFFER


async def test_the_clinic_is_silent_when_the_patient_returns(talk: Dialogue, stage: Stage) -> None:
    await talk.to_consent()
    turn = await talk.tap("/deny", "Не согласен(на)")
    stage.bookings.hold_outcomes = [MisDown()]

    turn = await talk.press(turn, "Вернуться")

    assert turn.names[0] == "utter_booking_not_possible"
    assert talk.slots[slots.OFFER] is None


async def test_after_a_child_a_known_adult_agrees_first(talk: Dialogue, stage: Stage) -> None:
    await to_patient_of(talk, "сына 8 лет к лору на Ленинский завтра")
    await talk.write("я Лисицына Вера 89161234567, сын Лисицын Егор 12.03.2019", "inform")
    await talk.tap("/affirm", "Да, записать")

    turn = await talk.write("ещё к терапевту на Ленинский завтра")
    assert turn.names == ["utter_booking_for_whom"]
    await talk.press(turn, "Вера")
    turn = await talk.tap('/inform{"offer":"1"}')

    assert turn.names[-1] == "utter_booking_consent"
    turn = await talk.tap("/affirm", "Согласен(на)")
    assert turn.names == ["utter_booking_birth_date"]


async def test_latin_look_alikes_and_blanks_are_tidied(talk: Dialogue) -> None:
    await talk.to_patient()

    await talk.write("  Лисицынa   Bера  8-916-123-45-67", "inform")

    assert talk.slots[slots.PATIENT]["surname"] == "Лисицына"
    assert talk.slots[slots.PHONE] == "+79161234567"


def known(name: str, born: date) -> Patient:
    return Patient(FullName(*name.split()), "+79160001234", born)


async def test_whose_phone_is_proved_is_not_asked_again(talk: Dialogue, stage: Stage) -> None:
    stage.context.clinic.visits.patients = (known("Лисицына Вера Ильинична", date(1987, 5, 12)),)
    await talk.write("к лору на Ленинский завтра")
    await talk.tap('/inform{"offer":"1"}')

    turn = await talk.tap("/affirm", "Согласен(на)")

    assert turn.names == ["utter_booking_confirmed"]
    assert "Лисицына Вера Ильинична" in turn.text and "916 000-12-34" in turn.text


async def test_of_several_known_people_it_is_asked_which(talk: Dialogue, stage: Stage) -> None:
    mother, child = known("Лисицына Вера", date(1987, 5, 12)), known("Лисицын Егор", date(2019, 3, 12))
    stage.context.clinic.visits.patients = (mother, child)

    turn = await talk.write("к лору на Ленинский завтра")

    assert turn.names == ["utter_booking_for_whom"]
    turn = await talk.press(turn, "Егор")
    assert {offer["doctor"] for offer in talk.slots[slots.OFFERS]} == {"ent-5"}
    assert talk.slots[slots.BIRTH_DATE] == "2019-03-12"


async def test_the_known_child_is_taken_when_named(talk: Dialogue, stage: Stage) -> None:
    mother, child = known("Лисицына Вера", date(1987, 5, 12)), known("Лисицын Егор", date(2019, 3, 12))
    stage.context.clinic.visits.patients = (mother, child)

    await talk.write("сына к лору на Ленинский завтра")

    assert talk.slots[slots.PATIENT]["given"] == "Егор"
    assert talk.requested == slots.OFFER
