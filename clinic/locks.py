"""Advisory locks of PostgreSQL: one worker at a time, over all processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, func


class ConversationBusy(Exception):
    """Another call for the same conversation has not finished in time."""


def lock_number(name: str) -> sa.Function[Any]:
    """The number of the advisory lock `name`."""
    return func.hashtextextended(name, 0)


@contextmanager
def conversation_lock(
    engine: Engine, conversation_id: str, *, wait: timedelta | None
) -> Iterator[Connection | None]:
    """One worker at a time per conversation, over all processes; the lock dies with its connection.

    Yields the connection that owns the lock, or `None` when `wait` is `None` and somebody else has it.
    Raises `ConversationBusy` when the lock was not free within `wait`.
    """
    number = lock_number(f"clinic.conversation:{conversation_id}")
    with engine.connect() as connection:
        if not _lock(connection, number, wait):
            yield None
            return
        try:
            yield connection
        finally:
            _unlock(connection)


def _lock(connection: Connection, number: sa.Function[Any], wait: timedelta | None) -> bool:
    with connection.begin():
        if wait is None:
            return bool(connection.scalar(sa.select(func.pg_try_advisory_lock(number))))
        limit = f"{int(wait.total_seconds() * 1000)}ms"
        connection.execute(sa.select(func.set_config("lock_timeout", limit, True)))
        connection.execute(sa.select(func.set_config("statement_timeout", "0", True)))
        try:
            connection.execute(sa.select(func.pg_advisory_lock(number)))
        except sa.exc.OperationalError as error:
            if isinstance(error.orig, LockNotAvailable):
                raise ConversationBusy("another call for this conversation is not finished") from error
            raise
        return True


def _unlock(connection: Connection) -> None:
    try:
        connection.rollback()
        with connection.begin():
            connection.execute(sa.select(func.pg_advisory_unlock_all()))
    except sa.exc.DBAPIError:
        connection.invalidate()
