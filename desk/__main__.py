"""`python -m desk`: migrates the database and serves until SIGTERM."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from types import FrameType

import psycopg
import sqlalchemy.exc
import uvicorn
from prometheus_client import REGISTRY, start_http_server
from starlette.types import ASGIApp

from clinic.sms import SmsTextsError
from desk.app import Desk
from desk.guard import load_checker
from desk.logs import configure_logging
from desk.migrate import migrate
from desk.network import open_network_desk
from desk.settings import Settings, SettingsError, load_settings
from desk.texts import load_texts
from lang.strict_yaml import DataFileError
from mis.config import ConfigError


class _Server(uvicorn.Server):
    """Tells the desk to end its streams before it waits for what is still being answered."""

    def __init__(self, desk: Desk, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._desk = desk

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._desk.end_streams()
        super().handle_exit(sig, frame)


def server_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How the application is served; a trusted proxy tells it the caller's address."""
    return uvicorn.Config(
        app,
        host=settings.desk_host,
        port=settings.desk_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=8,
        forwarded_allow_ips=list(settings.trusted_proxies),
    )


def main() -> int:
    try:
        settings = load_settings()
        texts = load_texts(settings.catalogue_dir / "desk_texts.yml")
        checker = load_checker(settings.catalogue_dir, settings.red_flag_model)
        configure_logging(settings.log_level)
        migrate(settings.database_url)
        clinic = open_network_desk(
            settings.database_url,
            settings.catalogue_dir,
            settings.mis_config,
            texts,
            settings.public_url,
            REGISTRY,
            settings.sms(lambda: datetime.now(UTC)),
        )
        appointments = clinic.appointments(settings.secret_key, settings.consent_version)
        desk = Desk(
            settings,
            texts,
            checker,
            clinic,
            appointments=appointments,
            prices=clinic.prices(),
            codes=clinic.codes(),
        )
    except (SettingsError, DataFileError, ConfigError, SmsTextsError) as error:
        print(f"desk does not start:\n{error}", file=sys.stderr)
        return 2
    except (psycopg.Error, sqlalchemy.exc.SQLAlchemyError) as error:
        print(f"desk does not start: DATABASE_URL: {type(error).__name__}", file=sys.stderr)
        return 2
    try:
        if settings.desk_metrics_port:
            # A port of its own: the desk's is open to the whole world.
            start_http_server(settings.desk_metrics_port, "127.0.0.1", REGISTRY)
    except OSError as error:
        print(f"desk does not start: DESK_METRICS_PORT: {error.strerror}", file=sys.stderr)
        return 2
    server = _Server(desk, server_config(desk.app, settings))
    server.run()
    clinic.close()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
