"""Conversations: one for each channel and id of the patient there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid4

from desk.conversations import ownership
from desk.database import Connection

Channel = Literal["web", "rest", "request"]


@dataclass(frozen=True)
class Conversation:
    """Who talks to us: `external_id` is the channel's name of the patient, `last_seq` as it was read."""

    id: UUID
    channel: str
    external_id: str
    last_seq: int


async def find(connection: Connection, channel: Channel, external_id: str) -> Conversation | None:
    """The conversation if it exists."""
    cursor = await connection.execute(
        "SELECT id, last_seq FROM desk.conversation WHERE channel = %s AND external_id = %s",
        (channel, external_id),
    )
    row = await cursor.fetchone()
    return Conversation(row["id"], channel, external_id, row["last_seq"]) if row else None


async def open_conversation(connection: Connection, channel: Channel, external_id: str) -> Conversation:
    """The conversation, made if it is new; safe when several processes do it at once."""
    found = await find(connection, channel, external_id)
    if found is not None:
        return found
    fresh = uuid4()
    async with connection.transaction():
        cursor = await connection.execute(
            "INSERT INTO desk.conversation (id, channel, external_id, rasa_sender) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (channel, external_id) DO NOTHING",
            (fresh, channel, external_id, f"{channel}:{fresh}"),
        )
        if cursor.rowcount:
            await ownership.opened(connection, fresh)
    found = await find(connection, channel, external_id)
    if found is None:
        raise LookupError(f"conversation of channel {channel} vanished while it was made")
    return found
