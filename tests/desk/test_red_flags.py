"""The guard speaks first, whatever is broken behind it."""

from __future__ import annotations

import asyncio

from desk.guard import Guard
from lang.red_flags import RedFlag
from tests.desk.fake_rasa import free_port


class EverythingIsDangerous:
    def check(self, text: str) -> RedFlag:
        return RedFlag("any", "emergency", text)


async def test_the_token_of_a_button_is_never_a_sign():
    guard = Guard(EverythingIsDangerous())
    assert await guard.check("b:tQZs6OSs3iypTuyk") is None
    assert await guard.check("b: не дышит") is not None
    assert await guard.check("не дышит b:tQZs6OSs3iypTuyk") is not None


async def test_the_notice_comes_first_and_the_turn_follows(open_desk, rasa, open_chat, texts, rows):
    rasa.says({"text": "Позвоните 103"}, delay=0.3)
    async with open_desk(desk_wait_notice=0.1) as url:
        chat = await open_chat(url)
        await chat.send("болит в груди, запишите")
        await chat.until(lambda: len(chat.said) == 2)
    assert chat.texts == [texts["red_flag_emergency"], "Позвоните 103"]
    assert "103" in texts["red_flag_emergency"]
    assert "112" in texts["red_flag_emergency"]
    assert rasa.turns[0]["metadata"]["red_flag"] == "chest_pain"
    found = rows(
        "SELECT c.priority, r.kind, r.topic, r.summary, r.state, r.priority AS urgency, r.request_key"
        " FROM desk.conversation c JOIN clinic.request r ON r.conversation_id = c.rasa_sender"
        " WHERE c.rasa_sender = %s",
        rasa.turns[0]["sender_id"],
    )
    [request] = found
    # The dialogue knows the key: what it has to add to the request becomes no second one.
    sender, turn = rasa.turns[0]["sender_id"], rasa.turns[0]["turn_id"]
    assert request.pop("request_key") == f"{sender}:emergency:{turn}"
    assert request == {
        "priority": 2,
        "kind": "emergency",
        "topic": "chest_pain",
        "summary": "Боль в груди",
        "state": "open",
        "urgency": 2,
    }


async def test_thoughts_of_suicide_get_the_crisis_line(desk, open_chat, texts):
    chat = await open_chat(desk)
    assert (await chat.ask("не хочу жить"))["text"] == texts["red_flag_suicide"]
    assert "8-800-2000-122" in texts["red_flag_suicide"]
    assert "112" in texts["red_flag_suicide"]


async def test_thoughts_of_death_of_somebody_near_are_not_spoken_of_as_the_writers(desk, open_chat, texts):
    chat = await open_chat(desk)
    assert (await chat.ask("мама хочет умереть"))["text"] == texts["red_flag_suicide_other"]
    assert "8-800-2000-122" in texts["red_flag_suicide_other"]
    assert "112" in texts["red_flag_suicide_other"]


async def test_with_rasa_down(open_desk, rasa, open_chat, rest_client, texts):
    async with open_desk(rasa_url=f"http://127.0.0.1:{free_port()}") as url:
        chat = await open_chat(url)
        await chat.send("болит в груди")
        await chat.until(lambda: len(chat.said) == 2)
        assert chat.texts == [texts["red_flag_emergency"], texts["failed_unreachable"]]
        answer = await rest_client(url).say("болит в груди")
        assert [item["text"] for item in answer] == chat.texts


async def test_behind_a_turn_that_hangs(open_desk, rasa, open_chat, texts):
    gate = asyncio.Event()

    async def answer(turn):
        await gate.wait()
        return 200, [{"text": "да"}]

    rasa.answer = answer
    async with open_desk(desk_wait_notice=5) as url:
        chat = await open_chat(url)
        await chat.send("к лору")
        assert (await chat.ask("болит в груди"))["text"] == texts["red_flag_emergency"]
        assert len(rasa.turns) <= 1
        gate.set()
        await chat.until(lambda: chat.texts.count("да") == 2)


async def test_in_a_text_that_the_desk_refuses(desk, rasa, open_chat, texts):
    chat = await open_chat(desk)
    await chat.send("болит в груди " + "а" * 1000)
    await chat.until(lambda: len(chat.said) == 2)
    assert chat.texts == [texts["red_flag_emergency"], texts["too_long"]]


async def test_a_message_delivered_twice_warns_once(desk, open_chat, rows, texts):
    chat = await open_chat(desk)
    await chat.send("болит в груди", client_msg_id="1")
    await chat.send("болит в груди", client_msg_id="1")
    await chat.until(lambda: len(chat.said) == 2)
    assert chat.texts.count(texts["red_flag_emergency"]) == 1


async def test_with_the_database_gone(open_desk, rasa, open_chat, texts, rows, rest_client):
    async with open_desk() as url:
        chat = await open_chat(url)
        client = rest_client(url)
        rows("ALTER TABLE desk.inbox RENAME TO inbox_away")
        try:
            ack = await chat.send("болит в груди")
            await chat.until(lambda: len(chat.said) == 2)
            assert chat.texts == [texts["red_flag_emergency"], texts["storage_down"]]
            assert ack["ok"] is False
            response = await client.post("болит в груди")
            assert response.status_code == 503
            assert [item["text"] for item in response.json()] == chat.texts
        finally:
            rows("ALTER TABLE desk.inbox_away RENAME TO inbox")
