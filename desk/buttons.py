"""What a tap on a button means at the moment it arrives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from desk.database import Connection
from desk.outbox import Button, Draft

TOKEN = re.compile(r"b:[A-Za-z0-9_-]{16,64}")

TapKind = Literal["live", "again", "dead", "unknown"]


@dataclass(frozen=True)
class Tap:
    """`live`: the choice counts now. `again`: the same button was tapped before, by message `used_by`."""

    kind: TapKind
    title: str = ""
    payload: Mapping[str, Any] | None = None
    used_by: int | None = None
    used_state: str | None = None


def is_token(text: str) -> bool:
    """Whether the text is a button's token and nothing else."""
    return TOKEN.fullmatch(text.strip()) is not None


async def look(connection: Connection, conversation_id: UUID, token: str) -> Tap:
    """Judges a tap; the caller holds the conversation's row lock. Another conversation's token is unknown."""
    cursor = await connection.execute(
        "SELECT b.title, b.payload, b.seq, b.used_at, b.used_by, i.state AS used_state,"
        "       b.seq IN (c.live_seq, c.live_notice_seq) AS live"
        "  FROM desk.button b JOIN desk.conversation c ON c.id = b.conversation_id"
        "  LEFT JOIN desk.inbox i ON i.id = b.used_by"
        " WHERE b.token = %s AND b.conversation_id = %s",
        (token, conversation_id),
    )
    row = await cursor.fetchone()
    if row is None:
        return Tap("unknown")
    if row["used_at"] is not None:
        return Tap("again", row["title"], row["payload"], row["used_by"], row["used_state"])
    return Tap("live" if row["live"] else "dead", row["title"], row["payload"])


async def use(connection: Connection, conversation_id: UUID, token: str, inbox_id: int) -> None:
    """Makes the choice: the button is used and its neighbours no longer count."""
    cursor = await connection.execute(
        "UPDATE desk.button SET used_at = clock_timestamp(), used_by = %s WHERE token = %s RETURNING seq",
        (inbox_id, token),
    )
    row = await cursor.fetchone()
    if row is not None:
        await connection.execute(
            "UPDATE desk.conversation SET live_seq = NULLIF(live_seq, %s),"
            " live_notice_seq = NULLIF(live_notice_seq, %s) WHERE id = %s",
            (row["seq"], row["seq"], conversation_id),
        )


async def current_question(connection: Connection, conversation_id: UUID) -> Draft | None:
    """The question that waits for an answer, with fresh buttons; else the bot's last words; else None."""
    cursor = await connection.execute(
        "SELECT m.seq, m.text, m.extra"
        "  FROM desk.message m JOIN desk.conversation c ON c.id = m.conversation_id"
        " WHERE m.conversation_id = %s AND m.author = 'bot'"
        " ORDER BY m.seq = c.live_seq DESC NULLS LAST, m.seq DESC LIMIT 1",
        (conversation_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    cursor = await connection.execute(
        "SELECT b.title, b.payload FROM desk.button b JOIN desk.conversation c ON c.live_seq = b.seq"
        "   AND c.id = b.conversation_id"
        "  JOIN desk.message m ON m.conversation_id = b.conversation_id AND m.seq = b.seq,"
        "  LATERAL jsonb_array_elements(m.buttons) WITH ORDINALITY AS place(pair, number)"
        " WHERE b.conversation_id = %s AND b.seq = %s AND place.pair->>1 = b.token ORDER BY place.number",
        (conversation_id, row["seq"]),
    )
    buttons = tuple(Button(each["title"], each["payload"]) for each in await cursor.fetchall())
    return Draft(row["text"], buttons=buttons, extra=row["extra"])
