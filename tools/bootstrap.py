"""Make both Python environments, install the packages for Node. Standard library only: it runs before them.

Nothing is done when the lock files have not changed since the last time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / ".venv"
RASA = ROOT / ".venv-rasa"
RASA_PYTHON = (3, 10)
NODE_PACKAGES = {
    "the web packages": ROOT / "web",
    "the FHIR server of the tests": ROOT / "tests/mis/fhir_server",
}


class BootstrapError(Exception):
    """The machine lacks something; the message is one line that says what to do."""


def main() -> int:
    try:
        if sys.version_info < (3, 11):
            raise BootstrapError(
                f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}: "
                "run `make PYTHON=/path/to/python3.11 …`"
            )
        make_app_environment()
        make_rasa_environment()
        install_node_packages()
    except BootstrapError as error:
        print(f"maria: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(
            f"maria: `{Path(error.cmd[0]).name} {error.cmd[1]}` failed, see its message above",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


# Packages are compiled when installed: where Python writes no bytecode (images, some CI machines), every
# start of Rasa would otherwise compile TensorFlow anew, 15 s each time.
def make_app_environment() -> None:
    lock = ROOT / "requirements/app.lock"
    if _up_to_date(APP, lock):
        return
    with _step("installing .venv (desk, actions, sandbox, tests)"):
        if not (APP / "bin/uv").exists():
            _bootstrap_uv()
        _run(APP / "bin/uv", "pip", "sync", "-q", "--compile-bytecode", "--python", APP / "bin/python", lock)
    _mark(APP, lock)


def _bootstrap_uv() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(APP)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise BootstrapError(
            "this Python has no `venv` module: install it (on Debian: apt-get install python3-venv)"
        )
    _run(APP / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "uv")


def make_rasa_environment() -> None:
    lock = ROOT / "requirements/rasa.lock"
    if _up_to_date(RASA, lock):
        return
    python = find_rasa_python()
    with _step("installing .venv-rasa (Rasa 3.6.21 on Python 3.10)"):
        _run(APP / "bin/uv", "venv", "-q", "--clear", "--python", python, RASA)
        _run(APP / "bin/uv", "pip", "sync", "-q", "--compile-bytecode", "--python", RASA / "bin/python", lock)
    _mark(RASA, lock)


def find_rasa_python() -> str:
    """Path of a Python 3.10: $PYTHON310, python3.10 on PATH, pyenv's, or one that uv can install."""
    candidates = [os.environ.get("PYTHON310", ""), shutil.which("python3.10") or ""]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates += [str(path / "bin/python") for path in sorted(pyenv.glob("3.10.*"), reverse=True)]
    for candidate in candidates:
        if candidate and _version(candidate) == RASA_PYTHON:
            return candidate
    installed = subprocess.run(
        [APP / "bin/uv", "python", "install", "-q", "3.10"], capture_output=True, check=False
    )
    if installed.returncode == 0:
        return "3.10"
    raise BootstrapError(
        "Rasa needs Python 3.10 and none was found: install it and run `make PYTHON310=/path/to/python3.10 …`"
    )


def _version(python: str) -> tuple[int, ...] | None:
    """(major, minor) of an interpreter that answers, else None: pyenv's shims exist without answering."""
    try:
        answer = subprocess.run(
            [python, "--version"], capture_output=True, text=True, check=False, timeout=20
        )
    except OSError:
        return None
    words = (answer.stdout or answer.stderr).split()
    if answer.returncode != 0 or len(words) < 2:
        return None
    return tuple(int(part) for part in words[1].split(".")[:2])


def install_node_packages() -> None:
    for what, folder in NODE_PACKAGES.items():
        lock, modules = folder / "package-lock.json", folder / "node_modules"
        if _up_to_date(modules, lock):
            continue
        with _step(f"installing {what}"):
            npm = (APP / "bin/npm", "ci", "--no-audit", "--no-fund", "--silent")
            _run(*npm, cwd=folder, env=web_environment())
        _mark(modules, lock)


def web_environment() -> dict[str, str]:
    """Node of the Python environment first: the machine's own may be absent or too old."""
    return {**os.environ, "PATH": f"{APP / 'bin'}{os.pathsep}{os.environ['PATH']}"}


def _run(*command: object, cwd: Path = ROOT, env: dict[str, str] | None = None) -> None:
    subprocess.run([str(part) for part in command], cwd=cwd, env=env, check=True)


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _up_to_date(folder: Path, lock: Path) -> bool:
    stamp = folder / ".made-from"
    return stamp.exists() and stamp.read_text() == _digest(lock)


def _mark(folder: Path, lock: Path) -> None:
    (folder / ".made-from").write_text(_digest(lock))


class _step:
    """Says what is being done and how long it took."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        self._started = time.monotonic()
        print(f"maria: {self._what} …", flush=True)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            print(f"maria: {self._what}: {time.monotonic() - self._started:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
