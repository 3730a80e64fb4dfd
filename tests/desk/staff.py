"""Staff for tests: accounts made in the database, and a browser of one of them."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg

from desk import conversations
from desk.access.passwords import hash_password
from desk.console_api import reading
from desk.conversations import ownership
from desk.conversations.ownership import CLOSED, PATIENT, QUEUE, Actor, Owner, State
from desk.database import Connection

PASSWORD = "correct-horse-battery"


@cache
def password_hash() -> str:
    return hash_password(PASSWORD)


def add_account(
    database_url: str, role: str = "operator", skills: tuple[str, ...] = (), cap: int = 4, login: str = ""
) -> tuple[int, str]:
    """A new account with PASSWORD; gives its id and login."""
    login = login or f"{role[:5]}-{uuid4().hex[:8]}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        row = connection.execute(
            "INSERT INTO desk.staff (login, name, role, skills, cap, password_hash)"
            " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
            (login, f"Сотрудник {login}", role, list(skills), cap, password_hash()),
        ).fetchone()
    assert row is not None
    return row[0], login


class Browser:
    """Keeps the cookie and sends the CSRF token, as the console does."""

    id: int

    def __init__(self, url: str) -> None:
        self.http = httpx.AsyncClient(base_url=url, trust_env=False, timeout=20)
        self.csrf = ""

    async def login(self, login: str, password: str = PASSWORD) -> httpx.Response:
        response = await self.http.post("/api/login", json={"login": login, "password": password})
        if response.status_code == 200:
            self.csrf = response.json()["csrf"]
        return response

    async def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf} if self.csrf else {}
        return await self.http.request(method, path, json=body, headers=headers)

    async def close(self) -> None:
        await self.http.aclose()


class Heard:
    """What the window of a browser is told, as it comes; kinds and data."""

    def __init__(self, browser: Browser) -> None:
        self._http = browser.http
        self._told: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

    async def read(self) -> None:
        """Reads till it is cancelled."""
        kind = ""
        async with self._http.stream("GET", "/api/events") as response:
            async for line in response.aiter_lines():
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self._told.put_nowait((kind, json.loads(line.removeprefix("data: "))))

    async def next(self, *kinds: str) -> tuple[str, Any]:
        """The next event of one of these kinds; others before it are left out."""
        async with asyncio.timeout(20):
            while (event := await self._told.get())[0] not in kinds:
                pass
        return event


async def queued(connection: Connection, reason: str = "asked") -> State:
    """A conversation that waits for people."""
    opened = await conversations.open_conversation(connection, "web", f"q-{uuid4().hex}")
    state = await ownership.state_of(connection, opened.id)
    return await ownership.change(connection, state, QUEUE, "handoff", PATIENT, reason)


async def held(connection: Connection, staff_id: int) -> State:
    """A conversation that the operator has taken; the routing of a running desk never sees it waiting."""
    async with connection.transaction():
        state = await queued(connection)
        to = Owner("operator", staff_id)
        return await ownership.change(connection, state, to, "taken", Actor("operator", staff_id))


async def standing(connection: Connection, relation: str, me: int, colleague: int) -> State:
    """A conversation that stands to `me` as `desk.access.roles.Relation` says."""
    if relation == "own":
        return await held(connection, me)
    if relation == "queue":
        return await queued(connection)
    if relation == "other":
        return await held(connection, colleague)
    if relation == "past":
        state = await held(connection, me)
        to = Owner("operator", colleague)
        return await ownership.change(connection, state, to, "transferred", Actor("operator", me))
    opened = await conversations.open_conversation(connection, "web", f"b-{uuid4().hex}")
    if relation == "earlier":
        await _take_request_of(connection, opened.id, me)
    else:
        await _type_the_phone_of_my_patient(connection, opened.id, me)
    return await ownership.state_of(connection, opened.id)


async def _take_request_of(connection: Connection, chat: UUID, me: int) -> None:
    """Lets `me` have one request, the one that was left in this chat."""
    query = "UPDATE desk.conversation SET origin = %s WHERE operator_id = %s AND origin IS NOT NULL"
    if not (await connection.execute(query, (chat, me))).rowcount:
        request = await held(connection, me)
        await connection.execute("UPDATE desk.conversation SET origin = %s WHERE id = %s", (chat, request.id))


async def _type_the_phone_of_my_patient(connection: Connection, chat: UUID, me: int) -> None:
    """The phone of patients whom `me` has is typed in this chat too, which leaves it the bot's."""
    if not await reading.mine(connection, me):
        await held(connection, me)
    await connection.execute(
        "INSERT INTO clinic.request (kind, conversation_id, created_at, phone)"
        " SELECT 'callback', rasa_sender, now(), '+79995550100' FROM desk.conversation"
        "  WHERE id = %s OR operator_id = %s",
        (chat, me),
    )


async def finish(connection: Connection, conversation_id: UUID) -> None:
    """Closes the conversation whoever has it, while the routing may be giving it to somebody."""
    async with connection.transaction():
        state = await ownership.lock(connection, conversation_id)
        if state.owner != CLOSED:
            await ownership.change(connection, state, CLOSED, "closed", PATIENT)


async def finish_all(connection: Connection) -> None:
    """Leaves nothing for the next test."""
    cursor = await connection.execute(
        "SELECT id FROM desk.conversation WHERE owner_kind IN ('queue', 'operator')"
    )
    for row in await cursor.fetchall():
        await finish(connection, row["id"])


def stay(database_url: str, staff_id: int, state: str = "no_new") -> None:
    """Lets somebody be there for a day without a heartbeat; `no_new` is left alone by the routing."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO desk.presence (staff_id, state, since, heartbeat_at)"
            " VALUES (%s, %s, now(), now() + interval '1 day')"
            " ON CONFLICT (staff_id) DO UPDATE"
            " SET state = excluded.state, heartbeat_at = excluded.heartbeat_at",
            (staff_id, state),
        )
