"""Staff: accounts, sessions, failed logins, presence, and the log that only grows."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = """
CREATE TABLE desk.staff (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login text NOT NULL UNIQUE CHECK (login = lower(login)),
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('operator', 'supervisor', 'administrator')),
    skills text[] NOT NULL DEFAULT '{}',
    cap smallint NOT NULL CHECK (cap BETWEEN 1 AND 20),
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    disabled_at timestamptz
);

CREATE TABLE desk.staff_session (
    token_hash bytea PRIMARY KEY,
    staff_id bigint NOT NULL REFERENCES desk.staff ON DELETE CASCADE,
    seen_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX staff_session_of ON desk.staff_session (staff_id);

CREATE TABLE desk.login_failure (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login text NOT NULL,
    address text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX login_failure_login ON desk.login_failure (login, at);
CREATE INDEX login_failure_address ON desk.login_failure (address, at);

CREATE TABLE desk.presence (
    staff_id bigint PRIMARY KEY REFERENCES desk.staff ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('online', 'no_new', 'break', 'offline')),
    since timestamptz NOT NULL,
    heartbeat_at timestamptz NOT NULL,
    last_assigned_at timestamptz
);
CREATE TABLE desk.presence_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    staff_id bigint NOT NULL REFERENCES desk.staff ON DELETE CASCADE,
    state text NOT NULL,
    reason text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX presence_event_of ON desk.presence_event (staff_id, at);

CREATE TABLE desk.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    staff_id bigint,
    action text NOT NULL,
    object_kind text NOT NULL DEFAULT '',
    object_id text NOT NULL DEFAULT '',
    details jsonb NOT NULL DEFAULT '{}',
    address text
);
CREATE INDEX audit_staff ON desk.audit (staff_id, id);
CREATE INDEX audit_object ON desk.audit (object_id, id);

CREATE FUNCTION desk.only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% only grows: its lines are neither changed nor deleted', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON desk.audit
    FOR EACH ROW EXECUTE FUNCTION desk.only_grows();
CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON desk.audit
    FOR EACH STATEMENT EXECUTE FUNCTION desk.only_grows();
"""


def upgrade() -> None:
    op.execute(TABLES)


def downgrade() -> None:
    op.execute(
        "DROP TABLE desk.audit, desk.presence_event, desk.presence, desk.login_failure,"
        " desk.staff_session, desk.staff"
    )
    op.execute("DROP FUNCTION desk.only_grows()")
