"""`POST /umc/hs/bwi/<Pattern>`: who asks, which exchange setting, which pattern."""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Mapping

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sandbox.bwi import visits
from sandbox.bwi.dictionary import dictionary
from sandbox.bwi.schedule import schedule
from sandbox.bwi.wire import Bare, Body, Failure, respond, result
from sandbox.world import World

_PATTERNS = (
    "Schedule",
    "Reservation",
    "AppointmentCreate",
    "AppointmentStatus",
    "AppointmentCancel",
    "DictionaryData",
)


def bwi_router(world: World) -> APIRouter:
    """The service as routes; whatever is wrong, it answers as 1C or its web server would."""
    router = APIRouter()

    @router.post("/umc/hs/bwi/{pattern}")
    async def serve(pattern: str, request: Request) -> Response:
        if not known_user(world, request.headers.get("authorization", "")):
            return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="1C:Enterprise 8.3"'})
        if pattern not in _PATTERNS:
            return Response(world.texts["html_404"], 404, media_type="text/html")
        fields = _fields(await request.body())
        if fields is None:
            return respond(world.texts["internal"].format(line=47), 500, pattern)
        return await run_in_threadpool(_handle, world, pattern, fields)

    return router


def _handle(world: World, pattern: str, fields: Mapping[str, object]) -> Response:
    key = str(fields.get("Key", ""))
    about = f"{key}:{pattern}"
    branch = world.network.by_key.get(key)
    if branch is None:
        return respond(result(False, world.texts["no_exchange_setting"]), 200, about)
    body = Body(fields)
    try:
        match pattern:
            case "Schedule":
                found = schedule(world, body)
            case "Reservation":
                found = visits.reservation(world, body, branch)
            case "AppointmentCreate":
                found = visits.create(world, body, branch)
            case "AppointmentStatus":
                found = visits.status(world, body)
            case "AppointmentCancel":
                found = visits.cancel(world, body)
            case _:
                found = dictionary(world, body, branch)
    except Bare as said:
        return respond(said.text, said.status, about)
    except Failure as failure:
        return respond(result(False, failure.text), 200, about)
    return respond(found, 200, about)


def known_user(world: World, header: str) -> bool:
    """Whether the header `Authorization` names the user of the base."""
    scheme, _, written = header.partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        given = base64.b64decode(written, validate=True)
    except binascii.Error:
        return False
    return secrets.compare_digest(given, f"{world.settings.user}:{world.settings.password}".encode())


def _fields(body: bytes) -> Mapping[str, object] | None:
    try:
        fields = json.loads(body.decode("utf-8-sig"))
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None
