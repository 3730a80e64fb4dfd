"""Answers of the dialogue that did not reach the patient: what they told of bookings is news again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog

from desk.database import Pool
from desk.visits import ClinicDesk

log = structlog.get_logger(__name__)

# Rasa goes on with a turn that nobody waits for any more; after this long (seconds) it has surely ended.
LONGEST_RUN = 60.0


class Unheard:
    """Marks the answers of a broken-off turn as not heard: at once, and again when the turn is surely over.

    Which turns these are is stored in the inbox, so no death in between loses one.
    """

    def __init__(self, pool: Pool, clinic: ClinicDesk | None) -> None:
        self._pool = pool
        self._clinic = clinic

    async def of(self, turn: Mapping[str, Any]) -> None:
        """The turn's answer, as far as it is known, was not heard; should this fail, the sweep does it."""
        await self._mark(turn["rasa_sender"], turn["said_at"], None)

    async def sweep(self) -> None:
        """Once more for each such turn that can say nothing new any longer; a failed one stays for later."""
        if self._clinic is None:
            return
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                # From when the message was written: it may have been tried again since. What a later turn
                # told was heard, or is that turn's to mark; what this one told when it ended well was heard.
                "SELECT i.id, m.ts AS said_at, c.rasa_sender,"
                "  LEAST(CASE WHEN i.failure IS NULL THEN i.started_at END,"
                "   (SELECT min(n.started_at) FROM desk.inbox n WHERE n.conversation_id = i.conversation_id"
                "     AND n.id > i.id AND n.started_at > i.started_at)) AS until"
                "  FROM desk.inbox i JOIN desk.conversation c ON c.id = i.conversation_id"
                "  JOIN desk.message m ON m.conversation_id = i.conversation_id AND m.seq = i.seq"
                " WHERE i.unheard AND i.started_at < clock_timestamp() - make_interval(secs => %s)"
                " ORDER BY i.id LIMIT 100",
                (LONGEST_RUN,),
            )
            rows = await cursor.fetchall()
        for row in rows:
            if not await self._mark(row["rasa_sender"], row["said_at"], row["until"]):
                return
            async with self._pool.connection() as connection:
                await connection.execute("UPDATE desk.inbox SET unheard = false WHERE id = %s", (row["id"],))

    async def _mark(self, rasa_sender: str, since: datetime, until: datetime | None) -> bool:
        if self._clinic is None:
            return True
        try:
            await asyncio.to_thread(self._clinic.not_heard, rasa_sender, since, until)
        except Exception:
            log.error("unheard.failed", exc_info=True)
            return False
        return True
