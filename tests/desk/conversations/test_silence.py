"""While people have a conversation the bot neither reads nor speaks, whatever happens around it."""

from __future__ import annotations

import asyncio

import pytest

from desk.conversations import operators, ownership
from desk.database import connect
from desk.visits import News
from tests.desk.chat import PATIENCE, eventually
from tests.desk.conversations.staff import ANNA, store_request
from tests.desk.fake_rasa import free_port
from tests.desk.test_background import Clinic

# What a patient writes while waiting: small talk, answers that would fill slots, commands, danger, noise.
WRITTEN = [
    "спасибо",
    "да",
    "завтра утром",
    "Петрова Анна Ивановна",
    "8 999 123-45-67",
    "12.05.1987",
    "/restart",
    "/session_start",
    '/inform{"offer": "1"}',
    "⁄back",
    "",
    "🙂",
    "hello, I want an appointment",
    "а" * 1500,
    None,
    "запишите к лору",
    "позовите человека",
    "болит в груди",
    "b:AAAAAAAAAAAAAAAAAAAAAA",
    "стоп",
]


@pytest.mark.parametrize("taken", [False, True], ids=["queue", "operator"])
async def test_twenty_messages_after_the_handoff_reach_nobody_but_people(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks, rows, texts, taken,
    proved,
):  # fmt: skip
    assert len(WRITTEN) == 20
    async with open_desk(people=staff) as url:
        dialogue_asks("operator")
        chat = await open_chat(url)
        await chat.send("позовите человека")
        await chat.until(lambda: len(chat.said) == 2)
        offered = [each["payload"] for each in chat.said[1]["quick_replies"]]
        session, sender = chat.session_id, rasa.turns[0]["sender_id"]
        mine = id_of(sender)
        if taken:
            await window.do("take", mine)
            await window.say(mine, "Слушаю вас")
            await chat.until(lambda: len(chat.said) == 4)
    told = len(chat.said)
    # Every process is started anew, an hour and more after the last message.
    rows("UPDATE desk.conversation SET last_patient_at = now() - interval '90 min' WHERE id = %s", mine)
    rows("UPDATE desk.inbox SET received_at = now() - interval '90 min' WHERE conversation_id = %s", mine)
    limits = {"desk_message_rate": "1000 per second", "desk_address_rate": "1000 per second"}
    async with open_desk(people=staff, desk_wait_notice=0.05, desk_answer_deadline=0.1, **limits) as url:
        again = await open_chat(url, session, after=chat.said[-1]["seq"])
        for number, text in enumerate(WRITTEN):
            for _ in range(2):
                # Each is delivered twice.
                await again.send(text, client_msg_id=f"n{number}")
        for payload in offered if taken else ():
            await again.send(payload)
        kept = rows(
            "SELECT state, text FROM desk.inbox WHERE conversation_id = %s AND external_id LIKE 'n%%'", mine
        )
        state = await window.state(mine)
        last = await open_chat(url, session, after=0)
        history = [item for item in last.history if item["seq"] > chat.said[-1]["seq"]]
    assert [turn["text"] for turn in rasa.turns] == ["позовите человека"]
    assert rasa.resets == []
    assert len(kept) == len(WRITTEN) and {row["state"] for row in kept} == {"done"}
    said = [item for item in history if item["author"] != "patient"]
    assert [item["kind"] for item in said] == ["red_flag", "button"], "danger, and a button nobody made"
    assert said[0]["text"] == texts["red_flag_emergency"]
    assert "112" in said[0]["text"]
    assert (state.owner.kind, state.priority) == ("operator" if taken else "queue", 2)
    assert told in (2, 4)
    proved(
        f"silence, owner {state.owner.kind}: {len(WRITTEN)} messages over a restart and an expired session,"
        f" each twice: turns of Rasa {len(rasa.turns) - 1}, words of the bot"
        f" {sum(item['author'] == 'bot' for item in said)}"
    )


async def test_what_waited_for_rasa_is_peoples_too(open_desk, rasa, open_chat, staff, window, rows, texts):
    """Rasa is gone, three messages wait: the first calls people, the others never reach the bot."""
    async with open_desk(people=staff, rasa_url=f"http://127.0.0.1:{free_port()}") as url:
        chat = await open_chat(url)
        await asyncio.gather(*(chat.send(text) for text in ("раз", "два", "три")))
        await chat.until(lambda: any(texts["owner_handed_over"] in text for text in chat.texts))
        session = chat.session_id
    async with open_desk(people=staff) as url:
        again = await open_chat(url, session)
        await again.send("четыре")
        [row] = rows(
            "SELECT c.id FROM desk.conversation c JOIN desk.message m ON m.conversation_id = c.id"
            " WHERE m.text = 'четыре'"
        )
        open_rows = rows(
            "SELECT id FROM desk.inbox WHERE conversation_id = %s AND state IN ('received', 'running')",
            row["id"],
        )
    assert rasa.turns == []
    assert open_rows == []


async def test_news_of_bookings_are_told_whoever_has_the_conversation(
    open_desk, rasa, open_chat, staff, window, id_of, dialogue_asks
):
    async with open_desk(people=staff) as url:
        dialogue_asks("operator")
        chat = await open_chat(url)
        await chat.send("позовите человека")
        await chat.until(lambda: len(chat.said) == 2)
        session, sender = chat.session_id, rasa.turns[0]["sender_id"]
        await window.do("take", id_of(sender))
    clinic = Clinic(sender)
    clinic.news = {8: News(sender, 8, "booked", "Запись подтверждена.")}
    clinic.failures = 0
    async with open_desk(clinic, people=staff) as url:
        again = await open_chat(url, session)
        await again.until(
            lambda: any("подтверждена" in each["text"] for each in [*again.said, *again.history])
        )
        news = [each for each in [*again.said, *again.history] if "подтверждена" in each["text"]]
    assert {each["author"] for each in news} == {"notice"}
    assert (await window.state(id_of(sender))).owner.operator_id == ANNA.id


async def test_requests_of_a_silenced_turn_call_nobody_later(
    open_desk, rasa, open_chat, staff, window, id_of, desk_database
):
    gate, began = asyncio.Event(), asyncio.Event()

    async def answer(turn):
        began.set()
        await gate.wait()
        store_request(desk_database, turn["sender_id"], "operator", f"late:{turn['turn_id']}")
        return 200, [{"text": "Передаю"}]

    rasa.answer = answer
    async with open_desk(people=staff) as url:
        chat = await open_chat(url)
        await chat.send("позовите")
        await asyncio.wait_for(began.wait(), PATIENCE)
        mine = id_of(rasa.turns[0]["sender_id"])
        await window.do("take", mine)
        gate.set()
        await eventually(lambda: window.events(mine), lambda seen: "silenced" in [one.kind for one in seen])
        await window.do("return_to_bot", mine, "поговорили")
        rasa.says({"text": "да"})
        said = len(chat.said)
        await chat.send("к лору")
        await chat.until(lambda: len(chat.said) > said and chat.texts[-1] == "да")
        assert (await window.state(mine)).owner.kind == "bot"


async def test_nothing_is_claimed_while_people_are_taking_it(
    open_desk, rasa, open_chat, staff, id_of, rows, desk_database, texts
):
    async with open_desk(people=staff) as url:
        chat = await open_chat(url)
        await chat.ask("к лору")
    mine = id_of(rasa.turns.pop()["sender_id"])
    rows(
        "UPDATE desk.inbox SET state = 'received', attempt = 0, turn_id = gen_random_uuid()"
        " WHERE conversation_id = %s",
        mine,
    )
    async with await connect(desk_database) as connection, connection.transaction():
        state = await ownership.state_of(connection, mine)
        await operators.take(connection, texts, mine, ANNA, state.version)
        async with open_desk(people=staff):
            await eventually(
                lambda: asyncio.to_thread(
                    rows,
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    " AND datname = current_database()",
                ),
                bool,
            )
            await connection.execute("COMMIT")
    [row] = rows("SELECT state, failure, attempt FROM desk.inbox WHERE conversation_id = %s", mine)
    assert row == {"state": "done", "failure": "people", "attempt": 0}
    assert rasa.turns == []


async def test_what_a_silenced_turn_told_of_bookings_is_news_again(
    open_desk, rasa, open_chat, staff, window, id_of
):
    gate, began = asyncio.Event(), asyncio.Event()

    async def answer(turn):
        began.set()
        await gate.wait()
        return 200, [{"text": "Вы записаны"}]

    rasa.answer = answer
    clinic = Clinic("nobody")
    async with open_desk(clinic, people=staff) as url:
        chat = await open_chat(url)
        await chat.send("да")
        await asyncio.wait_for(began.wait(), PATIENCE)
        sender = rasa.turns[0]["sender_id"]
        await window.do("take", id_of(sender))
        assert clinic.unheard == []
        gate.set()
        await eventually(lambda: asyncio.sleep(0, clinic.unheard), bool)
    assert [each[0] for each in clinic.unheard] == [sender]
    assert "Вы записаны" not in chat.texts


async def test_a_failed_message_that_people_answered_is_not_repeated_later(
    open_desk, rasa, open_chat, staff, window, id_of, texts, rows
):
    rasa.says("action server", status=503)
    async with open_desk(people=staff) as url:
        chat = await open_chat(url)
        await chat.send("отмените запись")
        await chat.until(lambda: any(texts["owner_handed_over"] in text for text in chat.texts))
        mine = id_of(rasa.turns[0]["sender_id"])
        await window.do("take", mine)
        await window.do("return_to_bot", mine, "отменил сам")
        staff.go_home()
        said = len(chat.said)
        await chat.send("спасибо")
        await chat.until(lambda: len(chat.said) > said and chat.said[-1].get("quick_replies"))
        rasa.turns.clear()
        rasa.says({"text": "Рада помочь"})
        said = len(chat.said)
        await chat.send(chat.said[-1]["quick_replies"][0]["payload"])
        await chat.until(lambda: "Рада помочь" in chat.texts[said:])
    assert rasa.texts == ["спасибо"]
