"""`/api/conversations`: what an operator sees and does. Each call asks for the right to this conversation and
leaves its line in the audit log."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from desk.access import audit, staff
from desk.access.errors import Refused, staff_router
from desk.access.gate import Actor, Gate
from desk.access.roles import Right
from desk.access.texts import StaffTexts
from desk.console_api import reading
from desk.console_api.bodies import (
    BriefingBody,
    Close,
    ConversationBody,
    NewNote,
    ReturnToBot,
    Say,
    Sent,
    Snooze,
    Step,
    ThreadBody,
    Transfer,
    Writing,
    conversation_body,
)
from desk.console_api.reading import Chosen, Message, Note, Row, may_see
from desk.conversations import briefing, operators
from desk.conversations.operators import Operator
from desk.conversations.ownership import NotAllowed, Stale
from desk.database import Connection, Pool, notify
from desk.routing import presence
from desk.routing.reading import has_place
from desk.texts import Texts
from desk.writing import REPEAT_SECONDS, operator_writes

_PAGE = 50
_LONGEST_SNOOZE = timedelta(days=30)
# A window that reads on what it shows leaves a line so often, not for every message.
_VIEW_LASTS = timedelta(minutes=15)


def console_router(
    pool: Pool, gate: Gate, texts: Texts, staff_texts: StaffTexts, clock: Callable[[], datetime]
) -> APIRouter:
    """Lists, threads, and the steps of a conversation."""
    router = staff_router("/api/conversations", staff_texts)
    lists = Depends(gate.require("conversations.list"))
    may_view = gate.require("conversation.view")
    views = Depends(may_view)
    takes = Depends(gate.require("conversation.take"))
    writes = Depends(gate.require("conversation.write"))
    makes_notes = Depends(gate.require("conversation.note"))
    hands_over = Depends(gate.require("conversation.hand_over"))
    closes = Depends(gate.require("conversation.close"))

    may_read_on = gate.require("conversation.view", by_itself=True)

    async def reads(request: Request) -> Actor:
        # The window reads on by itself whenever the patient writes.
        reads_on = request.query_params.get("after", "0") != "0"
        return await (may_read_on if reads_on else may_view)(request)

    readers = Depends(reads)

    @asynccontextmanager
    async def step(
        actor: Actor,
        right: Right,
        action: str,
        conversation_id: UUID,
        place_of: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[tuple[Connection, Row]]:
        """A transaction around one step, with its right asked and its line in the log.

        `place_of` is who needs a place for it: their cap is asked under a lock that comes before all others.
        """
        try:
            async with pool.connection() as connection, connection.transaction():
                if place_of is not None and not await has_place(
                    connection, place_of, clock(), but=conversation_id
                ):
                    raise Refused(409, "no_place")
                row = await reading.one(connection, actor.staff.id, conversation_id)
                if row is None:
                    raise Refused(404, "not_found")
                actor.demand(right, row.relation_to(actor.staff.id))
                yield connection, row
                await audit.write(
                    connection, actor.by, f"conversation.{action}", "conversation", conversation_id, details
                )
        except Stale:
            raise Refused(409, "changed_meanwhile") from None
        except NotAllowed:
            raise Refused(409, "not_possible_now") from None
        except LookupError:
            raise Refused(404, "not_found") from None

    @router.get("")
    async def conversations(
        view: Literal["mine", "queue", "others"] = "mine", actor: Actor = lists
    ) -> list[ConversationBody]:
        """One's own, the queue, or for supervisors those of everybody."""
        me = actor.staff.id
        async with pool.connection() as connection:
            if view == "others":
                if not actor.may("conversations.list", "other"):
                    raise Refused(403, "no_right")
                rows = await reading.with_people(connection)
            elif view == "queue":
                rows = await reading.waiting(connection)
            else:
                rows = await reading.mine(connection, me)
        return [conversation_body(row, me) for row in rows]

    @router.get("/{conversation_id}")
    async def thread(conversation_id: UUID, actor: Actor = views) -> ThreadBody:
        """The conversation with all that is known; looking at it is logged."""
        viewing = step(
            actor, "conversation.view", "view", conversation_id, details={"session": actor.session}
        )
        async with viewing as (connection, row):
            told = await briefing.latest(connection, conversation_id)
            page = await reading.messages(connection, conversation_id, limit=_PAGE)
            notes = await reading.notes(connection, conversation_id)
            others = await reading.earlier(connection, conversation_id)
        return ThreadBody(
            conversation=conversation_body(row, actor.staff.id),
            briefing=_briefing(told) if told else None,
            messages=page,
            notes=notes,
            others=others,
        )

    @router.get("/{conversation_id}/messages")
    async def messages(
        conversation_id: UUID,
        after: int = Query(0, ge=0, lt=2**62),
        before: int | None = Query(None, ge=1, lt=2**62),
        actor: Actor = readers,
    ) -> list[Message]:
        """What came after the last number the window has, or an earlier page. To read on is no new view while
        the session's last one is in the log."""
        async with pool.connection() as connection, connection.transaction():
            row = await reading.one(connection, actor.staff.id, conversation_id)
            if row is None or not may_see(actor, row):
                raise Refused(404, "not_found")
            page = await reading.messages(
                connection, conversation_id, after=after, before=before, limit=_PAGE
            )
            await audit.write_unless_lately(
                connection,
                actor.by,
                "conversation.view",
                "conversation",
                conversation_id,
                {"session": actor.session},
                within=_VIEW_LASTS if after else timedelta(0),
            )
        return page

    @router.get("/{conversation_id}/decisions")
    async def decisions(conversation_id: UUID, actor: Actor = views) -> list[Chosen]:
        """Why the conversation was given to whom."""
        async with pool.connection() as connection:
            row = await reading.one(connection, actor.staff.id, conversation_id)
            if row is None or not may_see(actor, row):
                raise Refused(404, "not_found")
            return await reading.decisions(connection, conversation_id)

    @router.post("/{conversation_id}/accept")
    async def accept(conversation_id: UUID, body: Step, actor: Actor = writes) -> ConversationBody:
        """Takes up what the routing has given."""
        async with step(actor, "conversation.write", "accept", conversation_id) as (connection, _):
            await operators.accept(connection, texts, conversation_id, _operator(actor), body.version)
            return await _after(connection, actor, conversation_id)

    @router.post("/{conversation_id}/take")
    async def take(conversation_id: UUID, body: Step, actor: Actor = takes) -> ConversationBody:
        """Takes a conversation from the queue, or for supervisors from the bot or a colleague."""
        me = _operator(actor)
        async with step(actor, "conversation.take", "take", conversation_id, me.id) as (connection, row):
            if row.owner == "operator" and row.operator_id not in (None, me.id):
                owner = Operator(row.operator_id or 0, row.operator_name or "")
                after = await operators.transfer(
                    connection, texts, conversation_id, owner, body.version, me, "", by=me
                )
                await operators.accept(connection, texts, conversation_id, me, after.version)
            else:
                await operators.take(connection, texts, conversation_id, me, body.version)
            return await _after(connection, actor, conversation_id)

    @router.post("/{conversation_id}/decline")
    async def decline(conversation_id: UUID, body: Step, actor: Actor = writes) -> ConversationBody:
        """Gives what was assigned back to the head of the queue, for another person."""
        async with step(actor, "conversation.write", "decline", conversation_id) as (connection, _):
            await operators.decline(connection, texts, conversation_id, _operator(actor), body.version)
            return await _after(connection, actor, conversation_id)

    @router.post("/{conversation_id}/messages")
    async def say(conversation_id: UUID, body: Say, actor: Actor = writes) -> Sent:
        """Sends words to the patient; the first words accept the conversation."""
        async with step(actor, "conversation.write", "say", conversation_id) as (connection, _):
            seq = await operators.say(
                connection, texts, conversation_id, _operator(actor), body.text, body.client_msg_id
            )
        return Sent(seq=seq)

    @router.post("/{conversation_id}/writing")
    async def writing(conversation_id: UUID, actor: Actor = writes) -> Writing:
        """Shows the patient that an answer is being written. Nothing is stored, so nothing is logged."""
        async with pool.connection() as connection:
            row = await reading.one(connection, actor.staff.id, conversation_id)
            if row is None:
                raise Refused(404, "not_found")
            actor.demand("conversation.write", row.relation_to(actor.staff.id))
            await operator_writes(connection, conversation_id)
        return Writing(repeat_seconds=REPEAT_SECONDS)

    @router.post("/{conversation_id}/notes", status_code=201)
    async def note(conversation_id: UUID, body: NewNote, actor: Actor = makes_notes) -> list[Note]:
        """Adds an internal note; gives all of them."""
        async with step(actor, "conversation.note", "note", conversation_id) as (connection, _):
            await operators.note(connection, conversation_id, _operator(actor), body.text)
            await notify(connection, "out", conversation_id)
            return await reading.notes(connection, conversation_id)

    @router.post("/{conversation_id}/transfer")
    async def transfer(conversation_id: UUID, body: Transfer, actor: Actor = hands_over) -> ConversationBody:
        """Hands the conversation to a colleague who is on line and has a place, or back to the queue."""
        async with step(actor, "conversation.hand_over", "transfer", conversation_id, body.to) as (
            connection,
            row,
        ):
            to = await _colleague(connection, body.to) if body.to is not None else None
            owner = Operator(row.operator_id or 0, row.operator_name or "")
            await operators.transfer(
                connection, texts, conversation_id, owner, body.version, to, body.note, by=_operator(actor)
            )
            return await _after(connection, actor, conversation_id)

    @router.post("/{conversation_id}/snooze")
    async def snooze(conversation_id: UUID, body: Snooze, actor: Actor = writes) -> ConversationBody:
        """Puts the conversation off until a time, or until the patient writes."""
        async with step(actor, "conversation.write", "snooze", conversation_id) as (connection, _):
            if not clock() < body.until <= clock() + _LONGEST_SNOOZE:
                raise Refused(422, "bad_time")
            await operators.snooze(connection, conversation_id, _operator(actor), body.version, body.until)
            await notify(connection, "owner", conversation_id)
            return await _after(connection, actor, conversation_id)

    @router.post("/{conversation_id}/return")
    async def return_to_bot(
        conversation_id: UUID, body: ReturnToBot, actor: Actor = closes
    ) -> ConversationBody:
        """Gives the conversation back to Мария; the patient is told what was done."""
        async with step(actor, "conversation.close", "return", conversation_id) as (connection, _):
            await operators.return_to_bot(
                connection, texts, conversation_id, _operator(actor), body.version, body.note, body.did
            )
            return await _after(connection, actor, conversation_id)

    @router.post("/{conversation_id}/close")
    async def close(conversation_id: UUID, body: Close, actor: Actor = closes) -> ConversationBody:
        """Ends the conversation with its topic and outcome."""
        async with step(actor, "conversation.close", "close", conversation_id) as (connection, _):
            await operators.close(
                connection,
                texts,
                conversation_id,
                _operator(actor),
                body.version,
                body.topic,
                body.outcome,
                body.note,
            )
            return await _after(connection, actor, conversation_id)

    return router


async def _after(connection: Connection, actor: Actor, conversation_id: UUID) -> ConversationBody:
    row = await reading.one(connection, actor.staff.id, conversation_id)
    if row is None:
        raise LookupError(f"no conversation {conversation_id}")
    return conversation_body(row, actor.staff.id)


async def _colleague(connection: Connection, staff_id: int) -> Operator:
    found = await staff.find(connection, staff_id)
    if found is None or found.disabled or await presence.state_of(connection, staff_id) != "online":
        raise Refused(409, "colleague_away")
    return Operator(found.id, found.name)


def _operator(actor: Actor) -> Operator:
    return Operator(actor.staff.id, actor.staff.name)


def _briefing(told: briefing.Briefing) -> BriefingBody:
    return BriefingBody(
        reason=told.reason,
        topic=told.topic,
        summary=told.summary,
        slots=dict(told.slots),
        understood=list(told.understood),
        visits=[dict(each) for each in told.visits],
        position=told.position,
        promised_seconds=told.promised_seconds,
        created_at=told.created_at,
    )
