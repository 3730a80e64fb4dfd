"""Rasa slow, down or answering nonsense: every message gets a visible and honest answer."""

from __future__ import annotations

import asyncio

import pytest

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
