"""Nobody is forgotten: waits longer than promised, a queue with nobody left to serve it, ended snoozes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import structlog

from desk import outbox
from desk.conversations import briefing, ownership, queue
from desk.conversations.handoff import Handoffs
from desk.conversations.ownership import AFTER_OTHERS, BOT, IN_TURN, SERVICE, OwnershipError
from desk.database import Connection, Pool
from desk.outbox import Draft
from desk.texts import Texts

log = structlog.get_logger(__name__)

# A short wait is promised as «меньше минуты»; and nobody is told of a delay of seconds.
LEAST_PROMISE = 60
# People may be back in a moment: a reload of the page, a changed shift.
NOBODY_GRACE = 60.0
_BATCH = 50


class QueueWatch:
    """Swept every second by every desk process; what one process has done another finds done."""

    def __init__(
        self,
        pool: Pool,
        texts: Texts,
        handoffs: Handoffs,
        grace: float = NOBODY_GRACE,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._texts = texts
        self._handoffs = handoffs
        self._grace = grace
        self._monotonic = monotonic
        self._nobody_since: float | None = None

    async def sweep(self) -> None:
        """One round. Raises psycopg.Error."""
        async with self._pool.connection() as connection:
            outlook = await self._handoffs.outlook(connection)
            await self._wake(connection)
            await connection.execute(_LIFT, {"after": AFTER_OTHERS, "in_turn": IN_TURN})
            if outlook.here:
                self._nobody_since = None
                await self._for_each(connection, _LATE, {"least": LEAST_PROMISE}, self._say_late)
                return
            now = self._monotonic()
            self._nobody_since = now if self._nobody_since is None else self._nobody_since
            if now - self._nobody_since >= self._grace:
                await self._for_each(connection, _WAITING, {}, self._give_back)

    async def _for_each(
        self, connection: Connection, query: str, values: Mapping[str, Any], do: Callable[..., Any]
    ) -> None:
        rows = await (await connection.execute(query, values)).fetchall()
        for row in rows:
            try:
                async with connection.transaction():
                    await do(connection, row["id"])
            except OwnershipError:
                log.info("queue.changed_meanwhile", conversation=str(row["id"]))

    async def _say_late(self, connection: Connection, conversation_id: UUID) -> None:
        state = await ownership.lock(connection, conversation_id)
        told = await briefing.latest(connection, conversation_id)
        if state.owner.kind != "queue" or told is None or told.promise_broken_at is not None:
            return
        await connection.execute(
            "UPDATE desk.handoff SET promise_broken_at = clock_timestamp() WHERE id = %s", (told.id,)
        )
        place = await queue.position(connection, conversation_id)
        await ownership.record(connection, state, "promise_broken", SERVICE, data={"position": place})
        if not state.in_chat:
            return
        request_id = told.request_ids[0]
        await outbox.add(connection, conversation_id, [self._handoffs.still_waiting(place, request_id)], None)

    async def _give_back(self, connection: Connection, conversation_id: UUID) -> None:
        state = await ownership.lock(connection, conversation_id)
        if state.owner.kind != "queue":
            return
        told = await briefing.latest(connection, conversation_id)
        await ownership.change(connection, state, BOT, "left_queue", SERVICE, "nobody_there")
        number = told.request_ids[0] if told and told.request_ids else ""
        text = self._texts.say("owner_nobody_left", number=number, until=self._handoffs.answer_by())
        buttons = self._handoffs.callback_buttons(number) if isinstance(number, int) else ()
        await outbox.add(connection, conversation_id, [Draft(text, "notice", "owner", buttons=buttons)], None)

    async def _wake(self, connection: Connection) -> None:
        async with connection.transaction():
            cursor = await connection.execute(
                "UPDATE desk.conversation SET snoozed_until = NULL WHERE owner_kind = 'operator'"
                " AND snoozed_until <= clock_timestamp() RETURNING id"
            )
            for row in await cursor.fetchall():
                state = await ownership.state_of(connection, row["id"])
                await ownership.record(connection, state, "woken", SERVICE, "due")


_LATE = f"""
SELECT c.id FROM desk.conversation c JOIN desk.handoff h ON h.conversation_id = c.id
 WHERE c.owner_kind = 'queue' AND h.promise_broken_at IS NULL
   AND h.version = (SELECT max(version) FROM desk.handoff WHERE conversation_id = c.id)
   AND h.created_at + make_interval(secs => greatest(h.promised_seconds, %(least)s)) < clock_timestamp()
 LIMIT {_BATCH}
"""
# Who waits for a call has not been told to go on with the assistant, and waits for people to come.
_WAITING = (
    "SELECT id FROM desk.conversation WHERE owner_kind = 'queue' AND channel <> 'request'"
    f" ORDER BY queued_at LIMIT {_BATCH}"
)
# From half of the promised time on a request waits in turn with those in the chats.
_LIFT = """
UPDATE desk.conversation c SET priority = %(in_turn)s
 WHERE c.owner_kind = 'queue' AND c.priority = %(after)s AND EXISTS (
       SELECT 1 FROM desk.handoff h WHERE h.conversation_id = c.id
          AND h.created_at + make_interval(secs => h.promised_seconds / 2) < clock_timestamp())
"""
