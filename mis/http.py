"""HTTP sessions for clients of a MIS: shared by threads, bounded in time and size, without surprises."""

from __future__ import annotations

from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, NewConnectionError

_CHUNK = 1 << 16
_MAX_BODY = 64 << 20


class _ClosedHttp(HTTPConnectionPool):
    """A connection is closed when it comes back, whether the server has told that it closes it or not."""

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.close()
        super()._put_conn(conn)


class _ClosedHttps(HTTPSConnectionPool):
    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.close()
        super()._put_conn(conn)


class _OneRequestEach(HTTPAdapter):
    """Every request has a connection of its own."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _ClosedHttp, "https": _ClosedHttps}

    def add_headers(self, request: requests.PreparedRequest, **kwargs: Any) -> None:
        request.headers["Connection"] = "close"


def open_session(
    ca_file: str | None = None, *, auth: AuthBase | None = None, pool: int = 32, keep: bool = True
) -> requests.Session:
    """A session that many threads may share: no cookies, no proxies of the environment, no retries.

    Without `keep` no connection serves a second request.
    """
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.verify = ca_file if ca_file else True
    session.auth = auth
    kind = HTTPAdapter if keep else _OneRequestEach
    adapter = kind(pool_connections=1, pool_maxsize=pool, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def read_body(response: requests.Response, deadline: float, timer: Callable[[], float]) -> bytes:
    """The whole body, however slowly it drips; `requests.ReadTimeout` once `deadline` has passed."""
    parts: list[bytes] = []
    size = 0
    while part := response.raw.read1(_CHUNK, decode_content=True):
        parts.append(part)
        size += len(part)
        if size > _MAX_BODY:
            raise requests.exceptions.ContentDecodingError("the answer is too long")
        if timer() > deadline:
            raise requests.ReadTimeout("the answer came too slowly")
    return b"".join(parts)


def never_opened(failure: Exception) -> bool:
    """Whether not a byte of the request can have reached the other side."""
    if isinstance(failure, requests.ConnectTimeout):
        return True
    reason = failure.args[0] if failure.args else None
    if isinstance(reason, MaxRetryError):
        reason = reason.reason
    return isinstance(reason, NewConnectionError)
