"""What a person gets to know with a conversation: what is wanted, what is known, what failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, cast
from uuid import UUID

from psycopg.types.json import Jsonb

from desk.conversations.ownership import AFTER_OTHERS, AT_ONCE, BEFORE_OTHERS, IN_TURN, State
from desk.database import Connection
from desk.texts import TextKey, Texts

Reason = Literal[
    "asked",
    "misunderstood",
    "complaint",
    "red_flag",
    "booking_failed",
    "outcome_unknown",
    "insurance",
    "invalid_answers",
    "assistant_down",
    "part_down",
    "site_request",
    "left_request",
]
PRIORITY: Mapping[Reason, int] = {
    "asked": IN_TURN,
    "misunderstood": IN_TURN,
    "complaint": BEFORE_OTHERS,
    "red_flag": AT_ONCE,
    "booking_failed": BEFORE_OTHERS,
    "outcome_unknown": BEFORE_OTHERS,
    "insurance": IN_TURN,
    "invalid_answers": IN_TURN,
    "assistant_down": BEFORE_OTHERS,
    "part_down": BEFORE_OTHERS,
    "site_request": AFTER_OTHERS,
    "left_request": AFTER_OTHERS,
}
# Who left such a request is answered by phone, and nobody waits in a chat.
BY_PHONE: frozenset[str] = frozenset({"site_request", "left_request"})
# Kinds of requests that call a person into the conversation; the others are worked off without it.
_CALLS: Mapping[str, Reason] = {
    "operator": "asked",
    "complaint": "complaint",
    "emergency": "red_flag",
    "check": "outcome_unknown",
    "insurance": "insurance",
}
_TRANSCRIPT = 60
_SUMMARY_LINES = 4
_LONGEST_LINE = 300


@dataclass(frozen=True)
class Call:
    """A call for a person. `summary` says what is wanted and known, in lines; `request_ids` are the clinic's
    requests that it answers. `slots` and `understood` are what the dialogue has read last."""

    reason: Reason
    topic: str = ""
    summary: str = ""
    slots: Mapping[str, Any] | None = None
    understood: Sequence[Any] = ()
    request_ids: tuple[int, ...] = ()

    @property
    def priority(self) -> int:
        return PRIORITY[self.reason]


@dataclass(frozen=True)
class Briefing:
    """A handoff as it is shown to the person who takes the conversation.

    `summary` has two to four lines. `transcript` is `{"who", "kind", "text", "ts"}`, oldest first, up to the
    handoff; `visits` `{"booking_id", "state", "start"}`. `promised_seconds` is the wait the patient was told.
    """

    id: int
    conversation_id: UUID
    version: int
    reason: str
    priority: int
    topic: str
    summary: str
    slots: Mapping[str, Any]
    understood: Sequence[Any]
    transcript: Sequence[Mapping[str, Any]]
    visits: Sequence[Mapping[str, Any]]
    request_ids: Sequence[int]
    position: int | None
    promised_seconds: int | None
    created_at: datetime
    promise_broken_at: datetime | None

    @property
    def promised_until(self) -> datetime | None:
        """When the promised wait is over."""
        seconds = self.promised_seconds
        return None if seconds is None else self.created_at + timedelta(seconds=seconds)


async def call_of_requests(connection: Connection, state: State) -> Call | None:
    """The most pressing call among the clinic's requests that were not looked at yet; they are now."""
    cursor = await connection.execute(
        "SELECT r.* FROM desk.conversation c, clinic.requests_after(c.rasa_sender, c.seen_request) r"
        " WHERE c.id = %s ORDER BY r.id",
        (state.id,),
    )
    rows = await cursor.fetchall()
    if not rows:
        return None
    await mark_seen(connection, state.id, rows[-1]["id"])
    nameless = next((row["id"] for row in rows if row["kind"] == "privacy" and not row["phone"]), None)
    if nameless is not None:
        # The patient was asked for a number: nobody could be called back without it.
        await await_phone(connection, state.id, nameless)
    calls = [call_of(row, _CALLS[row["kind"]]) for row in rows if row["kind"] in _CALLS]
    return max(calls, key=lambda call: call.priority, default=None)


async def attach_requests(connection: Connection, state: State) -> None:
    """Requests of a turn that ended after people had taken over belong to their handoff."""
    cursor = await connection.execute(
        "UPDATE desk.handoff h SET request_ids = h.request_ids || later.ids FROM ("
        "   SELECT array_agg(r.id) AS ids FROM desk.conversation c,"
        "          clinic.requests_after(c.rasa_sender, c.seen_request) r WHERE c.id = %(id)s) later"
        " WHERE h.conversation_id = %(id)s AND later.ids IS NOT NULL AND h.version ="
        "   (SELECT max(version) FROM desk.handoff WHERE conversation_id = %(id)s)"
        " RETURNING (SELECT max(each) FROM unnest(later.ids) each) AS newest",
        {"id": state.id},
    )
    row = await cursor.fetchone()
    if row is not None:
        await mark_seen(connection, state.id, row["newest"])


async def await_phone(connection: Connection, conversation_id: UUID, request_id: int) -> None:
    """The patient has been asked for the phone that this request lacks."""
    await connection.execute(
        "UPDATE desk.conversation SET awaits_phone = %s WHERE id = %s", (request_id, conversation_id)
    )


async def mark_seen(connection: Connection, conversation_id: UUID, request_id: int) -> None:
    """The request and those before it call nobody any more."""
    await connection.execute(
        "UPDATE desk.conversation SET seen_request = greatest(seen_request, %s) WHERE id = %s",
        (request_id, conversation_id),
    )


async def write(
    connection: Connection,
    texts: Texts,
    state: State,
    call: Call,
    position: int | None,
    promised_seconds: int | None,
) -> None:
    """Stores the briefing of the handoff that `state` is the result of."""
    transcript = await _transcript(connection, state.id)
    cursor = await connection.execute(
        "SELECT v.* FROM desk.conversation c, clinic.visits_of(c.rasa_sender) v WHERE c.id = %s", (state.id,)
    )
    visits = [{**row, "start": row["start"].isoformat()} for row in await cursor.fetchall()]
    await connection.execute(
        "INSERT INTO desk.handoff (conversation_id, version, reason, priority, topic, summary, slots,"
        " understood, transcript, visits, request_ids, position, promised_seconds)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (
            state.id,
            state.version,
            call.reason,
            call.priority,
            call.topic,
            _summary(texts, call, transcript),
            Jsonb(dict(call.slots or {})),
            Jsonb(list(call.understood)),
            Jsonb(transcript),
            Jsonb(visits),
            list(call.request_ids),
            position,
            promised_seconds,
        ),
    )


async def latest(connection: Connection, conversation_id: UUID) -> Briefing | None:
    """The briefing of the last handoff; None when there was none."""
    cursor = await connection.execute(
        "SELECT * FROM desk.handoff WHERE conversation_id = %s ORDER BY version DESC LIMIT 1",
        (conversation_id,),
    )
    row = await cursor.fetchone()
    return Briefing(**row) if row else None


def call_of(row: Mapping[str, Any], otherwise: Reason) -> Call:
    """The call of one of the clinic's requests; `otherwise` is the reason where it tells none itself."""
    details = row["details"]
    reason = details.get("reason")
    return Call(
        reason=cast(Reason, reason) if reason in PRIORITY else otherwise,
        topic=row["topic"],
        summary=row["summary"],
        slots=details.get("slots") or {key: value for key, value in details.items() if value is not None},
        understood=details.get("understood") or (),
        request_ids=(row["id"],),
    )


def _summary(texts: Texts, call: Call, transcript: Sequence[Mapping[str, Any]]) -> str:
    why_key: TextKey = f"why_{call.reason}"  # type: ignore[assignment]  # every Reason has its text
    lines = [line[:_LONGEST_LINE] for line in call.summary.splitlines() if line.strip()]
    pictures = sum(each["kind"] == "picture" and each["who"] == "patient" for each in transcript)
    if not lines:
        said = next((each["text"] for each in reversed(transcript) if _said(each)), "")
        lines = [texts.say("brief_said", said=said[:_LONGEST_LINE])] if said or not pictures else []
    told = [texts.say("brief_pictures", count=pictures)] if pictures else []
    return "\n".join([*lines[: _SUMMARY_LINES - 1 - len(told)], *told, texts[why_key]])


def _said(line: Mapping[str, Any]) -> bool:
    """Whether these are the patient's own words."""
    return bool(line["who"] == "patient" and line["kind"] != "picture")


async def _transcript(connection: Connection, conversation_id: UUID) -> list[dict[str, Any]]:
    cursor = await connection.execute(
        "SELECT author, kind, text, ts FROM desk.message WHERE conversation_id = %s AND text <> ''"
        " ORDER BY seq DESC LIMIT %s",
        (conversation_id, _TRANSCRIPT),
    )
    rows = await cursor.fetchall()
    return [
        {"who": row["author"], "kind": row["kind"], "text": row["text"], "ts": row["ts"].isoformat()}
        for row in reversed(rows)
    ]


def with_request(call: Call, request_id: int) -> Call:
    """The call with the clinic's request that stands for it."""
    return replace(call, request_ids=(request_id,))
