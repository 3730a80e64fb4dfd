"""Alembic's entry: runs on the connection that `clinic.database.migrate` hands over."""

from __future__ import annotations

from alembic import context

from clinic.database import SCHEMA
from clinic.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table_schema=SCHEMA,
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
