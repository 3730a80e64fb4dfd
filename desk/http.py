"""Plain HTTP of the desk: readiness, history, calendar files, the demo page, and headers on all of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import psycopg
from fastapi import APIRouter, FastAPI, Query, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from desk import conversations, outbox
from desk.channels.socket import HISTORY_LENGTH, history_item
from desk.database import STORAGE_ERRORS, Pool
from desk.migrate import newest_revision
from desk.rasa_client import RasaClient
from desk.sessions import SessionSigner
from desk.visits import ClinicDesk

MAX_BODY = 64 * 1024
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self';"
    " connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class SafeHeaders:
    """Adds the security headers to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses request bodies above MAX_BODY before anything reads them whole. What is sent to the path
    `streamed` is left to its route, which has a limit of its own."""

    def __init__(self, app: ASGIApp, streamed: str) -> None:
        self._app = app
        self._streamed = streamed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == self._streamed:
            await self._app(scope, receive, send)
            return
        body = b""
        more = scope["method"] not in ("GET", "HEAD")
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MAX_BODY:
                await JSONResponse({"error": "body_too_large"}, 413)(scope, receive, send)
                return
        given = False

        async def receive_again() -> Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self._app(scope, receive_again, send)


def add_routes(
    app: FastAPI,
    pool: Pool,
    rasa: RasaClient,
    signer: SessionSigner,
    clinic: ClinicDesk | None,
    web_dir: Path,
) -> None:
    """`GET /live`, `/ready`, `/history`, `/visits/<token>.ics` and the files of `web_dir`."""
    router = APIRouter()

    @router.get("/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/ready")
    async def ready() -> JSONResponse:
        database, answers = await asyncio.gather(_database_state(pool), rasa.ready())
        parts = {**database, "rasa": answers}
        good = all(parts.values())
        return JSONResponse({"ready": good, **parts}, 200 if good else 503)

    @router.get("/history")
    async def history(session_id: str, after: int = Query(0, ge=0, le=2**62)) -> JSONResponse:
        bare = signer.verify(session_id)
        async with pool.connection() as connection:
            conversation = await conversations.find(connection, "web", bare) if bare else None
            if conversation is None:
                return JSONResponse({"error": "unknown_session"}, 404)
            messages = await (
                outbox.read_after(connection, conversation.id, after, HISTORY_LENGTH)
                if after
                else outbox.read_last(connection, conversation.id, HISTORY_LENGTH)
            )
        body: dict[str, Any] = {"messages": [history_item(message) for message in messages]}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    @router.get("/visits/{token}.ics")
    async def calendar(token: str) -> Response:
        found = await asyncio.to_thread(clinic.calendar, token) if clinic is not None else None
        if found is None:
            return JSONResponse({"error": "unknown_visit"}, 404)
        headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="visit.ics"'}
        return Response(found, media_type="text/calendar; charset=utf-8", headers=headers)

    app.include_router(router)
    if web_dir.is_dir():
        app.mount("/", StaticFiles(directory=web_dir, html=True))


async def _database_state(pool: Pool) -> dict[str, bool]:
    try:
        async with pool.connection() as connection:
            cursor = await connection.execute("SELECT version_num FROM desk.alembic_version")
            row = await cursor.fetchone()
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return {"database": True, "migrations": False}
    except STORAGE_ERRORS:
        return {"database": False, "migrations": False}
    return {"database": True, "migrations": row is not None and row["version_num"] == newest_revision()}
