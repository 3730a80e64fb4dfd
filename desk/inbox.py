"""Accepts a message: stores it before anything else happens and decides who answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

import structlog
from psycopg.types.json import Jsonb

from desk import buttons, outbox, requests
from desk.database import Connection, Pool, notify
from desk.guard import RedFlagLike, notice_key
from desk.outbox import Draft
from desk.texts import Texts
from desk.words import judge, plain, storable

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Inbound:
    """A message as a channel got it. `text` is None for what is no text (a file, a voice message).

    `flag` is what the guard found: channels ask it first, so that it is known even if nothing can be stored.
    `address_mark` is what `AddressMarks` makes of the writer's address, None where a system writes for many.
    """

    conversation_id: UUID
    text: str | None
    flag: RedFlagLike | None
    external_id: str | None = None
    address_mark: str | None = None


@dataclass(frozen=True)
class Accepted:
    """What became of a message.

    queued: a turn will answer it · answered: the desk has answered it · again: it came before, its turn
    is `inbox_id`. Replies are messages of `inbox_id` with a number above `after_seq`.
    """

    outcome: Literal["queued", "answered", "again"]
    inbox_id: int
    after_seq: int
    seq: int | None = None


@dataclass(frozen=True)
class _Plan:
    """What is stored for one message, decided under the conversation's lock."""

    shown: str
    text: str
    payload: Mapping[str, Any] | None = None
    token: str | None = None
    drafts: tuple[Draft, ...] = ()
    queued: bool = False
    retry: bool = False
    person: bool = False
    again: int | None = None


class Inbox:
    """The way in for all channels."""

    def __init__(self, pool: Pool, texts: Texts) -> None:
        self._pool = pool
        self._texts = texts

    async def accept(self, message: Inbound) -> Accepted:
        """Stores the message and what the desk itself answers, in one transaction.

        A message whose `external_id` came before changes nothing. Raises psycopg.Error when it is not stored.
        """
        flag = message.flag
        text = None if message.text is None else storable(message.text)
        external_id = storable(message.external_id)[:200] if message.external_id else f"desk:{uuid4()}"
        conversation_id = message.conversation_id
        async with self._pool.connection() as connection, connection.transaction():
            conversation = await _lock(connection, conversation_id)
            known = await _find(connection, conversation_id, external_id)
            if known is not None:
                return Accepted("again", known["id"], known["seq"], known["seq"])
            plan = await self._plan(connection, conversation_id, text)
            if plan.again is not None:
                return Accepted("again", plan.again, conversation["last_seq"])
            (seq,) = await outbox.add(
                connection,
                conversation_id,
                [Draft(plan.shown, "patient", "typed", client_msg_id=message.external_id)],
                None,
            )
            inbox_id, turn_id = await _insert(connection, conversation, external_id, seq, plan, message)
            if plan.token is not None:
                await buttons.use(connection, conversation_id, plan.token, inbox_id)
            key = requests.alarm_key(conversation["rasa_sender"], turn_id)
            await self._answer(connection, conversation_id, inbox_id, plan, flag, key)
            waits_for = inbox_id
            if plan.retry:
                waits_for = await _retry_failed(connection, conversation_id) or inbox_id
            queued = plan.queued or waits_for != inbox_id
            if plan.retry and not queued:
                draft = Draft(self._texts["nothing_to_retry"], "notice", "button")
                await outbox.add(connection, conversation_id, [draft], inbox_id)
            if queued:
                await notify(connection, "in", conversation_id)
        log.info("inbox.accepted", conversation=str(conversation_id), inbox=inbox_id, queued=queued)
        return Accepted("queued" if queued else "answered", waits_for, seq, seq)

    async def _plan(self, connection: Connection, conversation_id: UUID, text: str | None) -> _Plan:
        if text is None:
            return self._own_answer("", "not_text")
        if buttons.is_token(text):
            return await self._plan_tap(connection, conversation_id, text.strip())
        verdict = judge(text, self._texts.foreign_words)
        if verdict is not None:
            return self._own_answer(text, verdict)
        return _Plan(shown=text, text=plain(text), queued=True)

    def _own_answer(
        self, text: str, key: Literal["not_text", "empty", "wordless", "too_long", "foreign"]
    ) -> _Plan:
        return _Plan(shown=text, text=text, drafts=(Draft(self._texts[key], "notice", "rule"),))

    async def _plan_tap(self, connection: Connection, conversation_id: UUID, token: str) -> _Plan:
        tap = await buttons.look(connection, conversation_id, token)
        if tap.kind == "live" and tap.payload is not None:
            if (action := tap.payload.get("desk")) is not None:
                return self._desk_button(tap.title, token, action)
            if "text" in tap.payload:
                return _Plan(shown=tap.title, text=plain(tap.payload["text"]), token=token, queued=True)
            return _Plan(shown=tap.title, text=tap.title, payload=tap.payload, token=token, queued=True)
        if tap.kind == "again":
            if tap.used_state in ("received", "running") and tap.used_by is not None:
                return _Plan("", "", again=tap.used_by)
            if tap.used_state == "failed":
                return _Plan(shown=tap.title, text=tap.title, retry=True)
            return self._button_notice(tap.title, "button_used")
        if await _has_open_turn(connection, conversation_id):
            return self._button_notice(tap.title, "busy")
        question = await buttons.current_question(connection, conversation_id)
        return self._button_notice(
            tap.title, "button_dead" if tap.kind == "dead" else "button_unknown", question
        )

    def _button_notice(
        self,
        title: str,
        key: Literal["button_used", "busy", "button_dead", "button_unknown"],
        question: Draft | None = None,
    ) -> _Plan:
        notice = Draft(self._texts[key], "notice", "button")
        return _Plan(title, title, drafts=(notice, question) if question else (notice,))

    def _desk_button(self, title: str, token: str, action: str) -> _Plan:
        if action == "retry":
            return _Plan(shown=title, text=title, token=token, retry=True)
        called = Draft(self._texts["person_called"], "notice", "person")
        return _Plan(shown=title, text=title, token=token, drafts=(called,), person=True)

    async def _answer(
        self,
        connection: Connection,
        conversation_id: UUID,
        inbox_id: int,
        plan: _Plan,
        flag: RedFlagLike | None,
        alarm_key: str,
    ) -> None:
        drafts = plan.drafts
        if flag is not None:
            drafts = (Draft(self._texts[notice_key(flag)], "notice", "red_flag"), *drafts)
            await connection.execute(
                "UPDATE desk.conversation SET priority = 1 WHERE id = %s", (conversation_id,)
            )
            await requests.store(connection, conversation_id, "emergency", flag.id, flag.title, alarm_key)
            log.warning("guard.red_flag", conversation=str(conversation_id), flag=flag.id)
        if plan.person:
            await requests.store(connection, conversation_id, "operator", "operator", "", f"desk:{inbox_id}")
        if drafts:
            await outbox.add(connection, conversation_id, drafts, inbox_id)


async def _lock(connection: Connection, conversation_id: UUID) -> Mapping[str, Any]:
    cursor = await connection.execute(
        "SELECT id, rasa_sender, last_seq,"
        " COALESCE(EXTRACT(epoch FROM clock_timestamp() - last_patient_at), 0)::float8"
        " AS idle_seconds FROM desk.conversation WHERE id = %s FOR UPDATE",
        (conversation_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"no conversation {conversation_id}")
    return row


async def _find(connection: Connection, conversation_id: UUID, external_id: str) -> Mapping[str, Any] | None:
    cursor = await connection.execute(
        "SELECT id, seq FROM desk.inbox WHERE conversation_id = %s AND external_id = %s",
        (conversation_id, external_id),
    )
    return await cursor.fetchone()


async def _insert(
    connection: Connection,
    conversation: Mapping[str, Any],
    external_id: str,
    seq: int,
    plan: _Plan,
    message: Inbound,
) -> tuple[int, UUID]:
    state = "received" if plan.queued else "done"
    cursor = await connection.execute(
        "INSERT INTO desk.inbox (conversation_id, external_id, seq, text, payload, button_token, red_flag,"
        " idle_seconds, state, address_mark)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id, turn_id",
        (
            conversation["id"],
            external_id,
            seq,
            plan.text,
            Jsonb(dict(plan.payload)) if plan.payload is not None else None,
            plan.token,
            message.flag.id if message.flag else None,
            conversation["idle_seconds"],
            state,
            message.address_mark,
        ),
    )
    row = await cursor.fetchone()
    if row is None:
        raise RuntimeError("INSERT … RETURNING gave no row")
    await connection.execute(
        "UPDATE desk.conversation SET last_patient_at = clock_timestamp() WHERE id = %s",
        (conversation["id"],),
    )
    return row["id"], row["turn_id"]


async def _retry_failed(connection: Connection, conversation_id: UUID) -> int | None:
    """Puts the messages that failed since the last good turn back into the queue; the last one's id."""
    cursor = await connection.execute(
        "UPDATE desk.inbox SET state = 'received', attempt = 0, failure = NULL, waited_at = NULL,"
        "       late_at = NULL, received_at = clock_timestamp()"
        " WHERE conversation_id = %(c)s AND state = 'failed' AND id > COALESCE("
        "       (SELECT max(id) FROM desk.inbox"
        "         WHERE conversation_id = %(c)s AND state = 'done' AND attempt > 0), 0) RETURNING id",
        {"c": conversation_id},
    )
    rows = await cursor.fetchall()
    return max((row["id"] for row in rows), default=None)


async def _has_open_turn(connection: Connection, conversation_id: UUID) -> bool:
    cursor = await connection.execute(
        "SELECT 1 FROM desk.inbox WHERE conversation_id = %s AND state IN ('received', 'running') LIMIT 1",
        (conversation_id,),
    )
    return await cursor.fetchone() is not None


def as_message_text(value: object) -> str | None:
    """A channel's message field as text; None when it is no text."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return None
