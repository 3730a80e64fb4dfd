"""Requests for a person that the desk itself stores. They stand in the clinic's one list of requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from desk.database import Connection

Kind = Literal["emergency", "operator", "check"]
_PRIORITY: Mapping[Kind, int] = {"emergency": 2, "operator": 0, "check": 1}


def alarm_key(rasa_sender: str, turn_id: object) -> str:
    """The key of the request for an alarm: the dialogue stores what it knows under the same one."""
    return f"{rasa_sender}:emergency:{turn_id}"


async def store(
    connection: Connection, conversation_id: UUID, kind: Kind, topic: str, summary: str, key: str
) -> int:
    """Stores an open request inside the caller's transaction, once for each `key`; returns its number.

    `topic` is an id, `summary` never the patient's words.
    """
    cursor = await connection.execute(
        "SELECT clinic.store_request(%s, %s, rasa_sender, %s, %s, %s::smallint) AS id"
        " FROM desk.conversation WHERE id = %s",
        (kind, topic, summary, key, _PRIORITY[kind], conversation_id),
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"no conversation {conversation_id}")
    number: int = row["id"]
    return number
