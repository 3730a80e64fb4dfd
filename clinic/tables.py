"""Tables of the schema `clinic`. The migrations make them; a test keeps both equal."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from clinic.database import SCHEMA

metadata = sa.MetaData(schema=SCHEMA)

LIVE_STATES = ("planned", "held", "sent", "unknown", "confirmed", "cancelling")
STATES = (*LIVE_STATES, "refused", "absent", "released", "expired", "cancelled", "moved")
ACTORS = ("patient", "recovery", "clinic", "unknown")
OUTCOMES = (
    *("booked", "absent", "unclear", "cancelled", "not_cancelled", "cancel_unclear", "clash"),
    "cancelled_by_clinic",
)
REQUEST_KINDS = (
    "operator",
    "callback",
    "wait_list",
    "check",
    "complaint",
    "privacy",
    "emergency",
    "insurance",
    "home_visit",
    "results",
    "other",
)


def _moment(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


_LIVE = sa.text(f"state IN {LIVE_STATES!r}")

booking = sa.Table(
    "booking",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(start=10001), primary_key=True),
    sa.Column("request_key", sa.Text, nullable=False, unique=True),
    sa.Column("calendar_token", sa.Text, nullable=False, unique=True),
    sa.Column("conversation_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("branch_id", sa.Text, nullable=False),
    sa.Column("doctor_id", sa.Text, nullable=False),
    _moment("start", nullable=False),
    sa.Column("length", sa.Interval, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("service_ids", ARRAY(sa.Text), nullable=False),
    sa.Column("hold_id", sa.Text),
    _moment("held_at"),
    _moment("expires_at"),
    _moment("hold_released_at"),
    sa.Column("patient_key", sa.Text),
    sa.Column("surname", sa.Text),
    sa.Column("given", sa.Text),
    sa.Column("patronymic", sa.Text),
    sa.Column("phone", sa.Text),
    sa.Column("birth_date", sa.Date),
    sa.Column("consent_version", sa.Text),
    sa.Column("comment", sa.Text, nullable=False, server_default=""),
    _moment("sent_at"),
    sa.Column("visit_id", sa.Text),
    sa.Column("visit_status", sa.SmallInteger),
    sa.Column("reason", sa.Text),
    sa.Column("outcome", sa.Text),
    _moment("settled_at"),
    _moment("telling_since"),
    _moment("told_at"),
    _moment("created_at", nullable=False),
    _moment("updated_at", nullable=False),
    sa.Column("replaces", sa.BigInteger, sa.ForeignKey("clinic.booking.id")),
    sa.Column("replaced_by", sa.BigInteger, sa.ForeignKey("clinic.booking.id")),
    sa.Column("cancel_key", sa.Text),
    sa.Column("cancel_conversation_id", sa.Text),
    _moment("cancel_asked_at"),
    sa.Column("cancelled_by", sa.Text),
    sa.Column("cancel_reason", sa.Text),
    _moment("clash_checked_at"),
    _moment("clash_at"),
    sa.CheckConstraint(f"state IN {STATES!r}", name="booking_state"),
    sa.CheckConstraint(f"outcome IN {OUTCOMES!r}", name="booking_outcome"),
    sa.CheckConstraint("cancelled_by IN ('patient', 'clinic')", name="booking_cancelled_by"),
)
sa.Index(
    "booking_live_slot",
    booking.c.doctor_id,
    booking.c.branch_id,
    booking.c.start,
    unique=True,
    postgresql_where=_LIVE,
)
sa.Index(
    "booking_live_patient",
    booking.c.patient_key,
    booking.c.doctor_id,
    booking.c.start,
    unique=True,
    postgresql_where=_LIVE,
)
sa.Index("booking_live_move", booking.c.replaces, unique=True, postgresql_where=_LIVE)
sa.Index("booking_phone", booking.c.phone, booking.c.start)
sa.Index("booking_patient", booking.c.patient_key)
sa.Index("booking_conversation", booking.c.conversation_id)
sa.Index("booking_unfinished", booking.c.state, booking.c.updated_at)

booking_event = sa.Table(
    "booking_event",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("booking_id", sa.BigInteger, sa.ForeignKey(booking.c.id), nullable=False, index=True),
    _moment("at", nullable=False),
    sa.Column("from_state", sa.Text),
    sa.Column("to_state", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.CheckConstraint(f"actor IN {ACTORS!r}", name="booking_event_actor"),
)

request = sa.Table(
    "request",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(start=5001), primary_key=True),
    sa.Column("request_key", sa.Text, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("conversation_id", sa.Text, nullable=False, index=True),
    sa.Column("patient_name", sa.Text, nullable=False, server_default=""),
    sa.Column("phone", sa.Text, nullable=False, server_default=""),
    sa.Column("birth_date", sa.Date),
    sa.Column("summary", sa.Text, nullable=False, server_default=""),
    sa.Column("details", JSONB, nullable=False, server_default="{}"),
    _moment("created_at", nullable=False),
    sa.Column("topic", sa.Text, nullable=False, server_default=""),
    sa.Column("transcript", JSONB, nullable=False, server_default="[]"),
    sa.Column("priority", sa.SmallInteger, nullable=False, server_default="0"),
    _moment("updated_at"),
    sa.CheckConstraint(f"kind IN {REQUEST_KINDS!r}", name="request_kind"),
    sa.CheckConstraint("state IN ('open', 'closed')", name="request_state"),
)

sa.Index(
    "request_open",
    request.c.priority.desc(),
    request.c.id,
    postgresql_where=sa.text("state = 'open'"),
)

wait_entry = sa.Table(
    "wait_entry",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(start=7001), primary_key=True),
    sa.Column("request_key", sa.Text, nullable=False, unique=True),
    sa.Column("conversation_id", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("specialty", sa.Text),
    sa.Column("doctor_ids", ARRAY(sa.Text), nullable=False),
    sa.Column("service_ids", ARRAY(sa.Text), nullable=False),
    sa.Column("child", sa.Boolean, nullable=False),
    sa.Column("region", sa.Text),
    sa.Column("branch_ids", ARRAY(sa.Text), nullable=False),
    sa.Column("wish", JSONB, nullable=False),
    sa.Column("first_day", sa.Date),
    sa.Column("last_day", sa.Date),
    _moment("earlier_than"),
    sa.Column("patient_name", sa.Text, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("birth_date", sa.Date),
    _moment("created_at", nullable=False),
    _moment("ended_at"),
    sa.Column("mis_branch", sa.Text),
    sa.Column("mis_id", sa.Text),
    sa.CheckConstraint(
        "state IN ('waiting', 'offered', 'booked', 'left', 'expired')", name="wait_entry_state"
    ),
    sa.CheckConstraint(
        "specialty IS NOT NULL OR cardinality(service_ids) + cardinality(doctor_ids) > 0",
        name="wait_entry_what",
    ),
)
sa.Index("wait_entry_conversation", wait_entry.c.conversation_id)
sa.Index("wait_entry_waiting", wait_entry.c.last_day, postgresql_where=sa.text("state = 'waiting'"))

consent = sa.Table(
    "consent",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("conversation_id", sa.Text, nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    _moment("given_at", nullable=False),
    sa.UniqueConstraint("conversation_id", "document", "version", name="consent_once"),
)

identity_code = sa.Table(
    "identity_code",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("conversation_id", sa.Text, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("salt", sa.LargeBinary, nullable=False),
    sa.Column("code_hash", sa.LargeBinary, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
    _moment("sent_at", nullable=False),
    _moment("expires_at", nullable=False),
    sa.CheckConstraint("state IN ('sent', 'failed', 'used')", name="identity_code_state"),
)
sa.Index("identity_code_conversation_id", identity_code.c.conversation_id, identity_code.c.sent_at)
sa.Index("identity_code_phone", identity_code.c.phone, identity_code.c.sent_at)
sa.Index("identity_code_address", identity_code.c.address, identity_code.c.sent_at)

identity_proof = sa.Table(
    "identity_proof",
    metadata,
    sa.Column("conversation_id", sa.Text, primary_key=True),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    _moment("proved_at", nullable=False),
    _moment("expires_at", nullable=False),
)
sa.Index("identity_proof_phone", identity_proof.c.phone)
