"""The live page: today's events kept in memory, read on as they come, computed at most once a second."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from desk.conversations import ownership
from desk.conversations.ownership import Event
from desk.database import Connection, Pool
from desk.figures import measures
from desk.figures.episodes import Episode, read_episodes
from desk.figures.measures import Queue, Share, Times, Working
from desk.routing import presence

Period = Literal["today", "half_hour"]
Behind = Literal[
    "in_queue", "service_level", "reply_time", "abandonment", "promises_kept", "done_by_bot", "topic"
]

FRESH = timedelta(seconds=1)
_HALF_HOUR = timedelta(minutes=30)
# A transaction may commit its events this long after they were stamped.
_LATE_COMMIT = timedelta(seconds=15)
# How long before midnight a conversation that is still open may have been handed over.
_OPEN_SINCE = timedelta(days=7)


@dataclass(frozen=True)
class PeriodFigures:
    """The figures of one period; the formulas are those of `measures`."""

    since: datetime
    offered: int
    service_level: Share
    reply_time: Share
    speed_of_answer: Times
    abandonment: Share
    promises_kept: Share
    handling_time: Times
    open_to_close: Times
    done_by_bot: Share
    topics: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class OperatorNow:
    """Somebody of the staff: state since when, conversations now and at most."""

    id: int
    name: str
    state: presence.State
    since: datetime | None
    load: int
    cap: int


@dataclass(frozen=True)
class Snapshot:
    """All figures as they were `at` that moment."""

    at: datetime
    queue: Queue
    periods: dict[Period, PeriodFigures]
    operators: tuple[OperatorNow, ...]
    episodes: tuple[Episode, ...]


class Board:
    """Figures of one desk process. The day begins at midnight in `zone`; `working` tells the office hours."""

    def __init__(self, pool: Pool, zone: ZoneInfo, working: Working, clock: Callable[[], datetime]) -> None:
        self._pool = pool
        self._zone = zone
        self._working = working
        self._clock = clock
        self._events: dict[int, Event] = {}
        self._day: datetime | None = None
        self._read_until: datetime | None = None
        self._last: Snapshot | None = None
        self._one_reader = asyncio.Lock()

    async def snapshot(self) -> Snapshot:
        """The figures, not older than FRESH. Raises psycopg.Error."""
        async with self._one_reader:
            now = self._clock()
            if self._last is not None and timedelta() <= now - self._last.at < FRESH:
                return self._last
            async with self._pool.connection() as connection:
                await self._read(connection, now)
                people = await presence.everybody(connection)
            events, day = list(self._events.values()), self._day or now
            self._last = await asyncio.to_thread(self._compute, events, people, day, now)
            return self._last

    async def behind(self, figure: Behind, period: Period, topic: str | None = None) -> list[Episode]:
        """The handoffs that a figure is made of, or that it misses: what there is to look at."""
        now = await self.snapshot()
        figures = now.periods[period]
        chosen = measures.within(now.episodes, figures.since, now.at)
        if figure == "topic":
            return [each for each in chosen if measures.topic_of(each) == topic]
        if figure == "in_queue":
            return [each for each in now.episodes if each.end is None and each.in_queue]
        shares = {
            "service_level": figures.service_level,
            "reply_time": figures.reply_time,
            "abandonment": figures.abandonment,
            "promises_kept": figures.promises_kept,
            "done_by_bot": figures.done_by_bot,
        }
        ids: set[UUID] = set(shares[figure].missing)
        return [each for each in chosen if each.conversation_id in ids]

    async def _read(self, connection: Connection, now: datetime) -> None:
        day = datetime.combine(now.astimezone(self._zone).date(), time(), self._zone)
        if day != self._day:
            self._day, self._read_until, self._events = day, None, {}
        if self._read_until is None:
            fresh = await ownership.events_since(connection, day, day - _OPEN_SINCE)
        else:
            fresh = await ownership.events_since(connection, self._read_until - _LATE_COMMIT)
        self._events.update((each.id, each) for each in fresh)
        self._read_until = max((each.ts for each in fresh), default=self._read_until)

    def _compute(
        self, events: Sequence[Event], people: Sequence[presence.Presence], day: datetime, now: datetime
    ) -> Snapshot:
        episodes = read_episodes(events)
        loads = measures.loads(episodes)
        starts: dict[Period, datetime] = {"today": day, "half_hour": now - _HALF_HOUR}
        return Snapshot(
            at=now,
            queue=measures.queue_now(episodes, now),
            periods={period: self._period(episodes, events, since, now) for period, since in starts.items()},
            operators=tuple(
                OperatorNow(each.staff_id, each.name, each.state, each.since, load, each.cap)
                for each in people
                if (load := loads.get(each.staff_id, 0)) or each.state != "offline" or each.role == "operator"
            ),
            episodes=tuple(episodes),
        )

    def _period(
        self, episodes: Sequence[Episode], events: Sequence[Event], since: datetime, now: datetime
    ) -> PeriodFigures:
        chosen = measures.within(episodes, since, now)
        return PeriodFigures(
            since=since,
            offered=len(chosen),
            service_level=measures.service_level(chosen, now, self._working),
            reply_time=measures.reply_time(chosen),
            speed_of_answer=measures.speed_of_answer(chosen),
            abandonment=measures.abandonment(chosen, now),
            promises_kept=measures.promises_kept(chosen, now),
            handling_time=measures.handling_time(chosen),
            open_to_close=measures.open_to_close(chosen),
            done_by_bot=measures.done_by_bot(events, since, now),
            topics=tuple(measures.topics(chosen)),
        )
