"""Honest words while an answer is not there yet: «секунду» soon, what is known before 8 seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

import structlog

from desk import outbox
from desk.database import STORAGE_ERRORS, Pool
from desk.outbox import Draft
from desk.texts import Texts

log = structlog.get_logger(__name__)

_Say = Callable[[UUID, int], Awaitable[object]]


class Waits:
    """Timers of the messages this process accepted; `sweep` does the same for processes that died."""

    def __init__(self, pool: Pool, texts: Texts, wait_notice: float, answer_deadline: float) -> None:
        self._pool = pool
        self._texts = texts
        self._wait_notice = wait_notice
        self._answer_deadline = answer_deadline
        self._timers: dict[int, list[asyncio.TimerHandle]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def watch(self, conversation_id: UUID, inbox_id: int) -> None:
        """Starts the clocks of one accepted message."""
        loop = asyncio.get_running_loop()
        self.forget(inbox_id)
        self._timers[inbox_id] = [
            loop.call_later(self._wait_notice, self._spawn, self._say_wait, conversation_id, inbox_id),
            loop.call_later(self._answer_deadline, self._spawn, self._say_late, conversation_id, inbox_id),
        ]

    def forget(self, inbox_id: int) -> None:
        """Stops the clocks: the message is answered."""
        for timer in self._timers.pop(inbox_id, []):
            timer.cancel()

    async def sweep(self) -> None:
        """Tells those whose message is overdue and whose process told them nothing."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT id, conversation_id FROM desk.inbox WHERE state IN ('received', 'running')"
                " AND late_at IS NULL AND received_at < clock_timestamp() - make_interval(secs => %s)"
                " LIMIT 100",
                (self._answer_deadline,),
            )
            overdue = await cursor.fetchall()
        for row in overdue:
            await self._say_late(row["conversation_id"], row["id"])

    async def stop(self) -> None:
        for inbox_id in list(self._timers):
            self.forget(inbox_id)
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _spawn(self, say: _Say, conversation_id: UUID, inbox_id: int) -> None:
        task = asyncio.ensure_future(self._logged(say, conversation_id, inbox_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _logged(self, say: _Say, conversation_id: UUID, inbox_id: int) -> None:
        try:
            await say(conversation_id, inbox_id)
        except STORAGE_ERRORS:
            log.warning("waits.not_stored", conversation=str(conversation_id), inbox=inbox_id)

    async def _say_wait(self, conversation_id: UUID, inbox_id: int) -> None:
        # Not after a red flag, and not when something was said since: four quick messages get one «секунду».
        await self._say(
            conversation_id,
            inbox_id,
            "UPDATE desk.inbox i SET waited_at = clock_timestamp() WHERE id = %s"
            " AND state IN ('received', 'running') AND waited_at IS NULL AND late_at IS NULL"
            " AND red_flag IS NULL"
            " RETURNING NOT EXISTS (SELECT 1 FROM desk.message m WHERE m.conversation_id = i.conversation_id"
            "   AND m.author <> 'patient' AND m.ts > i.received_at) AS silent",
            Draft(self._texts["wait"], "notice", "wait"),
        )

    async def _say_late(self, conversation_id: UUID, inbox_id: int) -> None:
        said = await self._say(
            conversation_id,
            inbox_id,
            "UPDATE desk.inbox i SET late_at = clock_timestamp() WHERE id = %s"
            " AND state IN ('received', 'running') AND late_at IS NULL"
            " RETURNING NOT EXISTS (SELECT 1 FROM desk.message m WHERE m.conversation_id = i.conversation_id"
            "   AND m.kind = 'late' AND m.ts > i.received_at) AS silent",
            Draft(self._texts["late"], "notice", "late"),
        )
        if said:
            log.warning("turn.late", conversation=str(conversation_id), inbox=inbox_id)

    async def _say(self, conversation_id: UUID, inbox_id: int, claim: str, draft: Draft) -> bool:
        async with self._pool.connection() as connection, connection.transaction():
            # The row lock comes first, as where an answer is stored: words of waiting follow no answer.
            await connection.execute(
                "SELECT 1 FROM desk.conversation WHERE id = %s FOR UPDATE", (conversation_id,)
            )
            row = await (await connection.execute(claim, (inbox_id,))).fetchone()
            if row is None or not row["silent"]:
                return False
            await outbox.add(connection, conversation_id, [draft], inbox_id)
            return True
