"""Requests for a person, which wait for somebody at the desk."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from desk.database import Connection


async def store(
    connection: Connection,
    conversation_id: UUID,
    kind: Literal["red_flag", "person"],
    reason: str,
    inbox_id: int | None,
) -> None:
    """Stores an open request inside the caller's transaction; `reason` is an id, never a patient's words."""
    await connection.execute(
        "INSERT INTO desk.request (conversation_id, kind, reason, inbox_id) VALUES (%s, %s, %s, %s)",
        (conversation_id, kind, reason, inbox_id),
    )
