"""The queue of conversations that wait for a person: order, place, the steps of the routing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

from desk import outbox
from desk.conversations import ownership
from desk.conversations.ownership import QUEUE, SERVICE, Actor, Owner, State
from desk.database import Connection
from desk.outbox import Draft
from desk.texts import Texts

# Why a conversation comes back from an operator.
RequeueReason = Literal["not_accepted", "heartbeat_lost", "break", "logout", "declined"]

# Who is next: the urgent, then those that come back from an operator, then who has waited longest.
ORDER = "priority DESC, (returned_at IS NULL), queued_at, id"


async def head(connection: Connection, limit: int = 1) -> list[UUID]:
    """The next conversations, locked till the end of the transaction; those locked elsewhere are left out."""
    cursor = await connection.execute(
        f"SELECT id FROM desk.conversation WHERE owner_kind = 'queue' ORDER BY {ORDER}"
        " LIMIT %s FOR UPDATE SKIP LOCKED",
        (limit,),
    )
    return [row["id"] for row in await cursor.fetchall()]


async def position(connection: Connection, conversation_id: UUID) -> int:
    """The place in the queue, counted from 1; 0 for a conversation that does not wait."""
    cursor = await connection.execute(
        f"SELECT place FROM (SELECT id, row_number() OVER (ORDER BY {ORDER}) AS place"
        " FROM desk.conversation WHERE owner_kind = 'queue') AS waiting WHERE id = %s",
        (conversation_id,),
    )
    row = await cursor.fetchone()
    return row["place"] if row else 0


async def assign(
    connection: Connection, state: State, operator_id: int, data: Mapping[str, Any] | None = None
) -> State:
    """Gives a waiting conversation to an operator, who has yet to accept it. `data` explains the choice.

    Raises Stale, NotAllowed.
    """
    to = Owner("operator", operator_id)
    return await ownership.change(connection, state, to, "assigned", SERVICE, data=data)


async def requeue(
    connection: Connection, texts: Texts, state: State, reason: RequeueReason, actor: Actor = SERVICE
) -> State:
    """Puts an operator's conversation back to the head of the queue; the patient is told if somebody had
    taken it up. Raises Stale, NotAllowed."""
    known = state.accepted_at is not None
    after = await ownership.change(connection, state, QUEUE, "requeued", actor, reason)
    if known and state.in_chat:
        await outbox.add(connection, state.id, [Draft(texts["owner_requeued"], "notice", "owner")], None)
    return after
