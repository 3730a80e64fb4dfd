from __future__ import annotations

import socket
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests
from urllib3.exceptions import ProtocolError

from mis.calls import Calls, Received, Request, Timeouts
from mis.deadline import within
from mis.guard import Guard, Passage
from mis.port import BadAnswer, MisRefused, MisUnavailable, OutcomeUnknown
from tests.mis.slow_socket import SlowSocket, Timer, connect_to


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


class Queue(Guard):
    """Lets a call through after `seconds`, as with a full pool."""

    def __init__(self, timer: Timer, seconds: float) -> None:
        super().__init__("first", timer=timer)
        self._seconds = seconds

    @contextmanager
    def passage(self, seconds: float, *, hurried: bool = True) -> Iterator[Passage]:
        self._timer.now += self._seconds  # type: ignore[attr-defined]
        with super().passage(seconds, hurried=hurried) as passage:
            yield passage


class Scripted(Calls):
    """Meets the given errors one after another, then is answered; counts how often it was sent.

    Each error comes after `seconds`.
    """

    def __init__(self, *errors: Exception, seconds: float = 0.0, queue: float = 0.0) -> None:
        self.timer = Timer()
        super().__init__(Timeouts(10, 20, 20, 20), timer=self.timer, guard=Queue(self.timer, queue))
        self.errors = list(errors)
        self.seconds = seconds
        self.sent = 0

    def _send(self, *_args: object, **_settings: object) -> Received:
        self.sent += 1
        if self.errors:
            self.timer.now += self.seconds
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


# --- what waiting leaves of the time ---


def test_a_write_that_has_waited_for_its_connection_till_the_last_second_is_not_begun() -> None:
    queued = Scripted(queue=0.9)
    with within(1.1), pytest.raises(MisUnavailable):
        queued.write(REQUEST, body_of)
    assert queued.sent == 0
    assert queued.write(REQUEST, body_of) == b"done"


def test_a_read_that_has_waited_till_the_end_of_the_turn_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    timer = Timer()
    sock = SlowSocket(timer, [])
    connect_to(sock, monkeypatch, timer)
    calls = Calls(Timeouts(10, 20, 20, 20), timer=timer, guard=Queue(timer, 0.9))
    with within(0.8), pytest.raises(MisUnavailable):
        calls.read(REQUEST, body_of, lambda _: False)
    assert sock.sent == b""


def test_a_write_is_not_sent_once_more_in_the_last_second() -> None:
    slow = Scripted(UNOPENED, seconds=19.5)
    with pytest.raises(MisUnavailable):
        slow.write(REQUEST, body_of)
    assert slow.sent == 1


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        [(4, HEAD)],
        [(0.6, HEAD[at : at + 1]) for at in range(len(HEAD))],
        [(4, HEAD), (0.4, b"a"), (0.4, b"b"), (0.4, b"c"), (0.4, b"d")],
        [(4, CHUNKED), *[(0.4, b"0")] * 20],
    ],
    ids=["late and then nothing", "headers that drip", "a body that drips", "a chunk's length that drips"],
)
def test_no_answer_is_waited_for_beyond_the_deadline(
    monkeypatch: pytest.MonkeyPatch, pieces: list[tuple[float, bytes]]
) -> None:
    timer = Timer()
    calls = Calls(Timeouts(1.5, 5, 5, 5), timer=timer)
    connect_to(SlowSocket(timer, pieces), monkeypatch, timer)
    with pytest.raises(MisUnavailable):
        calls.read(REQUEST, body_of, lambda _: False)
    assert timer.now <= 105
    timer.now = 100
    connect_to(SlowSocket(timer, pieces), monkeypatch, timer)
    with pytest.raises(OutcomeUnknown):
        calls.write(REQUEST, body_of)
    assert timer.now <= 105


def test_an_answer_in_pieces_is_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    timer = Timer()
    connect_to(SlowSocket(timer, [(1, HEAD[:9]), (1, HEAD[9:]), (1, b"ab"), (1, b"cd")]), monkeypatch, timer)
    calls = Calls(Timeouts(1.5, 5, 5, 5), timer=timer)
    assert calls.read(REQUEST, body_of, lambda _: False) == b"abcd"


def test_nothing_is_sent_over_a_connection_that_opened_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with several addresses: each of them has all the time there is to connect."""
    timer = Timer()
    sock = SlowSocket(timer, [(0, HEAD + b"done")])
    connect_to(sock, monkeypatch, timer, connecting=4.5)
    with pytest.raises(MisUnavailable):
        Calls(Timeouts(4, 5, 5, 5), timer=timer).write(REQUEST, body_of)
    assert sock.sent == b""


def test_a_handshake_has_what_connecting_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    timer = Timer()
    sock = SlowSocket(timer, [(0, HEAD + b"done")])
    connect_to(sock, monkeypatch, timer, connecting=3)
    assert Calls(Timeouts(4, 9, 9, 9), timer=timer).write(REQUEST, body_of) == b"done"
    assert sock.timeouts[0] == pytest.approx(1)


def test_a_write_whose_handshake_was_never_answered_was_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        request = Request("POST", f"https://127.0.0.1:{silent.getsockname()[1]}/", {}, b"abc")
        with pytest.raises(MisUnavailable):
            Calls(Timeouts(0.2, 20, 20, 20)).write(request, body_of)


# --- answers that nobody has foreseen ---


def nonsense(_: Received) -> bytes:
    raise ValueError("Сидоров")


def known(_: Received) -> bytes:
    raise MisRefused("known")


def test_what_cannot_be_understood_is_a_bad_answer_to_a_read_and_an_unknown_outcome_of_a_write() -> None:
    calls = Scripted()
    with pytest.raises(BadAnswer) as read:
        calls.read(REQUEST, nonsense, lambda _: False)
    assert calls.sent == 2
    with pytest.raises(OutcomeUnknown) as written:
        calls.write(REQUEST, nonsense)
    assert calls.sent == 3
    for caught in (read, written):
        assert "ValueError" in str(caught.value)
        assert "Сидоров" not in "".join(traceback.format_exception(caught.value))


def test_a_broken_answer_that_is_asked_once_more_may_be_understood() -> None:
    calls, answers = Scripted(), [nonsense, body_of]
    assert calls.read(REQUEST, lambda received: answers.pop(0)(received), lambda _: False) == b"done"


def test_an_error_in_terms_of_the_port_stays_itself() -> None:
    with pytest.raises(MisRefused):
        Scripted().write(REQUEST, known)
    with pytest.raises(MisRefused):
        Scripted().read(REQUEST, known, lambda _: False)
