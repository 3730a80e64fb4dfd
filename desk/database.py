"""The desk's connections to PostgreSQL: a small pool, one listener, one keeper of locks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

Connection = AsyncConnection[DictRow]
Pool = AsyncConnectionPool[Connection]

# A dead machine must not keep a conversation: its locks go when the server notices that the peer is gone.
KEEPALIVES: dict[str, Any] = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 2}
_SERVER_OPTIONS = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=2"

NOTIFY_CHANNEL = "desk"

# What a call to the database may end with; TimeoutError where the caller's patience is shorter.
STORAGE_ERRORS = (psycopg.Error, TimeoutError)
# A server that neither answers nor refuses: the patient is told before the 8 seconds are over.
STORAGE_PATIENCE = 5.0


async def connect(database_url: str) -> Connection:
    """One connection outside the pool, in autocommit mode, for LISTEN or for session locks."""
    return await AsyncConnection.connect(
        database_url,
        autocommit=True,
        row_factory=dict_row,
        connect_timeout=3,
        options=_SERVER_OPTIONS,
        **KEEPALIVES,
    )


def make_pool(database_url: str, size: int) -> Pool:
    """A closed pool of autocommit connections; a broken connection is replaced before it is handed out."""
    return AsyncConnectionPool(
        database_url,
        connection_class=AsyncConnection[DictRow],
        kwargs={
            "autocommit": True,
            "row_factory": dict_row,
            "connect_timeout": 3,
            "options": "-c statement_timeout=5000 -c lock_timeout=4000",
        },
        min_size=2,
        max_size=size,
        timeout=3,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )


async def notify(connection: Connection, kind: str, of: UUID | int) -> None:
    """Tells every desk process at commit: `in`, `out`, `owner` of a conversation, `sessions` of a person,
    `desk.outbox.DELIVERED` or one of `desk.writing`."""
    await connection.execute("SELECT pg_notify(%s, %s)", (NOTIFY_CHANNEL, f"{kind}:{of}"))
