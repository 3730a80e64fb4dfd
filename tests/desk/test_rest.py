"""The REST door: Rasa's shape, a token, and never an empty list."""

from __future__ import annotations

import asyncio
import re

import psycopg
import pytest

from desk.inbox import Inbox
from desk.replies import Replies


async def test_the_answer_has_rasas_shape(desk, rasa, rest_client):
    rasa.says(
        {"text": "Есть время:", "buttons": [{"title": "09:30", "payload": "/inform"}]},
        {"image": "https://clinic.example/map.png"},
    )
    client = rest_client(desk)
    first, second = await client.say("к лору")
    token = first["buttons"][0]["payload"]
    assert first == {
        "recipient_id": client.sender,
        "text": "Есть время:",
        "buttons": [{"title": "09:30", "payload": token}],
    }
    assert token.startswith("b:")
    assert second == {"recipient_id": client.sender, "image": "https://clinic.example/map.png"}
    rasa.says({"text": "Записать?"})
    assert (await client.say(token))[0]["text"] == "Записать?"
    assert rasa.turns[-1]["payload"] == {"intent": "inform", "entities": {}}
    assert rasa.turns[0]["metadata"]["channel"] == "rest"


@pytest.mark.parametrize("token", ["x", "wrong", "dev", "токен"])
async def test_without_the_token_nobody_speaks(desk, rasa, rest_client, token):
    client = rest_client(desk)
    response = await client._http.post(
        f"{desk}/webhooks/rest/webhook",
        json={"sender": "a", "message": "b"},
        headers={"Authorization": f"Bearer {token}".encode()},
    )
    assert response.status_code == 401
    assert rasa.turns == []


async def test_a_bad_body_is_an_error(desk, rest_client):
    client = rest_client(desk)
    client.sender = ""
    assert (await client.post("привет")).status_code == 422
    client.sender = "a"
    assert (await client.post("б" * 100_000)).status_code == 413


async def test_repeated_message_id_is_one_turn_with_the_same_answer(desk, rasa, rest_client):
    client = rest_client(desk)
    answers = await asyncio.gather(*(client.say("к лору", message_id="17") for _ in range(10)))
    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0]["text"] == "ответ: к лору"
    assert await client.say("к лору", metadata={"message_id": "17"}) == answers[0]
    assert rasa.texts == ["к лору"]


async def test_without_an_id_each_call_is_a_message(desk, rasa, rest_client):
    client = rest_client(desk)
    await client.say("да")
    await client.say("да")
    assert rasa.texts == ["да", "да"]


async def test_two_taps_get_the_same_answer(desk, rasa, rest_client):
    rasa.says({"text": "?", "buttons": [{"title": "Да", "payload": "/affirm"}]})
    client = rest_client(desk)
    token = (await client.say("к лору"))[0]["buttons"][0]["payload"]
    rasa.says({"text": "Записаны"}, delay=0.1)
    one, two = await asyncio.gather(client.say(token), client.say(token))
    assert one[0]["text"] == two[0]["text"] == "Записаны"
    assert len(rasa.turns) == 2


async def test_a_slow_turn_gets_honest_words_and_its_answer_comes_with_the_next_call(
    open_desk, rasa, rest_client, texts, rows
):
    gate = asyncio.Event()

    async def answer(turn):
        await gate.wait()
        return 200, [{"text": f"ответ: {turn['text']}"}]

    rasa.answer = answer
    async with open_desk(desk_wait_notice=0.1, desk_answer_deadline=0.3) as url:
        client = rest_client(url)
        said = await client.say("к лору")
        assert [item["text"] for item in said] == [texts["late"]]
        gate.set()
        said = await client.say("ау")
        assert [item["text"] for item in said] == ["ответ: к лору", "ответ: ау"]


async def test_own_answers_and_danger_in_one_list(desk, rest_client, texts):
    client = rest_client(desk)
    assert [item["text"] for item in await client.say(None)] == [texts["not_text"]]
    said = await client.say("болит в груди")
    assert [item["text"] for item in said] == [texts["red_flag_emergency"], "ответ: болит в груди"]


async def test_a_message_delivered_again_while_the_database_is_lost_is_not_denied(
    desk, rasa, rest_client, texts, monkeypatch
):
    """Whether the first delivery was stored, and what its turn has done, nobody can see then."""

    async def lost(*_):
        raise psycopg.OperationalError("the connection is lost")

    client = rest_client(desk)
    await client.post("да, записать", message_id="1")
    with monkeypatch.context() as patched:
        patched.setattr(Inbox, "accept", lost)
        answer = await client.post("да, записать", message_id="1")
    assert (answer.status_code, [item["text"] for item in answer.json()]) == (503, [texts["storage_down"]])
    assert [turn["text"] for turn in rasa.turns] == ["да, записать"]


@pytest.mark.parametrize("key", ["storage_down", "request_down", "picture_down"])
def test_nothing_is_denied_that_may_have_been_stored(texts, key):
    """Also the answer to a commit can get lost."""
    denied = re.findall(r"\b(нет|не принят\w*|не сохран\w*|не запис\w*)\b", texts[key].lower())
    assert denied == []


async def test_too_many_is_429_with_words(open_desk, rest_client, texts):
    async with open_desk(desk_message_rate="1 per minute") as url:
        client = rest_client(url)
        await client.say("раз")
        response = await client.post("два")
        assert response.status_code == 429
        assert response.json()[0]["text"] == texts["too_many"]


async def test_senders_do_not_mix(desk, rasa, rest_client):
    one, two = rest_client(desk), rest_client(desk)
    await asyncio.gather(one.say("раз"), two.say("два"))
    assert len({turn["sender_id"] for turn in rasa.turns}) == 2


async def test_a_database_lost_after_the_message_was_taken_denies_nothing(
    desk, rest_client, texts, monkeypatch
):
    """The turn goes on: «записи по нему нет» might be untrue a moment later."""

    async def lost(*_):
        raise psycopg.OperationalError("the connection is lost")

    with monkeypatch.context() as patched:
        patched.setattr(Replies, "wait", lost)
        client = rest_client(desk)
        answer = await client.post("да, записать", message_id="1")
    assert (answer.status_code, [item["text"] for item in answer.json()]) == (200, [texts["late"]])
    assert (await client.say("да, записать", message_id="1"))[0]["text"] == "ответ: да, записать"
