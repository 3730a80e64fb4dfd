"""What the desk needs from the clinic's core: news of settled bookings, and the calendar file of a visit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from clinic.outcomes import SettledOutcome
from desk import outbox
from desk.database import Pool
from desk.outbox import Draft

# Longer than any hold, which runs out by itself.
_HOLDS_LAST = timedelta(minutes=15)
_TAKES_OVER = ("handoff", "taken", "closed")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class News:
    """Words for the patient about a booking; `key` is told at most once, whoever tells it.

    `attempt` tells a second cancellation of the booking from the first.
    """

    rasa_sender: str
    booking_id: int
    outcome: SettledOutcome
    text: str
    attempt: str = ""

    @property
    def key(self) -> str:
        return ":".join(filter(None, ("booking", str(self.booking_id), self.outcome, self.attempt)))


class ClinicDesk(Protocol):
    """The clinic's core as the desk sees it; calls block and run in threads."""

    def settle(self) -> Sequence[News]:
        """Settles unknown bookings; news comes again until `told`."""

    def told(self, news: News) -> None:
        """The news is stored for the patient."""

    def holding(self) -> frozenset[str]:
        """The dialogues (their Rasa senders) that hold a time now."""

    def let_go(self, rasa_sender: str, before: datetime) -> None:
        """Gives back the times that the dialogue has held since before that moment."""

    def not_heard(self, rasa_sender: str, since: datetime, until: datetime | None = None) -> None:
        """What the dialogue told this conversation since then (before `until`) never got there: it is news
        again."""

    def calendar(self, token: str) -> bytes | None:
        """The visit as an iCalendar file; None when no visit has this token."""


class VisitNews:
    """Tells patients how the bookings ended whose outcome was unknown; lets go of what a hand-over left."""

    def __init__(self, pool: Pool, clinic: ClinicDesk) -> None:
        self._pool = pool
        self._clinic = clinic

    async def settle(self) -> None:
        """One round; an error is logged and the next round tries again."""
        try:
            news = await asyncio.to_thread(self._clinic.settle)
        except Exception:
            log.error("settle.failed", exc_info=True)
            return
        for item in news:
            if await self._tell(item):
                await asyncio.to_thread(self._clinic.told, item)
        await self._let_go()

    async def _let_go(self) -> None:
        """What the dialogue held when people took the conversation over is for others; an error waits too."""
        try:
            holding = await asyncio.to_thread(self._clinic.holding)
        except Exception:
            log.error("let_go.failed", exc_info=True)
            return
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT c.rasa_sender, max(e.ts) AS ts FROM desk.conversation_event AS e"
                " JOIN desk.conversation AS c ON c.id = e.conversation_id"
                " WHERE e.ts > now() - %s AND e.kind = ANY(%s) AND c.rasa_sender = ANY(%s)"
                " GROUP BY c.rasa_sender",
                (_HOLDS_LAST, list(_TAKES_OVER), list(holding)),
            )
            taken_over = await cursor.fetchall()
        for row in taken_over:
            try:
                await asyncio.to_thread(self._clinic.let_go, row["rasa_sender"], row["ts"])
            except Exception:
                log.error("let_go.failed", exc_info=True)

    async def _tell(self, news: News) -> bool:
        async with self._pool.connection() as connection, connection.transaction():
            cursor = await connection.execute(
                "SELECT id FROM desk.conversation WHERE rasa_sender = %s FOR UPDATE", (news.rasa_sender,)
            )
            conversation = await cursor.fetchone()
            if conversation is None:
                log.warning("settle.no_conversation", news=news.key)
                return True
            cursor = await connection.execute(
                "SELECT 1 FROM desk.message WHERE conversation_id = %s AND kind = 'settled'"
                " AND client_msg_id = %s",
                (conversation["id"], news.key),
            )
            if await cursor.fetchone() is None:
                draft = Draft(news.text, "notice", "settled", client_msg_id=news.key)
                await outbox.add(connection, conversation["id"], [draft], None)
        return True
