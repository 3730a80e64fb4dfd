from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from mis.calls import Calls, Received, Request, Timeouts


class Server(ThreadingHTTPServer):
    """Keeps every connection, whatever the client asks for, and counts them."""

    daemon_threads = True
    connections = 0


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            server.connections += 1
            super().setup()

        def parse_request(self) -> bool:
            understood = super().parse_request()
            self.close_connection = False
            return understood

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def body_of(received: Received) -> bytes:
    return received.body


def test_a_write_never_goes_over_a_used_connection(server: Server) -> None:
    calls = Calls(Timeouts(10, 20, 20, 20))
    request = Request("POST", f"http://127.0.0.1:{server.server_port}/", {}, b"abc")
    assert [calls.write(request, body_of) for _ in range(3)] == [b"abc"] * 3
    assert server.connections == 3
    assert [calls.read(request, body_of, lambda _: False) for _ in range(3)] == [b"abc"] * 3
    assert server.connections == 4
    calls.close()
