"""Why each conversation was given to whom."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE desk.routing_decision (
            conversation_id uuid NOT NULL REFERENCES desk.conversation ON DELETE CASCADE,
            version bigint NOT NULL,
            operator_id bigint NOT NULL,
            because text NOT NULL,
            candidates jsonb NOT NULL,
            decided_at timestamptz NOT NULL,
            PRIMARY KEY (conversation_id, version)
        );
        COMMENT ON COLUMN desk.routing_decision.candidates IS 'how everybody stood';
    """)


def downgrade() -> None:
    op.execute("DROP TABLE desk.routing_decision")
