"""Who has a conversation: the owner with its version, every change as an event, what people were told."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"

OWNER = """
ALTER TABLE desk.conversation
    ADD COLUMN owner_kind text NOT NULL DEFAULT 'bot'
        CHECK (owner_kind IN ('bot', 'queue', 'operator', 'closed')),
    ADD COLUMN operator_id bigint,
    ADD COLUMN version bigint NOT NULL DEFAULT 0,
    ADD COLUMN reason text NOT NULL DEFAULT '',
    ADD COLUMN topic text NOT NULL DEFAULT '',
    ADD COLUMN queued_at timestamptz,
    ADD COLUMN returned_at timestamptz,
    ADD COLUMN assigned_at timestamptz,
    ADD COLUMN accepted_at timestamptz,
    ADD COLUMN first_reply_at timestamptz,
    ADD COLUMN waiting_since timestamptz,
    ADD COLUMN last_operator_at timestamptz,
    ADD COLUMN snoozed_until timestamptz,
    ADD COLUMN closed_at timestamptz,
    ADD COLUMN reset_pending boolean NOT NULL DEFAULT false,
    ADD COLUMN seen_request bigint NOT NULL DEFAULT 0,
    ADD COLUMN awaits_phone bigint,
    ADD CONSTRAINT operator_if_owner CHECK ((owner_kind = 'operator') = (operator_id IS NOT NULL));
-- The scale of clinic.request: 0 in turn, 1 before the others, 2 at once.
UPDATE desk.conversation SET priority = 2 WHERE priority = 1;
UPDATE desk.conversation c SET seen_request =
    COALESCE((SELECT max(r.id) FROM clinic.request r WHERE r.conversation_id = c.rasa_sender), 0);
COMMENT ON COLUMN desk.conversation.queued_at IS 'when people were called; kept while it is theirs';
COMMENT ON COLUMN desk.conversation.returned_at IS 'when it came back to the queue: it stands at the head';
COMMENT ON COLUMN desk.conversation.accepted_at IS 'null while what was assigned is not taken up';
COMMENT ON COLUMN desk.conversation.waiting_since IS 'the first patient message that no person has answered';
COMMENT ON COLUMN desk.conversation.reset_pending IS 'the dialogue begins anew with its next turn';
COMMENT ON COLUMN desk.conversation.seen_request IS 'the newest clinic.request that was looked at';
COMMENT ON COLUMN desk.conversation.awaits_phone IS 'the clinic.request that a phone number is asked for';
CREATE INDEX conversation_queue ON desk.conversation (priority DESC, queued_at) WHERE owner_kind = 'queue';
CREATE INDEX conversation_operator ON desk.conversation (operator_id) WHERE owner_kind = 'operator';
"""

EVENTS = """
CREATE TABLE desk.conversation_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES desk.conversation,
    version bigint NOT NULL,
    kind text NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('patient', 'bot', 'operator', 'service')),
    actor_id bigint,
    reason text NOT NULL DEFAULT '',
    from_owner text,
    from_operator bigint,
    to_owner text,
    to_operator bigint,
    data jsonb NOT NULL DEFAULT '{}',
    ts timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE desk.conversation_event IS
    'append-only; the only source of figures; to_owner is set for changes of owner; holds no personal data';
CREATE UNIQUE INDEX event_of_change ON desk.conversation_event (conversation_id, version)
    WHERE to_owner IS NOT NULL;
CREATE INDEX event_of_conversation ON desk.conversation_event (conversation_id, id);
CREATE INDEX event_by_time ON desk.conversation_event (ts);

CREATE FUNCTION desk.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'desk.% is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desk.conversation_event
    FOR EACH STATEMENT EXECUTE FUNCTION desk.refuse_change();

CREATE FUNCTION desk.check_owner_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> OLD.version + 1 THEN
        RAISE EXCEPTION 'an owner changes together with the version';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM desk.conversation_event
                    WHERE conversation_id = NEW.id AND version = NEW.version
                      AND to_owner = NEW.owner_kind AND to_operator IS NOT DISTINCT FROM NEW.operator_id) THEN
        RAISE EXCEPTION 'an owner changes together with an event';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER owner_change AFTER UPDATE ON desk.conversation
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.owner_kind <> NEW.owner_kind OR OLD.operator_id IS DISTINCT FROM NEW.operator_id
          OR OLD.version <> NEW.version)
    EXECUTE FUNCTION desk.check_owner_change();

INSERT INTO desk.conversation_event (conversation_id, version, kind, actor_kind, to_owner, ts)
    SELECT id, 0, 'opened', 'patient', 'bot', created_at FROM desk.conversation ORDER BY created_at;
"""

AROUND = """
CREATE TABLE desk.handoff (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES desk.conversation ON DELETE CASCADE,
    version bigint NOT NULL,
    reason text NOT NULL,
    priority smallint NOT NULL,
    topic text NOT NULL,
    summary text NOT NULL,
    slots jsonb NOT NULL,
    understood jsonb NOT NULL,
    transcript jsonb NOT NULL,
    visits jsonb NOT NULL,
    request_ids bigint[] NOT NULL,
    position integer,
    promised_seconds integer,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    promise_broken_at timestamptz,
    UNIQUE (conversation_id, version)
);
COMMENT ON TABLE desk.handoff IS
    'what a person gets to know with a conversation, and what the patient was promised';

CREATE TABLE desk.note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES desk.conversation ON DELETE CASCADE,
    kind text NOT NULL CHECK (kind IN ('note', 'transfer', 'return', 'close', 'unsent')),
    operator_id bigint,
    author_name text NOT NULL DEFAULT '',
    text text NOT NULL,
    ts timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE desk.note IS 'what patients never see; unsent is what the bot said too late to be sent';
CREATE INDEX note_of_conversation ON desk.note (conversation_id, id);

ALTER TABLE desk.message DROP CONSTRAINT message_author_check;
ALTER TABLE desk.message
    ADD CONSTRAINT message_author_check CHECK (author IN ('patient', 'bot', 'notice', 'operator')),
    ADD COLUMN operator_id bigint,
    ADD COLUMN author_name text;
CREATE UNIQUE INDEX message_of_operator ON desk.message (conversation_id, client_msg_id)
    WHERE author = 'operator';
"""


def upgrade() -> None:
    op.execute(OWNER)
    op.execute(EVENTS)
    op.execute(AROUND)
