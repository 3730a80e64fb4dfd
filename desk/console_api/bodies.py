"""Bodies of the operators' window, in both directions."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from desk.console_api.reading import Row
from desk.conversations.operators import Outcome
from desk.conversations.ownership import OwnerKind

MAX_TEXT = 4000
MAX_NOTE = 2000


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Step(_Body):
    """A step with a conversation; `version` is the one that was seen."""

    version: int = Field(ge=0, lt=2**62)


class Say(_Body):
    """Words for the patient; the same `client_msg_id` again sends nothing twice."""

    text: str = Field(min_length=1, max_length=MAX_TEXT, pattern=r"^[^\x00]*$")
    client_msg_id: str = Field(min_length=8, max_length=100, pattern=r"^[\w-]+$")


class NewNote(_Body):
    text: str = Field(min_length=1, max_length=MAX_NOTE, pattern=r"^[^\x00]*$")


class Transfer(Step):
    """`to` is a colleague, or null for the head of the queue."""

    to: int | None = Field(None, ge=1, lt=2**62)
    note: str = Field(min_length=1, max_length=MAX_NOTE, pattern=r"^[^\x00]*$")


class Snooze(Step):
    until: AwareDatetime


class ReturnToBot(Step):
    """`did` is a sentence for the patient about what was done, `note` is for colleagues."""

    note: str = Field("", max_length=MAX_NOTE, pattern=r"^[^\x00]*$")
    did: str = Field("", max_length=500, pattern=r"^[^\x00]*$")


class Close(Step):
    """`note` is the reason, for colleagues."""

    topic: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")
    outcome: Outcome
    note: str = Field("", max_length=MAX_NOTE, pattern=r"^[^\x00]*$")


class ConversationBody(BaseModel):
    """A conversation in a list. `last_text` only where the thread itself may be read without being logged:
    in one's own conversations. `changed` and `last_seq` grow: the window asks again when they have."""

    id: UUID
    channel: str
    relation: Literal["own", "past", "queue", "bot", "other"]
    owner: OwnerKind
    operator_id: int | None
    operator_name: str | None
    version: int
    priority: int
    reason: str
    topic: str
    last_seq: int
    changed: int
    queued_at: datetime | None
    assigned_at: datetime | None
    accepted_at: datetime | None
    first_reply_at: datetime | None
    waiting_since: datetime | None
    last_patient_at: datetime | None
    snoozed_until: datetime | None
    closed_at: datetime | None
    promised_seconds: int | None
    last_author: str | None
    last_text: str | None


class MessageBody(BaseModel):
    """`author`: patient, bot, notice or operator; `buttons` are the titles of what was offered."""

    seq: int
    author: str
    author_name: str | None
    kind: str
    text: str
    buttons: list[str]
    status: str
    client_msg_id: str | None
    ts: datetime


class NoteBody(BaseModel):
    id: int
    kind: str
    author_name: str
    text: str
    ts: datetime


class BriefingBody(BaseModel):
    """What was known at the handoff: see `desk.conversations.briefing.Briefing`."""

    reason: str
    topic: str
    summary: str
    slots: dict[str, Any]
    understood: list[Any]
    visits: list[dict[str, Any]]
    position: int | None
    promised_seconds: int | None
    created_at: datetime


class ThreadBody(BaseModel):
    conversation: ConversationBody
    briefing: BriefingBody | None
    messages: list[MessageBody]
    notes: list[NoteBody]


class CandidateBody(BaseModel):
    operator_id: int
    fit: str
    open: int
    cap: int
    load: float
    idle_seconds: int | None


class DecisionBody(BaseModel):
    """Why the routing chose: see `desk.routing.decision.Decision`."""

    operator_id: int
    because: str
    decided_at: datetime
    candidates: list[CandidateBody]


class Sent(BaseModel):
    seq: int


def conversation_body(row: Row, staff_id: int) -> ConversationBody:
    """The row for the one it was read for."""
    relation = row.relation_to(staff_id)
    values = asdict(row)
    del values["mine_once"], values["rasa_sender"]
    values["owner"] = values.pop("owner_kind")
    if relation != "own":
        values["last_text"] = None
    return ConversationBody(relation=relation, **values)
