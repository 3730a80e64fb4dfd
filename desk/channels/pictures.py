"""`/pictures`: a patient of the web chat sends pictures and sees those of the own conversation."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import structlog
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from desk import conversations
from desk.addresses import AddressMarks
from desk.conversations import Conversation
from desk.database import STORAGE_ERRORS, STORAGE_PATIENCE, Pool
from desk.inbox import Inbound, Inbox
from desk.pictures import store
from desk.pictures.cleaning import MAX_BYTES, Picture, PictureRefused, clean
from desk.pictures.serving import PictureResponse
from desk.rates import Rates
from desk.sessions import SessionSigner
from desk.texts import TextKey, Texts

log = structlog.get_logger(__name__)

PATH = "/pictures"
# A slow telephone takes this long for 10 MB; who takes longer tries again.
_UPLOAD_SECONDS = 90.0
# Each may hold MAX_BYTES of memory.
_MOST_UPLOADS = 16


class PictureChannel:
    """Authority is the session id of the web chat, as `Authorization: Bearer <session id>`: never in an
    address, where logs would keep it."""

    def __init__(
        self,
        pool: Pool,
        inbox: Inbox,
        texts: Texts,
        signer: SessionSigner,
        rates: Rates,
        marks: AddressMarks,
    ) -> None:
        self._pool = pool
        self._inbox = inbox
        self._texts = texts
        self._signer = signer
        self._rates = rates
        self._marks = marks
        self._uploads = 0
        # A large picture takes hundreds of megabytes while it is read.
        self._cleaning = asyncio.Semaphore(1)

    def router(self) -> APIRouter:
        """`POST /pictures?client_msg_id=` with the file as body, `GET /pictures/{id}` for its thumbnail."""
        router = APIRouter(prefix=PATH)
        router.add_api_route("", self._take, methods=["POST"], response_model=None)
        router.add_api_route("/{picture_id}", self._show, methods=["GET"], response_model=None)
        return router

    async def _take(
        self,
        request: Request,
        client_msg_id: str = Query(min_length=8, max_length=100, pattern=r"^[\w-]+$"),
        authorization: str = Header(""),
    ) -> Response:
        """Stores the picture as a message; the same `client_msg_id` again stores nothing twice."""
        address = request.client.host if request.client else "unknown"
        try:
            async with asyncio.timeout(STORAGE_PATIENCE):
                conversation = await self._conversation(authorization)
            if conversation is None:
                return self._refusal(404, "picture_session")
            if not self._rates.picture_allowed(str(conversation.id), address):
                return self._refusal(429, "picture_too_many")
            if self._uploads >= _MOST_UPLOADS:
                return self._refusal(503, "picture_busy")
            self._uploads += 1
            try:
                try:
                    data = await self._body(request)
                except TimeoutError:
                    return self._refusal(408, "picture_slow")
                picture = None if data is None else await self._clean(data)
            finally:
                self._uploads -= 1
            if picture is None:
                return self._refusal(413, "picture_large")
            message = Inbound(
                conversation.id, None, None, client_msg_id, self._marks.of(address), picture=picture
            )
            async with asyncio.timeout(STORAGE_PATIENCE):
                accepted = await self._inbox.accept(message)
        except PictureRefused as refused:
            log.info("picture.refused", fault=refused.fault)
            form = refused.fault in ("picture_format", "picture_heic")
            return self._refusal(415 if form else 422, refused.fault)
        except ClientDisconnect:
            return Response(status_code=400)
        except STORAGE_ERRORS:
            log.error("picture.storage_lost", exc_info=True)
            return self._refusal(503, "picture_down")
        status = "again" if accepted.outcome == "again" else "stored"
        return JSONResponse({"ok": True, "status": status, "seq": accepted.seq})

    async def _show(self, picture_id: UUID, authorization: str = Header("")) -> Response:
        """The thumbnail of a picture of the caller's own conversation."""
        try:
            async with asyncio.timeout(STORAGE_PATIENCE):
                conversation = await self._conversation(authorization)
                if conversation is None:
                    return self._refusal(404, "picture_session")
                async with self._pool.connection() as connection:
                    jpeg = await store.read(connection, conversation.id, picture_id, "thumbnail")
        except STORAGE_ERRORS:
            log.error("picture.storage_lost", exc_info=True)
            return self._refusal(503, "picture_down")
        return self._refusal(404, "picture_session") if jpeg is None else PictureResponse(jpeg)

    async def _conversation(self, header: str) -> Conversation | None:
        scheme, _, given = header.partition(" ")
        bare = self._signer.verify(given.strip()) if scheme.lower() == "bearer" else None
        if bare is None:
            return None
        async with self._pool.connection() as connection:
            return await conversations.find(connection, "web", bare)

    async def _body(self, request: Request) -> bytes | None:
        """The file, None when it is too large: what is above the limit is never read."""
        size = request.headers.get("content-length", "0")
        if size.isdigit() and int(size) > MAX_BYTES:
            return None
        parts, length = [], 0
        async with asyncio.timeout(_UPLOAD_SECONDS):
            async for part in request.stream():
                length += len(part)
                if length > MAX_BYTES:
                    return None
                parts.append(part)
        return b"".join(parts)

    async def _clean(self, data: bytes) -> Picture:
        async with self._cleaning:
            return await asyncio.to_thread(clean, data, uuid4())

    def _refusal(self, status: int, key: TextKey) -> JSONResponse:
        return JSONResponse({"error": key, "message": self._texts[key]}, status)
