"""A TCP proxy between the product and an HTTP service that misbehaves as asked, request by request.

Whoever starts it registers what a request must contain to belong to a `Case`; each case has its own plan
of faults, so that many patients can have bad days of their own at the same time.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum


class Kind(Enum):
    """What happens to a request. The names tell whether the service has done the work by then."""

    DELAY_BEFORE = "delay before"  # the request arrives late, perhaps after the client has given up
    DELAY_AFTER = "delay after"  # the answer does
    CUT_BEFORE = "cut before"
    CUT_AFTER = "cut after the write"
    HALF_OPEN_BEFORE = "half-open before"
    HALF_OPEN_AFTER = "half-open after the write"
    DRIP = "slow drip"
    DUPLICATE = "duplicate"
    GARBAGE = "garbage after the write"
    ERROR_BEFORE = "500 before"
    ERROR_AFTER = "500 after the write"
    HTML_BEFORE = "HTML page before"
    HTML_AFTER = "HTML page after the write"
    UNDONE = "written as cancelled"  # answered «true», but the document is not a valid one


@dataclass(frozen=True)
class Fault:
    """`kind` strikes the `nth` request of `operation`, or of all when that is ""; `times` in a row."""

    kind: Kind
    operation: str = ""
    nth: int = 1
    times: int = 1
    seconds: float = 0.3


@dataclass
class Case:
    """Requests that contain one of `marks` belong here; ids in answers become marks. `met` faults."""

    marks: set[bytes]
    faults: list[Fault] = field(default_factory=list)
    met: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def fault_of(self, operation: str) -> Fault | None:
        """Counts the request; the fault that strikes it, if any."""
        self.calls.append(operation)
        for fault in self.faults:
            passed = len(self.calls) if not fault.operation else self.calls.count(fault.operation)
            if fault.operation in ("", operation) and 0 <= passed - fault.nth < fault.times:
                return fault
        return None


_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>"
_NOISE = 300

Undo = Callable[[bytes], Awaitable[None]]


class FaultProxy:
    """`url` once it runs. `identify` finds the id that a write's answer gives to what it made, if any."""

    def __init__(
        self,
        target_port: int,
        identify: Callable[[bytes], bytes | None],
        undo: Undo | None = None,
        seed: int = 0,
    ) -> None:
        self._target = target_port
        self._identify = identify
        self._undo = undo
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._cases: list[Case] = []
        self._open = 0
        self.port = 0

    def add(self, case: Case) -> None:
        with self._lock:
            self._cases.append(case)

    def remove(self, case: Case) -> None:
        with self._lock:
            self._cases = [known for known in self._cases if known is not case]

    @property
    def busy(self) -> int:
        """Requests that the service may still get or work on."""
        return self._open

    @contextmanager
    def running(self) -> Iterator[FaultProxy]:
        """Serve in a thread of its own until the end of the block."""
        loop = asyncio.new_event_loop()
        listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = listening.getsockname()[1]
        started = threading.Event()
        server: list[asyncio.Server] = []

        async def start() -> None:
            server.append(await asyncio.start_server(self._serve, sock=listening))
            started.set()

        def run() -> None:
            asyncio.set_event_loop(loop)
            loop.run_until_complete(start())
            loop.run_forever()
            for task in asyncio.all_tasks(loop):
                task.cancel()
            with suppress(Exception):
                loop.run_until_complete(asyncio.gather(*asyncio.all_tasks(loop), return_exceptions=True))
            loop.close()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        if not started.wait(30):
            raise TimeoutError("the proxy did not start")
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(server[0].close)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        broken = (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError)
        with suppress(*broken):
            while True:
                request = await _read_message(reader)
                if not await self._answer(request, writer):
                    break
        with suppress(OSError):
            writer.close()

    async def _answer(self, request: bytes, writer: asyncio.StreamWriter) -> bool:
        """False when the connection is not to be used any more."""
        case = self._case_of(request)
        fault = case.fault_of(_operation(request)) if case is not None else None
        if case is None or fault is None:
            answer = await self._forward(request, case)
            if not answer:
                return False
            writer.write(answer)
            await writer.drain()
            return True
        case.met.append(fault.kind.value)
        return await self._misbehave(fault, case, request, writer)

    async def _misbehave(
        self, fault: Fault, case: Case, request: bytes, writer: asyncio.StreamWriter
    ) -> bool:
        kind, answer = fault.kind, b""
        if kind is Kind.DELAY_BEFORE:
            self._open += 1
            try:
                await asyncio.sleep(fault.seconds)
            finally:
                self._open -= 1
        if kind not in (Kind.CUT_BEFORE, Kind.HALF_OPEN_BEFORE, Kind.ERROR_BEFORE, Kind.HTML_BEFORE):
            answer = await self._forward(request, case)
        match kind:
            case Kind.CUT_BEFORE | Kind.CUT_AFTER:
                return _cut(writer)
            case Kind.HALF_OPEN_BEFORE | Kind.HALF_OPEN_AFTER:
                await asyncio.sleep(fault.seconds)
                return False
            case Kind.DELAY_AFTER:
                await asyncio.sleep(fault.seconds)
            case Kind.DRIP:
                pause = fault.seconds / len(answer)
                for place in range(0, len(answer), 8):
                    writer.write(answer[place : place + 8])
                    await writer.drain()
                    await asyncio.sleep(pause * 8)
                return True
            case Kind.DUPLICATE:
                second = await self._forward(request, case)
                answer = self._random.choice((answer, second))
            case Kind.GARBAGE:
                answer = _reply(200, "application/json", self._random.randbytes(_NOISE))
            case Kind.ERROR_BEFORE | Kind.ERROR_AFTER:
                answer = _reply(500, "text/plain", b"Internal Server Error")
            case Kind.HTML_BEFORE | Kind.HTML_AFTER:
                answer = _reply(200 if self._random.random() < 0.5 else 502, "text/html", _HTML)
            case Kind.UNDONE:
                made = self._identify(answer)
                if made is not None and self._undo is not None:
                    await self._undo(made)
        writer.write(answer)
        await writer.drain()
        return True

    def _case_of(self, request: bytes) -> Case | None:
        with self._lock:
            return next((case for case in self._cases if any(mark in request for mark in case.marks)), None)

    async def _forward(self, request: bytes, case: Case | None) -> bytes:
        self._open += 1
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._target)
            try:
                writer.write(request)
                await writer.drain()
                answer = await _read_message(reader)
            finally:
                writer.close()
        except (OSError, asyncio.IncompleteReadError):
            return b""
        finally:
            self._open -= 1
        made = self._identify(answer) if case is not None else None
        if case is not None and made is not None:
            case.marks.add(made)
        return answer


def _cut(writer: asyncio.StreamWriter) -> bool:
    wire = writer.get_extra_info("socket")
    with suppress(OSError):
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
    return False


def _reply(status: int, kind: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status} Answer\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _operation(request: bytes) -> str:
    """The last part of the path."""
    return request.split(b" ", 2)[1].split(b"?")[0].rsplit(b"/", 1)[-1].decode("latin-1")


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    """One HTTP message with a known length, or with one until the end of the connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    lengths = [
        line.split(b":", 1)[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    ]
    if lengths:
        return head + await reader.readexactly(int(lengths[0]))
    if b"transfer-encoding: chunked" in head.lower():
        raise asyncio.IncompleteReadError(head, None)
    return head
