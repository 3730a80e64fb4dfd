"""A busy contact centre: many windows of operators, patients who write to people, an open live page."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil

from bench.figures import Figure, NotMeasured, at_most, percentile
from bench.phrases import Phrases
from bench.rest import TOKEN, new_sender
from desk.access import staff
from desk.access.audit import COMMAND_LINE
from desk.access.passwords import hash_password, make_password
from desk.access.roles import Role
from desk.database import connect
from tools.running import System

OPERATORS, CONVERSATIONS, MESSAGES_A_SECOND = 50, 500, 20
# A little more than each has, so that a new patient finds a place at once.
CAP = CONVERSATIONS // OPERATORS + 2
SCREEN_MS, ASSIGNED_MS, LIVE_PAGE_MS, MEMORY_MB = 300, 200, 300, 600
MEASURED_SECONDS = 60
# So many patients write to the bot at once until a person has them all.
_AT_ONCE = 6
_GATHER_SECONDS = 150
_BEAT_SECONDS = 5
_LIVE_PAGE_SECONDS = 2
_NEW_PATIENT_SECONDS = 1
_LAST_WORDS_SECONDS = 10
# The share of messages that go to a thread which its operator has open.
_TO_OPEN_THREADS = 0.3
_MB = 1024**2


@dataclass
class _Measured:
    """Milliseconds, and what went wrong."""

    in_list: list[float] = field(default_factory=list)
    in_thread: list[float] = field(default_factory=list)
    live_page: list[float] = field(default_factory=list)
    memory_mb: float = 0.0
    sent: int = 0
    errors: list[str] = field(default_factory=list)


@dataclass
class _Waiting:
    """A message on its way to a window: sent when, and how long the conversation was before."""

    since: float
    after: int


class _Window:
    """One member of the staff at work: the stream, heartbeats, taking up what comes."""

    def __init__(self, desk: str, measured: _Measured) -> None:
        self._desk = desk
        self._measured = measured
        self._http = httpx.AsyncClient(base_url=desk, timeout=30, trust_env=False)
        self._tasks: list[asyncio.Task[None]] = []
        self._steps: set[asyncio.Task[None]] = set()
        self.mine: dict[str, dict[str, Any]] = {}
        self.waiting: dict[str, _Waiting] = {}
        self.ready = asyncio.Event()

    async def come(self, login: str, password: str, state: str = "online") -> None:
        me = await self._http.post("/api/login", json={"login": login, "password": password})
        me.raise_for_status()
        self._http.headers["X-CSRF-Token"] = me.json()["csrf"]
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._beat())]
        await self.ready.wait()
        (await self._http.put("/api/presence", json={"state": state})).raise_for_status()

    async def leave(self) -> None:
        for task in (*self._tasks, *self._steps):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._steps, return_exceptions=True)
        await self._http.aclose()

    @property
    def open_thread(self) -> str | None:
        """The conversation that is on the screen: the one they have had longest."""
        return next(iter(self.mine), None)

    async def figures(self) -> None:
        """Reads the live page once."""
        started = time.perf_counter()
        answer = await self._http.get("/api/figures")
        self._measured.live_page.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            self._measured.errors.append(f"the live page answers {answer.status_code}")

    async def close_one(self) -> None:
        """Ends the conversation they got last."""
        conversation_id = next(reversed(self.mine), None)
        if conversation_id is None or conversation_id in self.waiting:
            return
        row = self.mine[conversation_id]
        body = {"version": row["version"], "topic": "book", "outcome": "answered"}
        await self._step(conversation_id, "close", body)

    async def _listen(self) -> None:
        async with self._http.stream("GET", "/api/events", timeout=None) as stream:
            kind = ""
            async for line in stream.aiter_lines():
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    self._hear(kind, json.loads(line.removeprefix("data: ")))

    def _hear(self, kind: str, data: dict[str, Any]) -> None:
        if kind == "all":
            self.ready.set()
            for row in data["conversations"]:
                self._have(row)
        elif kind == "conversation":
            self._have(data)
        elif kind == "gone":
            # What was written while it was being closed is for the bot.
            self.mine.pop(data["id"], None)
            self.waiting.pop(data["id"], None)

    def _have(self, row: dict[str, Any]) -> None:
        conversation_id = row["id"]
        if row["relation"] != "own":
            self.mine.pop(conversation_id, None)
            return
        self.mine[conversation_id] = row
        if row["accepted_at"] is None:
            self._spawn(self._step(conversation_id, "accept", {"version": row["version"]}))
        on_way = self.waiting.get(conversation_id)
        if on_way is not None and row["last_seq"] > on_way.after:
            del self.waiting[conversation_id]
            self._measured.in_list.append((time.perf_counter() - on_way.since) * 1000)
            if conversation_id == self.open_thread:
                self._spawn(self._read(conversation_id, on_way))

    async def _read(self, conversation_id: str, on_way: _Waiting) -> None:
        path = f"/api/conversations/{conversation_id}/messages"
        answer = await self._http.get(path, params={"after": max(on_way.after, 1)})
        if answer.status_code == 200 and answer.json():
            self._measured.in_thread.append((time.perf_counter() - on_way.since) * 1000)
        else:
            self._measured.errors.append(f"a thread answers {answer.status_code}")

    async def _step(self, conversation_id: str, step: str, body: dict[str, Any]) -> None:
        answer = await self._http.post(f"/api/conversations/{conversation_id}/{step}", json=body)
        # Another step may have come first: the next event brings the newer version.
        if answer.status_code not in (200, 409):
            self._measured.errors.append(f"{step} answers {answer.status_code}")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_BEAT_SECONDS)
            with suppress(httpx.HTTPError):
                await self._http.post("/api/heartbeat")

    def _spawn(self, step: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(step)
        self._steps.add(task)
        task.add_done_callback(self._steps.discard)


class _Patients:
    """Those who write by REST, as a messenger's gateway does."""

    def __init__(self, desk: str, phrases: Phrases, measured: _Measured) -> None:
        limits = httpx.Limits(max_connections=64)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        self._http = httpx.AsyncClient(
            base_url=desk, headers=headers, timeout=30, trust_env=False, limits=limits
        )
        self._phrases = phrases
        self._measured = measured
        self.senders: list[str] = []

    async def close(self) -> None:
        await self._http.aclose()

    async def call_for_people(self) -> None:
        """A new patient, whose first word is for a person."""
        sender = new_sender()
        self.senders.append(sender)
        await self.write(sender, self._phrases.person)

    async def write(self, sender: str, text: str) -> None:
        answer = await self._http.post("/webhooks/rest/webhook", json={"sender": sender, "message": text})
        self._measured.sent += 1
        if answer.status_code != 200:
            self._measured.errors.append(f"the desk answers a patient {answer.status_code}")


def busy(system: System, phrases: Phrases, seconds: float) -> list[Figure]:
    """500 open conversations, 50 windows, 20 messages a second for `MEASURED_SECONDS`. Raises NotMeasured."""
    measured = _Measured()
    database = system.child("desk").environ()["DATABASE_URL"]
    waits = asyncio.run(_play(system, phrases, measured, database, seconds))
    if measured.errors:
        kinds = sorted(set(measured.errors))
        raise NotMeasured(f"{len(measured.errors)} of {measured.sent} calls failed: {', '.join(kinds)}")
    if not (measured.in_list and measured.in_thread and measured.live_page and waits):
        raise NotMeasured("nothing reached a window")
    crowd = f"{CONVERSATIONS} conversations, {OPERATORS} windows, {MESSAGES_A_SECOND} messages/s"
    return [
        _p95("patient's words in the operator's list", measured.in_list, SCREEN_MS, crowd),
        _p95("patient's words in the open thread", measured.in_thread, SCREEN_MS),
        _p95("from the queue to an operator", waits, ASSIGNED_MS),
        _p95("live page", measured.live_page, LIVE_PAGE_MS),
        at_most("memory of the desk process", measured.memory_mb, MEMORY_MB, "MB", "RSS, highest"),
    ]


def _p95(what: str, values: Sequence[float], target: float, note: str = "") -> Figure:
    words = f"p50 {percentile(values, 0.5):.0f}, n {len(values)}" + (f"; {note}" if note else "")
    return at_most(f"{what}, p95", percentile(values, 0.95), target, "ms", words)


async def _play(
    system: System, phrases: Phrases, measured: _Measured, database: str, seconds: float
) -> list[float]:
    """How long each new conversation waited in the queue though there was a place, in milliseconds."""
    async with AsyncExitStack() as stack:
        windows = [await stack.enter_async_context(_window(system.desk, measured)) for _ in range(OPERATORS)]
        supervisor = await stack.enter_async_context(_window(system.desk, measured))
        logins, password = await _staff(database)
        for window, login in zip(windows, logins, strict=False):
            await window.come(login, password)
        await supervisor.come(logins[-1], password, "no_new")
        patients = _Patients(system.desk, phrases, measured)
        stack.push_async_callback(patients.close)
        await _gather_patients(patients, windows)
        names = await _names(database)
        began = time.monotonic()
        desk = system.child("desk")
        async with asyncio.TaskGroup() as group:
            until = began + min(MEASURED_SECONDS, max(seconds, 10))
            group.create_task(_write(patients, windows, names, phrases, measured, until))
            group.create_task(_watch(supervisor, desk, measured, until))
            group.create_task(_come_and_go(patients, windows, until))
        await _arrived(windows, measured)
        return await _waits(database, time.monotonic() - began)


@asynccontextmanager
async def _window(desk: str, measured: _Measured) -> AsyncIterator[_Window]:
    window = _Window(desk, measured)
    try:
        yield window
    finally:
        await window.leave()


async def _staff(database: str) -> tuple[list[str], str]:
    """Logins of the operators and, last, of a supervisor; one password for all."""
    password = make_password()
    hashed = hash_password(password)
    roles: list[Role] = ["operator"] * OPERATORS + ["supervisor"]
    async with await connect(database) as connection:
        for number, role in enumerate(roles):
            await staff.add(
                connection,
                COMMAND_LINE,
                login=f"bench-{number}",
                name=f"Сотрудник {number}",
                role=role,
                password_hash=hashed,
                cap=CAP,
            )
    return [f"bench-{number}" for number in range(len(roles))], password


async def _gather_patients(patients: _Patients, windows: Sequence[_Window]) -> None:
    """Until people have every conversation. Raises NotMeasured."""
    left = iter(range(CONVERSATIONS))

    async def some() -> None:
        for _ in left:
            await patients.call_for_people()

    try:
        async with asyncio.timeout(_GATHER_SECONDS):
            await asyncio.gather(*(some() for _ in range(_AT_ONCE)))
            while sum(len(window.mine) for window in windows) < CONVERSATIONS:
                await asyncio.sleep(0.1)
    except TimeoutError:
        count = sum(len(window.mine) for window in windows)
        raise NotMeasured(f"people had {count} of {CONVERSATIONS} conversations in time") from None


async def _write(
    patients: _Patients,
    windows: Sequence[_Window],
    names: dict[str, str],
    phrases: Phrases,
    measured: _Measured,
    until: float,
) -> None:
    """Patients write at the agreed pace, each to the person who has the conversation."""
    chance = random.Random(1)
    async with asyncio.TaskGroup() as group:
        due = time.monotonic()
        while due < until:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due += 1 / MESSAGES_A_SECOND
            window = chance.choice([each for each in windows if each.mine])
            known = [each for each in window.mine if each in names and each not in window.waiting]
            opened = window.open_thread
            to_open = opened in known and chance.random() < _TO_OPEN_THREADS
            conversation_id = opened if to_open else chance.choice(known) if known else None
            if conversation_id is None:
                continue
            seq = window.mine[conversation_id]["last_seq"]
            window.waiting[conversation_id] = _Waiting(time.perf_counter(), seq)
            group.create_task(patients.write(names[conversation_id], chance.choice(phrases.to_people)))


async def _watch(supervisor: _Window, desk: psutil.Process, measured: _Measured, until: float) -> None:
    while time.monotonic() < until:
        await supervisor.figures()
        measured.memory_mb = max(measured.memory_mb, desk.memory_info().rss / _MB)
        await asyncio.sleep(_LIVE_PAGE_SECONDS)


async def _come_and_go(patients: _Patients, windows: Sequence[_Window], until: float) -> None:
    """Some are done and others come, as on any day."""
    number = 0
    while time.monotonic() < until:
        await asyncio.gather(windows[number % len(windows)].close_one(), patients.call_for_people())
        number += 1
        await asyncio.sleep(_NEW_PATIENT_SECONDS)


async def _arrived(windows: Sequence[_Window], measured: _Measured) -> None:
    ends = time.monotonic() + _LAST_WORDS_SECONDS
    while any(window.waiting for window in windows) and time.monotonic() < ends:
        await asyncio.sleep(0.05)
    lost = sum(len(window.waiting) for window in windows)
    measured.errors += ["a message never got to its window"] * lost


async def _names(database: str) -> dict[str, str]:
    """What the REST caller calls the patient of each conversation."""
    async with await connect(database) as connection:
        cursor = await connection.execute(
            "SELECT id, external_id FROM desk.conversation WHERE channel = 'rest'"
        )
        return {str(row["id"]): row["external_id"] for row in await cursor.fetchall()}


async def _waits(database: str, seconds: float) -> list[float]:
    query = (
        "SELECT extract(epoch FROM a.ts - h.ts) * 1000 AS ms FROM desk.conversation_event h"
        " JOIN LATERAL (SELECT ts FROM desk.conversation_event"
        "   WHERE conversation_id = h.conversation_id AND kind = 'assigned' AND id > h.id"
        "   ORDER BY id LIMIT 1) a ON true"
        " WHERE h.kind = 'handoff' AND h.ts > clock_timestamp() - make_interval(secs => %s)"
    )
    async with await connect(database) as connection:
        cursor = await connection.execute(query, (seconds,))
        return [float(row["ms"]) for row in await cursor.fetchall()]
