"""Pictures that patients send in the chat."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"

TABLE = """
CREATE TABLE desk.picture (
    id uuid PRIMARY KEY,
    conversation_id uuid NOT NULL,
    seq bigint NOT NULL,
    content bytea NOT NULL CHECK (octet_length(content) <= 20971520),
    thumbnail bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (conversation_id, seq),
    FOREIGN KEY (conversation_id, seq) REFERENCES desk.message ON DELETE CASCADE
);
COMMENT ON TABLE desk.picture IS 'personal health data: JPEGs without metadata, gone with their message';
-- A JPEG does not get smaller by compressing it once more.
ALTER TABLE desk.picture ALTER content SET STORAGE EXTERNAL, ALTER thumbnail SET STORAGE EXTERNAL;
"""


def upgrade() -> None:
    op.execute(TABLE)


def downgrade() -> None:
    op.execute("DROP TABLE desk.picture")
