"""The whole system under a supervisor that starts again whatever dies: desk, Rasa, action server."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx
import yaml

from tests.proof.crash_points import Trip
from tests.proof.plans import LATE
from tests.proof.whole.lives import COMMON_POINTS, RARE_POINTS, DeskLife, serve_desk, settle
from tests.proof.world import FORK, NotStarted, World, open_world
from tests.support.fault_proxy import Case, Fault, Kind
from tools.bootstrap import RASA, ROOT
from tools.build import MODEL, rasa_environment
from tools.running import free_port

Process = subprocess.Popen[bytes] | ForkServerProcess
# On a machine that has other work as well.
READY_SECONDS = 300
DOCTORS = 600
TOKEN = "proof"
_SECRET = "of the proof alone"
_BETWEEN_LOOKS = 0.25
_COMMON_SHARE = 0.75
# How often a call to the MIS meets a fault.
_SHARES = {
    "Schedule": 0.02,
    "Reservation": 0.12,
    "AppointmentCreate": 0.2,
    "AppointmentStatus": 0.12,
    "AppointmentCancel": 0.2,
}


@dataclass(frozen=True)
class Doom:
    """How a process is to end: at `trip` or `seconds` after it is ready, whichever comes first."""

    seconds: float
    trip: Trip | None = None


class Keeper:
    """One process, started again whenever it has died; ended by `kill -9` as often as `doomed` says.

    `start` is given the point at which the new one dies. `ends` counts its deaths by their kind.
    """

    def __init__(
        self, name: str, start: Callable[[Trip | None], Process], ready: str, doom: Callable[[], Doom]
    ) -> None:
        self._name, self._start, self._url, self._doom = name, start, ready, doom
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        # One for all questions: a new one loads the certificates anew, which takes longer than the answer.
        self._http = httpx.Client(timeout=2, trust_env=False)
        self._look_again = 0.0
        self._process: Process | None = None
        self._dooms: Doom | None = None
        self._ready_at: float | None = None
        self._killed = self._replaced = False
        self.doomed = 0
        self.ends: Counter[str] = Counter()
        self.points: Counter[str] = Counter()

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Nothing is left of it."""
        self._over.set()
        self._thread.join(30)
        if self._process is not None:
            _kill(self._process)
            _reap(self._process)

    def doom(self, times: int) -> None:
        """The next `times` lives are short, the present one among them."""
        with self._lock:
            self.doomed = times
            if times and self._dooms is None and self._ready_at is not None:
                self._dooms, self._ready_at = Doom(self._doom().seconds), time.monotonic()

    def spare(self) -> None:
        """From now on it lives; one that was born to die is replaced first, which is no kill that counts."""
        with self._lock:
            self.doomed = 0
            if self._dooms is not None:
                self._dooms = Doom(0)
                self._replaced = True
                self._kill()

    def until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while self._ready_at is None or self._dooms is not None:
            if time.monotonic() > deadline:
                raise NotStarted(self._name)
            time.sleep(0.1)

    @property
    def kills(self) -> int:
        return self.ends["at a random moment"] + self.ends["at a named point"]

    def _keep(self) -> None:
        while not self._over.wait(0.05):
            with self._lock:
                self._look()

    def _look(self) -> None:
        if self._process is None or not _alive(self._process):
            if self._process is not None:
                self._buried(self._process)
            self._dooms = self._doom() if self.doomed else None
            self._ready_at, self._killed, self._replaced = None, False, False
            self._process = self._start(self._dooms.trip if self._dooms else None)
        elif self._ready_at is None:
            if time.monotonic() > self._look_again and self._answers():
                self._ready_at = time.monotonic()
        elif self._dooms is not None and time.monotonic() > self._ready_at + self._dooms.seconds:
            self._kill()

    def _answers(self) -> bool:
        self._look_again = time.monotonic() + _BETWEEN_LOOKS
        try:
            return self._http.get(self._url).status_code == 200
        except httpx.HTTPError:
            return False

    def _kill(self) -> None:
        assert self._process is not None
        if not self._killed and _alive(self._process):
            self._killed = True
            _kill(self._process)

    def _buried(self, process: Process) -> None:
        _reap(process)
        trip = self._dooms.trip if self._dooms else None
        if self._replaced:
            return
        if self._killed:
            self.ends["at a random moment"] += 1
        elif trip is not None:
            self.ends["at a named point"] += 1
            self.points[trip.point] += 1
        else:
            self.ends["by itself"] += 1
        self.doomed = max(self.doomed - 1, 0)


class Weather(Case):
    """Faults between us and the MIS, drawn for each call while it is `stormy`."""

    def __init__(self, seed: int) -> None:
        super().__init__(marks={b" HTTP/1."})
        self._random = random.Random(seed)
        self._kinds: list[Kind] = []
        self.stormy = False

    def fault_of(self, operation: str) -> Fault | None:
        if not self.stormy or self._random.random() >= _SHARES.get(operation, 0):
            return None
        if not self._kinds:
            self._kinds = list(Kind)
            self._random.shuffle(self._kinds)
        kind = self._kinds.pop()
        if kind is Kind.UNDONE and operation != "AppointmentCreate":
            kind = Kind.CUT_AFTER
        slow = kind in (Kind.HALF_OPEN_BEFORE, Kind.HALF_OPEN_AFTER) or self._random.random() < 0.4
        return Fault(kind, operation, seconds=LATE if slow else self._random.uniform(0.05, 0.6))


@dataclass
class Whole:
    """The running system. Patients write to `url`; `base` has the databases and the sandbox."""

    base: World
    url: str
    weather: Weather
    desk: Keeper
    rasa: Keeper
    actions: Keeper
    environment: dict[str, str]
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def keepers(self) -> tuple[Keeper, ...]:
        return self.actions, self.rasa, self.desk

    def calm(self) -> None:
        """Everything is up and nothing goes wrong any more."""
        self.weather.stormy = False
        for keeper in self.keepers:
            keeper.spare()
        for keeper in self.keepers:
            keeper.until_ready()

    def settle(self, ahead: float) -> None:
        """A round of the desk's recovery, `ahead` seconds from now."""
        life = DeskLife(self.environment, self.base.folder / "desk.log", ahead=ahead)
        process = FORK.Process(target=settle, args=(life,), daemon=True)
        process.start()
        process.join(READY_SECONDS)
        if process.exitcode is None:
            process.kill()
        if process.exitcode != 0:
            raise NotStarted("a round of the desk's recovery does not end as it should")


@contextmanager
def open_whole(seed: int) -> Iterator[Whole]:
    """Start everything, as the Procfile does; at the end stop it and remove what it wrote."""
    chance = random.Random(seed)
    with open_world(doctors=DOCTORS, seed=seed, servers=0) as base, ExitStack() as stack:
        weather = Weather(seed)
        base.proxy.add(weather)
        ports = {name: free_port() for name in ("DESK", "RASA", "ACTIONS")}
        host = "http://127.0.0.1"
        environment = base.environment | {
            **{f"{name}_PORT": str(port) for name, port in ports.items()},
            "RASA_URL": f"{host}:{ports['RASA']}",
            "RASA_ENDPOINTS": str(_endpoints(base.folder / "endpoints.yml", ports["ACTIONS"])),
            "PUBLIC_URL": f"{host}:{ports['DESK']}",
            "CHANNEL_SECRET": _SECRET,
            "SECRET_KEY": _SECRET,
            "REST_TOKEN": TOKEN,
            # A patient who comes back the moment the desk does is not to be turned away for it.
            "DESK_MESSAGE_RATE": "1000 per 10 second",
        }
        points = _Points(chance)

        def start_desk(trip: Trip | None) -> Process:
            life = DeskLife(environment, base.folder / "desk.log", trip)
            process = FORK.Process(target=serve_desk, args=(life,), daemon=True)
            process.start()
            return process

        def start_rasa(_: Trip | None) -> Process:
            words = ["run", "--interface", "127.0.0.1", "--port", str(ports["RASA"]), "--model", str(MODEL)]
            words += ["--endpoints", environment["RASA_ENDPOINTS"], "--credentials", "credentials.yml"]
            command = [str(RASA / "bin/python"), "-m", "bot.light_rasa", *words]
            return _popen(command, rasa_environment() | environment, base.folder / "rasa.log")

        def start_actions(_: Trip | None) -> Process:
            command = [sys.executable, "-m", "actions"]
            return _popen(command, {**os.environ, **environment}, base.folder / "actions.log")

        whole = Whole(
            base,
            environment["PUBLIC_URL"],
            weather,
            Keeper(
                "desk",
                start_desk,
                f"{environment['PUBLIC_URL']}/webhooks/rest/",
                lambda: Doom(chance.uniform(0.5, 9), points.trip()),
            ),
            Keeper(
                "rasa",
                start_rasa,
                f"{environment['RASA_URL']}/webhooks/desk/",
                lambda: Doom(chance.uniform(1, 8)),
            ),
            Keeper(
                "actions",
                start_actions,
                f"{host}:{ports['ACTIONS']}/health",
                lambda: Doom(chance.uniform(1, 12)),
            ),
            environment,
        )
        for keeper in whole.keepers:
            stack.callback(keeper.end)
            keeper.begin()
        whole.calm()
        yield whole


class _Points:
    """Where the next desk dies, if it comes there: every point alike often, the common ones more."""

    def __init__(self, chance: random.Random) -> None:
        self._random = chance
        self._left: dict[tuple[str, ...], list[str]] = {COMMON_POINTS: [], RARE_POINTS: []}

    def trip(self) -> Trip:
        points = COMMON_POINTS if self._random.random() < _COMMON_SHARE else RARE_POINTS
        left = self._left[points]
        if not left:
            left += points
            self._random.shuffle(left)
        return Trip(left.pop(), self._random.randint(1, 6) if points is COMMON_POINTS else 1)


def _endpoints(path: Path, actions_port: int) -> Path:
    endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text(encoding="utf-8"))
    endpoints["action_endpoint"]["url"] = f"http://127.0.0.1:{actions_port}/webhook"
    path.write_text(yaml.safe_dump(endpoints), encoding="utf-8")
    return path


def _popen(command: list[str], environment: dict[str, str], log: Path) -> Process:
    with log.open("ab") as file:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=file, stderr=file)


def _alive(process: Process) -> bool:
    if isinstance(process, subprocess.Popen):
        return process.poll() is None
    return process.is_alive()


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        os.kill(process.pid or 0, signal.SIGKILL)


def _reap(process: Process) -> None:
    if isinstance(process, subprocess.Popen):
        process.wait(30)
    else:
        process.join(30)
