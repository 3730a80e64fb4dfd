"""Conversations are one patient's when the same phone was proved in them; a typed one tells nothing."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP FUNCTION clinic.conversations_of")
    op.execute("DROP INDEX clinic.request_phone")
    op.execute("CREATE INDEX identity_proof_phone ON clinic.identity_proof (phone)")
    op.execute("""
        CREATE FUNCTION clinic.proved_alike(conversation text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
            SELECT other.conversation_id FROM clinic.identity_proof this
              JOIN clinic.identity_proof other ON other.phone = this.phone
             WHERE this.conversation_id = $1
        $$
    """)


def downgrade() -> None:
    op.execute("DROP FUNCTION clinic.proved_alike")
    op.execute("DROP INDEX clinic.identity_proof_phone")
    op.execute("CREATE INDEX request_phone ON clinic.request (phone) WHERE phone <> ''")
    op.execute("""
        CREATE FUNCTION clinic.conversations_of(phone text) RETURNS SETOF text LANGUAGE sql STABLE AS $$
            SELECT r.conversation_id FROM clinic.request r WHERE r.phone = $1 AND $1 <> ''
             UNION SELECT b.conversation_id FROM clinic.booking b WHERE b.phone = $1 AND $1 <> ''
        $$
    """)
