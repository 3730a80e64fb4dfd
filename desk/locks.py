"""Which process may run a conversation's turns: locks that PostgreSQL drops when their process dies."""

from __future__ import annotations

import asyncio
import contextlib
from uuid import UUID

import psycopg

from desk.database import Connection, connect


class ConversationLocks:
    """All locks of this process live on one dedicated connection (never behind a transaction pooler).

    If that connection breaks, the locks are gone: a turn that still runs is then stopped from storing its
    answer by the attempt number of its inbox row.
    """

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._connection: Connection | None = None
        self._guard = asyncio.Lock()

    async def acquire(self, conversation_id: UUID) -> bool:
        """Takes the conversation if no process has it; never waits for another holder."""
        async with self._guard:
            if self._connection is None or self._connection.closed:
                self._connection = await connect(self._database_url)
            try:
                cursor = await self._connection.execute(
                    "SELECT pg_try_advisory_lock(%s) AS taken", (_key(conversation_id),)
                )
                row = await cursor.fetchone()
            except psycopg.Error:
                await self._drop()
                raise
            return bool(row and row["taken"])

    async def release(self, conversation_id: UUID) -> None:
        """Gives the conversation back; a lost connection has done so already."""
        async with self._guard:
            if self._connection is None or self._connection.closed:
                return
            try:
                await self._connection.execute("SELECT pg_advisory_unlock(%s)", (_key(conversation_id),))
            except psycopg.Error:
                await self._drop()

    async def close(self) -> None:
        async with self._guard:
            await self._drop()

    async def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(psycopg.Error):
                await self._connection.close()
            self._connection = None


def _key(conversation_id: UUID) -> int:
    return int.from_bytes(conversation_id.bytes[:8], "big", signed=True)
