"""A conversation for a request that was left in a chat knows the chat."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE desk.conversation ADD COLUMN origin uuid REFERENCES desk.conversation ON DELETE SET NULL"
    )
    op.execute("CREATE INDEX conversation_origin ON desk.conversation (origin) WHERE origin IS NOT NULL")
    op.execute(
        "COMMENT ON COLUMN desk.conversation.origin IS 'the chat in which the request was left for people'"
    )


def downgrade() -> None:
    op.execute("DROP INDEX desk.conversation_origin")
    op.execute("ALTER TABLE desk.conversation DROP COLUMN origin")
