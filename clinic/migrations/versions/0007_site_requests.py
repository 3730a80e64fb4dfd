"""Requests from the form of the site: stored with the consent that they came with."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION clinic.store_site_request(
            conversation text, patient_name text, phone text, summary text, key text, priority smallint,
            consent_version text
        ) RETURNS bigint LANGUAGE sql AS $$
            INSERT INTO clinic.consent (conversation_id, document, version, given_at)
            VALUES ($1, 'personal_data', $7, clock_timestamp()) ON CONFLICT DO NOTHING;
            INSERT INTO clinic.request
                (kind, conversation_id, patient_name, phone, summary, request_key, priority, created_at)
            VALUES ('callback', $1, $2, $3, $4, $5, $6, clock_timestamp())
            RETURNING id
        $$
    """)


def downgrade() -> None:
    op.execute("DROP FUNCTION clinic.store_site_request")
