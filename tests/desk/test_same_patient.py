"""Chats are one patient's when the same phone was proved in both; a typed one may be anybody's."""

from __future__ import annotations

from uuid import uuid4

import pytest
import pytest_asyncio

from desk import conversations
from desk.conversations import ownership
from tests.desk.staff import Browser, add_account, held, stay

PHONE, OTHER = "+79995550123", "+79995550124"


class Chats:
    """What an operator has, and a chat of the assistant's; phones are typed or proved in them."""

    def __init__(self, connection, anna):
        self._connection = connection
        self._anna = anna

    async def open(self, through):
        self.mine = await held(self._connection, self._anna.id)
        self.has = self.mine
        if through == "request":
            # The operator has only a request that was left in the chat.
            self.mine = await self._chat()
            await self._connection.execute(
                "UPDATE desk.conversation SET channel = 'request', origin = %s WHERE id = %s",
                (self.mine.id, self.has.id),
            )
        self.far = await self._chat()
        return self

    async def _chat(self):
        opened = await conversations.open_conversation(self._connection, "web", f"s-{uuid4().hex}")
        return await ownership.state_of(self._connection, opened.id)

    async def type(self, chat, phone):
        await self._connection.execute(
            "INSERT INTO clinic.request (kind, conversation_id, request_key, created_at, phone)"
            " VALUES ('callback', %s, %s, now(), %s)",
            (chat.rasa_sender, uuid4().hex, phone),
        )

    async def prove(self, chat, phone):
        """The proof has long expired: whose chat it was is known all the same."""
        await self._connection.execute(
            "INSERT INTO clinic.identity_proof (conversation_id, phone, source, proved_at, expires_at)"
            " VALUES (%s, %s, 'code', now() - interval '3 days', now() - interval '2 days')",
            (chat.rasa_sender, phone),
        )

    async def seen(self):
        """What the operator's calls are answered with: listed, the thread, its messages, taken."""
        path = f"/api/conversations/{self.far.id}"
        mine = (await self._anna.call("GET", f"/api/conversations/{self.has.id}")).json()
        answers = [
            await self._anna.call("GET", path),
            await self._anna.call("GET", f"{path}/messages"),
            await self._anna.call("GET", f"{path}/decisions"),
            await self._anna.call("POST", f"{path}/take", {"version": self.far.version}),
        ]
        listed = str(self.far.id) in [each["id"] for each in mine["others"]]
        return listed, [each.status_code for each in answers]


@pytest_asyncio.fixture
async def anna(desk, desk_database, connection):
    browser = Browser(desk)
    browser.id, login = add_account(desk_database)
    stay(desk_database, browser.id)
    assert (await browser.login(login)).status_code == 200
    yield browser
    await browser.close()


@pytest_asyncio.fixture(params=["chat", "request"])
async def chats(request, anna, connection):
    return await Chats(connection, anna).open(request.param)


async def test_the_same_proved_phone_opens_the_patients_other_chat(chats):
    await chats.prove(chats.mine, PHONE)
    await chats.prove(chats.far, PHONE)
    assert await chats.seen() == (True, [200, 200, 200, 200])


@pytest.mark.parametrize(
    ("mine", "far"), [(None, None), (PHONE, None), (None, PHONE), (PHONE, OTHER)], ids=str
)
async def test_a_typed_phone_opens_nothing(chats, mine, far):
    for chat, proved in ((chats.mine, mine), (chats.far, far)):
        await chats.type(chat, PHONE)
        if proved:
            await chats.prove(chat, proved)
    assert await chats.seen() == (False, [404, 404, 404, 404])
