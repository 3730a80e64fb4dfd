"""`python -m sandbox`: the sandbox as a process of its own, on loopback."""

from __future__ import annotations

import sys

import psycopg
import uvicorn
from pydantic import ValidationError

from sandbox.app import create_app
from sandbox.data_files import DataError
from sandbox.settings import Settings
from sandbox.store import prepare_database


def main() -> int:
    """Serve until told to stop. Returns 1 after one clear line when it cannot start."""
    try:
        settings = Settings()  # type: ignore[call-arg]  # the environment gives the rest
        app = create_app(settings)
        prepare_database(settings.database_url)
    except ValidationError as error:
        for fault in error.errors():
            key = str(fault["loc"][0])
            name = f"SANDBOX_{key}".upper() if key in Settings.model_fields else key
            print(f"sandbox: {name}: {fault['msg']}", file=sys.stderr)
        return 1
    except (DataError, psycopg.Error) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=settings.port,
        log_level=settings.log_level.lower(),
        access_log=False,
        timeout_graceful_shutdown=3,
    )
    server = uvicorn.Server(config)
    server.run()
    return 0 if server.started else 1


if __name__ == "__main__":
    sys.exit(main())
