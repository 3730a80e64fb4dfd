"""Rasa's tracker store on the product's PostgreSQL, without its ways of losing a turn.

Rasa's own store gives up a pooled connection that the server closed, and `FailSafeTrackerStore` then
takes the patient for a new one and saves the turn where nobody reads it. Here a dead connection is
replaced before use, a slow server is cut off, and a failure is an error of the turn.

Reading and saving are written out as statements: through Rasa's mapped objects they took 30 ms of a turn.
"""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from rasa.core.agent import Agent
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.settings import load_settings

CONNECT_TIMEOUT_SECONDS = 3
STATEMENT_TIMEOUT_MS = 4000
POOL_SIZE = 5

_OF_SENDER = "FROM events WHERE sender_id = :sender"
_OF_LATEST_SESSION = (
    f"{_OF_SENDER} AND timestamp >= coalesce("
    f"(SELECT max(timestamp) {_OF_SENDER} AND type_name = '{SessionStarted.type_name}'), 0)"
)
_ALL_EVENTS = sa.text(f"SELECT data {_OF_SENDER} ORDER BY id")
_LATEST_EVENTS = sa.text(f"SELECT data {_OF_LATEST_SESSION} ORDER BY id")
_HOW_MANY = sa.text(f"SELECT count(*) {_OF_LATEST_SESSION}")
_LAST_SAID = sa.text(
    f"SELECT data {_OF_SENDER} AND type_name = '{UserUttered.type_name}' ORDER BY id DESC LIMIT 1"
)


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
        # A read alone needs no transaction around it.
        self._reading = self.engine.execution_options(isolation_level="AUTOCOMMIT")
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

    def last_message_id(self, sender_id: str) -> str | None:
        """Of the patient's last stored message: cheaper than the whole tracker; None when there is none."""
        with self._reading.connect() as connection:
            data = connection.execute(_LAST_SAID, {"sender": sender_id}).scalar()
        return None if data is None else json.loads(data).get("message_id")

    async def _retrieve(
        self, sender_id: str, fetch_events_from_all_sessions: bool
    ) -> DialogueStateTracker | None:
        query = _ALL_EVENTS if fetch_events_from_all_sessions else _LATEST_EVENTS
        with self._reading.connect() as connection:
            rows = connection.execute(query, {"sender": sender_id}).all()
        if not rows or not self.domain:
            return None
        events = [json.loads(data) for (data,) in rows]
        return DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Adds the events that the latest session in the database does not have yet."""
        await self.stream_events(tracker)
        with self.engine.begin() as connection:
            stored = connection.execute(_HOW_MANY, {"sender": tracker.sender_id}).scalar()
            rows = [_row(tracker.sender_id, event) for event in list(tracker.events)[stored:]]
            if rows:
                connection.execute(sa.insert(self.SQLEvent.__table__), rows)


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": ((data.get("parse_data") or {}).get("intent") or {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def fail_loudly(agent: Agent) -> None:
    """Take the fail-safe wrapper off the agent's store, so that a failed read or save fails the turn."""
    store = agent.tracker_store
    if isinstance(store, FailSafeTrackerStore):
        agent.tracker_store = store._tracker_store
        if agent.processor is not None:
            agent.processor.tracker_store = store._tracker_store
