"""Alembic's entry: runs on the connection that `desk.migrate` hands over."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="alembic_version",
    version_table_schema="desk",
)
with context.begin_transaction():
    context.run_migrations()
