"""From the bot to people and back: what the patient is told, what the person gets to know, who is silent."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from desk.conversations import briefing, operators
from desk.conversations.ownership import BOT, NotAllowed, Owner, Stale
from desk.conversations.people import Outlook
from desk.database import connect
from tests.desk.chat import PATIENCE, eventually
from tests.desk.conversations.staff import ANNA, BORIS, Window
from tests.desk.fake_rasa import free_port


async def handed_over(url, open_chat, rasa, id_of, dialogue_asks):
    """A chat whose patient waits in the queue, and its conversation."""
    dialogue_asks("operator", topic="operator")
    chat = await open_chat(url)
    await chat.send("позовите человека")
    await chat.until(lambda: len(chat.said) == 2)
    return chat, id_of(rasa.turns[-1]["sender_id"])


async def test_a_person_is_asked_for_comes_answers_and_leaves(
    open_desk, rasa, open_chat, texts, staff, window, id_of, dialogue_asks, rows, desk_database
):
    async with open_desk(people=staff) as url:
        dialogue_asks(
            "operator",
            topic="reschedule",
            summary="Тема: Перенос записи\nНаписано: «позовите человека»",
            details=json.dumps({"slots": {"booking__wish": "завтра"}, "understood": [{"intent": "x"}]}),
        )
        chat = await open_chat(url)
        await chat.send("позовите человека")
        await chat.until(lambda: len(chat.said) == 2)
        assert rasa.turns[0]["metadata"]["people"] == "here"
        assert chat.texts == ["Передаю.", f"{texts['owner_handed_over']} {texts['owner_soon']}"]
        assert chat.said[1]["author"] == "notice"
        mine = id_of(rasa.turns[0]["sender_id"])
        async with await connect(desk_database) as connection:
            told = await briefing.latest(connection, mine)
        assert told.reason == "asked"
        assert told.topic == "reschedule"
        assert told.summary.splitlines() == [
            "Тема: Перенос записи",
            "Написано: «позовите человека»",
            texts["why_asked"],
        ]
        assert (told.slots, told.understood) == ({"booking__wish": "завтра"}, [{"intent": "x"}])
        assert [each["who"] for each in told.transcript] == ["patient", "bot"]
        assert told.promised_seconds == 0
        rasa.says({"text": "я бот"})
        await chat.send("вы тут?")
        await window.do("take", mine)
        await window.say(mine, "Здравствуйте! Чем помочь?")
        await chat.until(lambda: len(chat.said) == 4)
        assert chat.texts[2:] == [texts.say("owner_joined", name="Анна"), "Здравствуйте! Чем помочь?"]
        assert (chat.said[3]["author"], chat.said[3]["author_name"]) == ("operator", "Анна")
        await chat.send("спасибо")
        await window.do("return_to_bot", mine, "перенесла", did="записан на 3 декабря")
        await chat.until(lambda: len(chat.said) == 5)
        assert chat.texts[4] == texts.say("owner_bot_again_did", did="записан на 3 декабря.")
        assert len(rasa.turns) == 1
        await chat.ask("спасибо")
        assert rasa.resets == [rasa.turns[0]["sender_id"]], "the dialogue begins anew"
        assert rasa.texts == ["позовите человека", "спасибо"]
        await chat.ask("ещё вопрос")
        assert len(rasa.resets) == 1
    [request] = rows("SELECT state FROM clinic.request WHERE id = %s", told.request_ids[0])
    assert request["state"] == "closed"
    kinds = [event.kind for event in await window.events(mine)]
    assert kinds == [
        *("opened", "handoff", "promised", "patient_wrote", "taken", "replied", "patient_wrote"),
        "returned_to_bot",
    ]


@pytest.mark.parametrize(
    ("kind", "details", "reason", "priority"),
    [
        ("complaint", {}, "complaint", 1),
        ("check", {}, "outcome_unknown", 1),
        ("check", {"reason": "booking_failed"}, "booking_failed", 1),
        ("insurance", {}, "insurance", 0),
        ("operator", {"reason": "misunderstood"}, "misunderstood", 0),
        ("operator", {"reason": "invalid_answers"}, "invalid_answers", 0),
    ],
)
async def test_what_the_dialogue_stores_for_people_calls_them(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, kind, details, reason, priority
):
    async with open_desk(people=staff) as url:
        dialogue_asks(kind, details=json.dumps(details))
        chat = await open_chat(url)
        await chat.send("вот")
        await chat.until(lambda: len(chat.said) == 2)
        state = await window.state(id_of(rasa.turns[0]["sender_id"]))
    assert (state.owner.kind, state.reason, state.priority) == ("queue", reason, priority)


@pytest.mark.parametrize("kind", ["callback", "wait_list", "privacy", "results", "home_visit"])
async def test_what_needs_nobody_now_leaves_the_bot_there(
    open_desk, rasa, open_chat, staff, dialogue_asks, kind
):
    async with open_desk(people=staff) as url:
        dialogue_asks(kind)
        chat = await open_chat(url)
        await chat.ask("вот")
        await chat.ask("и ещё")
    assert len(rasa.turns) == 2


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


async def test_the_patient_goes_back_to_the_bot(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, texts
):
    async with open_desk(people=staff) as url:
        chat, _ = await handed_over(url, open_chat, rasa, id_of, dialogue_asks)
        [back] = chat.said[1]["quick_replies"]
        assert (await chat.ask(back["payload"]))["text"] == texts["owner_bot_again"]
        rasa.says({"text": "да"})
        assert (await chat.ask("к лору"))["text"] == "да"
        assert rasa.resets == [rasa.turns[0]["sender_id"]]


async def test_a_red_flag_is_warned_and_handed_over_at_once(
    open_desk, rasa, open_chat, staff, window, id_of, texts, rows
):
    async with open_desk(people=staff, rasa_url=f"http://127.0.0.1:{free_port()}") as url:
        chat = await open_chat(url)
        await chat.send("болит в груди")
        await chat.until(lambda: len(chat.said) == 2)
        assert chat.texts == [texts["red_flag_emergency"], texts["owner_handed_over_urgent"]]
    [row] = rows("SELECT id FROM desk.conversation ORDER BY created_at DESC LIMIT 1")
    state = await window.state(row["id"])
    assert (state.owner.kind, state.priority, state.reason) == ("queue", 2, "red_flag")


@pytest.mark.parametrize("owner", ["queue", "operator"])
async def test_danger_is_answered_while_people_have_the_conversation(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, texts, owner, record_testsuite_property
):
    async with open_desk(people=staff) as url:
        chat, mine = await handed_over(url, open_chat, rasa, id_of, dialogue_asks)
        if owner == "operator":
            await window.do("take", mine)
            await chat.until(lambda: len(chat.said) == 3)
        asked = time.monotonic()
        assert (await chat.ask("болит в груди"))["text"] == texts["red_flag_emergency"]
        record_testsuite_property(f"danger_{owner}_ms", round((time.monotonic() - asked) * 1000))
        state = await window.state(mine)
        assert (state.owner.kind, state.priority) == (owner, 2)
        assert len(rasa.turns) == 1


@pytest.mark.parametrize(
    ("status", "error", "key", "reason"),
    [
        (503, "internal", "down_nothing", "assistant_down"),
        (503, "actions_unavailable", "down_nothing", "part_down"),
        (500, "internal", "down_unknown", "outcome_unknown"),
    ],
)
async def test_the_conversation_opens_to_people_when_the_assistant_fails(
    open_desk, rasa, open_chat, staff, window, id_of, texts, rows, status, error, key, reason, desk_database
):
    async def answer(turn):
        return status, error

    rasa.answer = answer
    async with open_desk(people=staff) as url:
        chat = await open_chat(url)
        await chat.send("к лору")
        await chat.until(lambda: len(chat.said) == 2)
        assert chat.texts[0] == texts[key]
        assert "quick_replies" not in chat.said[0]
        mine = id_of(rasa.turns[0]["sender_id"])
        state = await window.state(mine)
        assert (state.owner.kind, state.reason) == ("queue", reason)
        async with await connect(desk_database) as connection:
            told = await briefing.latest(connection, mine)
        assert told.summary.splitlines() == [texts.say("brief_said", said="к лору"), texts[f"why_{reason}"]]
        assert told.request_ids, "it stands in the clinic's list too"


async def test_a_turn_on_its_way_says_nothing_after_the_change_of_owner(
    open_desk, rasa, open_chat, staff, window, id_of, rows, texts
):
    gate, began = asyncio.Event(), asyncio.Event()

    async def answer(turn):
        began.set()
        await gate.wait()
        return 200, [{"text": "Вы записаны"}]

    rasa.answer = answer
    async with open_desk(people=staff, desk_wait_notice=0.2, desk_answer_deadline=0.3) as url:
        chat = await open_chat(url)
        await chat.send("к лору")
        await asyncio.wait_for(began.wait(), PATIENCE)
        await chat.send("и ещё вот что")
        mine = id_of(rasa.turns[0]["sender_id"])
        await window.do("take", mine)
        await chat.until(lambda: texts.say("owner_joined", name="Анна") in chat.texts)
        before = list(chat.texts)
        gate.set()
        async with asyncio.timeout(PATIENCE):
            while not (notes := rows("SELECT kind, text FROM desk.note WHERE conversation_id = %s", mine)):
                await asyncio.sleep(0.02)
        assert notes == [{"kind": "unsent", "text": "Вы записаны"}]
        await window.say(mine, "Здравствуйте")
        await chat.until(lambda: "Здравствуйте" in chat.texts)
        assert chat.texts == [*before, "Здравствуйте"]
        assert len(rasa.turns) == 1, "what waited behind it is people's too"
        assert "silenced" in [event.kind for event in await window.events(mine)]


async def test_rest_callers_get_a_status_and_the_operators_words(
    open_desk, rasa, rest_client, staff, window, id_of, dialogue_asks, texts
):
    async with open_desk(people=staff) as url:
        dialogue_asks("operator")
        client = rest_client(url)
        said = await client.say("позовите человека")
        assert said[0]["text"] == "Передаю."
        assert said[1]["text"].startswith(texts["owner_handed_over"])
        mine = id_of(rasa.turns[0]["sender_id"])
        waiting = await client.say("вы тут?")
        assert [item["custom"]["owner"] for item in waiting] == ["queue"]
        assert "очереди" in waiting[0]["text"]
        await window.do("take", mine)
        await window.say(mine, "Здравствуйте!")
        thread = await client.messages(0)
        assert (thread["owner"], thread["status"]) == ("operator", texts.say("status_operator", name="Анна"))
        last = thread["messages"][-1]
        assert (last["author"], last["author_name"], last["text"]) == ("operator", "Анна", "Здравствуйте!")
        assert (await client.messages(last["seq"]))["messages"] == []
        await window.say(mine, "Слушаю вас")
        words = await client.say("нужна справка")
        assert [item["text"] for item in words] == [
            "Слушаю вас",
            texts.say("status_operator", name="Анна"),
        ]
        assert len(rasa.turns) == 1


async def test_the_messages_of_a_rest_patient_need_the_token(open_desk, rest_client, staff):
    async with open_desk(people=staff) as url:
        client = rest_client(url)
        await client.say("к лору")
        assert (await client.get_messages(0, token="wrong")).status_code == 401
        client.sender = "somebody else"
        assert (await client.get_messages(0)).status_code == 404


async def test_two_people_never_answer_one_thread(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, desk_database, texts
):
    boris = Window(desk_database, texts, BORIS)
    async with open_desk(people=staff) as url:
        _, mine = await handed_over(url, open_chat, rasa, id_of, dialogue_asks)
        await window.do("take", mine)
        for attempt in (boris.say(mine, "и я"), boris.do("close", mine, "operator", "answered")):
            with pytest.raises(NotAllowed):
                await attempt
        with pytest.raises(NotAllowed):
            await boris.do("take", mine)
        first = await window.say(mine, "раз", client_msg_id="same")
        assert await window.say(mine, "раз", client_msg_id="same") == first
        await window.do("transfer", mine, BORIS, "это к тебе")
        with pytest.raises(NotAllowed):
            await window.say(mine, "ещё")
        await boris.say(mine, "Добрый день")
        state = await boris.state(mine)
        assert state.owner == Owner("operator", BORIS.id)
        assert state.accepted_at is not None


async def test_closing_needs_a_topic_and_the_next_word_is_the_bots(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, texts
):
    async with open_desk(people=staff) as url:
        chat, mine = await handed_over(url, open_chat, rasa, id_of, dialogue_asks)
        await window.do("take", mine)
        with pytest.raises(ValueError, match="topic"):
            await window.do("close", mine, " ", "answered")
        await window.do("close", mine, "results", "answered", "рассказала")
        await chat.until(lambda: texts["owner_closed"] in chat.texts)
        rasa.says({"text": "Здравствуйте"})
        assert (await chat.ask("привет"))["text"] == "Здравствуйте"
        assert len(rasa.resets) == 1
    events = {event.kind: event for event in await window.events(mine)}
    assert events["closed"].data == {"topic": "results", "outcome": "answered"}
    assert events["reopened"].actor.kind == "patient"


async def test_a_decision_on_an_old_version_is_refused(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, desk_database, texts
):
    async with open_desk(people=staff) as url:
        _, mine = await handed_over(url, open_chat, rasa, id_of, dialogue_asks)
        async with await connect(desk_database) as connection:
            with pytest.raises(Stale):
                await operators.take(connection, texts, mine, ANNA, 0)


async def test_a_snoozed_conversation_wakes_when_it_is_due_or_the_patient_writes(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, desk_database
):
    async with open_desk(people=staff) as url:
        chat, mine = await handed_over(url, open_chat, rasa, id_of, dialogue_asks)
        await window.do("take", mine)

        async def snooze(until):
            async with await connect(desk_database) as connection, connection.transaction():
                state = await window.state(mine)
                return await operators.snooze(connection, mine, ANNA, state.version, until)

        later = datetime.now(UTC) + timedelta(hours=1)
        assert (await snooze(later)).snoozed_until == later
        await chat.send("ау")
        assert (await window.state(mine)).snoozed_until is None
        await snooze(datetime.now(UTC))
        await eventually(lambda: window.state(mine), lambda state: state.snoozed_until is None)
        woken = [event.reason for event in await window.events(mine) if event.kind == "woken"]
    assert woken == ["patient_wrote", "due"]
