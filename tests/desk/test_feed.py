"""The windows' stream of changes ends with its session, however much there is to tell."""

from __future__ import annotations

import asyncio
import contextlib
import json

import httpx
import pytest
import pytest_asyncio

from desk.access import staff
from desk.access.audit import COMMAND_LINE
from desk.access.gate import Actor
from desk.access.staff import Change
from desk.console_api import feed
from desk.console_api.feed import Feed
from desk.database import connect, make_pool
from tests.desk.staff import Browser, add_account, held, stay


@pytest_asyncio.fixture
async def pool(desk_database):
    async with make_pool(desk_database, 2) as opened:
        yield opened


async def person(connection, staff_id):
    account = await staff.find(connection, staff_id)
    assert account is not None
    return Actor(account, b"", "192.0.2.1", "")


class Session:
    """Whether a session still stands, and how often that was asked."""

    def __init__(self, actor: Actor | None) -> None:
        self.actor = actor
        self.asked = 0

    async def again(self) -> Actor | None:
        self.asked += 1
        return self.actor


def kind_of(text: str) -> str:
    return text.partition("\n")[0].removeprefix("event: ")


async def test_a_busy_stream_asks_by_the_clock_whether_its_session_stands(pool, connection, desk_database):
    now = 0.0
    clock = Feed(pool, monotonic=lambda: now)
    session = Session(await person(connection, add_account(desk_database)[0]))
    stream = clock.events(session.actor, session.again)
    assert [kind_of(await anext(stream)) for _ in range(2)] == ["all", "people"]
    told = []
    for second in range(40):
        now = float(second)
        if second == 20:
            session.actor = None
        clock.people()
        told.append(kind_of(await anext(stream)))
        if told[-1] == "ended":
            break
    # Once at the beginning, then each 15 s: at the thirtieth second it learns what happened at the twentieth.
    assert told == ["people"] * 30 + ["ended"]
    assert session.asked == 3
    assert [text async for text in stream] == []


async def test_an_ended_session_tells_nothing_more(pool, connection, desk_database):
    busy = Feed(pool, monotonic=lambda: 0.0)
    me, _ = add_account(desk_database)
    session = Session(await person(connection, me))
    stream = busy.events(session.actor, session.again)
    assert [kind_of(await anext(stream)) for _ in range(2)] == ["all", "people"]
    session.actor = None
    busy.people()
    busy.sessions(me + 1)  # somebody else's
    assert kind_of(await anext(stream)) == "people"
    busy.people()
    busy.sessions(me)
    assert [kind_of(text) async for text in stream] == ["ended"]


async def test_the_stream_goes_on_with_the_role_of_now(pool, connection, desk_database):
    changed = Feed(pool, monotonic=lambda: 0.0)
    me, _ = add_account(desk_database, "supervisor")
    other, _ = add_account(desk_database)
    state = await held(connection, other)
    session = Session(await person(connection, me))
    stream = changed.events(session.actor, session.again)
    _, _, data = (await anext(stream)).partition("data: ")
    assert [each["id"] for each in json.loads(data)["conversations"]] == [str(state.id)]
    await anext(stream)
    await connection.execute("UPDATE desk.staff SET role = 'operator' WHERE id = %s", (me,))
    session.actor = await person(connection, me)
    changed.sessions(me)
    changed.conversation(state.id)
    # A colleague's conversation is nobody else's business.
    assert await anext(stream) == f'event: gone\ndata: {{"id": "{state.id}"}}\n\n'
    await stream.aclose()


async def test_who_does_not_see_a_conversation_hears_of_no_delivery(pool, connection, desk_database):
    told = Feed(pool, monotonic=lambda: 0.0)
    me, _ = add_account(desk_database)
    mine, strange = [await held(connection, each) for each in (me, add_account(desk_database)[0])]
    session = Session(await person(connection, me))
    stream = told.events(session.actor, session.again)
    assert [kind_of(await anext(stream)) for _ in range(2)] == ["all", "people"]
    told.delivered(strange.id)
    told.delivered(mine.id)
    told.delivered(mine.id)
    assert await anext(stream) == f'event: delivered\ndata: {{"id": "{mine.id}"}}\n\n'
    told.people()
    assert kind_of(await anext(stream)) == "people"
    await stream.aclose()


async def test_a_change_is_read_once_for_all_windows(pool, connection, desk_database, monkeypatch):
    shared = Feed(pool, monotonic=lambda: 0.0)
    state = await held(connection, add_account(desk_database)[0])
    read = []
    some = feed.reading.some

    async def counted(connection, ids):
        read.append(list(ids))
        return await some(connection, ids)

    monkeypatch.setattr(feed.reading, "some", counted)
    windows = []
    for _ in range(3):
        session = Session(await person(connection, add_account(desk_database, "supervisor")[0]))
        windows.append(shared.events(session.actor, session.again))
        assert [kind_of(await anext(windows[-1])) for _ in range(2)] == ["all", "people"]
    for topic in ("book", "price"):
        await connection.execute("UPDATE desk.conversation SET topic = %s WHERE id = %s", (topic, state.id))
        shared.conversation(state.id)
        for window in windows:
            _, _, data = (await anext(window)).partition("data: ")
            assert json.loads(data)["topic"] == topic
    assert read == [[state.id]] * 2
    for window in windows:
        await window.aclose()


@contextlib.asynccontextmanager
async def always_something(connection, state):
    """Something is said in the conversation again and again."""

    async def talk():
        while True:
            await connection.execute("SELECT pg_notify('desk', %s)", (f"out:{state.id}",))
            await asyncio.sleep(0.02)

    task = asyncio.create_task(talk())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_ended(lines):
    """Reads to the event `ended`."""
    async with asyncio.timeout(20):
        async for line in lines:
            if line == "event: ended":
                return
    raise AssertionError("the stream has ended without a word")


@pytest.mark.parametrize("way", ["disabled", "another role", "new password", "command line", "logout"])
async def test_the_stream_ends_at_once_with_the_session(desk, desk_database, connection, monkeypatch, way):
    monkeypatch.setattr(feed, "BEAT_SECONDS", 3600.0)
    admin, anna = Browser(desk), Browser(desk)
    await admin.login(add_account(desk_database, "administrator")[1])
    anna.id, login = add_account(desk_database)
    await anna.login(login)
    stay(desk_database, anna.id)
    state = await held(connection, anna.id)
    changes = {"disabled": {"disabled": True}, "another role": {"role": "supervisor"}}
    async with anna.http.stream("GET", "/api/events") as response, always_something(connection, state):
        lines = response.aiter_lines()
        async with asyncio.timeout(20):
            while await anext(lines) != "event: conversation":
                pass
        if way == "logout":
            assert (await anna.call("POST", "/api/logout")).status_code == 204
        elif way == "command line":
            other = await connect(desk_database)
            async with other:
                await staff.change(other, COMMAND_LINE, anna.id, Change(disabled=True))
        else:
            body = changes.get(way, {"new_password": True})
            changed: httpx.Response = await admin.call("PATCH", f"/api/staff/{anna.id}", body)
            assert changed.status_code == 200
        await until_ended(lines)
    await admin.close()
    await anna.close()
