"""Runs turns: one at a time for each conversation, in order, whichever desk process is alive."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Literal
from uuid import UUID

import structlog

from desk import outbox
from desk.database import STORAGE_ERRORS, Pool
from desk.locks import ConversationLocks
from desk.outbox import Button, Draft
from desk.rasa_client import FailureReason, RasaClient, RasaFailure, RasaMessage, TurnRequest, parse_payload
from desk.texts import TextKey, Texts
from desk.waits import Waits

log = structlog.get_logger(__name__)

# A message that took its process down this often is given up, so that those behind it get their turn.
MAX_ATTEMPTS = 3

_FAILURE_TEXTS: Mapping[FailureReason, TextKey] = {
    "unreachable": "failed_unreachable",
    "actions_unavailable": "failed_actions",
    "unknown": "failed_unknown",
    "timeout": "failed_unknown",
}


class Turns:
    """Takes messages from the inbox, asks Rasa, stores the answers."""

    def __init__(
        self, pool: Pool, locks: ConversationLocks, rasa: RasaClient, texts: Texts, waits: Waits
    ) -> None:
        self._pool = pool
        self._locks = locks
        self._rasa = rasa
        self._texts = texts
        self._waits = waits
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
            await self._run(turn)

    async def _claim(self, conversation_id: UUID) -> Mapping[str, Any] | None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "UPDATE desk.inbox i"
                "   SET state = 'running', attempt = attempt + 1, started_at = clock_timestamp()"
                "  FROM desk.conversation c"
                " WHERE c.id = i.conversation_id AND i.id = (SELECT id FROM desk.inbox"
                "   WHERE conversation_id = %s AND state IN ('received', 'running')"
                "   ORDER BY id LIMIT 1)"
                " RETURNING i.id, i.conversation_id, i.text, i.payload, i.red_flag, i.idle_seconds,"
                "   i.address_mark, i.attempt, i.turn_id, c.channel, c.rasa_sender",
                (conversation_id,),
            )
            return await cursor.fetchone()

    async def _run(self, turn: Mapping[str, Any]) -> None:
        started = time.monotonic()
        failure: FailureReason | None = None
        try:
            if turn["attempt"] > MAX_ATTEMPTS:
                raise RasaFailure("unknown")
            drafts = [_draft(message) for message in await self._rasa.turn(_request(turn))]
        except RasaFailure as error:
            failure = error.reason
            drafts = [self._apology(failure)]
        stored = await self._finish(turn, drafts, failure)
        self._waits.forget(turn["id"])
        log.info(
            "turn.done" if stored else "turn.taken_over",
            conversation=str(turn["conversation_id"]),
            inbox=turn["id"],
            turn=str(turn["turn_id"]),
            attempt=turn["attempt"],
            failure=failure,
            milliseconds=round((time.monotonic() - started) * 1000),
        )

    async def _finish(
        self, turn: Mapping[str, Any], drafts: list[Draft], failure: FailureReason | None
    ) -> bool:
        """Stores the end of a turn, unless another process has taken the turn over meanwhile."""
        state: Literal["done", "failed"] = "failed" if failure else "done"
        conversation_id: UUID = turn["conversation_id"]
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(
                "SELECT 1 FROM desk.conversation WHERE id = %s FOR UPDATE", (conversation_id,)
            )
            cursor = await connection.execute(
                "UPDATE desk.inbox SET state = %s, failure = %s, finished_at = clock_timestamp()"
                " WHERE id = %s AND state = 'running' AND attempt = %s",
                (state, failure, turn["id"], turn["attempt"]),
            )
            if cursor.rowcount == 0:
                return False
            if failure is None:
                # «Повторить» of an earlier failure would run a message that the dialogue has left behind.
                await connection.execute(
                    "UPDATE desk.conversation SET live_notice_seq = NULL WHERE id = %s", (conversation_id,)
                )
            await outbox.add(connection, conversation_id, drafts, turn["id"])
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


def _request(turn: Mapping[str, Any]) -> TurnRequest:
    metadata: dict[str, Any] = {"channel": turn["channel"], "idle_seconds": round(turn["idle_seconds"], 1)}
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
