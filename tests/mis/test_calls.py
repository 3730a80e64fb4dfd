from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests
from urllib3.exceptions import ProtocolError

from mis.calls import Calls, Received, Request, Timeouts
from mis.port import MisUnavailable, OutcomeUnknown


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


class Scripted(Calls):
    """Meets the given errors one after another, then is answered; counts how often it was sent."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__(Timeouts(10, 20, 20, 20))
        self.errors = list(errors)
        self.sent = 0

    def _send(self, session: requests.Session, request: Request, deadline: float) -> Received:
        self.sent += 1
        if self.errors:
            raise self.errors.pop(0)
        return Received(200, {}, b"done")


REQUEST = Request("POST", "http://127.0.0.1:1/", {}, b"abc")
UNOPENED = requests.ConnectTimeout("no connection")


def test_a_write_whose_connection_never_opened_is_sent_once_more() -> None:
    calls = Scripted(UNOPENED)
    assert calls.write(REQUEST, body_of) == b"done"
    assert calls.sent == 2


def test_a_write_is_not_sent_a_third_time() -> None:
    calls = Scripted(UNOPENED, UNOPENED)
    with pytest.raises(MisUnavailable):
        calls.write(REQUEST, body_of)
    assert calls.sent == 2


@pytest.mark.parametrize("before", [(), (UNOPENED,)])
@pytest.mark.parametrize(
    "error", [requests.ReadTimeout("late"), requests.ConnectionError("cut"), ProtocolError("broken")]
)
def test_a_write_that_may_have_arrived_is_never_sent_again(
    before: tuple[Exception, ...], error: Exception
) -> None:
    calls = Scripted(*before, error)
    with pytest.raises(OutcomeUnknown):
        calls.write(REQUEST, body_of)
    assert calls.sent == len(before) + 1


def test_a_read_is_asked_once_more_when_it_was_cut_and_not_when_it_was_late() -> None:
    cut, late = Scripted(ProtocolError("broken")), Scripted(requests.ReadTimeout("late"))
    assert cut.read(REQUEST, body_of, lambda _: False) == b"done"
    assert cut.sent == 2
    with pytest.raises(MisUnavailable):
        late.read(REQUEST, body_of, lambda _: False)
    assert late.sent == 1
