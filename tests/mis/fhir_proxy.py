"""A proxy before a FHIR server that loses, breaks and refuses what a test tells it to."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

import requests

_VERBS = {"PUT": "update", "POST": "create", "DELETE": "delete"}
_HEADERS = ("Content-Type", "If-Match", "If-None-Exist", "Accept")
_REFUSAL = json.dumps(
    {
        "resourceType": "OperationOutcome",
        "issue": [
            {"severity": "error", "code": "business-rule", "diagnostics": "Сидоров Пётр в чёрном списке"}
        ],
    }
).encode()


@dataclass(frozen=True)
class Passed:
    """A request that came: `operation` is `Slot.search`, `Slot.update:busy`, `Appointment.create:booked` …"""

    operation: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class _Fault:
    kind: str
    operation: str
    count: int


@dataclass
class FhirProxy:
    """Counts and breaks what passes. `before` runs a hook once, before its operation is passed on."""

    target: str
    url: str = ""
    passed: list[Passed] = field(default_factory=list)
    _faults: list[_Fault] = field(default_factory=list)
    _hooks: dict[str, Callable[[], None]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def fault(self, kind: str, operation: str, count: int = 1) -> None:
        """The next `count` requests whose operation begins with `operation` go wrong."""
        with self._lock:
            self._faults.append(_Fault(kind, operation, count))

    def before(self, operation: str, hook: Callable[[], None]) -> None:
        with self._lock:
            self._hooks[operation] = hook

    def operations(self) -> list[str]:
        with self._lock:
            return [request.operation for request in self.passed]

    def reset(self) -> None:
        with self._lock:
            self._faults.clear()
            self._hooks.clear()
            self.passed.clear()

    def note(self, request: Passed) -> tuple[str | None, Callable[[], None] | None]:
        """Which fault and which hook the request meets."""
        with self._lock:
            self.passed.append(request)
            hook = self._hooks.pop(request.operation, None)
            for fault in self._faults:
                if fault.count > 0 and request.operation.startswith(fault.operation):
                    fault.count -= 1
                    return fault.kind, hook
        return None, hook


@contextmanager
def fhir_proxy(target: str) -> Iterator[FhirProxy]:
    proxy = FhirProxy(target)
    session = requests.Session()
    session.trust_env = False

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kind, hook = proxy.note(
                Passed(self._operation(body), self.command, self.path, dict(self.headers), body)
            )
            if hook is not None:
                hook()
            if kind == "reset":
                self._hang_up()
                return
            if kind == "error":
                self._answer(500, b"<html><body>Internal Server Error</body></html>", "text/html")
                return
            if kind == "refuse":
                self._answer(422, _REFUSAL, "application/fhir+json")
                return
            headers = {name: self.headers[name] for name in _HEADERS if name in self.headers}
            answer = session.request(
                self.command, proxy.target + self.path, data=body or None, headers=headers, timeout=60
            )
            if kind == "lost":
                self._hang_up()
            elif kind == "garbage":
                self._answer(200, b"<html><body>Login</body></html>", "text/html")
            else:
                self._answer(answer.status_code, answer.content, answer.headers["Content-Type"])

        do_GET = do_POST = do_PUT = do_DELETE = _serve

        def _operation(self, body: bytes) -> str:
            kind, _, rest = self.path.partition("?")[0].strip("/").partition("/")
            if self.command == "GET":
                return f"{kind}.read" if rest else f"{kind}.search"
            status = (json.loads(body) if body else {}).get("status")
            return f"{kind}.{_VERBS[self.command]}" + (f":{status}" if status else "")

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def _answer(self, status: int, body: bytes, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A connection that was cut on purpose is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        session.close()
