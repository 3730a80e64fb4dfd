"""HTTP sessions for clients of a MIS: shared by threads, bounded in time and size, without surprises."""

from __future__ import annotations

import http.client
import io
import time
from collections.abc import Callable
from functools import partial
from http.cookiejar import DefaultCookiePolicy
from socket import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError
from urllib3.util import Timeout

_CHUNK = 1 << 16
_MAX_BODY = 64 << 20

Timer = Callable[[], float]


class _Received(io.RawIOBase):
    """What comes from `sock`, all of it within the time that `sock` waits for one piece."""

    def __init__(self, sock: socket, timer: Timer) -> None:
        self._sock = sock
        self._timer = timer
        self._raw = sock.makefile("rb", buffering=0)
        seconds = sock.gettimeout()
        self._deadline = None if seconds is None else timer() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._deadline is not None:
            left = self._deadline - self._timer()
            if left <= 0:
                raise TimeoutError("the answer came too slowly")
            self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Source:
    """A socket as the parser of answers sees it."""

    def __init__(self, sock: socket, timer: Timer) -> None:
        self._sock = sock
        self._timer = timer

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Received(self._sock, self._timer))


def _answer(sock: socket, *args: Any, timer: Timer, **kwargs: Any) -> http.client.HTTPResponse:
    source: Any = _Source(sock, timer)
    return http.client.HTTPResponse(source, *args, **kwargs)


class _Connection(HTTPConnection):
    """Its timeouts bound the whole of connecting and the whole of an answer, not each step and piece."""

    def __init__(self, *args: Any, timer: Timer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer = timer
        self._open_by: float | None = None
        self.response_class = partial(_answer, timer=timer)  # type: ignore[assignment]

    def connect(self) -> None:
        """Nothing is sent over a connection that opened too late: `ConnectTimeoutError`."""
        self._open_by = None if self.timeout is None else self._timer() + self.timeout
        try:
            super().connect()
        except TimeoutError as failure:
            raise ConnectTimeoutError(self, "the handshake took too long") from failure
        self._seconds_to_open()

    def _new_conn(self) -> socket:
        sock = super()._new_conn()
        try:
            # What is left is for the handshake.
            sock.settimeout(self._seconds_to_open())
        except ConnectTimeoutError:
            sock.close()
            raise
        return sock

    def _seconds_to_open(self) -> float | None:
        if self._open_by is None:
            return None
        left = self._open_by - self._timer()
        if left <= 0:
            raise ConnectTimeoutError(self, "the connection opened too late")
        return left


class _SecureConnection(_Connection, HTTPSConnection):
    pass


class _Http(HTTPConnectionPool):
    """Without `keep` a connection is closed when it comes back, whether the server closes it or not."""

    _kind: type[_Connection] = _Connection

    def __init__(self, *args: Any, timer: Timer, keep: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ConnectionCls = partial(self._kind, timer=timer)  # type: ignore[assignment]
        self._keep = keep

    def _put_conn(self, conn: Any) -> None:
        if conn is not None and not self._keep:
            conn.close()
        super()._put_conn(conn)


class _Https(_Http, HTTPSConnectionPool):
    _kind = _SecureConnection


class _Adapter(HTTPAdapter):
    """Connections that end in time; without `keep` every request has one of its own."""

    def __init__(self, *, timer: Timer, keep: bool, pool: int) -> None:
        self._timer = timer
        self._keep = keep
        super().__init__(pool_connections=1, pool_maxsize=pool, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            scheme: partial(kind, timer=self._timer, keep=self._keep)
            for scheme, kind in (("http", _Http), ("https", _Https))
        }

    def add_headers(self, request: requests.PreparedRequest, **kwargs: Any) -> None:
        if not self._keep:
            request.headers["Connection"] = "close"


def open_session(
    ca_file: str | None = None,
    *,
    auth: AuthBase | None = None,
    pool: int = 32,
    keep: bool = True,
    timer: Timer = time.monotonic,
) -> requests.Session:
    """A session that many threads may share: no cookies, no proxies of the environment, no retries.

    Without `keep` no connection serves a second request. Give each request its `time_limit`.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.verify = ca_file if ca_file else True
    session.auth = auth
    adapter = _Adapter(timer=timer, keep=keep, pool=pool)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def time_limit(connect: float, total: float) -> Any:
    """The `timeout` of a request that ends within `total` seconds, however slowly its answer drips.

    A connection that takes more than `connect` of them is given up before anything is sent.
    """
    # requests takes one of these as well, and its annotations do not tell.
    return Timeout(connect=min(connect, total), total=total)


def read_body(response: requests.Response) -> bytes:
    """The whole body of an answer that was asked for as a stream; an endless one is an error of requests."""
    parts: list[bytes] = []
    size = 0
    while part := response.raw.read1(_CHUNK, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > _MAX_BODY:
            raise requests.exceptions.ContentDecodingError("the answer is too long")
    return b"".join(parts)


def never_opened(failure: Exception) -> bool:
    """Whether not a byte of the request can have reached the other side."""
    if isinstance(failure, requests.ConnectTimeout):
        return True
    reason = failure.args[0] if failure.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    return isinstance(reason, NewConnectionError)
