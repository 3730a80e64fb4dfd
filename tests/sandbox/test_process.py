"""`python -m sandbox` as a process: clear refusals to start, a clean stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]


def start(cwd: Path, **environment: str) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox"],
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(ROOT), "CATALOGUE_DIR": str(ROOT / "data/catalogue"), **environment},
        stderr=subprocess.PIPE,
        text=True,
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({}, "SANDBOX_DATABASE_URL"),
        ({"SANDBOX_DATABASE_URL": "postgresql://x", "SANDBOX_PORT": "many"}, "SANDBOX_PORT"),
        ({"SANDBOX_DATABASE_URL": "postgresql://x", "CATALOGUE_DIR": "nowhere"}, "branches.yml"),
    ],
)
def test_it_does_not_start_without_what_it_needs(
    tmp_path: Path, environment: dict[str, str], named: str
) -> None:
    process = start(tmp_path, **environment)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said.startswith("sandbox: ")
    assert named in said
    assert "Traceback" not in said


def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, database_url: str, data_dir: Path) -> None:
    port = free_port()
    environment = {
        "SANDBOX_DATABASE_URL": database_url,
        "SANDBOX_PORT": str(port),
        "SANDBOX_DATA_DIR": str(data_dir),
        "LOG_LEVEL": "INFO",
    }
    process = start(tmp_path, **environment)
    try:
        assert process.stderr is not None
        assert any("Uvicorn running" in line for line in process.stderr)
        assert httpx.get(f"http://127.0.0.1:{port}/sandbox/ready").status_code == 200
        second = start(tmp_path, **environment)
        _, said = second.communicate(timeout=60)
        assert second.returncode != 0
        assert "address already in use" in said
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode in (0, -signal.SIGTERM)
