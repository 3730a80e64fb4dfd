"""The processes of the proof that are born by a fork: action servers and rounds of the recovery.

Everything heavy is imported before the fork, so that one killed is followed by the next within a moment.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

import actions.__main__ as server
import actions.context
import clinic.network
from actions.settings import load_settings
from actions.speech import Speech
from actions.words import Words
from clinic.network import open_network_clinic
from lang.catalogue import load_catalogue
from tests.proof import planted
from tests.proof.crash_points import Trip, TrippingMis, Tripwire, watch_commits
from tests.proof.directory_copy import CopiedDirectory, NoReference
from tools.bootstrap import ROOT

PUBLIC_URL = "http://clinic.example"
CATALOGUE = load_catalogue(ROOT / "data/catalogue")
_WORDS = Words.load(ROOT / "data/catalogue", CATALOGUE, PUBLIC_URL)
_SPEECH = Speech.load(ROOT / "data/catalogue", CATALOGUE)
_OPEN_MIS = clinic.network.open_mis
_OPEN_ENGINE = clinic.network.open_engine


@dataclass(frozen=True)
class Life:
    """What a process is born with. `ahead` seconds its clock is before the real one."""

    environment: dict[str, str]
    log: Path
    directory: Path
    trip: Trip | None = None
    passed: Path | None = None
    planted: str = ""
    ahead: float = 0
    news: Path | None = None
    told: frozenset[str] = field(default_factory=frozenset)


def serve(life: Life) -> None:
    """An action server; never returns."""
    be_born(life)
    server._keep_snapshot = lambda *_: None
    code = server.main()
    sys.stdout.flush()
    os._exit(code)


def recover(life: Life) -> None:
    """One round of the recovery, as the desk runs it: what is new is written down, then marked as told."""
    be_born(life)
    settings = load_settings()
    opened = open_network_clinic(
        settings.database_url, settings.mis_config, CATALOGUE, _clock(life.ahead), os.environ
    )
    assert life.news is not None
    told = set(life.told)
    with life.news.open("a", encoding="utf-8") as file:
        for news in opened.settle():
            key = f"{news.booking_id}:{news.outcome}:{news.attempt}"
            if key not in told:
                row = {
                    "conversation": news.conversation_id,
                    "booking": news.booking_id,
                    "outcome": news.outcome,
                    "moved": news.moved,
                    "key": key,
                }
                file.write(json.dumps(row) + "\n")
                file.flush()
                told.add(key)
            opened.bookings.mark_told(news)
    opened.close()
    os._exit(0)


def be_born(life: Life) -> None:
    os.environ.update(life.environment)
    os.chdir(ROOT)
    out = os.open(life.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    wire = Tripwire(life.trip, _noting(life.passed) if life.passed else None)
    watch_commits(wire)

    def open_mis(*args: Any, **more: Any) -> Any:
        mis, _ = _OPEN_MIS(*args, **more)
        return TrippingMis(CopiedDirectory(mis, life.directory), wire), NoReference()

    clinic.network.open_mis = open_mis
    clinic.network.open_engine = _open_named_engine
    actions.context.load_catalogue = lambda _: CATALOGUE
    actions.context.Words.load = lambda *_: _WORDS  # type: ignore[method-assign, assignment]
    actions.context.Speech.load = lambda *_: _SPEECH  # type: ignore[method-assign, assignment]
    # The server that the proof starts has migrated it.
    actions.context.migrate = lambda _: None
    if life.planted:
        planted.plant(life.planted)


def _open_named_engine(url: str) -> Engine:
    """Connections that can be told from those of other processes."""
    engine = _OPEN_ENGINE(url)

    def name(connection: Any, _: Any) -> None:
        connection.execute(f"SET application_name = 'clinic-{os.getpid()}'")
        connection.commit()

    event.listen(engine, "connect", name)
    return engine


def _noting(path: Path) -> Any:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(point: str) -> None:
        os.write(file, f"{point}\n".encode())

    return note


def _clock(ahead: float) -> Any:
    def now() -> datetime:
        return datetime.now(UTC) + timedelta(seconds=ahead)

    return now
