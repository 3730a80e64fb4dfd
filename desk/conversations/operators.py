"""What an operator does with a conversation. Who may do it is decided by the caller, who owns it here.

Every function runs in the caller's transaction, locks the conversation and raises LookupError, Stale or
NotAllowed without having changed anything. `version` is the one the operator has seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from desk import outbox
from desk.conversations import briefing, ownership, queue
from desk.conversations.ownership import BOT, CLOSED, QUEUE, Actor, NotAllowed, Owner, Stale, State
from desk.database import Connection
from desk.outbox import Draft
from desk.texts import Texts

Outcome = Literal["booked", "moved", "cancelled", "answered", "callback", "no_reply", "other"]
NoteKind = Literal["note", "transfer", "return", "close"]


@dataclass(frozen=True)
class Operator:
    """A member of the staff; `name` is what patients and colleagues read."""

    id: int
    name: str

    @property
    def actor(self) -> Actor:
        return Actor("operator", self.id)

    @property
    def owner(self) -> Owner:
        return Owner("operator", self.id)


async def accept(
    connection: Connection, texts: Texts, conversation_id: UUID, operator: Operator, version: int
) -> State:
    """Takes up what was assigned to the operator; the patient is told who is there. Twice is once."""
    state = await _own(connection, conversation_id, operator, version)
    if state.accepted_at is not None:
        return state
    await connection.execute(
        "UPDATE desk.conversation SET accepted_at = clock_timestamp() WHERE id = %s", (conversation_id,)
    )
    await ownership.record(connection, state, "accepted", operator.actor)
    await _joined(connection, texts, state, operator)
    return await ownership.state_of(connection, conversation_id)


async def take(
    connection: Connection, texts: Texts, conversation_id: UUID, operator: Operator, version: int
) -> State:
    """Takes a conversation from the queue or from the bot, which falls silent with it."""
    state = await _seen(connection, conversation_id, version)
    after = await ownership.change(connection, state, operator.owner, "taken", operator.actor)
    await _joined(connection, texts, state, operator)
    return after


async def decline(
    connection: Connection, texts: Texts, conversation_id: UUID, operator: Operator, version: int
) -> State:
    """Gives the conversation back to the head of the queue."""
    state = await _own(connection, conversation_id, operator, version)
    return await queue.requeue(connection, texts, state, "declined", operator.actor)


async def say(
    connection: Connection,
    texts: Texts,
    conversation_id: UUID,
    operator: Operator,
    text: str,
    client_msg_id: str,
) -> int:
    """Sends the operator's words to the patient; gives the number of the message.

    The same `client_msg_id` again sends nothing and gives the same number. Only the owner may speak; the
    first words accept what was assigned.
    """
    if not text.strip():
        raise ValueError("a message without words")
    state = await _own(connection, conversation_id, operator)
    _in_chat(state)
    cursor = await connection.execute(
        "SELECT seq FROM desk.message WHERE conversation_id = %s AND author = 'operator'"
        " AND client_msg_id = %s",
        (conversation_id, client_msg_id),
    )
    known = await cursor.fetchone()
    if known is not None:
        seq: int = known["seq"]
        return seq
    if state.accepted_at is None:
        await accept(connection, texts, conversation_id, operator, state.version)
    draft = Draft(
        text,
        "operator",
        "answer",
        client_msg_id=client_msg_id,
        operator_id=operator.id,
        author_name=operator.name,
    )
    (seq,) = await outbox.add(connection, conversation_id, [draft], None)
    await connection.execute(
        "UPDATE desk.conversation SET waiting_since = NULL, last_operator_at = clock_timestamp(),"
        " first_reply_at = COALESCE(first_reply_at, clock_timestamp()) WHERE id = %s",
        (conversation_id,),
    )
    first = state.first_reply_at is None
    await ownership.record(connection, state, "replied", operator.actor, data={"seq": seq, "first": first})
    return seq


async def note(connection: Connection, conversation_id: UUID, operator: Operator, text: str) -> int:
    """Writes an internal note, which no patient sees; any colleague may. Gives its id."""
    state = await ownership.lock(connection, conversation_id)
    note_id = await _note(connection, conversation_id, "note", operator, text)
    await ownership.record(connection, state, "noted", operator.actor, data={"note": note_id})
    return note_id


async def transfer(
    connection: Connection,
    texts: Texts,
    conversation_id: UUID,
    operator: Operator,
    version: int,
    to: Operator | None,
    text: str,
    by: Operator | None = None,
) -> State:
    """Gives the conversation to a colleague, or with `to` None to the head of the queue, with a note.

    `by` is who does it, if not the owner (a supervisor takes it over or hands it on).
    """
    if to is not None and to.id == operator.id:
        raise NotAllowed("a transfer to oneself")
    state = await _own(connection, conversation_id, operator, version)
    actor = by or operator
    target = QUEUE if to is None else to.owner
    after = await ownership.change(connection, state, target, "transferred", actor.actor)
    await _note(connection, conversation_id, "transfer", actor, text)
    await _tell(connection, state, texts["owner_transferred"])
    return after


async def snooze(
    connection: Connection, conversation_id: UUID, operator: Operator, version: int, until: datetime
) -> State:
    """Puts the conversation off until a time, or until the patient writes; it stays the operator's."""
    state = await _own(connection, conversation_id, operator, version)
    await connection.execute(
        "UPDATE desk.conversation SET snoozed_until = %s WHERE id = %s", (until, conversation_id)
    )
    await ownership.record(connection, state, "snoozed", operator.actor, data={"until": until.isoformat()})
    return await ownership.state_of(connection, conversation_id)


async def return_to_bot(
    connection: Connection,
    texts: Texts,
    conversation_id: UUID,
    operator: Operator,
    version: int,
    text: str,
    did: str = "",
) -> State:
    """Gives the conversation back to the bot, whose dialogue begins anew. `text` is a note for colleagues,
    `did` a sentence for the patient about what was done («записан на …»)."""
    state = await _own(connection, conversation_id, operator, version)
    _in_chat(state)
    await _close_requests(connection, conversation_id)
    after = await ownership.change(connection, state, BOT, "returned_to_bot", operator.actor)
    await _note(connection, conversation_id, "return", operator, text)
    again = texts.say("owner_bot_again_did", did=_sentence(did)) if did.strip() else texts["owner_bot_again"]
    await _tell(connection, state, again)
    return after


async def close(
    connection: Connection,
    texts: Texts,
    conversation_id: UUID,
    operator: Operator,
    version: int,
    topic: str,
    outcome: Outcome,
    text: str = "",
) -> State:
    """Ends the conversation with its topic and outcome; `text` is the reason, for colleagues.

    The clinic's requests behind it are done. The next message of the patient is the bot's.
    """
    if not topic.strip():
        raise ValueError("a conversation is closed with a topic")
    state = await _own(connection, conversation_id, operator, version)
    await _close_requests(connection, conversation_id)
    data = {"topic": topic, "outcome": outcome}
    await connection.execute(
        "UPDATE desk.conversation SET topic = %s WHERE id = %s", (topic, conversation_id)
    )
    after = await ownership.change(connection, state, CLOSED, "closed", operator.actor, outcome, data)
    if text.strip():
        await _note(connection, conversation_id, "close", operator, text)
    await _tell(connection, state, texts["owner_closed"])
    return after


async def _seen(connection: Connection, conversation_id: UUID, version: int | None) -> State:
    state = await ownership.lock(connection, conversation_id)
    if version is not None and state.version != version:
        raise Stale(f"conversation {conversation_id}: version {version} is over")
    return state


async def _own(
    connection: Connection, conversation_id: UUID, operator: Operator, version: int | None = None
) -> State:
    state = await _seen(connection, conversation_id, version)
    if state.owner != operator.owner:
        raise NotAllowed(f"conversation {conversation_id} is not operator {operator.id}'s")
    return state


def _in_chat(state: State) -> None:
    if not state.in_chat:
        raise NotAllowed(f"conversation {state.id} is a request: nobody reads it")


async def _note(
    connection: Connection, conversation_id: UUID, kind: NoteKind, operator: Operator, text: str
) -> int:
    cursor = await connection.execute(
        "INSERT INTO desk.note (conversation_id, kind, operator_id, author_name, text)"
        " VALUES (%s, %s, %s, %s, %s) RETURNING id",
        (conversation_id, kind, operator.id, operator.name, text),
    )
    row = await cursor.fetchone()
    if row is None:
        raise RuntimeError("INSERT … RETURNING gave no row")
    note_id: int = row["id"]
    return note_id


async def _joined(connection: Connection, texts: Texts, state: State, operator: Operator) -> None:
    if not state.in_chat:
        return
    draft = Draft(
        texts.say("owner_joined", name=operator.name),
        "notice",
        "owner",
        operator_id=operator.id,
        author_name=operator.name,
    )
    await outbox.add(connection, state.id, [draft], None)


async def _tell(connection: Connection, state: State, text: str) -> None:
    if state.in_chat:
        await outbox.add(connection, state.id, [Draft(text, "notice", "owner")], None)


async def _close_requests(connection: Connection, conversation_id: UUID) -> None:
    told = await briefing.latest(connection, conversation_id)
    if told is not None:
        await connection.execute("SELECT clinic.close_requests(%s)", (list(told.request_ids),))


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text[-1] in ".!?…" else f"{text}."
