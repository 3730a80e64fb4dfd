"""A proxy that counts what Rasa sends to the action server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


@dataclass(frozen=True)
class Call:
    """One action call: the length of its body in bytes, and of the parts that can grow."""

    action: str
    size: int
    parts: dict[str, int]


@dataclass
class Recorder:
    """Hands every request on to `target`, which may be named later than the proxy's own `url`."""

    url: str
    target: str = ""
    calls: list[Call] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Rasa leaves its connections open until it stops; a cut one is no error here."""


@contextmanager
def recording_proxy() -> Iterator[Recorder]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.recorder = Recorder(f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    server.client = httpx.Client(timeout=60, trust_env=False)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.recorder  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _call(body: bytes) -> Call:
    asked = json.loads(body)
    tracker = asked.get("tracker") or {}
    parts = {"domain": asked.get("domain"), **{key: tracker.get(key) for key in ("events", "slots")}}
    return Call(asked["next_action"], len(body), {key: len(json.dumps(part)) for key, part in parts.items()})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._pass_on("GET", b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        recorder: Recorder = self.server.recorder  # type: ignore[attr-defined]
        if self.path.endswith("/webhook"):
            recorder.calls.append(_call(body))
        self._pass_on("POST", body)

    def _pass_on(self, method: str, body: bytes) -> None:
        recorder: Recorder = self.server.recorder  # type: ignore[attr-defined]
        client: httpx.Client = self.server.client  # type: ignore[attr-defined]
        answer = client.request(
            method, recorder.target + self.path, content=body, headers={"Content-Type": "application/json"}
        )
        self.send_response(answer.status_code)
        self.send_header("Content-Type", answer.headers.get("content-type", "application/json"))
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """Nothing: bodies and addresses of patients' turns are nobody's business."""
