"""Accepts a message: stores it before anything else happens and decides who answers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid4

import structlog
from psycopg.types.json import Jsonb

from desk import buttons, outbox, requests
from desk.conversations import callbacks, gate, ownership
from desk.conversations.briefing import Call, mark_seen
from desk.conversations.handoff import Handoffs
from desk.conversations.ownership import BOT, PATIENT, State
from desk.database import Connection, Pool, notify
from desk.guard import RedFlagLike, notice_key
from desk.outbox import Button, Draft, Kind
from desk.pictures import store
from desk.pictures.cleaning import Picture
from desk.texts import Texts
from desk.words import judge, plain, storable

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Inbound:
    """A message as a channel got it. `text` is None for what is no text (a file, a voice message, `picture`).

    `flag` is what the guard found: channels ask it first, so that it is known even if nothing can be stored.
    `address_mark` is what `AddressMarks` makes of the writer's address, None where a system writes for many.
    """

    conversation_id: UUID
    text: str | None
    flag: RedFlagLike | None
    external_id: str | None = None
    address_mark: str | None = None
    picture: Picture | None = None


Outcome = Literal["queued", "answered", "kept", "again"]


@dataclass(frozen=True)
class Accepted:
    """What became of a message.

    queued: a turn will answer it · answered: the desk has answered it · kept: people will answer it ·
    again: it came before, its turn is `inbox_id`. Replies are messages of `inbox_id` with a number above
    `after_seq`.
    """

    outcome: Outcome
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
    again: int | None = None
    # What a button of the desk's own asks for: its payload.
    action: Mapping[str, Any] | None = None
    kind: Kind = "typed"
    extra: Mapping[str, Any] | None = None

    @property
    def retry(self) -> bool:
        return self.action is not None and self.action["desk"] == "retry"


class Inbox:
    """The way in for all channels."""

    def __init__(self, pool: Pool, texts: Texts, handoffs: Handoffs) -> None:
        self._pool = pool
        self._texts = texts
        self._handoffs = handoffs

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
            state = await ownership.state_of(connection, conversation_id)
            if state.owner.kind == "closed":
                state = await ownership.change(connection, state, BOT, "reopened", PATIENT)
            for_people = gate.closed_to_the_bot(state)
            if message.picture is not None:
                plan = await self._plan_picture(connection, state, message.picture)
            else:
                plan = await (self._plan_for_people if for_people else self._plan)(connection, state, text)
            if plan.again is not None:
                return Accepted("again", plan.again, conversation["last_seq"])
            (seq,) = await outbox.add(
                connection,
                conversation_id,
                [
                    Draft(
                        plan.shown,
                        "patient",
                        plan.kind,
                        extra=plan.extra,
                        client_msg_id=message.external_id,
                    )
                ],
                None,
            )
            if message.picture is not None:
                await store.add(connection, conversation_id, seq, message.picture)
            inbox_id, turn_id = await _insert(connection, conversation, external_id, seq, plan, message)
            if plan.token is not None:
                await buttons.use(connection, conversation_id, plan.token, inbox_id)
            if for_people:
                await gate.keep_for_people(connection, state)
            drafts = await self._act(connection, state, plan, inbox_id)
            if flag is not None:
                drafts = (Draft(self._texts[notice_key(flag, text)], "notice", "red_flag"), *drafts)
            if drafts:
                await outbox.add(connection, conversation_id, drafts, inbox_id)
            call = await self._call_for_people(connection, state, plan, inbox_id, turn_id, flag)
            if call is not None and not for_people:
                state = await self._handoffs.call(connection, state, call, PATIENT)
                for_people = gate.closed_to_the_bot(state)
            waits_for = inbox_id
            if plan.retry:
                waits_for = await _retry_failed(connection, conversation_id) or inbox_id
            queued = not for_people and (plan.queued or waits_for != inbox_id)
            if plan.retry and not queued:
                draft = Draft(self._texts["nothing_to_retry"], "notice", "button")
                await outbox.add(connection, conversation_id, [draft], inbox_id)
            if queued:
                await notify(connection, "in", conversation_id)
        log.info("inbox.accepted", conversation=str(conversation_id), inbox=inbox_id, queued=queued)
        outcome: Outcome = "kept" if for_people else "queued" if queued else "answered"
        return Accepted(outcome, waits_for, seq, seq)

    async def _plan_for_people(self, connection: Connection, state: State, text: str | None) -> _Plan:
        """Nothing is judged or understood; only the desk's own buttons still do something."""
        if text is None:
            shown = self._texts["not_text_shown"]
            return _Plan(shown=shown, text="", extra={"no_text": True})
        if not buttons.is_token(text):
            return _Plan(shown=text, text=text)
        token = text.strip()
        tap = await buttons.look(connection, state.id, token)
        if tap.kind == "unknown":
            return self._button_notice("", "button_unknown")
        if tap.kind == "again" and tap.used_by is not None:
            return _Plan("", "", again=tap.used_by)
        live = tap.kind == "live" and state.owner.kind == "queue"
        action = tap.payload if live and tap.payload and "desk" in tap.payload else None
        return _Plan(shown=tap.title, text=tap.title, token=token if live else None, action=action)

    async def _plan_picture(self, connection: Connection, state: State, picture: Picture) -> _Plan:
        """A picture goes to no dialogue: people see it in the thread, and the assistant says so."""
        shown = self._texts["picture_shown"]
        about = {"id": str(picture.id), "width": picture.width, "height": picture.height}
        drafts: tuple[Draft, ...] = ()
        if not gate.closed_to_the_bot(state) and not await _just_told_of_pictures(connection, state.id):
            person = Button(self._texts["button_person"], {"desk": "person"})
            drafts = (Draft(self._texts["picture_taken"], "notice", "picture", buttons=(person,)),)
        return _Plan(shown, shown, drafts=drafts, kind="picture", extra={"picture": about})

    async def _plan(self, connection: Connection, state: State, text: str | None) -> _Plan:
        if text is None:
            return self._own_answer(self._texts["not_text_shown"], "not_text")
        if buttons.is_token(text):
            return await self._plan_tap(connection, state.id, text.strip())
        if (answer := await callbacks.take_phone(connection, self._texts, state, text)) is not None:
            return _Plan(shown=text, text=text, drafts=(answer,))
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
            if "desk" in tap.payload:
                return _Plan(shown=tap.title, text=tap.title, token=token, action=tap.payload)
            if "text" in tap.payload:
                return _Plan(shown=tap.title, text=plain(tap.payload["text"]), token=token, queued=True)
            return _Plan(shown=tap.title, text=tap.title, payload=tap.payload, token=token, queued=True)
        if tap.kind == "again":
            if tap.used_state in ("received", "running") and tap.used_by is not None:
                return _Plan("", "", again=tap.used_by)
            if tap.used_state == "failed":
                return _Plan(shown=tap.title, text=tap.title, action={"desk": "retry"})
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

    async def _act(
        self, connection: Connection, state: State, plan: _Plan, inbox_id: int
    ) -> tuple[Draft, ...]:
        """Does what a button of the desk asks for; gives everything that is to be said."""
        action = plan.action["desk"] if plan.action else None
        if plan.action is not None and action == "callback":
            answer = await callbacks.choose(connection, self._texts, self._handoffs, state, plan.action)
            return (*plan.drafts, answer)
        if action == "bot" and state.owner.kind == "queue":
            return (*plan.drafts, await callbacks.leave_queue(connection, self._texts, state))
        if action == "person" and not (await self._handoffs.outlook(connection)).here:
            return (*plan.drafts, Draft(self._texts["person_called"], "notice", "person"))
        return plan.drafts

    async def _call_for_people(
        self,
        connection: Connection,
        state: State,
        plan: _Plan,
        inbox_id: int,
        turn_id: UUID,
        flag: RedFlagLike | None,
    ) -> Call | None:
        """Stores the request for a person that the message makes by itself."""
        call: Call | None = None
        if plan.action is not None and plan.action["desk"] == "person":
            key = f"desk:{inbox_id}"
            number = await requests.store(connection, state.id, "operator", "operator", "", key)
            call = Call("asked", "operator", request_ids=(number,))
        if flag is not None:
            key = requests.alarm_key(state.rasa_sender, turn_id)
            number = await requests.store(connection, state.id, "emergency", flag.id, flag.title, key)
            await self._handoffs.lift(connection, state, flag.id)
            log.warning("guard.red_flag", conversation=str(state.id), flag=flag.id)
            call = Call("red_flag", flag.id, flag.title, request_ids=(number,))
        if call is not None:
            await mark_seen(connection, state.id, call.request_ids[0])
        return call


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


async def _just_told_of_pictures(connection: Connection, conversation_id: UUID) -> bool:
    """Whether the last words are those about a picture, within a minute: several at once get them once."""
    cursor = await connection.execute(
        "SELECT kind = 'picture' AND ts > clock_timestamp() - interval '1 minute' AS told FROM desk.message"
        " WHERE conversation_id = %s AND (author <> 'patient' OR kind <> 'picture')"
        " ORDER BY seq DESC LIMIT 1",
        (conversation_id,),
    )
    row = await cursor.fetchone()
    return row is not None and row["told"]


async def _retry_failed(connection: Connection, conversation_id: UUID) -> int | None:
    """Puts the messages that failed since the last good turn back into the queue; the last one's id."""
    cursor = await connection.execute(
        "UPDATE desk.inbox SET state = 'received', attempt = 0, failure = NULL, waited_at = NULL,"
        "       late_at = NULL, received_at = clock_timestamp(),"
        "       may_be_begun = may_be_begun OR COALESCE(failure IN ('unknown', 'timeout'), false)"
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
