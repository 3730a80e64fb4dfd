"""People at the desk, for tests: who is there is what the test says, what they do is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg.rows import dict_row

from desk.conversations import operators, ownership
from desk.conversations.operators import Operator
from desk.conversations.people import Outlook
from desk.database import connect

# The tests of one module share a queue.
MANY = 1000
ANNA, BORIS = Operator(1, "Анна"), Operator(2, "Борис")


@dataclass
class Staff:
    """`desk.conversations.people.People` whose outlook a test sets."""

    now: Outlook = field(default_factory=lambda: Outlook(True, on_line=1, free=MANY))

    async def outlook(self, connection: Any) -> Outlook:
        return self.now

    def go_home(self) -> None:
        self.now = Outlook(True)

    def come(self, free: int = MANY, pace_seconds: float = 60.0) -> None:
        self.now = Outlook(True, 1, free, pace_seconds)


class Window:
    """An operator's window: does one thing with a conversation at its present version."""

    def __init__(self, database_url: str, texts: Any, operator: Operator = ANNA) -> None:
        self.operator = operator
        self._url = database_url
        self._texts = texts
        self._sent = 0

    async def do(self, action: str, conversation_id: Any, *args: Any, **kwargs: Any) -> Any:
        async with await connect(self._url) as connection, connection.transaction():
            state = await ownership.state_of(connection, conversation_id)
            function = getattr(operators, action)
            return await function(
                connection, self._texts, conversation_id, self.operator, state.version, *args, **kwargs
            )

    async def say(self, conversation_id: Any, text: str, client_msg_id: str | None = None) -> int:
        self._sent += 1
        key = client_msg_id or f"{self.operator.id}-{self._sent}"
        async with await connect(self._url) as connection, connection.transaction():
            return await operators.say(connection, self._texts, conversation_id, self.operator, text, key)

    async def state(self, conversation_id: Any) -> ownership.State:
        async with await connect(self._url) as connection:
            return await ownership.state_of(connection, conversation_id)

    async def events(self, conversation_id: Any) -> list[ownership.Event]:
        async with await connect(self._url) as connection:
            return await ownership.events_of(connection, conversation_id)


def conversation_of(database_url: str, sender: str) -> Any:
    """The conversation of a Rasa sender, or of a REST caller."""
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        row = connection.execute(
            "SELECT id FROM desk.conversation WHERE rasa_sender = %s OR external_id = %s", (sender, sender)
        ).fetchone()
    assert row is not None
    return row["id"]


def store_request(database_url: str, sender: str, kind: str, key: str, **fields: Any) -> int:
    """What the dialogue stores for people."""
    values = {"topic": "", "summary": "", "details": "{}", "phone": "", **fields}
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        row = connection.execute(
            "INSERT INTO clinic.request (kind, conversation_id, request_key, created_at, topic, summary,"
            " details, phone) VALUES (%s, %s, %s, now(), %s, %s, %s, %s) RETURNING id",
            (kind, sender, key, values["topic"], values["summary"], values["details"], values["phone"]),
        ).fetchone()
    assert row is not None
    number: int = row["id"]
    return number
