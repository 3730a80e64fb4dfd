"""The web service «Integration» of BIT.UMC: the operations of `bwi` in SOAP, answered as strings of XML."""

from __future__ import annotations

import base64
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from sandbox.bwi import visits
from sandbox.bwi.dictionary import dictionary
from sandbox.bwi.schedule import schedule
from sandbox.bwi.service import known_user
from sandbox.bwi.wire import Bare, Body, Failure, result
from sandbox.network import Branch
from sandbox.soap.envelope import OPERATIONS, PATH, Call, fault, read_call, returned
from sandbox.world import World


def soap_router(world: World) -> APIRouter:
    """The web service as a route."""
    router = APIRouter()

    @router.post(PATH)
    async def serve(request: Request) -> Response:
        if not known_user(world, request.headers.get("authorization", "")):
            return Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="1C:Enterprise 8.3"'})
        call = read_call(await request.body())
        if call is None:
            return fault(world.texts["unknown_method"].format(value=""))
        return await run_in_threadpool(_handle, world, call)

    return router


def _handle(world: World, call: Call) -> Response:
    body = Body({**call.fields, "Method": call.method})
    clinic = body.text("Clinic").lower()
    branch = world.network.by_mis_id.get(clinic) or next(iter(world.network.branches.values()))
    try:
        found = _answer(world, call, body, branch)
    except Bare as said:
        return returned(said.text)
    except Failure as failure:
        found = result(False, failure.text)
    fields = found["Ответ"]
    assert isinstance(fields, Mapping)
    if call.pattern == "AppointmentCreate" and not call.method.startswith("Fast") and _done(fields):
        # The manual shows XML with an id, a live base says two letters.
        return returned("Ok")
    _, _, root, space = OPERATIONS[call.operation]
    if call.pattern != "AppointmentCancel" and fields.get("Результат") == "false":
        root = "ОтветНаЗаписьССайта"
    written = _document(root, space, fields)
    return returned(_packed(written, {root: fields}, body.text("Format")))


def _answer(world: World, call: Call, body: Body, branch: Branch) -> dict[str, object]:
    match call.pattern:
        case "Schedule":
            return schedule(world, body)
        case "Reservation":
            return visits.reservation(world, body, branch)
        case "AppointmentCreate":
            return visits.create(world, body, branch)
        case "AppointmentStatus":
            return visits.status(world, body)
        case "AppointmentCancel":
            return visits.cancel(world, body)
        case _:
            if call.method == "GetNomenclatureAndPrices" and body.text("Clinic").lower() != branch.mis_id:
                raise Failure(world.texts["no_exchange_setting"])
            return dictionary(world, body, branch)


def _done(fields: Mapping[str, object]) -> bool:
    return fields.get("Результат") == "true"


def _packed(written: str, value: Mapping[str, object], wanted: str) -> str:
    if wanted == "JSON":
        return json.dumps(value, ensure_ascii=False)
    if wanted != "ZipXML":
        return written
    inside = f"\ufeff<string>{escape(written)}</string>".encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"v8_{zlib.crc32(inside):08X}.xml", inside)
    return base64.encodebytes(packed.getvalue()).decode()


def _document(root: str, space: str, fields: Mapping[str, object]) -> str:
    parts = [
        '<?xml version="1.0"?>\n'
        f'<{root} xmlns="{space}" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    ]
    _write(parts, fields)
    parts.append(f"</{root}>")
    return "".join(parts)


def _write(parts: list[str], fields: Mapping[str, object]) -> None:
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                parts.append(f"<{name}>")
                _write(parts, one)
                parts.append(f"</{name}>")
            elif one == "":
                parts.append(f"<{name}/>")
            else:
                kind = ' xsi:type="xs:string"' if name == "UID" else ""
                parts.append(f"<{name}{kind}>{escape(str(one))}</{name}>")
