"""The REST door in the shape of Rasa's REST channel, for trusted systems with a token."""

from __future__ import annotations

import asyncio
import hmac
from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from desk import conversations, outbox
from desk.conversations import gate, ownership
from desk.conversations.handoff import Handoffs
from desk.database import STORAGE_ERRORS, STORAGE_PATIENCE, Pool
from desk.guard import Guard, RedFlagLike, notice_key
from desk.inbox import Accepted, Inbound, Inbox, as_message_text
from desk.outbox import Stored
from desk.rates import Rates
from desk.replies import Replies
from desk.texts import Texts
from desk.turns import Turns
from desk.waits import Waits
from desk.words import storable

log = structlog.get_logger(__name__)


MOST_MESSAGES = 100


class RestMessage(BaseModel):
    """What a caller sends; `message_id` (or `metadata.message_id`) makes a repeated call harmless."""

    sender: str = Field(min_length=1, max_length=200)
    message: Any = None
    message_id: str | None = Field(None, max_length=200)
    metadata: dict[str, Any] | None = None

    @property
    def external_id(self) -> str | None:
        found = self.message_id or (self.metadata or {}).get("message_id")
        return found if isinstance(found, str) and found else None


class RestChannel:
    """Answers in the same call: the turn's messages, or honest words after `patience` seconds."""

    def __init__(
        self,
        pool: Pool,
        inbox: Inbox,
        guard: Guard,
        turns: Turns,
        waits: Waits,
        replies: Replies,
        texts: Texts,
        handoffs: Handoffs,
        rates: Rates,
        token: str,
        patience: float,
    ) -> None:
        self._pool = pool
        self._inbox = inbox
        self._guard = guard
        self._turns = turns
        self._waits = waits
        self._replies = replies
        self._texts = texts
        self._handoffs = handoffs
        self._rates = rates
        self._token = token.encode()
        self._patience = patience

    def router(self) -> APIRouter:
        """`POST /webhooks/rest/webhook`, Rasa's health route, and `GET …/messages?sender=&after=`."""
        router = APIRouter(prefix="/webhooks/rest")
        router.add_api_route("/", self._health, methods=["GET"])
        router.add_api_route("/webhook", self._webhook, methods=["POST"], response_model=None)
        router.add_api_route("/messages", self._messages, methods=["GET"], response_model=None)
        return router

    async def _health(self) -> dict[str, str]:
        return {"status": "ok"}

    async def _webhook(
        self, request: Request, message: RestMessage, authorization: str = Header("")
    ) -> JSONResponse:
        if not self._authorised(authorization):
            return _unauthorised()
        text = as_message_text(message.message)
        flag = await self._guard.check(text)
        try:
            return await self._answer(message, text, flag)
        except STORAGE_ERRORS:
            log.error("rest.storage_lost", exc_info=True)
            said = [self._texts["storage_down"]]
            if flag is not None:
                said.insert(0, self._texts[notice_key(flag, text)])
            return JSONResponse([{"recipient_id": message.sender, "text": each} for each in said], 503)

    async def _answer(self, message: RestMessage, text: str | None, flag: RedFlagLike | None) -> JSONResponse:
        sender = message.sender
        async with asyncio.timeout(STORAGE_PATIENCE):
            async with self._pool.connection() as connection:
                conversation = await conversations.open_conversation(connection, "rest", storable(sender))
            limited = not self._rates.message_allowed(str(conversation.id), None)
            if limited and flag is None:
                return JSONResponse([{"recipient_id": sender, "text": self._texts["too_many"]}], 429)
            accepted = await self._inbox.accept(Inbound(conversation.id, text, flag, message.external_id))
        if accepted.outcome == "queued":
            self._waits.watch(conversation.id, accepted.inbox_id)
            self._turns.wake(conversation.id)
        try:
            items = await self._replies_to(sender, conversation.id, accepted)
        except STORAGE_ERRORS:
            # The message is stored and its turn goes on: what it will have done must not be denied here.
            log.warning("rest.storage_lost", conversation=str(conversation.id), inbox=accepted.inbox_id)
            items = []
            if flag is not None:
                items.append({"recipient_id": sender, "text": self._texts[notice_key(flag, text)]})
        return JSONResponse(items or [{"recipient_id": sender, "text": self._texts["late"]}])

    async def _replies_to(
        self, sender: str, conversation_id: UUID, accepted: Accepted
    ) -> list[dict[str, Any]]:
        """The answer to a message as far as it is there in time, and who has the conversation."""
        stored = await self._replies.wait(conversation_id, accepted, self._patience)
        items = [rest_item(sender, each) for each in stored]
        if not any(each.kind == "owner" for each in stored):
            async with self._pool.connection() as connection:
                state = await ownership.state_of(connection, conversation_id)
                status = await gate.status_line(connection, self._texts, self._handoffs, state)
            if status is not None:
                items.append({"recipient_id": sender, "text": status, "custom": {"owner": state.owner.kind}})
        return items

    async def _messages(
        self,
        sender: str = Query(min_length=1, max_length=200),
        after: int = Query(0, ge=0, le=2**62),
        authorization: str = Header(""),
    ) -> JSONResponse:
        """What came after the number `after`, an operator's words too; `owner` has the conversation."""
        if not self._authorised(authorization):
            return _unauthorised()
        try:
            async with asyncio.timeout(STORAGE_PATIENCE), self._pool.connection() as connection:
                conversation = await conversations.find(connection, "rest", storable(sender))
                if conversation is None:
                    return JSONResponse({"error": "unknown_sender"}, 404)
                stored = await outbox.read_after(connection, conversation.id, after, MOST_MESSAGES)
                await outbox.mark_delivered(connection, conversation.id, [each.seq for each in stored])
                state = await ownership.state_of(connection, conversation.id)
                status = await gate.status_line(connection, self._texts, self._handoffs, state)
        except STORAGE_ERRORS:
            log.error("rest.storage_lost", exc_info=True)
            return JSONResponse({"error": "storage_down"}, 503)
        messages = [_thread_item(sender, each) for each in stored]
        return JSONResponse({"owner": state.owner.kind, "status": status, "messages": messages})

    def _authorised(self, header: str) -> bool:
        scheme, _, given = header.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token)


def _unauthorised() -> JSONResponse:
    return JSONResponse({"error": "unauthorized"}, 401, {"WWW-Authenticate": "Bearer"})


def _thread_item(sender: str, message: Stored) -> dict[str, Any]:
    item = {**rest_item(sender, message), "seq": message.seq, "author": message.author}
    item |= {"kind": message.kind, "ts": message.ts.isoformat()}
    return item | ({"author_name": message.author_name} if message.author_name else {})


def rest_item(sender: str, message: Stored) -> dict[str, Any]:
    """A message in the shape of Rasa's REST channel."""
    item: dict[str, Any] = {"recipient_id": sender}
    if message.text:
        item["text"] = message.text
    if message.buttons:
        item["buttons"] = [{"title": title, "payload": token} for title, token in message.buttons]
    return {**item, **(message.extra or {})}
