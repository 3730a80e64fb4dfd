"""The launcher refuses plainly what it cannot start, and never leaves half a system behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tools.bootstrap import ROOT
from tools.launch import LaunchSettings, _environment
from tools.running import free_port

PATIENCE = 120
PORTS = ("DESK_PORT", "RASA_PORT", "ACTIONS_PORT", "SANDBOX_PORT")


@contextmanager
def launched(var_dir: Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """The launcher with free ports; killed at the end if a test has failed to stop it."""
    ports = {name: str(free_port()) for name in PORTS}
    own = {**os.environ, **ports, "DATABASE_URL": "", "SANDBOX_DATABASE_URL": "", "VAR_DIR": str(var_dir)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.launch"],
        cwd=ROOT,
        env={**own, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        for left in _tree(process.pid, var_dir):
            left.kill()
        process.wait(PATIENCE)


def _tree(pid: int, var_dir: Path) -> list[psutil.Process]:
    """The launcher, its children, and the PostgreSQL of `var_dir`."""
    found = []
    for root in (pid, _postmaster(var_dir)):
        if root is not None and psutil.pid_exists(root):
            process = psutil.Process(root)
            found += [*process.children(recursive=True), process]
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


def _postmaster(var_dir: Path) -> int | None:
    try:
        return int((var_dir / "postgres/postmaster.pid").read_text().split()[0])
    except (FileNotFoundError, IndexError):
        return None


def refused(process: subprocess.Popen[str]) -> list[str]:
    """What a launcher printed that must end by itself with an error."""
    printed, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode not in (0, None)
    return printed.splitlines()


@pytest.mark.parametrize("key", PORTS)
def test_a_taken_port_is_one_clear_line(key: str, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with launched(tmp_path, **{key: str(port)}) as process:
            (line,) = refused(process)
            assert _tree(process.pid, tmp_path) == []
    assert line.startswith("maria: ") and str(port) in line and key in line
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize("value", ["eighty", "0", "70000", ""])
def test_a_malformed_port_is_named(value: str, tmp_path: Path) -> None:
    with launched(tmp_path, DESK_PORT=value) as process:
        (line,) = refused(process)
    assert line.startswith("maria: DESK_PORT: ")
    assert ".env.example" in line
    assert not (tmp_path / "postgres").exists()


def test_one_database_without_the_other_is_refused(tmp_path: Path) -> None:
    with launched(tmp_path, DATABASE_URL="postgresql://nobody@/maria?host=/nowhere") as process:
        (line,) = refused(process)
    assert "SANDBOX_DATABASE_URL" in line


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("PostgreSQL", id="while PostgreSQL starts"),
        pytest.param("first child", id="while the processes start"),
        pytest.param("sandbox is ready", id="when half of them are ready"),
    ],
)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
@pytest.mark.system
def test_a_stop_during_the_start_leaves_nothing(
    moment: str, number: signal.Signals, tmp_path_factory: pytest.TempPathFactory
) -> None:
    var_dir = tmp_path_factory.mktemp("start")
    with launched(var_dir) as process:
        printed = _read_until(process, moment if moment != "first child" else "PostgreSQL")
        if moment == "first child":
            _until(lambda: (var_dir / "log").is_dir() and any((var_dir / "log").iterdir()))
        ours = _tree(process.pid, var_dir)
        process.send_signal(number)
        rest, _ = process.communicate(timeout=PATIENCE)
        _, alive = psutil.wait_procs([one for one in ours if one.pid != process.pid], PATIENCE)
        left = _tree(process.pid, var_dir)
    assert process.returncode == 0, printed + rest
    assert alive == [] and left == []
    assert "Traceback" not in printed + rest
    assert "ready: http" not in printed + rest


def _read_until(process: subprocess.Popen[str], part: str) -> str:
    """What is printed up to the first line with `part`."""
    assert process.stdout is not None
    giving_up = threading.Timer(PATIENCE, process.kill)
    giving_up.start()
    try:
        printed = ""
        for line in process.stdout:
            printed += line
            if part in line:
                return printed
        raise AssertionError(f"«{part}» was never printed, but:\n{printed}")
    finally:
        giving_up.cancel()


def _until(condition: object) -> None:
    pause = threading.Event()
    for _ in range(PATIENCE * 50):
        if condition():  # type: ignore[operator]
            return
        pause.wait(0.02)
    raise AssertionError("it never came")


def test_the_processes_see_what_stands_in_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for key in ("CHANNEL_SECRET", "PUBLIC_URL", "LOG_LEVEL", "ACTIONS_URL", "SECRET_KEY"):
        monkeypatch.delenv(key, raising=False)
    (tmp_path / "endpoints.yml").write_text("action_endpoint: {url: nowhere}\n")
    (tmp_path / ".env").write_text(
        "CHANNEL_SECRET=whisper\nPUBLIC_URL=https://clinic.example\nLOG_LEVEL=DEBUG\n"
    )
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    settings = LaunchSettings(var_dir=tmp_path, actions_port=5999)
    made = _environment(settings, {"maria": "postgresql://a", "sandbox": "postgresql://b"})
    assert (made["CHANNEL_SECRET"], made["PUBLIC_URL"]) == ("whisper", "https://clinic.example")
    assert made["LOG_LEVEL"] == "ERROR"
    assert len(made["SECRET_KEY"]) > 20
    assert "http://127.0.0.1:5999/webhook" in (tmp_path / "endpoints.yml").read_text()


@pytest.mark.system
def test_a_process_that_dies_at_the_start_is_named(tmp_path_factory: pytest.TempPathFactory) -> None:
    var_dir = tmp_path_factory.mktemp("dies")
    with launched(var_dir, MIS_CONFIG="/nowhere/mis.yml") as process:
        printed = refused(process)
        assert _tree(process.pid, var_dir) == []
    (line,) = [line for line in printed if line.startswith("maria: ") and "stopped" in line]
    assert line.startswith(("maria: actions stopped", "maria: desk stopped"))
    assert any("/nowhere/mis.yml" in line for line in printed)
