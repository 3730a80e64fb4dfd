"""The web chat over Socket.IO, with the event names of Rasa's own channel."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import socketio
import structlog

from desk import conversations, outbox
from desk.addresses import AddressMarks
from desk.channels.origins import OriginCheck
from desk.database import STORAGE_ERRORS, STORAGE_PATIENCE, Pool
from desk.guard import Guard, RedFlagLike, notice_key
from desk.inbox import Inbound, Inbox, as_message_text
from desk.outbox import Stored
from desk.rates import Rates
from desk.sessions import SessionSigner
from desk.texts import TextKey, Texts
from desk.turns import Turns
from desk.waits import Waits
from desk.writing import REPEAT_SECONDS, patient_writes

log = structlog.get_logger(__name__)

HISTORY_LENGTH = 50
MAX_FRAME = 100_000
# A little less than browsers wait between two signals.
_WRITING_EVERY = REPEAT_SECONDS / 2


@dataclass
class _Socket:
    """One connected browser tab: whose conversation it shows and up to which message."""

    address: str
    conversation_id: UUID | None = None
    session_id: str = ""
    after: int = 0
    # Up to which message the browser has said to have got them.
    received: int = 0
    # When its patient was last known to be writing.
    wrote_at: float = float("-inf")
    # Events of one socket run as tasks of their own: this keeps them in the order of their arrival.
    inbound: asyncio.Lock = field(default_factory=asyncio.Lock)
    outbound: asyncio.Lock = field(default_factory=asyncio.Lock)


class SocketChannel:
    """Takes `user_uttered`, sends stored messages to every socket of their conversation in this process."""

    def __init__(
        self,
        pool: Pool,
        inbox: Inbox,
        guard: Guard,
        turns: Turns,
        waits: Waits,
        texts: Texts,
        signer: SessionSigner,
        rates: Rates,
        marks: AddressMarks,
        origins: OriginCheck,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._inbox = inbox
        self._guard = guard
        self._turns = turns
        self._waits = waits
        self._texts = texts
        self._signer = signer
        self._rates = rates
        self._marks = marks
        self._sockets: dict[str, _Socket] = {}
        self._by_conversation: defaultdict[UUID, set[str]] = defaultdict(set)
        self._flushes: dict[UUID, asyncio.Task[None]] = {}
        self._flush_again: set[UUID] = set()
        self._monotonic = monotonic
        self._signals: set[asyncio.Task[None]] = set()
        self.server = socketio.AsyncServer(
            async_mode="asgi",
            cors_allowed_origins=origins.allowed,
            max_http_buffer_size=MAX_FRAME,
            logger=False,
            engineio_logger=False,
        )
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)
        self.server.on("session_request", self._session_request)
        self.server.on("user_uttered", self._user_uttered)
        self.server.on("writing", self._writing)
        self.server.on("received", self._received)

    def wake(self, conversation_id: UUID) -> None:
        """Something was stored in this conversation: send what its sockets here have not got."""
        if conversation_id not in self._by_conversation:
            return
        if conversation_id in self._flushes:
            self._flush_again.add(conversation_id)
            return
        self._flushes[conversation_id] = asyncio.create_task(self._flush(conversation_id))

    def wake_all(self) -> None:
        """NOTIFYs may have been missed."""
        for conversation_id in list(self._by_conversation):
            self.wake(conversation_id)

    def operator_writes(self, conversation_id: UUID) -> None:
        """Shows the patient that an operator is writing; the browser forgets it by itself."""
        if conversation_id in self._by_conversation:
            signal = asyncio.create_task(self._show_operator_writes(conversation_id))
            self._signals.add(signal)
            signal.add_done_callback(self._signals.discard)

    async def _show_operator_writes(self, conversation_id: UUID) -> None:
        for sid in list(self._by_conversation.get(conversation_id, ())):
            await self.server.emit("typing", {"on": True, "by": "operator"}, to=sid)

    async def _writing(self, sid: str, _data: object = None) -> None:
        """The patient is writing: of interest only to an operator who has the conversation."""
        socket, now = self._sockets.get(sid), self._monotonic()
        if socket is None or socket.conversation_id is None or now - socket.wrote_at < _WRITING_EVERY:
            return
        socket.wrote_at = now
        # A signal that is lost costs nothing: the next one comes in seconds.
        with contextlib.suppress(*STORAGE_ERRORS):
            async with asyncio.timeout(STORAGE_PATIENCE), self._pool.connection() as connection:
                await patient_writes(connection, socket.conversation_id)

    async def _received(self, sid: str, data: object = None) -> None:
        """The browser has got what an operator wrote, up to a number that it was sent."""
        socket, seq = self._sockets.get(sid), data.get("seq") if isinstance(data, Mapping) else None
        if socket is None or type(seq) is not int:
            return
        # The number counts as sent only after the message was.
        async with socket.outbound:
            conversation_id, known = socket.conversation_id, socket.received
            if conversation_id is None or not known < seq <= socket.after:
                return
            socket.received = seq
        # A mark that is lost comes again with the next message or the next connection.
        with contextlib.suppress(*STORAGE_ERRORS):
            async with asyncio.timeout(STORAGE_PATIENCE), self._pool.connection() as connection:
                await outbox.mark_operators_delivered(connection, conversation_id, known, seq)

    async def _connect(self, sid: str, environ: Mapping[str, Any], _auth: object = None) -> None:
        client = environ.get("asgi.scope", {}).get("client") or ("unknown", 0)
        self._sockets[sid] = _Socket(address=str(client[0]))

    async def _disconnect(self, sid: str, _reason: object = None) -> None:
        socket = self._sockets.pop(sid, None)
        if socket is not None and socket.conversation_id is not None:
            self._leave(sid, socket.conversation_id)

    async def _session_request(self, sid: str, data: object = None) -> None:
        fields = data if isinstance(data, Mapping) else {}
        socket = self._sockets.get(sid)
        if socket is None:
            return
        try:
            async with socket.inbound, asyncio.timeout(STORAGE_PATIENCE):
                await self._open_session(sid, socket, fields)
        except STORAGE_ERRORS:
            log.error("socket.storage_lost", exc_info=True)
            await self._say(sid, "storage_down")

    async def _open_session(self, sid: str, socket: _Socket, fields: Mapping[str, Any]) -> bool:
        bare = self._signer.verify(fields.get("session_id"))
        async with self._pool.connection() as connection:
            conversation = await conversations.find(connection, "web", bare) if bare else None
            if conversation is None:
                if not self._rates.session_allowed(socket.address):
                    await self._say(sid, "too_many")
                    return False
                bare = self._signer.new()
                conversation = await conversations.open_conversation(connection, "web", bare)
            after = fields.get("after")
            async with socket.outbound:
                # A number that this conversation has not reached was not given by it.
                if type(after) is int and 0 <= after <= conversation.last_seq:
                    messages = await outbox.read_after(connection, conversation.id, after, HISTORY_LENGTH)
                else:
                    messages = await outbox.read_last(connection, conversation.id, HISTORY_LENGTH)
                if socket.conversation_id is not None:
                    self._leave(sid, socket.conversation_id)
                socket.conversation_id = conversation.id
                socket.session_id = self._signer.sign(conversation.external_id)
                socket.received = 0
                socket.after = messages[-1].seq if messages else conversation.last_seq
                self._by_conversation[conversation.id].add(sid)
                await self.server.emit("session_confirm", socket.session_id, to=sid)
                await self.server.emit("history", {"messages": [history_item(m) for m in messages]}, to=sid)
        # What was stored between the reading and the joining.
        self.wake(conversation.id)
        return True

    async def _user_uttered(self, sid: str, data: object = None) -> Mapping[str, Any]:
        fields: Mapping[str, Any] = data if isinstance(data, Mapping) else {"message": data}
        socket = self._sockets.get(sid)
        if socket is None:
            return {"ok": False, "status": "error"}
        text = as_message_text(fields.get("message"))
        async with socket.inbound:
            flag = await self._guard.check(text)
            try:
                async with asyncio.timeout(STORAGE_PATIENCE):
                    if await self._own_session(sid, socket, fields):
                        return await self._accept(sid, socket, fields, text, flag)
                await self._warn(sid, flag, text)
            except STORAGE_ERRORS:
                log.error("socket.storage_lost", exc_info=True)
                await self._warn(sid, flag, text)
                await self._say(sid, "storage_down")
            return {"ok": False, "status": "error"}

    async def _own_session(self, sid: str, socket: _Socket, fields: Mapping[str, Any]) -> bool:
        claimed = fields.get("session_id")
        if socket.conversation_id is None:
            return await self._open_session(sid, socket, {"session_id": claimed})
        if claimed is None or claimed == socket.session_id:
            return True
        log.warning("socket.foreign_session", conversation=str(socket.conversation_id))
        await self._say(sid, "wrong_session")
        return False

    async def _accept(
        self,
        sid: str,
        socket: _Socket,
        fields: Mapping[str, Any],
        text: str | None,
        flag: RedFlagLike | None,
    ) -> Mapping[str, Any]:
        conversation_id = socket.conversation_id
        if conversation_id is None:
            return {"ok": False, "status": "error"}
        # A cry for help is never dropped for being one message too many.
        if flag is None and not self._rates.message_allowed(str(conversation_id), socket.address):
            await self._say(sid, "too_many")
            return {"ok": False, "status": "limited"}
        accepted = await self._inbox.accept(
            Inbound(conversation_id, text, flag, _client_msg_id(fields), self._marks.of(socket.address))
        )
        if accepted.outcome == "queued":
            self._waits.watch(conversation_id, accepted.inbox_id)
            self._turns.wake(conversation_id)
            for other in self._by_conversation.get(conversation_id, ()):
                await self.server.emit("typing", {"on": True}, to=other)
        status = "again" if accepted.outcome == "again" else "stored"
        return {"ok": True, "status": status, "seq": accepted.seq}

    async def _flush(self, conversation_id: UUID) -> None:
        try:
            while True:
                self._flush_again.discard(conversation_id)
                for sid in list(self._by_conversation.get(conversation_id, ())):
                    socket = self._sockets.get(sid)
                    if socket is not None:
                        await self._send_new(sid, socket, conversation_id)
                if conversation_id not in self._flush_again:
                    break
        except STORAGE_ERRORS:
            log.warning("socket.flush_failed", conversation=str(conversation_id))
        finally:
            del self._flushes[conversation_id]

    async def _send_new(self, sid: str, socket: _Socket, conversation_id: UUID) -> None:
        async with socket.outbound:
            if socket.conversation_id != conversation_id:
                return
            while True:
                async with self._pool.connection() as connection:
                    messages = await outbox.read_after(connection, conversation_id, socket.after, 50)
                for message in messages:
                    if message.author == "patient":
                        await self.server.emit("patient_uttered", history_item(message), to=sid)
                    else:
                        await self.server.emit("bot_uttered", history_item(message), to=sid)
                    socket.after = message.seq
                if len(messages) < 50:
                    return

    async def _warn(self, sid: str, flag: RedFlagLike | None, text: str | None) -> None:
        if flag is not None:
            await self._say(sid, notice_key(flag, text))

    async def _say(self, sid: str, key: TextKey) -> None:
        """Words outside the history, for when they cannot or need not be stored."""
        await self.server.emit("bot_uttered", {"text": self._texts[key], "author": "notice"}, to=sid)

    def _leave(self, sid: str, conversation_id: UUID) -> None:
        sids = self._by_conversation.get(conversation_id)
        if sids is not None:
            sids.discard(sid)
            if not sids:
                del self._by_conversation[conversation_id]


def history_item(message: Stored) -> dict[str, Any]:
    """A message in the shape of Rasa's `bot_uttered`, with number, time and author added."""
    item: dict[str, Any] = {
        "text": message.text,
        "seq": message.seq,
        "ts": message.ts.isoformat(),
        "author": message.author,
        "kind": message.kind,
    }
    if message.buttons:
        item["quick_replies"] = [
            {"content_type": "text", "title": title, "payload": token} for title, token in message.buttons
        ]
    if message.author_name is not None:
        item["author_name"] = message.author_name
    if message.client_msg_id is not None:
        item["client_msg_id"] = message.client_msg_id
    if message.extra:
        if image := message.extra.get("image"):
            item["attachment"] = {"type": "image", "payload": {"src": image}}
        if (picture := message.extra.get("picture")) is not None:
            item["picture"] = picture
        if (custom := message.extra.get("custom")) is not None:
            item["custom"] = custom
    return item


def _client_msg_id(fields: Mapping[str, Any]) -> str | None:
    metadata = fields.get("metadata")
    found = fields.get("client_msg_id")
    if found is None and isinstance(metadata, Mapping):
        found = metadata.get("client_msg_id")
    return found if isinstance(found, str) and found else None
