"""An HTTP server that answers byte for byte what a test tells it, as BIT.UMC or a broken network would."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Request:
    """What the client sent: operation is `Pattern` or `Pattern.Method`, over SOAP its own name."""

    operation: str
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    body: bytes = b""
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


class Hang:
    """Never answers, until the test is over."""


class Reset:
    """The whole request is read, then the connection is reset."""


class Close:
    """The whole request is read, then the connection is closed without an answer."""


@dataclass(frozen=True)
class Cut:
    """Promises the whole body, sends half of it and closes."""

    body: bytes


@dataclass(frozen=True)
class Drip:
    """Sends a byte each time `step` is called, which waits between bytes, until the client leaves."""

    body: bytes
    step: Callable[[], None]


def _soap_call(data: bytes) -> tuple[str, dict[str, Any]]:
    """The operation of an envelope and its parameters; those in a structure stand beside the others."""
    body = next(one for one in ElementTree.fromstring(data) if one.tag.endswith("}Body"))
    call = body[0]
    fields = {one.tag.rpartition("}")[2]: one.text or "" for one in call}
    for one in call.iter():
        if one.tag.endswith("}Property"):
            fields[one.attrib["name"]] = one[0].text or ""
    return call.tag.rpartition("}")[2], fields


def soap_reply(said: str, status: int = 200) -> Reply:
    """What 1C's web service sends when an operation returns `said`."""
    head = '<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body>'
    inside = f'<m:Response xmlns:m="ru.umc"><m:return>{escape(said)}</m:return></m:Response>'
    body = f"{head}{inside}</soap:Body></soap:Envelope>".encode()
    return Reply(body, status, "application/soap+xml; charset=utf-8")


Answer = Reply | Hang | Reset | Close | Cut | Drip | Callable[[Request], Reply]


def json_reply(value: object, status: int = 200) -> Reply:
    return Reply(json.dumps(value, ensure_ascii=False).encode(), status)


class FakeUmc:
    """Scripted answers by operation: each is used once, the last one for ever."""

    def __init__(self) -> None:
        self._answers: dict[str, list[Answer]] = {}
        self._lock = Lock()
        self.requests: list[Request] = []
        self.over = Event()
        self.url = ""

    def on(self, operation: str, *answers: Answer) -> None:
        with self._lock:
            self._answers[operation] = list(answers)

    def asked(self, operation: str) -> list[Request]:
        with self._lock:
            return [request for request in self.requests if request.operation == operation]

    def take(self, request: Request) -> Answer:
        with self._lock:
            self.requests.append(request)
            answers = self._answers.get(request.operation)
            if not answers:
                return Reply(b"<html><body>404 Not Found</body></html>", 404, "text/html")
            return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def fake_umc() -> Iterator[FakeUmc]:
    fake = FakeUmc()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            self._serve(Request(self.path, {}, dict(self.headers)))

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            if data.startswith(b"<"):
                call, fields = _soap_call(data)
                self._serve(Request(call, fields, dict(self.headers)))
                return
            body = json.loads(data)
            pattern = self.path.rsplit("/", 1)[-1]
            operation = f"{pattern}.{body['Method']}" if "Method" in body else pattern
            self._serve(Request(operation, body, dict(self.headers)))

        def _serve(self, request: Request) -> None:
            answer = fake.take(request)
            if callable(answer):
                answer = answer(request)
            if isinstance(answer, Reply):
                self._send(answer.status, answer.content_type, len(answer.body), answer.headers)
                self.wfile.write(answer.body)
                return
            self.close_connection = True
            if isinstance(answer, Hang):
                fake.over.wait()
            elif isinstance(answer, Reset):
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            elif isinstance(answer, Cut):
                self._send(200, "application/json", len(answer.body), {})
                self.wfile.write(answer.body[: len(answer.body) // 2])
            elif isinstance(answer, Drip):
                self._send(200, "application/json", len(answer.body), {})
                for byte in answer.body:
                    answer.step()
                    try:
                        self.wfile.write(bytes([byte]))
                    except OSError:
                        return

        def _send(self, status: int, content_type: str, size: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(size))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}/umc/hs/bwi"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        fake.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
