"""The desk's counters are on a port of their own that only this machine reaches."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

from tests.mis.fake_umc import free_port

SECONDS = 180


def environment(database_url: str, tmp_path: Path, **own: int) -> dict[str, str]:
    ports = {"DESK_PORT": free_port(), **own}
    return {
        **os.environ,
        "ENVIRONMENT": "development",
        "DATABASE_URL": database_url,
        "WEB_DIR": str(tmp_path),
        **{name: str(port) for name, port in ports.items()},
    }


@contextmanager
def running_desk(variables: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "desk"], env=variables, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(SECONDS)


def answer(process: subprocess.Popen[bytes], url: str, log: Path) -> httpx.Response:
    """The first answer of a process that is starting."""
    pause = threading.Event()
    for _ in range(SECONDS * 5):
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            return httpx.get(url, timeout=5, trust_env=False)
        except httpx.HTTPError:
            pause.wait(0.2)
    raise AssertionError(f"nobody answers at {url}")


def test_counters_are_shown_to_this_machine_only(desk_database: str, tmp_path: Path) -> None:
    metrics = free_port()
    variables = environment(desk_database, tmp_path, DESK_METRICS_PORT=metrics)
    log = tmp_path / "desk.log"
    with running_desk(variables, log) as process:
        shown = answer(process, f"http://127.0.0.1:{metrics}/metrics", log)
        assert "maria_mis_breaker{" in shown.text
        public = answer(process, f"http://127.0.0.1:{variables['DESK_PORT']}/metrics", log)
        assert "maria_mis" not in public.text
        listening = [
            one.laddr for one in psutil.Process(process.pid).net_connections() if one.status == "LISTEN"
        ]
        assert {address.ip for address in listening if address.port == metrics} == {"127.0.0.1"}


def test_a_port_in_use_is_named(desk_database: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "-m", "desk"],
            env=environment(desk_database, tmp_path, DESK_METRICS_PORT=taken.getsockname()[1]),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 2
    assert "DESK_METRICS_PORT" in done.stderr
    assert "Traceback" not in done.stderr
