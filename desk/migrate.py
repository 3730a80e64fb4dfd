"""Brings the desk's tables and the task queue's tables to the state this code needs."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager
from psycopg import sql
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from clinic.database import migrate as migrate_clinic

TASK_SCHEMA = "desk_tasks"
_LOCK = 0x6D61726961_01  # the same number in every desk process: they migrate one after another


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def newest_revision() -> str:
    """The revision that the code of this process needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise RuntimeError("desk/migrations/versions is empty")
    return revision


def migrate(database_url: str) -> None:
    """Creates or upgrades schemas `desk` and `desk_tasks`; processes started together take turns."""
    # The desk's requests for people stand in the clinic's list.
    migrate_clinic(database_url)
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            connection.execute(text("CREATE SCHEMA IF NOT EXISTS desk"))
            connection.commit()
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.commit()
            _create_task_tables(database_url)
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
            connection.commit()
    finally:
        engine.dispose()


def _create_task_tables(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(
            "SELECT to_regclass(%s) IS NOT NULL", (f"{TASK_SCHEMA}.procrastinate_jobs",)
        ).fetchone()
        if row and row[0]:
            return
        schema = sql.Identifier(TASK_SCHEMA)
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
        connection.execute(sql.SQL("SET search_path TO {}").format(schema))
        connection.execute(SchemaManager.get_schema())
