"""What the operators' window shows, read from the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from desk.access.gate import Actor
from desk.access.roles import Relation
from desk.conversations import queue
from desk.conversations.ownership import OwnerKind
from desk.database import Connection
from desk.routing.decision import Candidate


@dataclass(frozen=True)
class Shown:
    """What a window may know of a conversation. `changed` and `last_seq` grow: it asks again when they have.

    `promised_seconds`: the wait that the patient was told.
    """

    id: UUID
    channel: str
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
    last_kind: str | None
    last_text: str | None


@dataclass(frozen=True)
class Row(Shown):
    """A conversation as the desk knows it; `had_by` are those of the staff who have had it.

    `last_text` is what was said last. `rasa_sender`, its name in the clinic's core, is not for windows.
    `of_my_patient`: whom it was read for has another conversation of this patient now; known only of one
    that was read by itself.
    """

    rasa_sender: str
    had_by: tuple[int, ...]
    of_my_patient: bool = False

    def relation_to(self, staff_id: int) -> Relation:
        """How the conversation stands to a member of the staff."""
        if self.owner == "operator" and self.operator_id == staff_id:
            return "own"
        if self.owner == "queue":
            return "queue"
        if self.owner == "operator":
            return "past" if staff_id in self.had_by else "other"
        if self.of_my_patient:
            return "earlier"
        return "past" if staff_id in self.had_by else "bot"


_ROWS = """
SELECT c.id, c.channel, c.rasa_sender, c.owner_kind AS owner, c.operator_id, s.name AS operator_name,
       c.version, c.priority, c.reason, c.topic, c.last_seq, c.queued_at, c.assigned_at, c.accepted_at,
       c.first_reply_at, c.waiting_since, c.last_patient_at, c.snoozed_until, c.closed_at, h.promised_seconds,
       m.author AS last_author, m.kind AS last_kind, left(m.text, 160) AS last_text,
       COALESCE((SELECT max(e.id) FROM desk.conversation_event e WHERE e.conversation_id = c.id), 0)
         AS changed,
       ARRAY(SELECT DISTINCT e.to_operator FROM desk.conversation_event e
              WHERE e.conversation_id = c.id AND e.to_operator IS NOT NULL) AS had_by
  FROM desk.conversation c
  LEFT JOIN desk.staff s ON s.id = c.operator_id
  LEFT JOIN desk.message m ON m.conversation_id = c.id AND m.seq = c.last_seq
  LEFT JOIN LATERAL (SELECT promised_seconds FROM desk.handoff h WHERE h.conversation_id = c.id
                      ORDER BY h.version DESC LIMIT 1) h ON true
 WHERE {condition} ORDER BY {order} LIMIT %(limit)s
"""


async def one(connection: Connection, staff_id: int, conversation_id: UUID) -> Row | None:
    """The conversation as this member of the staff sees it."""
    found = await some(connection, [conversation_id])
    if not found:
        return None
    query = f"SELECT EXISTS (SELECT FROM ({_SAME_PATIENT}) o WHERE o.operator_id = %(me)s) AS mine"
    cursor = await connection.execute(query, {"id": conversation_id, "me": staff_id})
    row = await cursor.fetchone()
    return replace(found[0], of_my_patient=bool(row and row["mine"]))


async def some(connection: Connection, ids: Sequence[UUID]) -> list[Row]:
    """These conversations, for whoever asks."""
    return await _rows(connection, "c.id = ANY(%(ids)s)", "c.id", ids=list(ids), limit=len(ids))


async def mine(connection: Connection, staff_id: int) -> list[Row]:
    """What the person has, whose patient waits longest first."""
    return await _rows(
        connection,
        "c.owner_kind = 'operator' AND c.operator_id = %(me)s",
        "c.priority DESC, c.waiting_since NULLS LAST, c.assigned_at",
        me=staff_id,
        limit=200,
    )


async def waiting(connection: Connection, limit: int = 200) -> list[Row]:
    """The head of the queue in its order."""
    order = ", ".join(f"c.{part}" if part[0] != "(" else f"(c.{part[1:]}" for part in queue.ORDER.split(", "))
    return await _rows(connection, "c.owner_kind = 'queue'", order, limit=limit)


async def with_people(connection: Connection, limit: int = 500) -> list[Row]:
    """All that operators have, for supervisors."""
    return await _rows(connection, "c.owner_kind = 'operator'", "c.priority DESC, c.assigned_at", limit=limit)


async def _rows(connection: Connection, condition: str, order: str, **values: Any) -> list[Row]:
    cursor = await connection.execute(_ROWS.format(condition=condition, order=order), values)
    return [Row(**{**row, "had_by": tuple(row["had_by"])}) for row in await cursor.fetchall()]


@dataclass(frozen=True)
class Earlier:
    """Another conversation of the same patient. `last_at` is when the patient wrote there last."""

    id: UUID
    channel: str
    owner: OwnerKind
    topic: str
    reason: str
    last_at: datetime


async def earlier(connection: Connection, conversation_id: UUID, limit: int = 20) -> list[Earlier]:
    """The patient's other conversations, the newest first: the chat in which a request was left, the requests
    of a chat, and those in which the same phone was proved. One that was only typed may be anybody's."""
    query = (
        "SELECT o.id, o.channel, o.owner_kind AS owner, o.topic, o.reason,"
        " COALESCE(o.last_patient_at, o.created_at) AS last_at"
        f" FROM ({_SAME_PATIENT}) o ORDER BY last_at DESC LIMIT %(limit)s"
    )
    cursor = await connection.execute(query, {"id": conversation_id, "limit": limit})
    return [Earlier(**row) for row in await cursor.fetchall()]


# Other conversations of the patient of conversation `id`. A request left in a chat has the chat's phone. What
# a conversation is about is health data: who types a phone must not open the chats of its owner.
_SAME_PATIENT = """
WITH this AS (SELECT * FROM desk.conversation WHERE id = %(id)s),
     chats AS (
        SELECT id FROM this
         UNION SELECT origin FROM this WHERE origin IS NOT NULL
         UNION SELECT d.id FROM this LEFT JOIN desk.conversation chat ON chat.id = this.origin
               CROSS JOIN LATERAL clinic.proved_alike(
                    COALESCE(chat.rasa_sender, this.rasa_sender)) AS proved (sender)
               JOIN desk.conversation d ON d.rasa_sender = proved.sender)
SELECT * FROM desk.conversation WHERE id IN (SELECT id FROM chats) AND id <> %(id)s
 UNION SELECT * FROM desk.conversation WHERE origin IN (SELECT id FROM chats) AND id <> %(id)s
"""


@dataclass(frozen=True)
class Picture:
    """The picture of a message, in pixels of the whole one."""

    id: UUID
    width: int
    height: int


@dataclass(frozen=True)
class Message:
    """One message of the thread: of `patient`, `bot`, `notice` or `operator`. `buttons` are the titles of
    what was offered; `status` says whether the patient's side has got it. With a `picture`, `text` only
    stands for it."""

    seq: int
    author: str
    author_name: str | None
    kind: str
    text: str
    buttons: tuple[str, ...]
    status: str
    client_msg_id: str | None
    ts: datetime
    picture: Picture | None


async def messages(
    connection: Connection, conversation_id: UUID, *, after: int = 0, before: int | None = None, limit: int
) -> list[Message]:
    """With `after` the next messages above that number, else the last ones below `before`, oldest first."""
    condition, order = ("seq > %(after)s", "ASC") if after else ("seq < %(before)s", "DESC")
    cursor = await connection.execute(
        "SELECT seq, author, author_name, kind, text, buttons, status, client_msg_id, ts,"
        " extra->'picture' AS picture FROM desk.message"
        f" WHERE conversation_id = %(id)s AND {condition} ORDER BY seq {order} LIMIT %(limit)s",
        {"id": conversation_id, "after": after, "before": before or 2**62, "limit": limit},
    )
    found = [
        Message(
            **{
                **row,
                "buttons": tuple(title for title, _ in row["buttons"]),
                "picture": _picture(row["picture"]) if row["picture"] else None,
            }
        )
        for row in await cursor.fetchall()
    ]
    return found if after else found[::-1]


def _picture(stored: Mapping[str, Any]) -> Picture:
    return Picture(UUID(stored["id"]), stored["width"], stored["height"])


@dataclass(frozen=True)
class Note:
    id: int
    kind: str
    author_name: str
    text: str
    ts: datetime


async def notes(connection: Connection, conversation_id: UUID) -> list[Note]:
    """What colleagues have written for one another, oldest first."""
    cursor = await connection.execute(
        "SELECT id, kind, author_name, text, ts FROM desk.note WHERE conversation_id = %s ORDER BY id",
        (conversation_id,),
    )
    return [Note(**row) for row in await cursor.fetchall()]


@dataclass(frozen=True)
class Chosen:
    """Whom the routing chose and why: see `desk.routing.decision.Decision`."""

    operator_id: int
    because: str
    decided_at: datetime
    candidates: tuple[Candidate, ...]


async def decisions(connection: Connection, conversation_id: UUID) -> list[Chosen]:
    """Why the routing gave the conversation to whom, the newest first."""
    cursor = await connection.execute(
        "SELECT operator_id, because, candidates, decided_at FROM desk.routing_decision"
        " WHERE conversation_id = %s ORDER BY version DESC LIMIT 20",
        (conversation_id,),
    )
    return [
        Chosen(**{**row, "candidates": tuple(Candidate(**each) for each in row["candidates"])})
        for row in await cursor.fetchall()
    ]


def may_see(actor: Actor, row: Row) -> bool:
    return actor.may("conversation.view", row.relation_to(actor.staff.id))
