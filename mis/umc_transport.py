"""Calls to a base of BIT.UMC, in either of its dialects: reads and writes apart.

A read may be repeated while its deadline lasts. A write is repeated only when its connection was never
opened; as soon as a byte of it may have left, a missing or senseless answer is `OutcomeUnknown`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import requests
from requests.auth import HTTPBasicAuth
from urllib3.exceptions import HTTPError, TimeoutError

from mis.http import never_opened, open_session, read_body
from mis.port import MisError, MisRefused, MisUnavailable, OutcomeUnknown
from mis.umc_dialects import Asked, Dialect
from mis.umc_wire import describe, is_russian

log = logging.getLogger(__name__)

_GATEWAY = frozenset({502, 503, 504})
_NOT_SERVED = frozenset({401, 403, 404, 405, 429})


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. The totals bound one operation with its repetitions; directories are read ahead of need."""

    connect: float = 1.5
    read_total: float = 5.0
    directory_total: float = 20.0
    write_total: float = 6.0


class OnCall(Protocol):
    """Told of every operation once: how long it took and the class name of its error, if any."""

    def __call__(self, operation: str, branch_id: str, seconds: float, error_kind: str | None) -> None: ...


class UmcTransport:
    """A base of BIT.UMC. Thread-safe; holds at most `pool` idle connections."""

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        dialect: Dialect,
        timeouts: Timeouts,
        *,
        ca_file: str | None = None,
        pool: int = 32,
        timer: Callable[[], float] = time.monotonic,
        on_call: OnCall | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._dialect = dialect
        self._timeouts = timeouts
        self._timer = timer
        self._on_call = on_call
        # Users of 1C have Cyrillic names, which requests cannot encode by itself.
        auth = HTTPBasicAuth(user.encode(), password.encode())
        self._reads = open_session(ca_file, auth=auth, pool=pool)
        self._writes = open_session(ca_file, auth=auth, pool=pool)
        # A kept connection may be dead without our knowing, and a write lost on it has an unknown outcome.
        # On a connection of its own the same fault is "never opened", which is harmless.
        self._writes.headers["Connection"] = "close"

    def close(self) -> None:
        """Close all pooled connections."""
        self._reads.close()
        self._writes.close()

    def read(
        self, pattern: str, branch_id: str, body: Mapping[str, object], *, directory: bool = False
    ) -> object:
        """The decoded answer of a read, or 1C's words as a string; a directory may take its time.

        Raises `MisUnavailable`.
        """
        total = self._timeouts.directory_total if directory else self._timeouts.read_total
        return self._timed(pattern, branch_id, body, partial(self._read, total=total))

    def write(self, pattern: str, branch_id: str, body: Mapping[str, object]) -> object:
        """The decoded answer of a write that was answered with 200.

        Raises `MisUnavailable` (not done), `MisRefused` (not done) or `OutcomeUnknown`.
        """
        return self._timed(pattern, branch_id, body, self._write)

    def _timed(
        self,
        pattern: str,
        branch_id: str,
        body: Mapping[str, object],
        call: Callable[[Asked], object],
    ) -> object:
        operation = f"{pattern}.{body['Method']}" if "Method" in body else pattern
        started = self._timer()
        error: str | None = None
        try:
            return call(self._dialect.ask(pattern, branch_id, body))
        except MisError as failure:
            error = type(failure).__name__
            log.warning("%s of %s failed: %s: %s", operation, branch_id, error, failure)
            raise
        finally:
            if self._on_call is not None:
                self._on_call(operation, branch_id, self._timer() - started, error)

    def _read(self, asked: Asked, total: float) -> object:
        deadline = self._timer() + total
        for last in (False, True):
            try:
                status, answer = self._post(self._reads, asked, deadline)
            except (requests.Timeout, TimeoutError) as failure:
                raise MisUnavailable(f"no answer in time: {type(failure).__name__}") from failure
            except (requests.RequestException, HTTPError) as failure:
                if last or self._timer() > deadline:
                    raise MisUnavailable(type(failure).__name__) from failure
                continue
            broken = status in _GATEWAY or (status == 200 and not self._dialect.is_umc(answer))
            if not broken or last or self._timer() > deadline:
                break
        if status == 200 or (status in (400, 500) and is_russian(answer)):
            return answer
        raise MisUnavailable(f"{status}, {describe(answer)}")

    def _write(self, asked: Asked) -> object:
        deadline = self._timer() + self._timeouts.write_total
        try:
            status, answer = self._post(self._writes, asked, deadline)
        except (requests.RequestException, HTTPError) as failure:
            if not never_opened(failure):
                raise OutcomeUnknown(type(failure).__name__) from failure
            status, answer = self._write_again(asked, deadline)
        if status == 200:
            return answer
        if status in _NOT_SERVED or 300 <= status < 400:
            raise MisUnavailable(f"{status}, {describe(answer)}")
        if 400 <= status < 500 or (status == 500 and is_russian(answer)):
            raise MisRefused(f"{status}, {describe(answer)}")
        raise OutcomeUnknown(f"{status}, {describe(answer)}")

    def _write_again(self, asked: Asked, deadline: float) -> tuple[int, object]:
        try:
            return self._post(self._writes, asked, deadline)
        except (requests.RequestException, HTTPError) as failure:
            if never_opened(failure):
                raise MisUnavailable("no connection, twice") from failure
            raise OutcomeUnknown(type(failure).__name__) from failure

    def _post(self, session: requests.Session, asked: Asked, deadline: float) -> tuple[int, object]:
        left = deadline - self._timer()
        if left <= 0:
            raise requests.ConnectTimeout("the deadline passed before the connection")
        with session.post(
            self._url + asked.path,
            data=asked.data,
            headers=dict(asked.headers),
            timeout=(min(self._timeouts.connect, left), left),
            allow_redirects=False,
            stream=True,
        ) as response:
            return response.status_code, self._dialect.answer(read_body(response, deadline, self._timer))
