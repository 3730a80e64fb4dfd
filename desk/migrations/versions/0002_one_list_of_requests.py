"""Requests for a person move into the clinic's list: whoever looks there sees all of them."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("""
        INSERT INTO clinic.request
            (kind, topic, conversation_id, request_key, priority, state, created_at)
        SELECT CASE kind WHEN 'red_flag' THEN 'emergency' ELSE 'operator' END,
               r.reason, c.rasa_sender, 'desk-request:' || r.id,
               CASE kind WHEN 'red_flag' THEN 2 ELSE 0 END,
               CASE r.state WHEN 'closed' THEN 'closed' ELSE 'open' END, r.created_at
          FROM desk.request r JOIN desk.conversation c ON c.id = r.conversation_id
        ON CONFLICT (request_key) DO NOTHING
    """)
    op.execute("DROP TABLE desk.request")
