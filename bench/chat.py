"""A browser tab: the web chat's side of Socket.IO."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import socketio
import socketio.exceptions

from bench.figures import NotMeasured

PATIENCE = 30.0


class Chat:
    """`answers` counts what Мария said; «секунду…» and apologies of the desk are not answers."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._io = socketio.AsyncClient(reconnection=False)
        self._changed = asyncio.Condition()
        self.session_id: str | None = None
        self.answers = 0
        self._apology = ""
        self._io.on("session_confirm", self._confirmed)
        self._io.on("bot_uttered", self._uttered)

    async def open(self, session_id: str | None = None) -> None:
        try:
            await self._io.connect(self._url, transports=["websocket"])
            await self._io.emit("session_request", {"session_id": session_id})
        except socketio.exceptions.SocketIOError as error:
            raise NotMeasured(f"no connection to the chat: {error}") from error
        await self._until(lambda: self.session_id is not None, "a session")

    async def send(self, message: str) -> None:
        """Returns when it is written to the socket, not when the desk has it."""
        await self._io.emit("user_uttered", {"message": message, "session_id": self.session_id})

    async def answered(self, count: int) -> None:
        """Waits until there have been `count` answers in all."""
        await self._until(lambda: self.answers >= count, f"answer {count}")

    async def close(self) -> None:
        await self._io.disconnect()

    async def _until(self, condition: Any, what: str) -> None:
        try:
            async with self._changed:
                waiting = self._changed.wait_for(lambda: bool(self._apology) or condition())
                await asyncio.wait_for(waiting, PATIENCE)
        except TimeoutError:
            raise NotMeasured(f"{what} did not come within {PATIENCE:.0f} s") from None
        if self._apology:
            raise NotMeasured(f"the desk apologises: «{self._apology}»")

    async def _confirmed(self, session_id: str) -> None:
        async with self._changed:
            self.session_id = session_id
            self._changed.notify_all()

    async def _uttered(self, data: dict[str, Any]) -> None:
        async with self._changed:
            if data.get("author") == "bot":
                self.answers += 1
            elif data.get("kind") != "wait":
                self._apology = str(data.get("text", ""))[:60]
            self._changed.notify_all()


@asynccontextmanager
async def open_chat(url: str, session_id: str | None = None) -> AsyncIterator[Chat]:
    """A tab with its session, closed at the end."""
    chat = Chat(url)
    try:
        await chat.open(session_id)
        yield chat
    finally:
        await chat.close()
