"""The tracker store reads what Rasa's own wrote and the other way round. SQLite stands for PostgreSQL, which
the whole system uses in its own tests."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

import bot.tracker_store
from bot.tracker_store import DeskTrackerStore

SENDER = "invented-sender"
DOMAIN = Domain.from_dict(
    {
        "intents": ["greet"],
        "slots": {"city": {"type": "text", "mappings": [{"type": "custom"}]}},
        "actions": ["action_hello"],
    }
)
FIRST_SESSION = [
    ActionExecuted("action_session_start", timestamp=1.0),
    SessionStarted(timestamp=2.0),
    ActionExecuted("action_listen", timestamp=3.0),
    UserUttered(
        "привет",
        {"name": "greet", "confidence": 1.0},
        message_id="first",
        timestamp=4.0,
        parse_data={"intent": {"name": "greet"}, "text": "привет"},
    ),
    SlotSet("city", "Клин", timestamp=5.0),
    BotUttered("Здравствуйте!", timestamp=6.0),
]
SECOND_SESSION = [
    ActionExecuted("action_session_start", timestamp=11.0),
    SessionStarted(timestamp=12.0),
    UserUttered("ещё вопрос", message_id="second", timestamp=13.0),
]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "trackers.db"
    create_engine = sa.create_engine

    def on_sqlite(*_: Any, **__: Any) -> Any:
        return create_engine(f"sqlite:///{path}")

    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@/nowhere")
    monkeypatch.setattr(bot.tracker_store.sa, "create_engine", on_sqlite)
    return path


@pytest.fixture
def ours(file: Path) -> DeskTrackerStore:
    return DeskTrackerStore(DOMAIN)


@pytest.fixture
def rasas(file: Path) -> SQLTrackerStore:
    return SQLTrackerStore(DOMAIN, db=str(file))


def _tracker(events: list[Event]) -> DialogueStateTracker:
    return DialogueStateTracker.from_events(SENDER, events, DOMAIN.slots, domain=DOMAIN)


def _save(store: SQLTrackerStore, events: list[Event]) -> None:
    asyncio.run(store.save(_tracker(events)))


def _go_on(store: SQLTrackerStore, events: list[Event]) -> None:
    """As Rasa does it in a turn: reads what is stored, adds to it, saves."""
    tracker = asyncio.run(store.retrieve(SENDER))
    assert tracker is not None
    for event in events:
        tracker.update(event, DOMAIN)
    asyncio.run(store.save(tracker))


def _events(tracker: DialogueStateTracker | None) -> list[dict[str, Any]]:
    assert tracker is not None
    return [event.as_dict() for event in tracker.events]


def _stored(file: Path) -> list[tuple[Any, ...]]:
    with sa.create_engine(f"sqlite:///{file}").connect() as connection:
        rows = connection.execute(
            sa.text(
                "SELECT sender_id, type_name, timestamp, intent_name, action_name, data"
                " FROM events ORDER BY id"
            )
        )
        return [tuple(row) for row in rows]


def test_writes_the_rows_that_rasa_would_write(
    file: Path, ours: DeskTrackerStore, rasas: SQLTrackerStore
) -> None:
    _save(rasas, FIRST_SESSION)
    by_rasa = _stored(file)
    with sa.create_engine(f"sqlite:///{file}").begin() as connection:
        connection.execute(sa.text("DELETE FROM events"))
    _save(ours, FIRST_SESSION)
    assert len(by_rasa) == len(FIRST_SESSION)
    assert _stored(file) == by_rasa


def test_saving_again_adds_only_what_is_new(file: Path, ours: DeskTrackerStore) -> None:
    _save(ours, FIRST_SESSION[:4])
    _go_on(ours, FIRST_SESSION[4:])
    _go_on(ours, [])
    assert [row[1] for row in _stored(file)] == [event.type_name for event in FIRST_SESSION]


def test_reads_the_latest_session_as_rasa_does(ours: DeskTrackerStore, rasas: SQLTrackerStore) -> None:
    _save(rasas, FIRST_SESSION)
    _go_on(rasas, SECOND_SESSION)
    latest = _events(asyncio.run(ours.retrieve(SENDER)))
    assert latest == _events(asyncio.run(rasas.retrieve(SENDER)))
    assert [event["event"] for event in latest] == ["session_started", "user"]
    everything = _events(asyncio.run(ours.retrieve_full_tracker(SENDER)))
    assert everything == _events(asyncio.run(rasas.retrieve_full_tracker(SENDER)))
    assert len(everything) == len(FIRST_SESSION) + len(SECOND_SESSION)


def test_a_session_that_has_begun_goes_on(file: Path, ours: DeskTrackerStore) -> None:
    _save(ours, FIRST_SESSION)
    _go_on(ours, SECOND_SESSION)
    _go_on(ours, [BotUttered("Слушаю вас.", timestamp=14.0)])
    assert [row[1] for row in _stored(file)][-2:] == ["user", "bot"]


def test_a_slot_survives(ours: DeskTrackerStore) -> None:
    _save(ours, FIRST_SESSION)
    tracker = asyncio.run(ours.retrieve(SENDER))
    assert tracker is not None and tracker.get_slot("city") == "Клин"


def test_nobody_is_known_at_first(ours: DeskTrackerStore) -> None:
    assert asyncio.run(ours.retrieve(SENDER)) is None
    assert ours.last_message_id(SENDER) is None


def test_knows_the_last_message(ours: DeskTrackerStore) -> None:
    _save(ours, FIRST_SESSION)
    assert ours.last_message_id(SENDER) == "first"
    _go_on(ours, SECOND_SESSION)
    assert ours.last_message_id(SENDER) == "second"
    assert ours.last_message_id("somebody-else") is None


def test_a_save_that_breaks_stores_nothing(
    file: Path, ours: DeskTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sa.create_engine(f"sqlite:///{file}").begin() as connection:
        connection.execute(
            sa.text(
                "CREATE TRIGGER refuse BEFORE INSERT ON events WHEN new.type_name = 'bot'"
                " BEGIN SELECT raise(ABORT, 'full'); END"
            )
        )
    with pytest.raises(sa.exc.IntegrityError):
        _save(ours, FIRST_SESSION)
    assert _stored(file) == []
