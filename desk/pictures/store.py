"""Pictures in the database: each belongs to one message and goes with it or its conversation."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from desk.database import Connection
from desk.pictures.cleaning import Picture

Size = Literal["full", "thumbnail"]

_COLUMN = {"full": "content", "thumbnail": "thumbnail"}


async def add(connection: Connection, conversation_id: UUID, seq: int, picture: Picture) -> None:
    """Stores the picture of a message, inside the caller's transaction."""
    await connection.execute(
        "INSERT INTO desk.picture (id, conversation_id, seq, content, thumbnail) VALUES (%s, %s, %s, %s, %s)",
        (picture.id, conversation_id, seq, picture.content, picture.thumbnail),
    )


async def read(connection: Connection, conversation_id: UUID, picture_id: UUID, size: Size) -> bytes | None:
    """The JPEG, None when this conversation has no such picture."""
    cursor = await connection.execute(
        f"SELECT {_COLUMN[size]} AS jpeg FROM desk.picture WHERE id = %s AND conversation_id = %s",
        (picture_id, conversation_id),
        binary=True,
    )
    row = await cursor.fetchone()
    return bytes(row["jpeg"]) if row else None
