"""The desk, and rounds of its recovery, as processes that are born by a fork and may die at a named point.

The points are around what the desk waits for. They are put there from outside: the product holds no code
that kills it.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import desk.__main__ as desk_process
from clinic.network import open_network_clinic
from desk import outbox
from desk.database import make_pool
from desk.inbox import Inbox
from desk.network import NetworkDesk
from desk.rasa_client import RasaClient
from desk.replies import Replies
from desk.texts import load_texts
from desk.turns import Turns
from desk.visits import VisitNews
from desk.waits import Waits
from lang.catalogue import load_catalogue
from tests.proof.crash_points import Trip, Tripwire
from tools.bootstrap import ROOT

_WATCHED: tuple[tuple[Any, str, str], ...] = (
    (Inbox, "accept", "accept"),
    (Turns, "_claim", "claim"),
    (RasaClient, "turn", "dialogue"),
    (Turns, "_finish", "finish"),
    (NetworkDesk, "not_heard", "not heard"),
    (outbox, "add", "store"),
    (Replies, "_take", "hand out"),
    (Waits, "_say", "wait"),
    (NetworkDesk, "settle", "settle"),
    (VisitNews, "_tell", "news"),
    (NetworkDesk, "told", "told"),
)
# Passed with every message; the others only where something has gone wrong already.
COMMON_POINTS = tuple(
    f"{name}.{side}"
    for name in ("accept", "claim", "dialogue", "finish", "store", "hand out")
    for side in ("before", "after")
)
RARE_POINTS = tuple(
    f"{name}.{side}" for name in ("not heard", "wait", "news", "told") for side in ("before", "after")
)


@dataclass(frozen=True)
class DeskLife:
    """What a desk, or a round of its recovery, is born with. `ahead` seconds the round's clock is early."""

    environment: dict[str, str]
    log: Path
    trip: Trip | None = None
    ahead: float = 0


def serve_desk(life: DeskLife) -> None:
    """`python -m desk`; never returns."""
    _be_born(life)
    code = desk_process.main()
    sys.stdout.flush()
    os._exit(code)


def settle(life: DeskLife) -> None:
    """One round of the desk's own recovery: news are stored in the conversations they belong to."""
    _be_born(life)
    asyncio.run(_settle(life.ahead))
    os._exit(0)


async def _settle(ahead: float) -> None:
    environment = os.environ
    texts = load_texts(ROOT / "data/catalogue/desk_texts.yml")
    clinic = open_network_clinic(
        environment["DATABASE_URL"],
        Path(environment["MIS_CONFIG"]),
        load_catalogue(ROOT / "data/catalogue"),
        lambda: datetime.now(UTC) + timedelta(seconds=ahead),
        environment,
    )
    pool = make_pool(environment["DATABASE_URL"], 2)
    await pool.open()
    await VisitNews(pool, NetworkDesk(clinic, texts, environment["PUBLIC_URL"])).settle()
    await pool.close()
    clinic.close()


def _be_born(life: DeskLife) -> None:
    os.environ.update(life.environment)
    os.chdir(ROOT)
    out = os.open(life.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(out, 1)
    os.dup2(out, 2)
    wire = Tripwire(life.trip)
    for owner, method, point in _WATCHED:
        setattr(owner, method, _watched(getattr(owner, method), point, wire))


def _watched(plain: Any, point: str, wire: Tripwire) -> Any:
    if inspect.iscoroutinefunction(plain):

        @functools.wraps(plain)
        async def waited(*args: Any, **more: Any) -> Any:
            wire(f"{point}.before")
            found = await plain(*args, **more)
            wire(f"{point}.after")
            return found

        return waited

    @functools.wraps(plain)
    def called(*args: Any, **more: Any) -> Any:
        wire(f"{point}.before")
        found = plain(*args, **more)
        wire(f"{point}.after")
        return found

    return called
