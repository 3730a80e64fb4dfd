"""The whole product started the way a user starts it, on free ports, for the tests that need it."""

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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 240
STOP_SECONDS = 60


class NotReady(AssertionError):
    """The system stopped or did not become ready; the message holds what it printed."""


@dataclass
class System:
    """A running system. `var_dir` holds its logs and database."""

    desk: str
    sandbox: str
    rasa: str
    actions: str
    var_dir: Path
    process: subprocess.Popen[str]
    printed: list[str]

    def log(self, name: str) -> str:
        return (self.var_dir / "log" / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def child(self, name: str) -> psutil.Process:
        """The running process of the Procfile called `name`, found by what it was started with."""
        marks = {"rasa": "bin/rasa", "desk": "desk", "actions": "actions", "sandbox": "sandbox"}
        for process in psutil.Process(self.process.pid).children(recursive=True):
            words = process.cmdline()
            if name == "rasa" and any(word.endswith(marks[name]) for word in words):
                return process
            if name != "rasa" and words[-2:] == ["-m", marks[name]]:
                return process
        raise LookupError(name)

    def visits(self) -> list[dict[str, object]]:
        """What stands in the MIS, holds left out."""
        rows = httpx.get(f"{self.sandbox}/sandbox/visits", timeout=10).json()
        return [row for row in rows if row["status"] in (1, 2)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_system(var_dir: Path, **environment: str) -> Iterator[System]:
    """Start `tools.launch`, wait for its «ready» line, stop it by SIGTERM and see that nothing is left."""
    ports = {name: free_port() for name in ("DESK", "RASA", "ACTIONS", "SANDBOX")}
    own = {f"{name}_PORT": str(port) for name, port in ports.items()}
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.launch"],
        cwd=ROOT,
        env={**os.environ, **own, "VAR_DIR": str(var_dir), "PYTHONUNBUFFERED": "1", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read, args=(process, lines), daemon=True).start()
    printed: list[str] = []
    try:
        _wait_ready(lines, printed)
        host = "http://127.0.0.1"
        yield System(
            desk=f"{host}:{ports['DESK']}",
            sandbox=f"{host}:{ports['SANDBOX']}",
            rasa=f"{host}:{ports['RASA']}",
            actions=f"{host}:{ports['ACTIONS']}",
            var_dir=var_dir,
            process=process,
            printed=printed,
        )
    finally:
        stop(process)


def stop(process: subprocess.Popen[str]) -> None:
    """SIGTERM to the launcher; whatever it started must be gone afterwards."""
    if process.poll() is not None:
        return
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGTERM)
    process.wait(STOP_SECONDS)
    _, alive = psutil.wait_procs(children, timeout=STOP_SECONDS)
    for child in alive:
        child.kill()
    assert not alive, f"left running: {[child.pid for child in alive]}"


def _read(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line.rstrip())
    lines.put(None)


def _wait_ready(lines: queue.Queue[str | None], printed: list[str]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            line = lines.get(timeout=max(deadline - time.monotonic(), 0.1))
        except queue.Empty:
            line = None
        if line is None:
            raise NotReady("\n".join(printed))
        printed.append(line)
        if "ready: http" in line:
            return
