"""From the bot to people and back: what the patient is told, what the person gets to know, who is silent."""

from __future__ import annotations

import asyncio
import json

import pytest

from desk.conversations import briefing
from desk.database import connect
from tests.desk.chat import PATIENCE
from tests.desk.conversations.calling import handed_over
from tests.desk.fake_rasa import free_port


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
