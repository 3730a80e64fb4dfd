"""The whole product started the way a user starts it, on free ports, and stopped: for tests and bench."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from tools.bootstrap import ROOT

START_SECONDS = 240
STOP_SECONDS = 60


class NotReady(Exception):
    """The system stopped or did not become ready; the message holds what it printed."""


class LeftRunning(Exception):
    """Something did not stop when told to and was killed."""


@dataclass
class System:
    """A running system. `var_dir` holds its logs and database; `printed` grows with the launcher's words."""

    desk: str
    sandbox: str
    rasa: str
    actions: str
    var_dir: Path
    process: subprocess.Popen[str]
    ready_seconds: float
    printed: list[str] = field(default_factory=list)

    def log(self, name: str) -> str:
        return (self.var_dir / "log" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def child(self, name: str) -> psutil.Process:
        """The running process of the Procfile called `name`, found by what it was started with."""
        for process in psutil.Process(self.process.pid).children(recursive=True):
            words = process.cmdline()
            if name == "rasa" and "bot.light_rasa" in words:
                return process
            if words[-2:] == ["-m", name]:
                return process
        raise LookupError(name)

    def processes(self) -> list[psutil.Process]:
        """Every process of the system: the launcher, those of the Procfile, PostgreSQL and its backends."""
        return _all_processes(self.process.pid, self.var_dir)

    def visits(self) -> list[dict[str, object]]:
        """What stands in the MIS, holds left out."""
        return [row for row in self.all_visits() if row["status"] in (1, 2)]

    def all_visits(self) -> list[dict[str, object]]:
        """The same with what was cancelled and what is over; places on the wait list are no visits."""
        rows: list[dict[str, object]] = httpx.get(f"{self.sandbox}/sandbox/visits", timeout=10).json()
        return [row for row in rows if row["state"] != "wait_list"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_system(
    var_dir: Path, start_seconds: float = START_SECONDS, mis_path: str = "umc/hs/bwi", **environment: str
) -> Iterator[System]:
    """Start `tools.launch`, wait for its «ready» line, stop it by SIGTERM and see that nothing is left.

    It runs on its own database and sandbox, whatever a developer's environment or .env names; the sandbox is
    spoken to at `mis_path`, and `environment` changes anything else. Raises `NotReady`; at the end
    `LeftRunning`.
    """
    ports = {name: free_port() for name in ("DESK", "RASA", "ACTIONS", "SANDBOX")}
    host = "http://127.0.0.1"
    sandbox = f"{host}:{ports['SANDBOX']}"
    own = {
        **{f"{name}_PORT": str(port) for name, port in ports.items()},
        "DATABASE_URL": "",
        "SANDBOX_DATABASE_URL": "",
        "MIS_URL": f"{sandbox}/{mis_path}",
        "REFERENCE_URL": f"{sandbox}/reference",
        "VAR_DIR": str(var_dir),
        "PYTHONUNBUFFERED": "1",
    }
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.launch"],
        cwd=ROOT,
        env={**os.environ, **own, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: queue.Queue[str | None] = queue.Queue()
    printed: list[str] = []
    reader = threading.Thread(target=_read, args=(process, lines, printed), daemon=True)
    reader.start()
    try:
        _wait_ready(lines, printed, started + start_seconds)
        yield System(
            desk=f"{host}:{ports['DESK']}",
            sandbox=sandbox,
            rasa=f"{host}:{ports['RASA']}",
            actions=f"{host}:{ports['ACTIONS']}",
            var_dir=var_dir,
            process=process,
            ready_seconds=time.monotonic() - started,
            printed=printed,
        )
    finally:
        stop(process, var_dir)
        reader.join(STOP_SECONDS)


def stop(process: subprocess.Popen[str], var_dir: Path) -> None:
    """SIGTERM to the launcher; whatever it started must be gone, or is killed: `LeftRunning`."""
    if process.poll() is not None:
        return
    started = _all_processes(process.pid, var_dir)
    process.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(STOP_SECONDS)
    _, alive = psutil.wait_procs(started, timeout=0 if process.poll() is None else STOP_SECONDS)
    for each in alive:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    if alive:
        process.wait(STOP_SECONDS)
        raise LeftRunning(f"left running: {[each.pid for each in alive]}")


def _all_processes(launcher_pid: int, var_dir: Path) -> list[psutil.Process]:
    roots = [launcher_pid]
    # PostgreSQL detaches itself from the launcher; its first line of this file is its process.
    with suppress(FileNotFoundError, ValueError, IndexError):
        roots.append(int((var_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0]))
    found: dict[int, psutil.Process] = {}
    for pid in roots:
        with suppress(psutil.NoSuchProcess):
            root = psutil.Process(pid)
            found.update({each.pid: each for each in (root, *root.children(recursive=True))})
    return list(found.values())


def _read(process: subprocess.Popen[str], lines: queue.Queue[str | None], printed: list[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        printed.append(line.rstrip())
        lines.put(line.rstrip())
    lines.put(None)


def _wait_ready(lines: queue.Queue[str | None], printed: list[str], deadline: float) -> None:
    while True:
        try:
            line = lines.get(timeout=max(deadline - time.monotonic(), 0.1))
        except queue.Empty:
            raise NotReady("\n".join(("the system is not ready in time; it printed:", *printed))) from None
        if line is None:
            raise NotReady("\n".join(("the system stopped; it printed:", *printed)))
        if "ready: http" in line:
            return
