"""What the desk puts before people: requests that nobody has closed, and the conversations of one phone."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION clinic.open_requests() RETURNS TABLE (
            id bigint, kind text, conversation_id text, patient_name text, phone text, topic text,
            summary text, details jsonb, priority smallint, created_at timestamptz,
            callback_from timestamptz, callback_until timestamptz
        ) LANGUAGE sql STABLE AS $$
            SELECT r.id, r.kind, r.conversation_id, r.patient_name, r.phone, r.topic, r.summary, r.details,
                   r.priority, r.created_at, (r.details #>> '{callback,from}')::timestamptz,
                   (r.details #>> '{callback,to}')::timestamptz
              FROM clinic.request r WHERE r.state = 'open'
        $$
    """)
    op.execute("CREATE INDEX request_phone ON clinic.request (phone) WHERE phone <> ''")
    op.execute("""
        CREATE FUNCTION clinic.conversations_of(phone text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
            SELECT r.conversation_id FROM clinic.request r WHERE r.phone = $1 AND $1 <> ''
             UNION SELECT b.conversation_id FROM clinic.booking b WHERE b.phone = $1 AND $1 <> ''
        $$
    """)


def downgrade() -> None:
    op.execute("DROP FUNCTION clinic.conversations_of")
    op.execute("DROP INDEX clinic.request_phone")
    op.execute("DROP FUNCTION clinic.open_requests")
