"""A stand-in for Rasa's desk channel that records turns and does what a test tells it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

SECRET = "secret-of-the-channel"
Turn = dict[str, Any]
Answer = Callable[[Turn], Awaitable[tuple[int, Any]]]


class FakeRasa:
    """Answers each turn by `answer(turn)`; a repeated turn_id gets the stored reply. A restart of the
    dialogue is no turn and ends without a word, as in Rasa."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.resets: list[str] = []
        self.running = 0
        self.overlaps = 0
        self.stored: dict[str, Any] = {}
        self.url = ""
        self.answer: Answer = self.echo
        self.app = FastAPI()
        self.app.post("/webhooks/desk/turn")(self._turn)
        self.app.get("/webhooks/desk/")(self._health)

    async def echo(self, turn: Turn) -> tuple[int, Any]:
        return 200, [{"text": f"ответ: {turn['text']}"}]

    def says(self, *messages: Any, delay: float = 0.0, status: int = 200) -> None:
        """From now on every turn is answered by these messages."""

        async def answer(turn: Turn) -> tuple[int, Any]:
            await asyncio.sleep(delay)
            return status, list(messages)

        self.answer = answer

    async def _health(self) -> dict[str, str]:
        return {"status": "ok"}

    async def _turn(self, request: Request) -> JSONResponse:
        if request.headers.get("authorization") != f"Bearer {SECRET}":
            return JSONResponse({"error": "unauthorised"}, 401)
        turn = await request.json()
        if (turn["payload"] or {}).get("intent") == "restart":
            self.resets.append(turn["sender_id"])
            return JSONResponse({"error": "empty_reply"}, 500)
        if turn["turn_id"] in self.stored:
            return JSONResponse(self.stored[turn["turn_id"]])
        self.turns.append(turn)
        same = [t for t in self.turns if t["sender_id"] == turn["sender_id"] and t.get("open")]
        self.overlaps += bool(same)
        turn["open"] = True
        try:
            status, messages = await self.answer(turn)
        finally:
            turn["open"] = False
        if status != 200:
            return JSONResponse({"error": messages}, status)
        body = {"turn_id": turn["turn_id"], "messages": messages}
        self.stored[turn["turn_id"]] = body
        return JSONResponse(body)

    @property
    def texts(self) -> list[str]:
        return [turn["text"] for turn in self.turns]


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Runs an ASGI application on a free port of this loop; gives its address."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(app, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=1)
    )
    # Signals belong to pytest.
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
            raise RuntimeError("the server stopped before it started")
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
