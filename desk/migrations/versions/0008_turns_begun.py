"""A message remembers whether an earlier attempt at it may have done something."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("ALTER TABLE desk.inbox ADD COLUMN may_be_begun boolean NOT NULL DEFAULT false")
    op.execute(
        "COMMENT ON COLUMN desk.inbox.may_be_begun IS"
        " 'wanted again after a turn of which nobody can tell what it did'"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE desk.inbox DROP COLUMN may_be_begun")
