"""Conversations, their inbox, history, buttons and requests for a person."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE desk.conversation (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    channel text NOT NULL,
    external_id text NOT NULL,
    rasa_sender text NOT NULL UNIQUE,
    last_seq bigint NOT NULL DEFAULT 0,
    live_seq bigint,
    live_notice_seq bigint,
    priority smallint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_patient_at timestamptz,
    UNIQUE (channel, external_id)
);
COMMENT ON COLUMN desk.conversation.live_seq IS 'the bot message whose buttons still count';
COMMENT ON COLUMN desk.conversation.live_notice_seq IS 'the notice whose buttons still count';

CREATE TABLE desk.inbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES desk.conversation ON DELETE CASCADE,
    external_id text NOT NULL,
    seq bigint NOT NULL,
    text text NOT NULL,
    payload jsonb,
    button_token text,
    red_flag text,
    idle_seconds double precision NOT NULL DEFAULT 0,
    state text NOT NULL CHECK (state IN ('received', 'running', 'done', 'failed')),
    attempt integer NOT NULL DEFAULT 0,
    turn_id uuid NOT NULL DEFAULT gen_random_uuid(),
    failure text,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    waited_at timestamptz,
    late_at timestamptz,
    finished_at timestamptz,
    replied_at timestamptz,
    UNIQUE (conversation_id, external_id)
);
CREATE INDEX inbox_open ON desk.inbox (conversation_id, id) WHERE state IN ('received', 'running');
CREATE INDEX inbox_failed ON desk.inbox (conversation_id, id) WHERE state = 'failed';

CREATE TABLE desk.message (
    conversation_id uuid NOT NULL REFERENCES desk.conversation ON DELETE CASCADE,
    seq bigint NOT NULL,
    inbox_id bigint,
    author text NOT NULL CHECK (author IN ('patient', 'bot', 'notice')),
    kind text NOT NULL,
    text text NOT NULL,
    buttons jsonb NOT NULL DEFAULT '[]',
    extra jsonb,
    client_msg_id text,
    status text NOT NULL DEFAULT 'stored' CHECK (status IN ('stored', 'delivered')),
    ts timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (conversation_id, seq)
);
CREATE INDEX message_of_turn ON desk.message (inbox_id);

CREATE TABLE desk.button (
    token text PRIMARY KEY,
    conversation_id uuid NOT NULL,
    seq bigint NOT NULL,
    payload jsonb NOT NULL,
    title text NOT NULL,
    used_at timestamptz,
    used_by bigint REFERENCES desk.inbox ON DELETE SET NULL,
    FOREIGN KEY (conversation_id, seq) REFERENCES desk.message ON DELETE CASCADE
);
CREATE INDEX button_of_message ON desk.button (conversation_id, seq);

CREATE TABLE desk.request (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES desk.conversation ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('red_flag', 'person')),
    reason text NOT NULL,
    inbox_id bigint,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'taken', 'closed')),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX request_open ON desk.request (created_at) WHERE state = 'open';
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute("DROP TABLE desk.request, desk.button, desk.message, desk.inbox, desk.conversation")
