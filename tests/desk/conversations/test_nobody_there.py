"""Nobody has time: the patient is told the truth, may leave a phone and be called back."""

from __future__ import annotations

from desk.conversations.ownership import BOT
from desk.conversations.people import Outlook


async def test_the_phone_that_a_privacy_request_lacks_is_taken_from_the_next_message(
    open_desk, rasa, open_chat, staff, dialogue_asks, rows, texts
):
    async with open_desk(people=staff) as url:
        dialogue_asks("privacy", "Напишите, пожалуйста, номер телефона.")
        chat = await open_chat(url)
        await chat.ask("сотрите мои данные")
        taken = await chat.ask("+7 999 123-45-67")
        rasa.says({"text": "да"})
        await chat.ask("+7 999 123-45-68")
    query = "SELECT id, phone FROM clinic.request WHERE conversation_id = %s"
    [request] = rows(query, rasa.turns[0]["sender_id"])
    assert request["phone"] == "+79991234567"
    assert taken["text"] == texts.say("callback_phone_stored", number=request["id"])
    assert rasa.texts == ["сотрите мои данные", "+7 999 123-45-68"], "a later number is for the assistant"


async def test_a_number_among_the_data_of_a_booking_is_the_bookings(
    open_desk, rasa, open_chat, staff, dialogue_asks, rows
):
    data = "Берёзов Илья, +7 999 123-45-67, 02.03.1985"
    async with open_desk(people=staff) as url:
        dialogue_asks("privacy", "Вернёмся к записи: напишите имя, телефон и дату рождения.")
        chat = await open_chat(url)
        await chat.ask("сотрите мои данные")
        rasa.says({"text": "да"})
        assert (await chat.ask(data))["text"] == "да"
    assert rasa.texts[-1] == data


async def test_without_a_staff_nothing_changes(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks
):
    staff.now = Outlook(False)
    async with open_desk(people=staff) as url:
        dialogue_asks("operator")
        chat = await open_chat(url)
        await chat.ask("позовите человека")
        assert "people" not in rasa.turns[0]["metadata"]
        staff.come()
        rasa.says({"text": "да"})
        await chat.ask("к лору")
        state = await window.state(id_of(rasa.turns[0]["sender_id"]))
    assert chat.texts == ["Передаю.", "да"]
    assert state.owner == BOT, "who asked when there was no staff is not handed over by a later word"


async def test_with_nobody_on_line_the_truth_and_a_call_back(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, rows, texts
):
    staff.go_home()
    async with open_desk(people=staff) as url:
        dialogue_asks("operator")
        chat = await open_chat(url)
        await chat.send("позовите человека")
        await chat.until(lambda: len(chat.said) == 2)
        assert rasa.turns[0]["metadata"]["people"] == "away"
        buttons = chat.said[1]["quick_replies"]
        assert len(buttons) == 3
        await chat.send(buttons[0]["payload"])
        await chat.until(lambda: len(chat.said) == 3)
        assert "Напишите, пожалуйста, номер телефона" in chat.texts[2]
        number = (await chat.ask("8 999 123-45-67"))["text"]
        rasa.says({"text": "да"})
        await chat.ask("а ещё к лору")
        mine = id_of(rasa.turns[0]["sender_id"])
        kinds = [event.kind for event in await window.events(mine)]
    query = "SELECT id, phone, details FROM clinic.request WHERE conversation_id = %s"
    [request] = rows(query, rasa.turns[0]["sender_id"])
    assert request["phone"] == "+79991234567"
    assert set(request["details"]["callback"]) == {"from", "to"}
    assert number == texts.say("callback_phone_stored", number=request["id"])
    assert rasa.texts == ["позовите человека", "а ещё к лору"]
    assert kinds == ["opened", "nobody_there", "callback"]


async def test_a_long_queue_is_told_and_can_be_left(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, texts, rows
):
    staff.come(free=0, pace_seconds=600)
    async with open_desk(people=staff) as url:
        dialogue_asks("operator", phone="+79990000000")
        chat = await open_chat(url)
        await chat.send("позовите человека")
        await chat.until(lambda: len(chat.said) == 2)
        mine = id_of(rasa.turns[0]["sender_id"])
        [promised] = [event for event in await window.events(mine) if event.kind == "promised"]
        place = promised.data["position"]
        words = texts.say("owner_long_wait", position=place, minutes=10 * place)
        assert chat.texts[1] == f"{texts['owner_handed_over']} {words}"
        buttons = {each["title"]: each["payload"] for each in chat.said[1]["quick_replies"]}
        assert len(buttons) == 4
        back = buttons.pop(texts["button_back_to_bot"])
        await chat.send(next(iter(buttons.values())))
        await chat.until(lambda: len(chat.said) == 3)
        assert chat.texts[2].startswith("Хорошо, перезвоним")
        assert (await window.state(mine)).owner == BOT
        rasa.says({"text": "да"})
        assert (await chat.ask("к лору"))["text"] == "да"
        assert (await chat.ask(back))["author"] == "notice"
    [left] = [event for event in await window.events(mine) if event.kind == "left_queue"]
    assert (left.reason, left.actor.kind) == ("callback", "patient")
