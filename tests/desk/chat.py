"""A web chat client for tests: python-socketio with conditions to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import socketio

PATIENCE = 45.0


async def eventually(look: Callable[[], Awaitable[Any]], good: Callable[[Any], bool]) -> Any:
    """Looks again until what it sees is good, and gives that."""
    async with asyncio.timeout(PATIENCE):
        while not good(seen := await look()):
            await asyncio.sleep(0.02)
        return seen


class Chat:
    """One browser tab. `said` holds what `bot_uttered` brought, `history` the last history event."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._io = socketio.AsyncClient(reconnection=False)
        self._changed = asyncio.Condition()
        self.session_id: str | None = None
        self.history: list[dict[str, Any]] | None = None
        self.said: list[dict[str, Any]] = []
        self.typing: list[Any] = []
        self._io.on("session_confirm", self._confirmed)
        self._io.on("history", self._got_history)
        self._io.on("bot_uttered", self._uttered)
        self._io.on("typing", self._typed)

    async def open(self, session_id: str | None = None, **options: Any) -> None:
        """Connects and asks for a session; `options` go into session_request and the connection."""
        headers = options.pop("headers", {})
        await self._io.connect(self._url, transports=["websocket"], headers=headers)
        await self.request(session_id, **options)

    async def request(self, session_id: str | None = None, **fields: Any) -> None:
        self.session_id = None
        self.history = None
        await self._io.emit("session_request", {"session_id": session_id, **fields})
        await self.until(lambda: self.session_id is not None and self.history is not None)

    async def send(self, message: Any, **fields: Any) -> Any:
        """Sends `user_uttered` and gives the acknowledgement."""
        body = {"message": message, "session_id": self.session_id, **fields}
        return await self._io.call("user_uttered", body, timeout=PATIENCE)

    async def ask(self, message: Any, **fields: Any) -> dict[str, Any]:
        """Sends and waits for the next thing the desk says."""
        known = len(self.said)
        await self.send(message, **fields)
        await self.until(lambda: len(self.said) > known)
        return self.said[known]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(condition), PATIENCE)

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.said]

    async def close(self) -> None:
        await self._io.disconnect()

    async def _confirmed(self, session_id: str) -> None:
        async with self._changed:
            self.session_id = session_id
            self._changed.notify_all()

    async def _got_history(self, data: dict[str, Any]) -> None:
        async with self._changed:
            self.history = data["messages"]
            self._changed.notify_all()

    async def _uttered(self, data: dict[str, Any]) -> None:
        async with self._changed:
            self.said.append(data)
            self._changed.notify_all()

    async def _typed(self, data: Any) -> None:
        async with self._changed:
            self.typing.append(data)
            self._changed.notify_all()
