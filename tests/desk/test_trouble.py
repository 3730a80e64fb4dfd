"""Rasa slow, down or answering nonsense: every message gets a visible and honest answer."""

from __future__ import annotations

import asyncio

import pytest

from tests.desk.chat import eventually
from tests.desk.fake_rasa import free_port


class Gate:
    """Rasa answers only when the test says so."""

    def __init__(self, rasa):
        self.event = asyncio.Event()
        rasa.answer = self

    async def __call__(self, turn):
        await self.event.wait()
        return 200, [{"text": f"ответ: {turn['text']}"}]


async def test_a_slow_answer_is_announced_and_then_delivered_in_order(open_desk, rasa, open_chat, texts):
    gate = Gate(rasa)
    async with open_desk(desk_wait_notice=0.1, desk_answer_deadline=0.4) as url:
        chat = await open_chat(url)
        await chat.send("к лору")
        await chat.until(lambda: len(chat.said) == 2)
        assert chat.texts == [texts["wait"], texts["late"]]
        assert {message["author"] for message in chat.said} == {"notice"}
        await chat.send("ау?")
        gate.event.set()
        await chat.until(lambda: len([m for m in chat.said if m["author"] == "bot"]) == 2)
    answers = [message["text"] for message in chat.said if message["author"] == "bot"]
    assert answers == ["ответ: к лору", "ответ: ау?"]
    assert "не считайте запись сделанной" in texts["late"]


async def test_a_quick_answer_is_not_announced(open_desk, rasa, open_chat, rows):
    async with open_desk(desk_wait_notice=0.5) as url:
        chat = await open_chat(url)
        await chat.ask("привет")
    assert chat.texts == ["ответ: привет"]


async def test_giving_up_offers_to_repeat_and_the_repeated_turn_keeps_its_id(
    open_desk, rasa, open_chat, texts
):
    gate = Gate(rasa)
    async with open_desk(desk_wait_notice=5, desk_answer_deadline=5.1, desk_give_up=0.2) as url:
        chat = await open_chat(url)
        apology = await chat.ask("к лору")
        assert apology["text"] == texts["failed_unknown"]
        retry, person = apology["quick_replies"]
        assert (retry["title"], person["title"]) == (texts["button_retry"], texts["button_person"])
        gate.event.set()
        answer = await chat.ask(retry["payload"])
        assert answer["text"] == "ответ: к лору"
    assert rasa.turns[0]["turn_id"] == rasa.turns[-1]["turn_id"]


@pytest.mark.parametrize(
    ("status", "body", "key"),
    [
        (503, "actions_unavailable", "failed_actions"),
        (503, "empty_reply", "failed_unreachable"),
        (503, "internal", "failed_unreachable"),
        (200, [], "failed_unknown"),
        (200, [{"text": "  "}], "failed_unknown"),
        (200, "мусор", "failed_unknown"),
        (500, "oops", "failed_unknown"),
    ],
)
async def test_a_useless_answer_is_an_apology(desk, rasa, open_chat, texts, status, body, key):
    async def answer(turn):
        return status, body

    rasa.answer = answer
    chat = await open_chat(desk)
    apology = await chat.ask("к лору")
    assert apology["text"] == texts[key]
    assert apology["author"] == "notice"


async def test_rasa_down_is_said_at_once_and_nothing_is_lost(
    open_desk, rasa, open_chat, texts, rows, rest_client
):
    dead = f"http://127.0.0.1:{free_port()}"
    async with open_desk(rasa_url=dead) as url:
        chat = await open_chat(url)
        assert (await chat.ask("раз"))["text"] == texts["failed_unreachable"]
        assert (await chat.ask("два"))["text"] == texts["failed_unreachable"]
        session, retry = chat.session_id, chat.said[-1]["quick_replies"][0]["payload"]
    async with open_desk() as url:
        again = await open_chat(url, session)
        await again.send(retry)
        await again.until(lambda: len(again.said) == 2)
    assert rasa.texts == ["раз", "два"], "everything that failed is repeated, in its order"
    assert again.texts == ["ответ: раз", "ответ: два"]


async def test_a_person_can_be_called_from_the_apology(desk, rasa, open_chat, texts, rows):
    rasa.says(status=503)
    chat = await open_chat(desk)
    person = (await chat.ask("к лору"))["quick_replies"][1]["payload"]
    assert (await chat.ask(person))["text"] == texts["person_called"]
    found = rows(
        "SELECT r.kind, r.state FROM clinic.request r JOIN desk.conversation c"
        " ON c.rasa_sender = r.conversation_id JOIN desk.message m ON m.conversation_id = c.id"
        " WHERE m.kind = 'person'"
    )
    assert {"kind": "operator", "state": "open"} in found


async def test_repeat_is_dead_after_a_good_turn(desk, rasa, open_chat, texts):
    rasa.says(status=503)
    chat = await open_chat(desk)
    retry = (await chat.ask("к лору"))["quick_replies"][0]["payload"]
    rasa.says({"text": "Где удобно?"})
    await chat.ask("к лору пожалуйста")
    await chat.send(retry)
    await chat.until(lambda: len(chat.said) == 4)
    assert chat.texts[2:] == [texts["button_dead"], "Где удобно?"]
    assert len(rasa.turns) == 2


async def test_failure_keeps_the_bots_question_alive(desk, rasa, open_chat):
    rasa.says({"text": "Записать?", "buttons": [{"title": "Да", "payload": "/affirm"}]})
    chat = await open_chat(desk)
    yes = (await chat.ask("к лору"))["quick_replies"][0]["payload"]
    rasa.says(status=503)
    await chat.ask("а парковка есть?")
    rasa.says({"text": "Записаны"})
    await chat.ask(yes)
    assert rasa.turns[-1]["payload"] == {"intent": "affirm", "entities": {}}


async def test_what_may_have_been_done_is_never_called_not_begun(desk, rasa, open_chat, texts):
    """A repeated message that Rasa cannot take now may have booked the first time."""
    answers = [(500, "oops"), (503, "actions_unavailable"), (503, "store_unavailable")]

    async def answer(turn):
        return answers.pop(0) if answers else (200, [{"text": "Вы записаны"}])

    rasa.answer = answer
    chat = await open_chat(desk)
    said = await chat.ask("да, записать")
    for _ in range(3):
        assert said["text"] == texts["failed_unknown"]
        said = await chat.ask(said["quick_replies"][0]["payload"])
    assert said["text"] == "Вы записаны"


async def test_a_message_that_was_never_begun_is_called_so_each_time(desk, rasa, open_chat, texts):
    rasa.says(status=503)
    chat = await open_chat(desk)
    said = await chat.ask("к лору")
    assert said["text"] == texts["failed_unreachable"]
    assert (await chat.ask(said["quick_replies"][0]["payload"]))["text"] == texts["failed_unreachable"]


async def test_a_turn_whose_desk_died_may_have_been_begun(open_desk, open_chat, rows, texts):
    async with open_desk() as url:
        await open_chat(url)
    (row,) = rows(
        "WITH c AS (INSERT INTO desk.conversation (channel, external_id, rasa_sender)"
        " VALUES ('web', 'begun', 'web:begun') RETURNING id)"
        " INSERT INTO desk.inbox (conversation_id, external_id, seq, text, state, attempt)"
        " SELECT id, '1', 0, 'да, записать', 'running', 1 FROM c RETURNING conversation_id"
    )
    async with open_desk(rasa_url=f"http://127.0.0.1:{free_port()}"):
        failed = "SELECT text FROM desk.message WHERE kind = 'failed' AND conversation_id = %s"
        find = lambda: asyncio.to_thread(rows, failed, row["conversation_id"])  # noqa: E731
        found = await eventually(find, bool)
    assert found[0]["text"] == texts["failed_unknown"]
