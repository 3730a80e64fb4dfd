"""History of a conversation: every reply is stored here before any channel sends it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from desk.database import NOTIFY_CHANNEL, Connection

# The kind of NOTIFY: the patient's side has got words of an operator.
DELIVERED = "delivered"

Author = Literal["patient", "bot", "notice", "operator"]
# reply: the dialogue's own words; typed: the patient's; picture: the patient's, and what the desk says of it;
# answer: an operator's; the other kinds are said by the desk, `owner` about who has the conversation.
Kind = Literal[
    "reply",
    "typed",
    "picture",
    "answer",
    "wait",
    "late",
    "failed",
    "red_flag",
    "button",
    "rule",
    "person",
    "settled",
    "owner",
]


@dataclass(frozen=True)
class Button:
    """A choice offered to the patient; `payload` never leaves the desk."""

    title: str
    payload: Mapping[str, Any]


@dataclass(frozen=True)
class Draft:
    """A message that is not stored yet."""

    text: str
    author: Author = "bot"
    kind: Kind = "reply"
    buttons: tuple[Button, ...] = ()
    extra: Mapping[str, Any] | None = None
    client_msg_id: str | None = None
    operator_id: int | None = None
    author_name: str | None = None


@dataclass(frozen=True)
class Stored:
    """A message of the history; `buttons` holds (title, token) pairs that still count.

    `author_name` is the operator's name as patients see it.
    """

    seq: int
    inbox_id: int | None
    author: Author
    kind: Kind
    text: str
    buttons: tuple[tuple[str, str], ...]
    extra: Mapping[str, Any] | None
    client_msg_id: str | None
    ts: datetime
    operator_id: int | None = None
    author_name: str | None = None


# One round trip: the number, the message, and the NOTIFY that goes out at commit.
_ADD = """
WITH numbered AS (
    UPDATE desk.conversation SET last_seq = last_seq + 1 WHERE id = %(conversation)s RETURNING last_seq
), added AS (
    INSERT INTO desk.message
        (conversation_id, seq, inbox_id, author, kind, text, buttons, extra, client_msg_id, operator_id,
         author_name)
    SELECT %(conversation)s, last_seq, %(inbox)s, %(author)s, %(kind)s, %(text)s, %(buttons)s, %(extra)s,
           %(client_msg_id)s, %(operator_id)s, %(author_name)s
      FROM numbered RETURNING seq
)
SELECT seq, pg_notify(%(channel)s, %(note)s) FROM added
"""


async def add(
    connection: Connection, conversation_id: UUID, drafts: Sequence[Draft], inbox_id: int | None
) -> list[int]:
    """Appends `drafts` in order inside the caller's transaction and returns their numbers.

    Locks the conversation's row till the end of the transaction, so numbers appear in commit order.
    """
    seqs = []
    for draft in drafts:
        tokens = [(button, "b:" + secrets.token_urlsafe(16)) for button in draft.buttons]
        cursor = await connection.execute(
            _ADD,
            {
                "conversation": conversation_id,
                "inbox": inbox_id,
                "author": draft.author,
                "kind": draft.kind,
                "text": draft.text,
                "buttons": Jsonb([[button.title, token] for button, token in tokens]),
                "extra": Jsonb(dict(draft.extra)) if draft.extra is not None else None,
                "client_msg_id": draft.client_msg_id,
                "operator_id": draft.operator_id,
                "author_name": draft.author_name,
                "channel": NOTIFY_CHANNEL,
                "note": f"out:{conversation_id}",
            },
        )
        row = await cursor.fetchone()
        if row is None:
            raise LookupError(f"no conversation {conversation_id}")
        seqs.append(row["seq"])
        if tokens:
            await _make_live(connection, conversation_id, row["seq"], draft.author, tokens)
    return seqs


async def _make_live(
    connection: Connection, conversation_id: UUID, seq: int, author: Author, tokens: list[tuple[Button, str]]
) -> None:
    async with connection.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO desk.button (token, conversation_id, seq, payload, title)"
            " VALUES (%s, %s, %s, %s, %s)",
            [
                (token, conversation_id, seq, Jsonb(dict(button.payload)), button.title)
                for button, token in tokens
            ],
        )
    # A notice's own buttons do not take the place of the question that the bot has asked.
    column = "live_notice_seq" if author == "notice" else "live_seq"
    await connection.execute(
        f"UPDATE desk.conversation SET {column} = %s WHERE id = %s", (seq, conversation_id)
    )


_READ = """
SELECT m.seq, m.inbox_id, m.author, m.kind, m.text, m.extra, m.client_msg_id, m.ts,
       m.operator_id, m.author_name,
       CASE WHEN m.seq IN (c.live_seq, c.live_notice_seq) THEN m.buttons ELSE '[]' END AS buttons
  FROM desk.message m JOIN desk.conversation c ON c.id = m.conversation_id
 WHERE m.conversation_id = %s AND {condition}
 ORDER BY m.seq {order} LIMIT %s
"""


async def read_after(connection: Connection, conversation_id: UUID, after: int, limit: int) -> list[Stored]:
    """The oldest `limit` messages with a number above `after`, in order."""
    query = _READ.format(condition="m.seq > %s", order="ASC")
    cursor = await connection.execute(query, (conversation_id, after, limit))
    return [_stored(row) for row in await cursor.fetchall()]


async def read_last(connection: Connection, conversation_id: UUID, limit: int) -> list[Stored]:
    """The newest `limit` messages, in order."""
    cursor = await connection.execute(_READ.format(condition="TRUE", order="DESC"), (conversation_id, limit))
    return [_stored(row) for row in reversed(await cursor.fetchall())]


async def read_some(connection: Connection, conversation_id: UUID, seqs: Sequence[int]) -> list[Stored]:
    """The messages with these numbers, in order."""
    query = _READ.format(condition="m.seq = ANY(%s)", order="ASC")
    cursor = await connection.execute(query, (conversation_id, list(seqs), len(seqs)))
    return [_stored(row) for row in await cursor.fetchall()]


async def mark_delivered(connection: Connection, conversation_id: UUID, seqs: Sequence[int]) -> None:
    """A caller has got these messages: its next call does not bring them again."""
    await _mark(connection, conversation_id, "seq = ANY(%(seqs)s)", seqs=list(seqs))


async def mark_operators_delivered(
    connection: Connection, conversation_id: UUID, after: int, upto: int
) -> None:
    """The patient's browser has got what operators wrote above `after` and up to `upto`."""
    condition = "author = 'operator' AND seq > %(after)s AND seq <= %(upto)s"
    await _mark(connection, conversation_id, condition, after=after, upto=upto)


async def _mark(connection: Connection, conversation_id: UUID, condition: str, **values: Any) -> None:
    """Marks, and tells the windows if words of an operator are among them."""
    note = {"channel": NOTIFY_CHANNEL, "note": f"{DELIVERED}:{conversation_id}"}
    await connection.execute(
        "WITH marked AS (UPDATE desk.message SET status = 'delivered'"
        f" WHERE conversation_id = %(id)s AND status = 'stored' AND {condition} RETURNING author)"
        " SELECT pg_notify(%(channel)s, %(note)s) WHERE 'operator' IN (SELECT author FROM marked)",
        {"id": conversation_id, **note, **values},
    )


def _stored(row: Mapping[str, Any]) -> Stored:
    return Stored(
        seq=row["seq"],
        inbox_id=row["inbox_id"],
        author=row["author"],
        kind=row["kind"],
        text=row["text"],
        buttons=tuple((title, token) for title, token in row["buttons"]),
        extra=row["extra"],
        client_msg_id=row["client_msg_id"],
        ts=row["ts"],
        operator_id=row["operator_id"],
        author_name=row["author_name"],
    )
