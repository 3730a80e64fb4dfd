"""Bodies of the operators' window, in both directions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from desk.access.roles import Relation
from desk.console_api.reading import Earlier, Message, Note, Row, Shown
from desk.conversations.operators import Outcome

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


@dataclass(frozen=True)
class ConversationBody(Shown):
    """A conversation in a list. `last_text` only where the thread itself may be read without being logged:
    in one's own conversations."""

    relation: Relation


class BriefingBody(BaseModel):
    """What was known at the handoff: `desk.conversations.briefing.Briefing` without its transcript, which is
    the thread itself, and without the clinic's requests."""

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
    messages: Sequence[Message]
    notes: Sequence[Note]
    others: Sequence[Earlier]


class Sent(BaseModel):
    seq: int


class Writing(BaseModel):
    """Who goes on writing says so again after `repeat_seconds`."""

    repeat_seconds: float


def conversation_body(row: Row, staff_id: int) -> ConversationBody:
    """The row for the one it was read for."""
    relation = row.relation_to(staff_id)
    values = {each.name: getattr(row, each.name) for each in fields(Shown)}
    if relation != "own":
        values["last_text"] = None
    return ConversationBody(relation=relation, **values)
