"""A message remembers the mark of the address it came from: codes by SMS are limited by it."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("ALTER TABLE desk.inbox ADD COLUMN address_mark text")
