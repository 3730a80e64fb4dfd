"""A desk process killed in the middle of a turn, with another one on the same database."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import psycopg

from bench.chat import Chat, open_chat
from bench.figures import Figure, NotMeasured, at_most, rounds
from bench.mis_speed import slow_mis
from tools.bootstrap import ROOT
from tools.running import System, free_port

TARGET_SECONDS = 2.0
START_SECONDS = 30
# The MIS is this much slower meanwhile, so that the turn is still running when its desk is killed.
LATENCY_MS = 500
_TRIES = 3


def killed_desk(
    system: System, greeting: str, requests: list[str], kills: int, seconds: float
) -> list[Figure]:
    """From SIGKILL to the answer by the desk that lives on. `requests` are searches, one for each kill."""
    times: list[float] = []
    for number in rounds(min(kills * _TRIES, len(requests)), seconds):
        took = asyncio.run(_kill_one(system, greeting, requests[number]))
        if took is not None:
            times.append(took)
        if len(times) == kills:
            break
    if not times:
        raise NotMeasured("every turn was over before its desk could be killed")
    what = "killed desk, answered by another, slowest"
    return [at_most(what, max(times), TARGET_SECONDS, "s", f"n {len(times)}")]


async def _kill_one(system: System, greeting: str, request: str) -> float | None:
    """Seconds, or None when the turn was over too soon to say anything."""
    survivor = system.child("desk")
    environment = survivor.environ()
    with _second_desk(environment) as (doomed, doomed_url):
        async with open_chat(system.desk) as chat:
            await chat.send(greeting)
            await chat.answered(1)
            known = chat.answers
            doomed_chat = Chat(doomed_url)
            await doomed_chat.open(chat.session_id)
            with slow_mis(system, LATENCY_MS):
                # Both desks hear of the message and the quicker takes the turn: it must be the doomed one.
                survivor.send_signal(signal.SIGSTOP)
                try:
                    await doomed_chat.send(request)
                    with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as database:
                        await asyncio.to_thread(_wait_until_running, database)
                finally:
                    survivor.send_signal(signal.SIGCONT)
                await asyncio.to_thread(_wait_until_up, system.desk)
                with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as database:
                    running = _state(database) == ("running", 1)
                    doomed.send_signal(signal.SIGKILL)
                    killed_at = time.perf_counter()
                    with suppress(Exception):
                        await doomed_chat.close()
                    if not running:
                        return None
                    await chat.answered(known + 1)
                    took = time.perf_counter() - killed_at
                    return took if _state(database) == ("done", 2) else None


@contextmanager
def _second_desk(environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A desk beside the launcher's, with the same settings but the port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "desk"],
        cwd=ROOT,
        env={**environment, "DESK_PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_up(url)
        yield process, url
    finally:
        process.kill()
        process.wait()


def _wait_until_up(url: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(httpx.HTTPError):
            if httpx.get(f"{url}/live", timeout=1, trust_env=False).status_code == 200:
                return
        time.sleep(0.02)
    raise NotMeasured(f"the desk at {url} did not start")


def _wait_until_running(database: psycopg.Connection) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if _state(database)[0] == "running":
            return
        time.sleep(0.005)


def _state(database: psycopg.Connection) -> tuple[str, int]:
    """Of the newest message: where its turn stands and how many desks have begun it."""
    row = database.execute("SELECT state, attempt FROM desk.inbox ORDER BY id DESC LIMIT 1").fetchone()
    return (str(row[0]), int(row[1])) if row else ("", 0)
