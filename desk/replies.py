"""Waits for the answer to one message, for channels that answer in the same HTTP call."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from uuid import UUID

from desk import outbox
from desk.database import Pool
from desk.inbox import Accepted
from desk.outbox import Stored


class Replies:
    """Woken by the outbox; a slow look into the database is the net under missed NOTIFYs."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)

    def wake(self, conversation_id: UUID) -> None:
        """Something was stored in this conversation."""
        for event in self._waiting.get(conversation_id, ()):
            event.set()

    async def wait(self, conversation_id: UUID, accepted: Accepted, timeout: float) -> list[Stored]:
        """The replies to the message, and those to earlier ones that came too late for their own call.

        Returns when the turn is over or the patient was told that it takes longer; empty after `timeout`.
        """
        event = asyncio.Event()
        self._waiting[conversation_id].add(event)
        try:
            async with asyncio.timeout(timeout):
                while not await self._answered(accepted):
                    try:
                        await asyncio.wait_for(event.wait(), 1.0)
                    except TimeoutError:
                        continue
                    event.clear()
        except TimeoutError:
            pass
        finally:
            self._waiting[conversation_id].discard(event)
            if not self._waiting[conversation_id]:
                del self._waiting[conversation_id]
        return await self._take(conversation_id, accepted)

    async def _answered(self, accepted: Accepted) -> bool:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT 1 FROM desk.inbox i WHERE i.id = %s AND (i.state IN ('done', 'failed') OR EXISTS"
                " (SELECT 1 FROM desk.message m WHERE m.inbox_id = i.id AND m.kind = 'late' AND m.seq > %s))",
                (accepted.inbox_id, accepted.after_seq),
            )
            return await cursor.fetchone() is not None

    async def _take(self, conversation_id: UUID, accepted: Accepted) -> list[Stored]:
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(
                "SELECT m.seq FROM desk.message m LEFT JOIN desk.inbox i ON i.id = m.inbox_id"
                " WHERE m.conversation_id = %(conversation)s AND m.author <> 'patient' AND m.kind <> 'wait'"
                "   AND (m.inbox_id = %(inbox)s AND m.seq > %(after)s"
                "     OR m.status = 'stored' AND m.inbox_id IS DISTINCT FROM %(inbox)s"
                "        AND (i.id IS NULL OR i.replied_at IS NOT NULL))"
                " ORDER BY m.seq FOR UPDATE OF m",
                {"conversation": conversation_id, "inbox": accepted.inbox_id, "after": accepted.after_seq},
            )
            seqs = [row["seq"] for row in await cursor.fetchall()]
            if not seqs:
                return []
            await connection.execute(
                "UPDATE desk.message SET status = 'delivered' WHERE conversation_id = %s AND seq = ANY(%s)",
                (conversation_id, seqs),
            )
            await connection.execute(
                "UPDATE desk.inbox SET replied_at = clock_timestamp() WHERE id = %s", (accepted.inbox_id,)
            )
            return await outbox.read_some(connection, conversation_id, seqs)
