"""What the product takes: memory, bytes to load, seconds to train."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil

from bench.figures import Figure, NotMeasured, at_most
from tools.bootstrap import RASA, ROOT
from tools.build import WEB_DIST, rasa_environment
from tools.running import System

MEMORY_GB = 3.0
WIDGET_KB = 45.0
START_SECONDS = 40.0
TRAINING_SECONDS = 180.0
_TRAINING_PATIENCE = 900
_GB = 1024**3
_READY = re.compile(r"(\w+) is ready \((\d+) s\)")


def memory(system: System) -> list[Figure]:
    """All processes, PostgreSQL's backends included; pages they share are counted once (PSS)."""
    shared_once = alone = 0
    count = 0
    for process in system.processes():
        with suppress(psutil.NoSuchProcess):
            try:
                taken = process.memory_full_info()
            except psutil.AccessDenied as error:
                raise NotMeasured(f"the memory of process {error.pid} may not be read") from error
            alone += taken.rss
            # Where the system does not tell PSS, RSS counts shared pages several times.
            shared_once += getattr(taken, "pss", taken.rss)
            count += 1
    note = f"{count} processes, RSS {alone / _GB:.2f}"
    return [at_most("memory of all processes, PSS", shared_once / _GB, MEMORY_GB, "GB", note)]


def widget() -> list[Figure]:
    """The one file that a site loads to show the chat."""
    path = WEB_DIST / "maria-chat.js"
    try:
        code = path.read_bytes()
    except FileNotFoundError:
        raise NotMeasured(f"{path.relative_to(ROOT)} is not built: make build") from None
    packed = len(gzip.compress(code, 9)) / 1024
    return [at_most("web widget, gzip", packed, WIDGET_KB, "KB", f"{len(code) / 1024:.0f} KB unpacked")]


def second_start(system: System) -> list[Figure]:
    """Of a system whose database exists already; the note tells when each process was ready."""
    note = ", ".join(f"{name} {seconds}" for name, seconds in _READY.findall("\n".join(system.printed)))
    return [at_most("second start until ready", system.ready_seconds, START_SECONDS, "s", note)]


def training() -> list[Figure]:
    """A whole training, nothing taken from the cache of earlier ones."""
    with tempfile.TemporaryDirectory(prefix="maria-bench-") as folder:
        rasa = os.fspath(RASA / "bin/rasa")
        command = [rasa, "train", "--force", "--fixed-model-name", "bench", "--out", folder]
        environment = {**rasa_environment(), "RASA_CACHE_DIRECTORY": os.fspath(Path(folder) / "cache")}
        started = time.perf_counter()
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=environment,
                capture_output=True,
                timeout=_TRAINING_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise NotMeasured(f"training takes more than {_TRAINING_PATIENCE} s") from None
        took = time.perf_counter() - started
        if done.returncode != 0 or not (Path(folder) / "bench.tar.gz").exists():
            raise NotMeasured(f"`rasa train` ended with {done.returncode}")
    return [at_most("training", took, TRAINING_SECONDS, "s")]
