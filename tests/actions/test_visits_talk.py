"""How patients really speak of their visits: «отменить», «оставьте как было», «не помню номер»."""

from __future__ import annotations

import pytest

from actions.booking import slots as booking
from actions.visits import slots
from clinic.identity import WrongCode
from tests.actions.clinic import Stage, on
from tests.actions.conversation import Conversation
from tests.actions.proved import PHONE, card

pytestmark = pytest.mark.asyncio

EAR = card(11, "ent-1", on(24, 10))
HEART = card(12, "cardio-1", on(24, 16))


@pytest.fixture
def talk(stage: Stage) -> Conversation:
    stage.identity.proved = PHONE
    stage.visits.cards[PHONE] = [EAR]
    return Conversation(stage)


@pytest.fixture
def unproved(talk: Conversation) -> Conversation:
    talk.stage.identity.proved = None
    return talk


@pytest.mark.parametrize("text", ["отменить", "да отменяйте уже достали", "отмена"])
async def test_cancelling_in_one_word_is_about_the_visit_shown(talk: Conversation, text: str) -> None:
    await talk.write("мои записи", "ask_my_visits")

    turn = await talk.write(text, "stop_task")

    assert turn.names == ["utter_cancel_offer"]
    assert talk.stage.visits.cancels == []


@pytest.mark.parametrize("text", ["отменить", "да отменяйте уже достали"])
async def test_the_same_word_confirms_the_cancelling(talk: Conversation, text: str) -> None:
    await talk.write("отмените мою запись", "cancel_visit")

    turn = await talk.write(text, "stop_task")

    assert turn.names[0] == "utter_visit_cancelled"
    assert talk.stage.visits.cancels == [11]


async def test_a_bare_noun_does_not_confirm_the_cancelling(talk: Conversation) -> None:
    await talk.write("отмените мою запись", "cancel_visit")

    turn = await talk.write("отмена", "stop_task")

    assert turn.names == ["utter_cancel_offer_again"]
    assert talk.stage.visits.cancels == []


@pytest.mark.parametrize("intent", ["stop_task", "deny", "nlu_fallback", "move_visit"])
@pytest.mark.parametrize("text", ["не надо отменять", "нет, оставьте как было", "хотя нет, приеду"])
async def test_a_visit_that_is_to_stay_stays(talk: Conversation, text: str, intent: str) -> None:
    await talk.write("отмените мою запись", "cancel_visit")

    turn = await talk.write(text, intent)

    assert turn.names == ["utter_visit_kept"]
    assert talk.stage.visits.cancels == []


async def test_who_cannot_come_does_not_keep_the_visit(talk: Conversation) -> None:
    await talk.write("мои записи", "ask_my_visits")

    turn = await talk.write("не смогу прийти, отмените", "cancel_visit")

    assert turn.names == ["utter_cancel_offer"]


async def test_another_of_the_visits_is_chosen_by_its_number(talk: Conversation) -> None:
    talk.stage.visits.cards[PHONE] = [EAR, HEART]
    await talk.write("отмените запись", "cancel_visit")
    await talk.write("1")

    turn = await talk.write("второй вариант", "inform")

    assert turn.names == ["utter_cancel_offer"]
    assert "16:00" in turn.text


@pytest.mark.parametrize("text", ["оставить как было", "не надо, оставьте как было", "хотя нет, приеду"])
async def test_a_move_is_given_up_in_ones_own_words(talk: Conversation, text: str) -> None:
    begun = await talk.write("перенесите мою запись", "move_visit")
    assert begun.names[0] == "utter_move_begins"

    turn = await talk.write(text, "nlu_fallback")

    assert turn.names == ["utter_move_stopped"]
    assert talk.slots[booking.MOVING] is None
    assert talk.loop is None


async def test_coming_on_another_day_is_where_the_visit_goes(talk: Conversation) -> None:
    await talk.write("перенесите мою запись", "move_visit")

    turn = await talk.write("приеду в четверг", "inform")

    assert talk.slots[booking.MOVING] is not None
    assert "utter_move_stopped" not in turn.names


async def test_another_specialist_is_another_booking_not_the_move(talk: Conversation) -> None:
    await talk.write("перенесите мою запись", "move_visit")

    turn = await talk.write("запишите к кардиологу", "book_visit")

    assert turn.names[0] == "utter_move_stopped"
    assert talk.slots[booking.MOVING] is None
    assert talk.slots[booking.WHAT]["ids"] == ["cardiologist"]


async def test_the_same_specialist_is_still_the_move(talk: Conversation) -> None:
    await talk.write("перенесите мою запись", "move_visit")

    await talk.write("запишите к лору на четверг", "book_visit")

    assert talk.slots[booking.MOVING] is not None


@pytest.mark.parametrize("text", ["отмените", "отмена"])
async def test_cancelling_outside_every_task_is_about_the_visit_just_booked(
    talk: Conversation, text: str
) -> None:
    talk.slots[booking.BOOKED] = {"what": None, "place": None, "start": on(24, 10).isoformat()}

    turn = await talk.write(text, "stop_task")

    assert turn.names == ["utter_cancel_offer"]


async def test_the_cancelling_of_a_visit_needs_no_booking_of_this_conversation(talk: Conversation) -> None:
    assert (await talk.write("отмена записи", "stop_task")).names == ["utter_cancel_offer"]


async def test_there_is_nothing_to_cancel_when_no_visit_was_spoken_of(talk: Conversation) -> None:
    assert (await talk.write("отмена", "stop_task")).names == ["utter_nothing_to_stop"]


@pytest.mark.parametrize(
    ("text", "intent"), [("не помню номер", "ask_my_visits"), ("не знаю", "ask_which_doctor")]
)
async def test_a_forgotten_phone_brings_a_person(unproved: Conversation, text: str, intent: str) -> None:
    await unproved.write("перенесите мою запись", "move_visit")

    turn = await unproved.write(text, intent)

    assert turn.names == ["utter_visits_phone_forgotten"]
    assert unproved.slots[slots.TASK] == "move"
    assert "Позвать администратора" in [button["title"] for button in turn.buttons]


async def test_a_wrong_code_is_not_explained_to_be_six_figures(unproved: Conversation) -> None:
    await unproved.write("мои записи", "ask_my_visits")
    await unproved.write(PHONE)
    unproved.stage.identity.check_outcomes = [WrongCode(left) for left in (4, 3, 2, 1)]

    said = [(await unproved.write(code)).names for code in ("111111", "222222", "333333", "444444")]

    assert said[0] == said[2] == ["utter_code_wrong"]
    assert said[1] == said[3] == ["utter_code_wrong", "utter_visits_code_person"]


async def test_trying_again_after_an_unknown_move_shows_what_stands(talk: Conversation) -> None:
    talk.events = [{"event": "user"}, {"event": "bot", "metadata": {"utter_action": "utter_move_unknown"}}]

    turn = await talk.write("попробуй ещё", "continue_task")

    assert turn.names == ["utter_visit_what_next"]


@pytest.mark.parametrize(
    ("before", "text"),
    [([], "utter_bye"), (["мои записи"], "utter_bye"), (["перенесите"], "utter_bye_move_unfinished")],
)
async def test_nobody_is_asked_on_after_a_farewell(talk: Conversation, before: list[str], text: str) -> None:
    for said in before:
        await talk.write(said, "move_visit" if said.startswith("перенес") else "ask_my_visits")

    assert (await talk.write("до свидания", "bye")).names == [text]


async def test_a_booking_goes_on_after_a_farewell(talk: Conversation) -> None:
    await talk.write("запишите к лору", "book_visit")

    left = await talk.write("до свидания", "bye")
    back = await talk.write("на Ленинском", "inform")

    assert left.names == ["utter_bye_unfinished"]
    assert back.said
    assert talk.slots[booking.PLACE] == {"kind": "branch", "id": "leninsky"}


async def test_a_no_before_anything_is_known_ends_the_booking(talk: Conversation) -> None:
    await talk.write("записаться", "book_visit")

    turn = await talk.write("нет, не надо", "deny")

    assert turn.names == ["utter_booking_stopped"]
    assert talk.loop is None


async def test_the_wait_list_is_shown_inside_a_booking(talk: Conversation) -> None:
    await talk.write("запишите к лору", "book_visit")

    turn = await talk.write("что у меня в листе ожидания", "join_waitlist")

    assert turn.names[0] == "utter_waitlist_empty"
    assert talk.slots[booking.OFFER] is None


@pytest.mark.parametrize("intent", ["join_waitlist", "cancel_visit"])
@pytest.mark.parametrize("before", [[], ["запишите к лору"], ["мои записи"]])
async def test_the_wait_list_is_left_from_anywhere(
    talk: Conversation, before: list[str], intent: str
) -> None:
    for said in before:
        await talk.write(said, "book_visit" if said.startswith("запиш") else "ask_my_visits")

    turn = await talk.write("уберите меня из листа ожидания", intent)

    assert turn.names[0] == "utter_waitlist_empty"
    assert talk.stage.visits.cancels == []


async def test_waiting_for_something_to_free_joins(talk: Conversation) -> None:
    await talk.write("запишите к лору", "book_visit")

    turn = await talk.write("если что освободится раньше, поставьте в лист", "join_waitlist")

    assert "utter_waitlist_empty" not in turn.names


async def test_who_comes_back_after_a_silence_gave_no_bad_answer(talk: Conversation) -> None:
    asked = await talk.write("записаться", "book_visit")
    message = talk.message("я вернулась", "continue_task", [], None)

    turn = await talk.hear({**message, "metadata": {"idle_seconds": 90000.0}})

    assert turn.names[-1] == asked.names[-1]


async def test_another_phone_is_proved_when_the_first_has_no_visits(talk: Conversation) -> None:
    talk.stage.visits.cards[PHONE] = []
    none = await talk.write("мои записи", "ask_my_visits")

    again = await talk.write("как нет, я же записывалась", "ask_my_visits")
    other = await talk.press(again, "Другой номер")
    sent = await talk.write("+7 916 000-77-88", "inform")

    assert none.names == ["utter_visits_none"] and "+7 916 000-12-34" in none.text
    assert again.names == ["utter_visits_none_again"]
    assert other.names == ["utter_visits_phone"]
    assert sent.names[0] == "utter_code_sent"


async def test_a_phone_in_the_message_is_proved_too(talk: Conversation) -> None:
    turn = await talk.write("какие записи на +7 916 000-77-88", "ask_my_visits")

    assert turn.names[0] == "utter_code_sent"
    assert talk.stage.identity.sent == ["+79160007788"]


async def test_the_details_of_a_complaint_are_passed_on(talk: Conversation) -> None:
    await talk.write("хочу пожаловаться на врача", "complain")

    turn = await talk.write("она сказала, что я симулянтка", "nlu_fallback")

    assert turn.names == ["utter_complaint_added"]
    assert talk.stage.requests.kinds == ["complaint", "complaint"]


@pytest.mark.parametrize("intent", ["inform", "nlu_fallback", "book_visit", "affirm", "ask_branches"])
@pytest.mark.parametrize("at_code", [True, False])
async def test_a_place_is_a_question_not_a_phone(unproved: Conversation, intent: str, at_code: bool) -> None:
    await unproved.write("мои записи", "ask_my_visits")
    if at_code:
        await unproved.write("89160001234", "inform")

    turn = await unproved.write("а в Химках?", intent)

    assert turn.names == ["utter_branches", f"utter_visits_{'code' if at_code else 'phone'}_resume"]
    assert "Химки" in turn.text


async def test_a_place_after_a_price_is_the_price_there(unproved: Conversation) -> None:
    await unproved.write("мои записи", "ask_my_visits")
    await unproved.write("сколько стоит лор", "ask_price")

    turn = await unproved.write("а в Самаре?", "inform")

    assert turn.names == ["utter_price_lines", "utter_visits_phone_resume"]


async def test_a_city_without_clinics_is_told_so(unproved: Conversation) -> None:
    await unproved.write("мои записи", "ask_my_visits")

    turn = await unproved.write("а в Туле?", "inform")

    assert turn.names[-1] == "utter_visits_phone_resume"
    assert "Тул" in turn.text


async def test_a_visit_there_is_meant_when_there_is_one(talk: Conversation) -> None:
    talk.stage.visits.cards[PHONE] = [EAR, card(13, "ent-3", on(25, 9), "maryino")]
    await talk.write("мои записи", "ask_my_visits")

    turn = await talk.write("а в Марьино?", "inform")

    assert turn.names == ["utter_visit_what_next"]
    assert talk.slots[slots.VISIT] == 13
