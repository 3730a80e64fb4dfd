"""A small stand-in for the desk: speaks its Socket.IO protocol, serves the built pages, fails on request."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import socketio
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

STRICT_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types svelte-trusted-html"
)

Answer = dict[str, Any]
Script = Callable[[str], list[Answer]]


@dataclass
class Conversation:
    messages: list[Answer] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def add(self, author: str, text: str, **extra: Any) -> Answer:
        message = {
            "seq": len(self.messages) + 1,
            "ts": datetime.now(timezone.utc).isoformat(),
            "author": author,
            "text": text,
            "buttons": [],
            **extra,
        }
        self.messages.append(message)
        return message


class FakeDesk:
    """Runs in its own thread on a free port from `start()` to `stop()`; a restart keeps port and memory."""

    def __init__(self, dist: Path, script: Script) -> None:
        self.script = script
        self.conversations: dict[str, Conversation] = {}
        self.received: list[dict[str, Any]] = []
        self.requests: list[dict[str, Any]] = []
        self.withhold_receipt = False
        self.withheld = threading.Event()
        self.refuse = False
        # Bodies of pictures that came, and the statuses of the next answers; 200 when there are none.
        self.pictures: list[bytes] = []
        self.picture_answers: list[int] = []
        self._dist = dist
        self._port = _free_port()
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        config = uvicorn.Config(
            self._app(), host="127.0.0.1", port=self._port, log_level="error", lifespan="off"
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, name="fake-desk", daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.01)
            if not thread.is_alive():
                raise RuntimeError(f"the fake desk did not start on port {self._port}")
        self._server, self._thread = server, thread

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._server.force_exit = True
        self._thread.join(10)
        self._server = self._thread = None

    def texts(self, author: str) -> list[str]:
        """All stored texts of one author, over all conversations."""
        return [
            message["text"]
            for conversation in self.conversations.values()
            for message in conversation.messages
            if message["author"] == author
        ]

    def _app(self) -> socketio.ASGIApp:
        sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins=[])
        sio.on("session_request", self._session_request(sio))
        sio.on("user_uttered", self._user_uttered(sio))
        pages = Starlette(
            routes=[
                Route("/visits/{name}", _visit),
                Route("/pictures", self._picture, methods=["POST"]),
                Mount("/", StaticFiles(directory=self._dist, html=True)),
            ],
            middleware=[Middleware(_StrictPolicy)],
        )
        return socketio.ASGIApp(sio, pages)

    def _session_request(self, sio: socketio.AsyncServer) -> Callable[..., Any]:
        async def handler(sid: str, data: dict[str, Any] | None = None) -> None:
            asked = data or {}
            self.requests.append(asked)
            session = asked.get("session_id")
            if session not in self.conversations:
                session = secrets.token_hex(8)
                self.conversations[session] = Conversation()
            await sio.enter_room(sid, session)
            await sio.emit("session_confirm", session, to=sid)
            after = asked.get("after") or 0
            stored = [m for m in self.conversations[session].messages if m["seq"] > after]
            await sio.emit("history", {"messages": [_sent(message) for message in stored]}, to=sid)

        return handler

    async def _picture(self, request: Request) -> Response:
        status = self.picture_answers.pop(0) if self.picture_answers else 200
        self.pictures.append(await request.body())
        if status != 200:
            return JSONResponse({"error": "refused", "message": f"Отказ {status}"}, status)
        session = request.headers["authorization"].removeprefix("Bearer ")
        own = self.conversations[session].add(
            "patient", "[фото]", client_msg_id=request.query_params["client_msg_id"]
        )
        return JSONResponse({"ok": True, "seq": own["seq"]})

    def _user_uttered(self, sio: socketio.AsyncServer) -> Callable[..., Any]:
        async def handler(sid: str, data: dict[str, Any]) -> Answer:
            self.received.append(data)
            session, client_id = data["session_id"], data["client_msg_id"]
            conversation = self.conversations[session]
            if self.refuse:
                return {"ok": False, "error": "refused"}
            if client_id in conversation.seen:
                return {"ok": True, "seq": conversation.seen[client_id]}
            text = data["message"]
            own = conversation.add("patient", _shown(conversation, text), client_msg_id=client_id)
            conversation.seen[client_id] = own["seq"]
            answers = self.script(text)
            if self.withhold_receipt:
                self.withhold_receipt = False
                for answer in answers:
                    self._store(session, answer)
                self.withheld.set()
                await asyncio.Event().wait()
            await sio.emit("patient_uttered", _sent(own), room=session)
            sio.start_background_task(self._answer, sio, session, answers)
            return {"ok": True, "seq": own["seq"]}

        return handler

    def _store(self, session: str, answer: Answer) -> Answer:
        return self.conversations[session].add(**{"author": "bot", **answer})

    async def _answer(self, sio: socketio.AsyncServer, session: str, answers: list[Answer]) -> None:
        await sio.emit("typing", {"on": True}, room=session)
        for answer in answers:
            stored = self._store(session, answer)
            await sio.emit("bot_uttered", _sent(stored), room=session)


class _StrictPolicy:
    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def with_policy(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((b"content-security-policy", STRICT_CSP.encode()))
            await send(message)

        await self._app(scope, receive, with_policy)


def _sent(stored: Answer) -> Answer:
    message = {key: value for key, value in stored.items() if key != "buttons"}
    message["quick_replies"] = [{"content_type": "text", **button} for button in stored["buttons"]]
    return message


async def _visit(request: Request) -> Response:
    headers = {"Content-Disposition": "attachment; filename=visit.ics"}
    return Response("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", media_type="text/calendar", headers=headers)


def _shown(conversation: Conversation, text: str) -> str:
    """What the patient saw: the title of the pressed button, not its token."""
    for message in reversed(conversation.messages):
        for button in message["buttons"]:
            if button["payload"] == text:
                return str(button["title"])
    return text


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
