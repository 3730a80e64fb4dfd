"""Who is writing just now, told between a patient and whoever has the conversation. Nothing is stored."""

from __future__ import annotations

from uuid import UUID

from desk.database import NOTIFY_CHANNEL, Connection, notify

OPERATOR_WRITES = "operator_writes"
PATIENT_WRITES = "patient_writes"

# Who goes on writing says so again after this many seconds, and is forgotten after twice as many.
REPEAT_SECONDS = 4.0


async def operator_writes(connection: Connection, conversation_id: UUID) -> None:
    """Tells every desk process, for the sockets of the patient."""
    await notify(connection, OPERATOR_WRITES, conversation_id)


async def patient_writes(connection: Connection, conversation_id: UUID) -> None:
    """Tells every desk process, for the operator's windows; nothing if no operator has the conversation."""
    await connection.execute(
        "SELECT pg_notify(%s, %s) FROM desk.conversation WHERE id = %s AND owner_kind = 'operator'",
        (NOTIFY_CHANNEL, f"{PATIENT_WRITES}:{conversation_id}", conversation_id),
    )
