"""Faults on demand: what a clinic's 1C and the road to it do on a bad day.

The middleware is the outermost layer, so a fault meets a request as the network would: before, after or
instead of its handling.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import struct
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from sandbox.lax import Lax, handled_laxly
from sandbox.soap import envelope

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from sandbox.world import World


class Kind(Enum):
    """`ERROR`, `RESET` and `REFUSE` come before anything is done; `LOST` and `GARBAGE` after it is done.

    `LAX` changes what is done and not how it is answered, so it goes with the others; see `sandbox.lax`.
    """

    LATENCY = "latency"
    ERROR = "error"
    RESET = "reset"
    LOST = "lost"
    REFUSE = "refuse"
    GARBAGE = "garbage"
    LAX = "lax"


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that is set: limited by `pattern`, `method`, `branch` (a catalogue id) when they are given.

    It strikes `count` times, for ever when that is `None`. `latency_ms` delays the request whatever
    the kind. `registrar` belongs to `LAX`.
    """

    id: int
    kind: Kind
    latency_ms: int = 0
    pattern: str | None = None
    method: str | None = None
    branch: str | None = None
    count: int | None = None
    registrar: bool = False

    def meets(self, pattern: str, method: str, branch: str) -> bool:
        wanted = ((self.pattern, pattern), (self.method, method), (self.branch, branch))
        return all(want is None or want.lower() == got.lower() for want, got in wanted)


class Faults:
    """The faults that are set. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids = itertools.count(1)
        self._faults: list[Fault] = []

    def add(self, **facts: Any) -> Fault:
        with self._lock:
            fault = Fault(id=next(self._ids), **facts)
            self._faults.append(fault)
            return fault

    def all(self) -> tuple[Fault, ...]:
        with self._lock:
            return tuple(self._faults)

    def clear(self, fault_id: int | None = None) -> None:
        with self._lock:
            self._faults = [fault for fault in self._faults if fault_id is not None and fault.id != fault_id]

    def take(self, pattern: str, method: str, branch: str) -> list[Fault]:
        """The faults this request meets, each counted down; a used up one is gone."""
        with self._lock:
            met = [fault for fault in self._faults if fault.meets(pattern, method, branch)]
            left = []
            for fault in self._faults:
                if fault not in met or fault.count is None:
                    left.append(fault)
                elif fault.count > 1:
                    left.append(replace(fault, count=fault.count - 1))
            self._faults = left
            return met


class FaultMiddleware:
    """Counts the requests of the service and of the reference, and lets them meet the faults that are set."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app, self._world = app, world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        if scope["type"] != "http" or path.startswith("/sandbox"):
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        about = self._about(path, body)
        if scope["method"] == "POST" or path.startswith("/reference"):
            self._world.journal.note(*about)
        met = self._world.faults.take(*about)
        if delay := sum(fault.latency_ms for fault in met):
            await asyncio.sleep(delay / 1000)
        with handled_laxly(_laxity(met)):
            await self._answer({fault.kind for fault in met}, path, scope, _replay(body, receive), send)

    async def _answer(self, kinds: set[Kind], path: str, scope: Scope, receive: Receive, send: Send) -> None:
        if Kind.RESET in kinds:
            _reset(send)
        elif Kind.ERROR in kinds:
            await Response(self._world.texts["html_500"], 500, media_type="text/html")(scope, receive, send)
        elif Kind.REFUSE in kinds:
            words = self._world.refusal()
            refusal = Response(words, 500, media_type="text/plain")
            await (envelope.returned(words) if path == envelope.PATH else refusal)(scope, receive, send)
        elif Kind.LOST in kinds:
            await self._app(scope, receive, _swallow)
            _reset(send)
        elif Kind.GARBAGE in kinds:
            await self._app(scope, receive, _swallow)
            await Response(self._world.texts["garbage"], 200, media_type="text/html")(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _about(self, path: str, body: bytes) -> tuple[str, str, str]:
        """Pattern, method and branch of a request; "" where there is none."""
        parts = path.strip("/").split("/")
        if parts[0] == "reference":
            branch = self._world.network.by_mis_id.get(parts[-1].lower())
            return "reference", parts[1] if len(parts) > 1 else "", branch.id if branch else ""
        if path == envelope.PATH:
            call = envelope.read_call(body)
            if call is None:
                return "", "", ""
            branch = self._world.network.by_mis_id.get(call.fields.get("Clinic", "").lower())
            return call.pattern, call.method, branch.id if branch else ""
        try:
            asked = json.loads(body.decode("utf-8-sig"))
        except ValueError:
            asked = {}
        if not isinstance(asked, dict):
            asked = {}
        branch = self._world.network.by_key.get(str(asked.get("Key", "")))
        return parts[-1], str(asked.get("Method", "")), branch.id if branch else ""


def _laxity(met: Iterable[Fault]) -> Lax | None:
    faults = [fault for fault in met if fault.kind is Kind.LAX]
    return Lax(registrar=any(fault.registrar for fault in faults)) if faults else None


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _swallow(_: Message) -> None:
    """The answer is lost on its way."""


def _reset(send: Send) -> None:
    """Cut the connection with RST. ASGI knows no such thing, so it is asked of the server's own transport."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("the connection is reset by a fault that was asked for")
    wire = transport.get_extra_info("socket")
    if wire is not None:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
