"""Runs turns: one at a time for each conversation, in order, whichever desk process is alive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID, uuid5

import structlog

from desk import outbox
from desk.conversations import briefing, ownership
from desk.conversations.briefing import Call, Reason
from desk.conversations.handoff import Handoffs
from desk.conversations.ownership import State
from desk.conversations.people import Outlook
from desk.database import STORAGE_ERRORS, Connection, Pool
from desk.locks import ConversationLocks
from desk.outbox import Button, Draft
from desk.rasa_client import FailureReason, RasaClient, RasaFailure, RasaMessage, TurnRequest, parse_payload
from desk.texts import TextKey, Texts
from desk.unheard import Unheard
from desk.waits import Waits

log = structlog.get_logger(__name__)

# A message that took its process down this often is given up, so that those behind it get their turn.
MAX_ATTEMPTS = 3

_End = Literal["done", "silenced", "taken_over"]

_FAILURE_TEXTS: Mapping[FailureReason, TextKey] = {
    "unreachable": "failed_unreachable",
    "actions_unavailable": "failed_actions",
    "unknown": "failed_unknown",
    "timeout": "failed_unknown",
}
_DOWN: Mapping[FailureReason, Reason] = {
    "unreachable": "assistant_down",
    "actions_unavailable": "part_down",
    "unknown": "outcome_unknown",
    "timeout": "outcome_unknown",
}


class Turns:
    """Takes messages from the inbox, asks Rasa, stores the answers. While people have a conversation none of
    its messages goes to Rasa, and a turn that was on its way then says nothing.
    """

    def __init__(
        self,
        pool: Pool,
        locks: ConversationLocks,
        rasa: RasaClient,
        texts: Texts,
        waits: Waits,
        handoffs: Handoffs,
        unheard: Unheard,
    ) -> None:
        self._pool = pool
        self._locks = locks
        self._rasa = rasa
        self._texts = texts
        self._waits = waits
        self._handoffs = handoffs
        self._unheard = unheard
        self._active: dict[UUID, asyncio.Task[None]] = {}
        self._again: set[UUID] = set()
        self._stopping = False

    def wake(self, conversation_id: UUID) -> None:
        """Something may wait in this conversation's inbox."""
        if self._stopping:
            return
        if conversation_id in self._active:
            self._again.add(conversation_id)
            return
        self._active[conversation_id] = asyncio.create_task(self._drain(conversation_id))

    async def sweep(self) -> None:
        """Wakes every conversation with open messages: those of dead processes, and missed NOTIFYs."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT DISTINCT conversation_id FROM desk.inbox WHERE state IN ('received', 'running')"
            )
            rows = await cursor.fetchall()
        for row in rows:
            self.wake(row["conversation_id"])

    async def stop(self, patience: float) -> None:
        """Takes no new turns; running ones may finish for `patience` seconds, the rest go elsewhere."""
        self._stopping = True
        tasks = list(self._active.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=patience)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)

    async def _drain(self, conversation_id: UUID) -> None:
        try:
            while not self._stopping:
                self._again.discard(conversation_id)
                if await self._locks.acquire(conversation_id):
                    try:
                        await self._run_all(conversation_id)
                    finally:
                        await asyncio.shield(self._locks.release(conversation_id))
                # A message stored while the lock was being given back has set this mark.
                if conversation_id not in self._again:
                    break
        except STORAGE_ERRORS:
            log.warning("turn.storage_lost", conversation=str(conversation_id), exc_info=True)
        except Exception:
            log.error("turn.broken", conversation=str(conversation_id), exc_info=True)
        finally:
            del self._active[conversation_id]

    async def _run_all(self, conversation_id: UUID) -> None:
        while not self._stopping:
            turn = await self._claim(conversation_id)
            if turn is None:
                return
            await self._run(*turn)

    async def _claim(self, conversation_id: UUID) -> tuple[Mapping[str, Any], Outlook] | None:
        async with self._pool.connection() as connection:
            async with connection.transaction():
                # A change of owner ends what waits and what runs: nothing may begin while it is being made.
                await ownership.lock(connection, conversation_id)
                cursor = await connection.execute(
                    "UPDATE desk.inbox i"
                    "   SET state = 'running', attempt = attempt + 1, started_at = clock_timestamp()"
                    "  FROM desk.conversation c"
                    " WHERE c.id = i.conversation_id AND c.owner_kind = 'bot' AND i.id ="
                    "  (SELECT id FROM desk.inbox"
                    "    WHERE conversation_id = %s AND state IN ('received', 'running') ORDER BY id LIMIT 1)"
                    " RETURNING i.id, i.conversation_id, i.text, i.payload, i.red_flag, i.idle_seconds,"
                    "   i.address_mark, i.attempt, i.turn_id, i.may_be_begun,"
                    "   (SELECT ts FROM desk.message m"
                    "     WHERE m.conversation_id = i.conversation_id AND m.seq = i.seq) AS said_at,"
                    "   c.channel, c.rasa_sender, c.version, c.reset_pending",
                    (conversation_id,),
                )
                turn = await cursor.fetchone()
            return None if turn is None else (turn, await self._handoffs.outlook(connection))

    async def _run(self, turn: Mapping[str, Any], outlook: Outlook) -> None:
        started = time.monotonic()
        failure: FailureReason | None = None
        try:
            if turn["attempt"] > MAX_ATTEMPTS:
                raise RasaFailure("unknown")
            if turn["reset_pending"]:
                await self._reset(turn)
            drafts = [_draft(message) for message in await self._rasa.turn(_request(turn, outlook))]
        except RasaFailure as error:
            failure = _honest(error.reason, turn)
            drafts = [self._apology(failure)]
            # The dialogue may have booked and said so. First this, or a death in between would hide it.
            await self._unheard.of(turn)
        end = await self._finish(turn, drafts, failure)
        if end == "silenced":
            await self._unheard.of(turn)
        self._waits.forget(turn["id"])
        log.info(
            f"turn.{end}",
            conversation=str(turn["conversation_id"]),
            inbox=turn["id"],
            turn=str(turn["turn_id"]),
            attempt=turn["attempt"],
            failure=failure,
            milliseconds=round((time.monotonic() - started) * 1000),
        )

    async def _finish(
        self, turn: Mapping[str, Any], drafts: list[Draft], failure: FailureReason | None
    ) -> _End:
        """Stores the end of a turn, unless people have the conversation or another process has the turn."""
        outcome: Literal["done", "failed"] = "failed" if failure else "done"
        async with self._pool.connection() as connection, connection.transaction():
            state = await ownership.lock(connection, turn["conversation_id"])
            cursor = await connection.execute(
                "UPDATE desk.inbox SET state = %s, failure = %s, unheard = unheard OR %s,"
                "       finished_at = clock_timestamp()"
                " WHERE id = %s AND state = 'running' AND attempt = %s",
                (outcome, failure, failure is not None, turn["id"], turn["attempt"]),
            )
            if cursor.rowcount == 0:
                silenced = failure is None and await self._silence(connection, state, turn, drafts)
                return "silenced" if silenced else "taken_over"
            if failure is None:
                # «Повторить» of an earlier failure would run a message that the dialogue has left behind.
                await connection.execute(
                    "UPDATE desk.conversation SET live_notice_seq = NULL WHERE id = %s", (state.id,)
                )
                await outbox.add(connection, state.id, drafts, turn["id"])
                await self._handoffs.called_by_dialogue(connection, state)
            elif (await self._handoffs.outlook(connection)).here:
                reason = _DOWN[failure]
                await outbox.add(connection, state.id, [self._handoffs.apology(reason)], turn["id"])
                await self._handoffs.call(connection, state, Call(reason, reason), ownership.SERVICE)
            else:
                await outbox.add(connection, state.id, drafts, turn["id"])
        return "done"

    async def _reset(self, turn: Mapping[str, Any]) -> None:
        """The dialogue begins anew after people had the conversation; repeated until known to be done."""
        await self._rasa.reset(
            uuid5(turn["conversation_id"], f"reset:{turn['version']}"), turn["rasa_sender"]
        )
        async with self._pool.connection() as connection:
            await connection.execute(
                "UPDATE desk.conversation SET reset_pending = false WHERE id = %s AND version = %s",
                (turn["conversation_id"], turn["version"]),
            )

    async def _silence(
        self, connection: Connection, state: State, turn: Mapping[str, Any], drafts: list[Draft]
    ) -> bool:
        """When the bot answered after people had taken over, they see what it would have said, the patient
        does not; whether that is so."""
        cursor = await connection.execute(
            "SELECT 1 FROM desk.inbox WHERE id = %s AND attempt = %s AND failure = 'people'",
            (turn["id"], turn["attempt"]),
        )
        if await cursor.fetchone() is None:
            return False
        unsent = "\n".join(draft.text for draft in drafts if draft.text)
        await connection.execute(
            "INSERT INTO desk.note (conversation_id, kind, text) VALUES (%s, 'unsent', %s)",
            (state.id, unsent),
        )
        await briefing.attach_requests(connection, state)
        await ownership.record(connection, state, "silenced", ownership.THE_BOT, data={"inbox": turn["id"]})
        return True

    def _apology(self, reason: FailureReason) -> Draft:
        return Draft(
            self._texts[_FAILURE_TEXTS[reason]],
            "notice",
            "failed",
            buttons=(
                Button(self._texts["button_retry"], {"desk": "retry"}),
                Button(self._texts["button_person"], {"desk": "person"}),
            ),
        )


def _honest(reason: FailureReason, turn: Mapping[str, Any]) -> FailureReason:
    """Why the turn failed. That nothing was begun now says nothing of an earlier attempt that broke off."""
    begun_before = turn["may_be_begun"] or turn["attempt"] > 1
    return "unknown" if begun_before and reason in ("unreachable", "actions_unavailable") else reason


def _request(turn: Mapping[str, Any], outlook: Outlook) -> TurnRequest:
    metadata: dict[str, Any] = {"channel": turn["channel"], "idle_seconds": round(turn["idle_seconds"], 1)}
    if outlook.staffed:
        metadata["people"] = "here" if outlook.here else "away"
    if turn["red_flag"]:
        metadata["red_flag"] = turn["red_flag"]
    if turn["address_mark"]:
        metadata["address_mark"] = turn["address_mark"]
    return TurnRequest(turn["turn_id"], turn["rasa_sender"], turn["text"], turn["payload"], metadata)


def _draft(message: RasaMessage) -> Draft:
    extra = {"image": message.image, "custom": message.custom}
    return Draft(
        message.text or "",
        buttons=tuple(
            Button(button.title, parse_payload(button.payload, button.title)) for button in message.buttons
        ),
        extra={key: value for key, value in extra.items() if value} or None,
    )
