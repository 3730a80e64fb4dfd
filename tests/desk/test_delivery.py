"""An operator sees which words have come to the patient's browser."""

from __future__ import annotations

from uuid import uuid4

import pytest
import pytest_asyncio

from desk import conversations, outbox
from desk.database import connect
from desk.outbox import Draft
from tests.desk.chat import eventually


@pytest_asyncio.fixture
async def talk(desk, vera, open_chat, chat_row):
    """A patient's chat that a supervisor has taken from the bot: `say` writes, `statuses` reads the marks."""

    class Talk:
        async def open(self):
            self.patient = await open_chat(desk)
            await self.patient.ask("здравствуйте")
            self.id, version = chat_row(self.patient)
            self.path = f"/api/conversations/{self.id}"
            taken = await vera.call("POST", f"{self.path}/take", {"version": version})
            assert taken.status_code == 200, taken.text
            return self

        async def say(self, text):
            body = {"text": text, "client_msg_id": f"c-{text:0>8}"}
            said = await vera.call("POST", f"{self.path}/messages", body)
            seq = said.json()["seq"]
            await self.patient.until(lambda: any(each.get("seq") == seq for each in self.patient.said))
            return seq

        async def statuses(self):
            page = (await vera.call("GET", f"{self.path}/messages")).json()
            return {each["seq"]: each["status"] for each in page if each["author"] == "operator"}

    return await Talk().open()


async def test_words_are_delivered_when_the_browser_has_got_them(talk):
    first, second = await talk.say("1"), await talk.say("2")
    assert await talk.statuses() == {first: "stored", second: "stored"}
    await talk.patient._io.emit("received", {"seq": first})
    await eventually(talk.statuses, lambda seen: seen == {first: "delivered", second: "stored"})
    await talk.patient._io.emit("received", {"seq": second})
    await eventually(talk.statuses, lambda seen: seen == {first: "delivered", second: "delivered"})


async def test_the_window_is_told_however_late_the_words_come(talk, heard):
    await heard.next("all")
    first, second = await talk.say("1"), await talk.say("2")
    await talk.patient._io.emit("received", {"seq": second})
    assert await heard.next("delivered") == ("delivered", {"id": str(talk.id)})
    assert await talk.statuses() == {first: "delivered", second: "delivered"}


@pytest.mark.parametrize(("author", "told"), [("operator", 1), ("bot", 0)])
async def test_only_a_new_mark_of_an_operators_words_is_told(desk_database, connection, author, told):
    opened = await conversations.open_conversation(connection, "rest", f"d-{uuid4().hex}")
    seqs = await outbox.add(connection, opened.id, [Draft("Добрый день", author)], None)
    async with await connect(desk_database) as listening:
        await listening.execute("LISTEN desk")
        for _ in range(2):
            await outbox.mark_delivered(connection, opened.id, seqs)
            await outbox.mark_operators_delivered(connection, opened.id, 0, seqs[0])
        await connection.execute("NOTIFY desk, 'that is all'")
        heard = []
        async for note in listening.notifies(timeout=20):
            if note.payload == "that is all":
                break
            heard.append(note.payload)
    assert heard.count(f"delivered:{opened.id}") == told


async def test_after_a_reload_the_history_is_what_was_got(talk, desk, open_chat):
    said = await talk.say("1")
    again = await open_chat(desk, talk.patient.session_id)
    assert again.history[-1]["seq"] == said
    await again._io.emit("received", {"seq": said})
    await eventually(talk.statuses, lambda seen: seen == {said: "delivered"})


@pytest.mark.parametrize("told", [None, {}, {"seq": "1"}, {"seq": True}, {"seq": 10**30}, {"seq": -1}, "seq"])
async def test_nobody_has_got_what_was_not_sent(talk, told):
    said = await talk.say("1")
    await talk.patient._io.emit("received", told)
    # A later event of the same socket is answered: the first one has been looked at.
    assert (await talk.patient.send("спасибо"))["ok"] is True
    assert await talk.statuses() == {said: "stored"}


async def test_a_stranger_marks_nothing(talk, desk, open_chat):
    said = await talk.say("1")
    stranger = await open_chat(desk)
    await stranger._io.emit("received", {"seq": said})
    assert (await stranger.send("привет"))["ok"] is True
    assert await talk.statuses() == {said: "stored"}
