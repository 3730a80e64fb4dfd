"""The connection to PostgreSQL and the schema `clinic` in it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, text

SCHEMA = "clinic"
_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = "clinic.migrate"


def sqlalchemy_url(url: str) -> str:
    """The libpq address `postgresql://…` in the form that makes SQLAlchemy use psycopg 3."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise ValueError("DATABASE_URL must look like postgresql://user@host/database")
    return f"postgresql+psycopg://{rest}"


def open_engine(
    url: str, *, pool_size: int = 5, max_overflow: int = 35, statement_timeout_ms: int = 5000
) -> Engine:
    """An engine with a small pool that notices dead connections and never waits for ever.

    A booking keeps one connection while the MIS answers, so `pool_size + max_overflow` is the number of
    bookings that run at the same moment; more wait a few seconds, less than a patient's turn.
    """
    return create_engine(
        sqlalchemy_url(url),
        pool_pre_ping=True,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=4,
        # Errors quote the parameters of their statement, and ours are patients' names and phones.
        hide_parameters=True,
        connect_args={
            "connect_timeout": 3,
            "options": f"-c statement_timeout={statement_timeout_ms} -c timezone=UTC",
            "application_name": "clinic",
        },
    )


def migrate(url: str) -> None:
    """Bring the schema up to date; safe when several processes start together."""
    engine = open_engine(url, pool_size=1, max_overflow=0, statement_timeout_ms=60_000)
    try:
        with engine.connect() as connection:
            connection.execute(
                text("SELECT pg_advisory_lock(hashtextextended(:name, 0))"), {"name": _MIGRATION_LOCK}
            )
            try:
                connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
                connection.commit()
                config = Config()
                config.set_main_option("script_location", str(_MIGRATIONS))
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
            finally:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock_all()"))
                connection.commit()
    finally:
        engine.dispose()
