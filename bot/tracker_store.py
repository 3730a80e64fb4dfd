"""Rasa's tracker store on the product's PostgreSQL, without its ways of losing a turn.

Rasa's own store gives up a pooled connection that the server closed, and `FailSafeTrackerStore` then
takes the patient for a new one and saves the turn where nobody reads it. Here a dead connection is
replaced before use, a slow server is cut off, and a failure is an error of the turn.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from rasa.core.agent import Agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain

from bot.settings import load_settings

CONNECT_TIMEOUT_SECONDS = 3
STATEMENT_TIMEOUT_MS = 4000
POOL_SIZE = 5


class DeskTrackerStore(SQLTrackerStore):
    """Trackers in PostgreSQL at `DATABASE_URL`; with none set (a designer's shell), in memory."""

    def __new__(cls, *args: Any, **kwargs: Any) -> TrackerStore:
        if load_settings().database_url is None:
            return InMemoryTrackerStore(
                domain=kwargs.get("domain") or Domain.empty(), event_broker=kwargs.get("event_broker")
            )
        return super().__new__(cls)

    def __init__(
        self,
        domain: Domain | None = None,
        host: str | None = None,
        event_broker: EventBroker | None = None,
        **kwargs: Any,
    ) -> None:
        # SQLTrackerStore.__init__ waits for ever for a database that is down and builds an engine
        # without pre-ping, so only its grandparent's is called.
        TrackerStore.__init__(self, domain, event_broker, **kwargs)
        url = load_settings().database_url
        assert url is not None
        self.engine = sa.create_engine(
            url.replace("postgresql://", "postgresql+psycopg2://", 1),
            pool_pre_ping=True,
            pool_size=POOL_SIZE,
            max_overflow=0,
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_SECONDS,
                "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS}",
            },
        )
        self.Base.metadata.create_all(self.engine)
        self._index_events()
        self.sessionmaker = sa.orm.session.sessionmaker(bind=self.engine)

    def _index_events(self) -> None:
        """Rasa reads by (sender, type, time) and (sender, id) and indexes neither."""
        with self.engine.begin() as connection:
            connection.execute(
                sa.text(
                    "CREATE INDEX IF NOT EXISTS ix_events_sender_type_timestamp "
                    "ON events (sender_id, type_name, timestamp)"
                )
            )
            connection.execute(
                sa.text("CREATE INDEX IF NOT EXISTS ix_events_sender_id_id ON events (sender_id, id)")
            )


def fail_loudly(agent: Agent) -> None:
    """Take the fail-safe wrapper off the agent's store, so that a failed read or save fails the turn."""
    store = agent.tracker_store
    if isinstance(store, FailSafeTrackerStore):
        agent.tracker_store = store._tracker_store
        if agent.processor is not None:
            agent.processor.tracker_store = store._tracker_store
