"""What the desk asks of the clinic's list inside its own transactions; the tables stay the clinic's."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE FUNCTION clinic.requests_after(conversation text, after bigint)
        RETURNS TABLE (
            id bigint, kind text, topic text, summary text, details jsonb, phone text, priority smallint
        ) LANGUAGE sql STABLE AS $$
            SELECT r.id, r.kind, r.topic, r.summary, r.details, r.phone, r.priority
              FROM clinic.request r WHERE r.conversation_id = $1 AND r.id > $2 ORDER BY r.id
        $$
    """)
    op.execute("""
        CREATE FUNCTION clinic.known_phone(conversation text) RETURNS text LANGUAGE sql STABLE AS $$
            SELECT COALESCE(
                (SELECT r.phone FROM clinic.request r
                  WHERE r.conversation_id = $1 AND r.phone <> '' ORDER BY r.id DESC LIMIT 1),
                (SELECT b.phone FROM clinic.booking b
                  WHERE b.conversation_id = $1 AND b.phone <> '' ORDER BY b.id DESC LIMIT 1),
                '')
        $$
    """)
    op.execute("""
        CREATE FUNCTION clinic.visits_of(conversation text)
        RETURNS TABLE (booking_id bigint, state text, start timestamptz) LANGUAGE sql STABLE AS $$
            SELECT b.id, b.state, b.start FROM clinic.booking b
             WHERE b.conversation_id = $1 AND b.state IN ('sent', 'unknown', 'confirmed', 'cancelling')
             ORDER BY b.start
        $$
    """)
    op.execute("""
        CREATE FUNCTION clinic.ask_callback(request bigint, phone text, window_start timestamptz,
                                            window_end timestamptz)
        RETURNS void LANGUAGE sql AS $$
            UPDATE clinic.request r
               SET phone = CASE WHEN $2 <> '' THEN $2 ELSE r.phone END,
                   details = CASE WHEN $3 IS NULL THEN r.details ELSE r.details || jsonb_build_object(
                       'callback', jsonb_build_object('from', $3, 'to', $4)) END
             WHERE r.id = $1
        $$
    """)
    op.execute("""
        CREATE FUNCTION clinic.close_requests(requests bigint[]) RETURNS void LANGUAGE sql AS $$
            UPDATE clinic.request SET state = 'closed' WHERE id = ANY($1) AND state = 'open'
        $$
    """)
