"""Requests that a dialogue has left for people (call me back, delete my data, a complaint…): when the patient
writes no more, or the promised time has come, they begin in the queue as conversations of their own. What is
urgent waits for neither.

The chat stays the assistant's; `origin` leads people to it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from desk import conversations
from desk.conversations import briefing, ownership, queue
from desk.conversations.briefing import Call
from desk.conversations.hours import Hours, Window
from desk.conversations.ownership import AFTER_OTHERS, AT_ONCE, BEFORE_OTHERS, IN_TURN, QUEUE, SERVICE
from desk.conversations.people import People
from desk.database import Connection, Pool
from desk.texts import Texts

log = structlog.get_logger(__name__)

# Who still writes may yet name a time, or get what they want from the assistant.
QUIET = timedelta(minutes=5)
# An emergency does not wait for silence: who is in danger may write on. The dialogue is given the time of its
# turn (25 s) and of one more answer to add the phone and what has happened.
URGENT = timedelta(seconds=45)
# So long before the promised time people see it.
LEAD = timedelta(minutes=10)
_BATCH = 50


class LeftRequests:
    """Swept every second by every desk process. `clock` gives aware times."""

    def __init__(
        self, pool: Pool, texts: Texts, people: People, hours: Hours, clock: Callable[[], datetime]
    ) -> None:
        self._pool = pool
        self._texts = texts
        self._people = people
        self._hours = hours
        self._clock = clock

    async def sweep(self) -> None:
        """One round; nothing is done where the clinic has no operators at all. A chat that fails is logged
        and left for the next round. Raises psycopg.Error when the database is not there."""
        async with self._pool.connection() as connection:
            if not (await self._people.outlook(connection)).staffed:
                return
            for chat in dict.fromkeys(row["chat"] for row in await self._due(connection)):
                try:
                    async with connection.transaction():
                        await self._put_before_people(connection, chat)
                except Exception:
                    if connection.closed:
                        raise
                    # The other patients' requests come all the same; this one is tried again next time.
                    log.error("left_request.failed", chat=str(chat), exc_info=True)

    async def _due(self, connection: Connection, chat: UUID | None = None) -> list[dict[str, Any]]:
        waits = {"quiet": QUIET, "lead": LEAD, "at_once": AT_ONCE, "urgent": URGENT}
        values = {"now": self._clock(), "chat": chat, "batch": _BATCH, **waits}
        return await (await connection.execute(_DUE, values)).fetchall()

    async def _put_before_people(self, connection: Connection, chat: UUID) -> None:
        await ownership.lock(connection, chat)
        rows = await self._due(connection, chat)
        if not rows:
            # Another process was here first, or people have the chat by now.
            return
        first = rows[0]
        key = f"left:{min(row['id'] for row in rows)}"
        conversation = await conversations.open_conversation(connection, "request", key)
        state = await ownership.lock(connection, conversation.id)
        if state.owner.kind != "bot":
            return
        priority = _priority(first)
        await connection.execute(
            "UPDATE desk.conversation SET priority = %s, topic = %s, origin = %s,"
            " last_patient_at = (SELECT last_patient_at FROM desk.conversation WHERE id = %s) WHERE id = %s",
            (priority, first["topic"], chat, chat, state.id),
        )
        data = {"topic": first["topic"], "priority": priority}
        after = await ownership.change(connection, state, QUEUE, "handoff", SERVICE, "left_request", data)
        await connection.execute(
            "UPDATE desk.conversation SET topic = %s WHERE id = %s", (first["topic"], state.id)
        )
        seconds = max(1, math.ceil((self._promised(first) - self._clock()).total_seconds()))
        place = await queue.position(connection, state.id)
        await briefing.write(connection, self._texts, after, self._call(rows), place, seconds)
        log.info("left_request", conversation=str(state.id), chat=str(chat), position=place)

    def _promised(self, row: Mapping[str, Any]) -> datetime:
        until: datetime | None = row["callback_until"]
        return until or self._hours.answer_by(row["created_at"])

    def _call(self, rows: Sequence[Mapping[str, Any]]) -> Call:
        first = rows[0]
        call = briefing.call_of(first, "left_request")
        phone = next((row["phone"] for row in rows if row["phone"]), "")
        lines = [] if phone else [self._texts["brief_no_phone"]]
        if first["callback_from"] and first["callback_until"]:
            window = Window(first["callback_from"], first["callback_until"])
            words = self._hours.window_words(self._texts, window)
            lines.append(self._texts.say("brief_callback", window=words))
        return replace(
            call,
            reason="left_request",
            summary="\n".join([*lines, call.summary]),
            slots={**(call.slots or {}), "booking__phone": phone or None},
            request_ids=tuple(row["id"] for row in rows),
        )


def _priority(row: Mapping[str, Any]) -> int:
    if row["priority"] >= BEFORE_OTHERS:
        return int(row["priority"])
    return IN_TURN if row["callback_from"] else AFTER_OTHERS


# A request whose handoff is at work, in the chat or as a conversation of its own, is nobody's to repeat.
_DUE = """
SELECT r.*, c.id AS chat FROM clinic.open_requests() r
  JOIN desk.conversation c ON c.rasa_sender = r.conversation_id
 WHERE c.channel <> 'request' AND c.owner_kind IN ('bot', 'closed')
   AND (%(chat)s::uuid IS NULL OR c.id = %(chat)s)
   AND CASE WHEN r.priority >= %(at_once)s THEN r.created_at < %(now)s - %(urgent)s
            WHEN r.callback_from IS NULL THEN GREATEST(r.created_at, c.last_patient_at) < %(now)s - %(quiet)s
            ELSE r.callback_from < %(now)s + %(lead)s END
   AND NOT EXISTS (SELECT 1 FROM desk.handoff h JOIN desk.conversation t ON t.id = h.conversation_id
                    WHERE t.origin = c.id AND r.id = ANY(h.request_ids))
 ORDER BY r.priority DESC, r.callback_from NULLS LAST, r.id LIMIT %(batch)s
"""
