"""Entries of the wait list that the MIS keeps too."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE clinic.wait_entry ADD COLUMN mis_branch text, ADD COLUMN mis_id text")
