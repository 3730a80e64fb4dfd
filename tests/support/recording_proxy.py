"""A proxy that counts what Rasa sends to the action server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx


@dataclass
class Recorder:
    """Hands every request on to `target`, which may be named later than the proxy's own `url`.

    `sizes` has the length of each action call's body in bytes, by the name of the action, in order.
    """

    url: str
    target: str = ""
    sizes: list[tuple[str, int]] = field(default_factory=list)


@contextmanager
def recording_proxy() -> Iterator[Recorder]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
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


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._pass_on("GET", b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        recorder: Recorder = self.server.recorder  # type: ignore[attr-defined]
        if self.path.endswith("/webhook"):
            recorder.sizes.append((str(json.loads(body)["next_action"]), len(body)))
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
