"""Several desks on one database, some of which die."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import time

import httpx

from tests.desk.chat import eventually
from tests.desk.conftest import TOKEN
from tests.desk.fake_rasa import SECRET, free_port

PATIENCE = 60.0
START_PATIENCE = 180.0


@contextlib.asynccontextmanager
async def desk_process(database_url, rasa_url):
    """A desk as a child process; gives its address and the process."""
    port = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "RASA_URL": rasa_url,
        "SECRET_KEY": "k" * 32,
        "CHANNEL_SECRET": SECRET,
        "REST_TOKEN": TOKEN,
    }
    process = subprocess.Popen([sys.executable, "-m", "tests.desk.desk_process", str(port)], env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(trust_env=False) as http:
            give_up = time.monotonic() + START_PATIENCE
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await http.get(f"{url}/live")).status_code == 200:
                        break
                assert process.poll() is None, "the desk stopped"
                assert time.monotonic() < give_up, "the desk did not start"
                await asyncio.sleep(0.05)
        yield url, process
    finally:
        process.kill()
        process.wait()


async def test_a_killed_desk_frees_its_conversation(
    open_desk, desk_database, rasa, open_chat, record_testsuite_property
):
    stuck = asyncio.Event()

    async def hang_once(turn):
        if len(rasa.turns) == 1:
            stuck.set()
            await asyncio.sleep(PATIENCE)
        return 200, [{"text": f"ответ: {turn['text']}"}]

    rasa.answer = hang_once
    async with desk_process(desk_database, rasa.url) as (doomed_url, doomed):
        doomed_chat = await open_chat(doomed_url)
        await doomed_chat.send("к лору")
        await asyncio.wait_for(stuck.wait(), PATIENCE)
        # Only now, or this desk might have taken the turn itself.
        async with open_desk() as url:
            chat = await open_chat(url, doomed_chat.session_id)
            await chat.send("ау")
            doomed.kill()
            killed_at = time.monotonic()
            await chat.until(lambda: "ответ: к лору" in chat.texts)
            record_testsuite_property("freed_after_ms", round((time.monotonic() - killed_at) * 1000))
            await chat.until(lambda: "ответ: ау" in chat.texts)
    bot = [message["text"] for message in chat.said if message["author"] == "bot"]
    assert bot == ["ответ: к лору", "ответ: ау"]
    assert rasa.turns[0]["turn_id"] == rasa.turns[1]["turn_id"], "the repeated turn is the same turn"


async def test_a_turn_taken_over_is_answered_once(open_desk, rasa, open_chat, rows, rest_client):
    """A desk that lost its lock, but not its life, must not store a second answer."""
    gate = asyncio.Event()
    started = asyncio.Event()

    async def answer(turn):
        started.set()
        await gate.wait()
        return 200, [{"text": "ответ"}]

    rasa.answer = answer
    async with open_desk(desk_wait_notice=60, desk_answer_deadline=61) as url:
        chat = await open_chat(url)
        await chat.send("к лору")
        await asyncio.wait_for(started.wait(), PATIENCE)
        rows("UPDATE desk.inbox SET attempt = attempt + 1 WHERE state = 'running'")
        gate.set()
        await chat.until(lambda: "ответ" in chat.texts)
        await chat.ask("ещё")
    assert chat.texts.count("ответ") == 2, "one for each message"


async def test_lost_connections_lose_no_message(open_desk, rasa, open_chat, rows, desk_database):
    gate = asyncio.Event()
    started = asyncio.Event()

    async def answer(turn):
        started.set()
        await gate.wait()
        return 200, [{"text": f"ответ: {turn['text']}"}]

    rasa.answer = answer
    async with open_desk() as url:
        chat = await open_chat(url)
        await chat.send("к лору")
        await asyncio.wait_for(started.wait(), PATIENCE)
        rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        gate.set()
        await chat.until(lambda: "ответ: к лору" in chat.texts)
        await eventually(lambda: chat.send("ещё", client_msg_id="2"), lambda ack: ack["ok"])
        await chat.until(lambda: "ответ: ещё" in chat.texts)
    assert rasa.overlaps == 0
    assert [m["text"] for m in chat.said if m["author"] == "bot"] == ["ответ: к лору", "ответ: ещё"]


async def test_a_message_that_kills_is_given_up(open_desk, rasa, open_chat, rows, texts):
    async with open_desk() as url:
        await open_chat(url)
    rows(
        "WITH c AS (INSERT INTO desk.conversation (channel, external_id, rasa_sender)"
        " VALUES ('web', 'poison', 'web:poison') RETURNING id)"
        " INSERT INTO desk.inbox (conversation_id, external_id, seq, text, state, attempt)"
        " SELECT id, '1', 0, 'яд', 'running', 3 FROM c"
    )
    async with open_desk() as url:
        await open_chat(url)
        failed = "SELECT text FROM desk.message WHERE kind = 'failed'"
        found = await eventually(lambda: asyncio.to_thread(rows, failed), bool)
    assert found[0]["text"] == texts["failed_unknown"]
    assert rasa.turns == []


async def test_many_patients_share_few_connections(open_desk, rasa, rest_client, rows):
    async with open_desk() as url:
        clients = [rest_client(url) for _ in range(40)]
        answers = await asyncio.gather(*(client.say("привет") for client in clients))
        held = rows("SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database()")[0]["n"]
    assert all(answer[0]["text"] == "ответ: привет" for answer in answers)
    assert held <= 4 + 2 + 1, "the pool, the listener and the locks, and the test's own"
