"""Who has a conversation. Changed only here: compare-and-set on a version, one event for each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from desk.database import Connection, notify

OwnerKind = Literal["bot", "queue", "operator", "closed"]
ActorKind = Literal["patient", "bot", "operator", "service"]
# Changes of owner.
ChangeKind = Literal[
    "handoff",  # bot → queue
    "assigned",  # queue → operator, by the routing
    "taken",  # bot or queue → operator, by that operator
    "requeued",  # operator → queue: not accepted, gone, declined
    "transferred",  # operator → operator or queue, by an operator
    "left_queue",  # queue → bot: the patient did not want to wait, or nobody is there any more
    "returned_to_bot",  # operator or queue → bot, by an operator
    "closed",
    "reopened",  # closed → bot: the patient wrote again
]
# What else happens to a conversation and counts in figures.
FactKind = Literal[
    "accepted",  # the operator took up what was assigned
    "patient_wrote",  # while people have the conversation
    "replied",  # an operator's message
    "noted",
    "snoozed",
    "woken",
    "urgent",  # the priority went up
    "promised",  # data: position, seconds
    "promise_broken",
    "nobody_there",  # people were needed and none was on line
    "callback",  # data: request, from, to
    "left_message",
    "silenced",  # the bot answered too late: a person had the conversation
]

# The scale of clinic.request, and below it what nobody waits for in a chat.
AFTER_OTHERS, IN_TURN, BEFORE_OTHERS, AT_ONCE = -1, 0, 1, 2


@dataclass(frozen=True)
class Owner:
    """`operator_id` is set for the kind `operator` and only then."""

    kind: OwnerKind
    operator_id: int | None = None

    def __post_init__(self) -> None:
        if (self.kind == "operator") != (self.operator_id is not None):
            raise ValueError(f"an owner of kind {self.kind} with operator {self.operator_id}")


BOT, QUEUE, CLOSED = Owner("bot"), Owner("queue"), Owner("closed")


@dataclass(frozen=True)
class Actor:
    """Who did it; `id` for operators."""

    kind: ActorKind
    id: int | None = None


PATIENT, THE_BOT, SERVICE = Actor("patient"), Actor("bot"), Actor("service")


@dataclass(frozen=True)
class State:
    """A conversation as people see it. Times are UTC.

    `accepted_at` is None while an operator has not taken up what was assigned. `waiting_since` is the first
    patient message that no person has answered. The higher `priority`, the sooner: AFTER_OTHERS … AT_ONCE.
    `awaits_phone` is the clinic's request that the patient was asked a phone number for.
    """

    id: UUID
    channel: str
    rasa_sender: str
    owner: Owner
    version: int
    priority: int
    reason: str
    topic: str
    last_seq: int
    queued_at: datetime | None
    returned_at: datetime | None
    assigned_at: datetime | None
    accepted_at: datetime | None
    first_reply_at: datetime | None
    waiting_since: datetime | None
    last_patient_at: datetime | None
    last_operator_at: datetime | None
    snoozed_until: datetime | None
    closed_at: datetime | None
    reset_pending: bool
    awaits_phone: int | None

    @property
    def in_chat(self) -> bool:
        """Whether the patient reads what is written here; who sent the form of the site is called instead."""
        return self.channel != "request"


@dataclass(frozen=True)
class Event:
    """One immutable fact; `to_owner` is set for changes of owner. `version` is the one after the change."""

    id: int
    conversation_id: UUID
    version: int
    kind: str
    actor: Actor
    reason: str
    from_owner: Owner | None
    to_owner: Owner | None
    data: Mapping[str, Any]
    ts: datetime


class OwnershipError(Exception):
    """The conversation is not (any more) what the caller took it for; nothing was changed."""


class Stale(OwnershipError):
    """Somebody else changed the owner first: read the conversation again."""


class NotAllowed(OwnershipError):
    """The step does not start from this owner."""


_STEPS: Mapping[ChangeKind, tuple[tuple[OwnerKind, ...], tuple[OwnerKind, ...]]] = {
    "handoff": (("bot",), ("queue",)),
    "assigned": (("queue",), ("operator",)),
    "taken": (("bot", "queue"), ("operator",)),
    "requeued": (("operator",), ("queue",)),
    "transferred": (("operator",), ("operator", "queue")),
    "left_queue": (("queue",), ("bot",)),
    "returned_to_bot": (("operator", "queue"), ("bot",)),
    "closed": (("operator", "queue", "bot"), ("closed",)),
    "reopened": (("closed",), ("bot",)),
}

_STATE = (
    "SELECT id, channel, rasa_sender, owner_kind, operator_id, version, priority, reason, topic, last_seq,"
    " queued_at, returned_at, assigned_at, accepted_at, first_reply_at, waiting_since, last_patient_at,"
    " last_operator_at, snoozed_until, closed_at, reset_pending, awaits_phone"
    " FROM desk.conversation WHERE id = %s"
)


async def state_of(connection: Connection, conversation_id: UUID) -> State:
    """The conversation as it is now. Raises LookupError."""
    return await _read(connection, _STATE, conversation_id)


async def lock(connection: Connection, conversation_id: UUID) -> State:
    """The conversation, locked till the end of the caller's transaction. Raises LookupError."""
    return await _read(connection, _STATE + " FOR UPDATE", conversation_id)


async def change(
    connection: Connection,
    before: State,
    to: Owner,
    kind: ChangeKind,
    actor: Actor,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> State:
    """Gives the conversation to `to` inside the caller's transaction, with its event; the new state.

    `before` is what the caller decided on: Stale when the owner changed since, NotAllowed when the step
    does not lead from its owner to `to`. `reason` is an id, `data` holds nothing personal. Every desk
    process gets a NOTIFY `owner` at commit.
    """
    sources, targets = _STEPS[kind]
    if before.owner.kind not in sources or to.kind not in targets:
        raise NotAllowed(f"{kind}: {before.owner.kind} → {to.kind}")
    async with connection.transaction():
        cursor = await connection.execute(
            "UPDATE desk.conversation SET version = version + 1, owner_kind = %(kind)s,"
            f" operator_id = %(operator)s {_SIDE_EFFECTS[kind]}"
            " WHERE id = %(id)s AND version = %(version)s RETURNING version",
            {
                "kind": to.kind,
                "operator": to.operator_id,
                "id": before.id,
                "version": before.version,
                "reason": reason,
            },
        )
        row = await cursor.fetchone()
        if row is None:
            raise Stale(f"conversation {before.id}: version {before.version} is over")
        if before.owner.kind == "bot":
            await _take_from_bot(connection, before.id)
        await _insert(connection, before.id, row["version"], kind, actor, reason, before.owner, to, data)
        await notify(connection, "owner", before.id)
    return await state_of(connection, before.id)


# What a change of owner means for the times. Parts of a constant statement: nothing of them is data.
_TO_QUEUE = (
    ", assigned_at = NULL, accepted_at = NULL, snoozed_until = NULL, closed_at = NULL"
    ", live_seq = NULL, live_notice_seq = NULL"
)
_TO_BOT = (
    ", queued_at = NULL, returned_at = NULL, assigned_at = NULL, accepted_at = NULL, first_reply_at = NULL"
    ", waiting_since = NULL, snoozed_until = NULL, priority = 0, reason = '', topic = ''"
    ", live_seq = NULL, live_notice_seq = NULL, awaits_phone = NULL, reset_pending = true"
    ", seen_request = COALESCE("
    "(SELECT max(r.id) FROM clinic.requests_after(rasa_sender, seen_request) r), seen_request)"
)
_TO_OPERATOR = (
    ", assigned_at = clock_timestamp(), snoozed_until = NULL, live_seq = NULL, live_notice_seq = NULL"
)
_TAKEN = (
    ", queued_at = COALESCE(queued_at, clock_timestamp()), accepted_at = clock_timestamp()"
    ", waiting_since = COALESCE(waiting_since, clock_timestamp())"
)
_SIDE_EFFECTS: Mapping[ChangeKind, str] = {
    "handoff": _TO_QUEUE
    + ", queued_at = clock_timestamp(), returned_at = NULL, first_reply_at = NULL, reason = %(reason)s"
    ", waiting_since = clock_timestamp()",
    "assigned": _TO_OPERATOR + ", accepted_at = NULL",
    "taken": _TO_OPERATOR + _TAKEN,
    "requeued": _TO_QUEUE + ", returned_at = clock_timestamp()",
    "transferred": ", accepted_at = NULL, snoozed_until = NULL"
    ", returned_at = CASE WHEN %(kind)s = 'queue' THEN clock_timestamp() ELSE returned_at END"
    ", assigned_at = CASE WHEN %(kind)s = 'operator' THEN clock_timestamp() END",
    "left_queue": _TO_BOT,
    "returned_to_bot": _TO_BOT,
    "closed": ", snoozed_until = NULL, waiting_since = NULL, closed_at = clock_timestamp()"
    ", live_seq = NULL, live_notice_seq = NULL",
    "reopened": _TO_BOT + ", closed_at = NULL",
}


async def _take_from_bot(connection: Connection, conversation_id: UUID) -> None:
    """Messages that wait for the bot are people's now, and so is what failed: nobody repeats it later.

    A turn that runs finds itself ended; what it tells of bookings is not heard.
    """
    await connection.execute(
        "UPDATE desk.inbox SET unheard = unheard OR state = 'running', state = 'done',"
        "       failure = CASE state WHEN 'failed' THEN failure ELSE 'people' END,"
        "       finished_at = clock_timestamp()"
        " WHERE conversation_id = %s AND state IN ('received', 'running', 'failed')",
        (conversation_id,),
    )


async def record(
    connection: Connection,
    state: State,
    kind: FactKind,
    actor: Actor,
    reason: str = "",
    data: Mapping[str, Any] | None = None,
) -> None:
    """Adds a fact that changes no owner, inside the caller's transaction; `data` holds nothing personal."""
    await _insert(connection, state.id, state.version, kind, actor, reason, state.owner, None, data)


async def opened(connection: Connection, conversation_id: UUID) -> None:
    """The first event of a new conversation."""
    await _insert(connection, conversation_id, 0, "opened", PATIENT, "", None, BOT, None)


async def events_of(connection: Connection, conversation_id: UUID, after: int = 0) -> list[Event]:
    """The conversation's events with an id above `after`, oldest first."""
    cursor = await connection.execute(
        "SELECT * FROM desk.conversation_event WHERE conversation_id = %s AND id > %s ORDER BY id",
        (conversation_id, after),
    )
    return [_event(row) for row in await cursor.fetchall()]


async def events_since(
    connection: Connection, since: datetime, open_since: datetime | None = None
) -> list[Event]:
    """The events of all conversations from `since` on, oldest first; with `open_since` also the earlier ones,
    from then on, of conversations that people have had since before `since`."""
    query = "SELECT * FROM desk.conversation_event WHERE ts >= %(since)s"
    if open_since is not None:
        query += (
            " UNION SELECT e.* FROM desk.conversation_event e JOIN desk.conversation c"
            " ON c.id = e.conversation_id WHERE c.owner_kind IN ('queue', 'operator')"
            " AND c.queued_at < %(since)s AND e.ts >= %(open)s"
        )
    cursor = await connection.execute(f"{query} ORDER BY id", {"since": since, "open": open_since})
    return [_event(row) for row in await cursor.fetchall()]


async def _insert(
    connection: Connection,
    conversation_id: UUID,
    version: int,
    kind: str,
    actor: Actor,
    reason: str,
    before: Owner | None,
    to: Owner | None,
    data: Mapping[str, Any] | None,
) -> None:
    await connection.execute(
        "INSERT INTO desk.conversation_event (conversation_id, version, kind, actor_kind, actor_id, reason,"
        " from_owner, from_operator, to_owner, to_operator, data)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            conversation_id,
            version,
            kind,
            actor.kind,
            actor.id,
            reason,
            before.kind if before else None,
            before.operator_id if before else None,
            to.kind if to else None,
            to.operator_id if to else None,
            Jsonb(dict(data or {})),
        ),
    )


async def _read(connection: Connection, query: str, conversation_id: UUID) -> State:
    row = await (await connection.execute(query, (conversation_id,))).fetchone()
    if row is None:
        raise LookupError(f"no conversation {conversation_id}")
    fields = dict(row)
    return State(owner=Owner(fields.pop("owner_kind"), fields.pop("operator_id")), **fields)


def _event(row: Mapping[str, Any]) -> Event:
    return Event(
        id=row["id"],
        conversation_id=row["conversation_id"],
        version=row["version"],
        kind=row["kind"],
        actor=Actor(row["actor_kind"], row["actor_id"]),
        reason=row["reason"],
        from_owner=Owner(row["from_owner"], row["from_operator"]) if row["from_owner"] else None,
        to_owner=Owner(row["to_owner"], row["to_operator"]) if row["to_owner"] else None,
        data=row["data"],
        ts=row["ts"],
    )
