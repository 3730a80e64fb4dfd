"""Ways to the ledger: alone on a conversation, or just to read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, TimeoutError

from clinic.ledger import Actor, Ledger, LostRow
from clinic.locks import conversation_lock
from clinic.outcomes import LedgerUnavailable

LOCK_WAIT = timedelta(seconds=6)


@dataclass(frozen=True)
class Access:
    """Both ways raise `LedgerUnavailable` when PostgreSQL cannot be used."""

    engine: Engine
    wait: timedelta = LOCK_WAIT

    @contextmanager
    def turn(self, conversation_id: str, actor: Actor = "patient") -> Iterator[Ledger]:
        """The only worker on the conversation, over all processes.

        Raises `ConversationBusy` when another one is not finished in time. A row that somebody has moved
        all the same is `LedgerUnavailable` too: nothing more was done.
        """
        try:
            with conversation_lock(self.engine, conversation_id, wait=self.wait) as connection:
                assert connection is not None
                yield Ledger(connection, actor)
        except (DBAPIError, TimeoutError, LostRow) as error:
            raise LedgerUnavailable(type(error).__name__) from error

    @contextmanager
    def reading(self, actor: Actor = "patient") -> Iterator[Ledger]:
        """No lock: to read, or to write down what a row itself guards by its state."""
        try:
            with self.engine.connect() as connection:
                yield Ledger(connection, actor)
        except (DBAPIError, TimeoutError) as error:
            raise LedgerUnavailable(type(error).__name__) from error
