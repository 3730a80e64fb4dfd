"""Calls over HTTP to any MIS: reads and writes apart, within deadlines.

A read may be repeated while its deadline lasts. A write is repeated only when its connection was never
opened; as soon as a byte of it may have left, a missing answer is `OutcomeUnknown`. No call outlasts the
patient's turn (`mis.deadline`), and none is begun to a base that is down (`mis.guard`).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, TimeoutError

from mis.deadline import seconds_left
from mis.guard import BaseDown, Guard, Passage
from mis.http import never_opened, open_session, read_body
from mis.port import MisError, MisUnavailable, OutcomeUnknown

log = logging.getLogger(__name__)
T = TypeVar("T")

# A web server or proxy that says so itself: the MIS behind it does not answer.
GATEWAY = frozenset({502, 503, 504})
# With less than this a write would most likely end without an answer: it is better not begun.
LEAST_WRITE_SECONDS = 1.0


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


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `url` is the whole address."""

    method: str
    url: str
    headers: Mapping[str, str]
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Received:
    """What came back, read to its end."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Calls:
    """Connections to one MIS, as many as `guard` lets through. Thread-safe.

    `pool` of them are kept when idle. `understand` turns what came back into what the caller works with; it
    may be called twice for a read.
    """

    def __init__(
        self,
        timeouts: Timeouts,
        *,
        auth: AuthBase | None = None,
        ca_file: str | None = None,
        pool: int = 32,
        timer: Callable[[], float] = time.monotonic,
        on_call: OnCall | None = None,
        guard: Guard | None = None,
    ) -> None:
        self._guard = guard or Guard("the MIS")
        self._timeouts = timeouts
        self._timer = timer
        self._on_call = on_call
        self._reads = open_session(ca_file, auth=auth, pool=pool)
        # A kept connection may be dead without our knowing, and a write lost on it has an unknown outcome.
        # On a connection of its own the same fault is "never opened", which is harmless.
        self._writes = open_session(ca_file, auth=auth, pool=pool, keep=False)

    def close(self) -> None:
        """Close all pooled connections."""
        self._reads.close()
        self._writes.close()

    def told(self, operation: str, branch_id: str, call: Callable[[], T]) -> T:
        """The result of `call`, whose time and error are told to `on_call` and to the log."""
        started = self._timer()
        error: str | None = None
        try:
            return call()
        except MisError as failure:
            error = type(failure).__name__
            if not isinstance(failure, BaseDown):
                # The guard tells once that a base is down; here it would be told by every patient's search.
                log.warning("%s of %s failed: %s: %s", operation, branch_id, error, failure)
            raise
        finally:
            if self._on_call is not None:
                self._on_call(operation, branch_id, self._timer() - started, error)

    def read(
        self,
        request: Request,
        understand: Callable[[Received], T],
        is_broken: Callable[[T], bool],
        *,
        directory: bool = False,
    ) -> T:
        """The answer of a read, asked once more when it was lost or `is_broken`. Raises `MisUnavailable`."""
        total = self._timeouts.directory_total if directory else self._timeouts.read_total
        allowed = _allowed(total)
        if allowed <= 0:
            raise MisUnavailable("the turn is over")
        with self._guard.passage(allowed, hurried=not directory) as passage:
            seconds = allowed if passage.seconds is None else min(allowed, passage.seconds)
            # What the end of a turn has cut short says nothing about the base.
            fault = None if seconds == allowed < total else False
            deadline = self._timer() + seconds
            for last in (False, True):
                try:
                    answer = understand(self._heard(passage, self._send(self._reads, request, deadline)))
                except (requests.Timeout, TimeoutError) as failure:
                    passage.answered = fault
                    raise MisUnavailable(f"no answer in time: {type(failure).__name__}") from failure
                except (requests.RequestException, HTTPError) as failure:
                    if last or self._timer() > deadline:
                        passage.answered = False
                        raise MisUnavailable(type(failure).__name__) from failure
                    continue
                if last or not is_broken(answer) or self._timer() > deadline:
                    break
        return answer

    def write(self, request: Request, understand: Callable[[Received], T]) -> T:
        """The answer of a write. Raises `MisUnavailable` (never sent) or `OutcomeUnknown`."""
        allowed = _allowed(self._timeouts.write_total)
        if allowed < min(LEAST_WRITE_SECONDS, self._timeouts.write_total):
            raise MisUnavailable("the turn is over: not begun")
        with self._guard.passage(allowed) as passage:
            fault = None if allowed < self._timeouts.write_total else False
            deadline = self._timer() + allowed
            for last in (False, True):
                try:
                    return understand(self._heard(passage, self._send(self._writes, request, deadline)))
                except (requests.RequestException, HTTPError) as failure:
                    late = isinstance(failure, (requests.Timeout, TimeoutError))
                    passage.answered = fault if late else False
                    if not never_opened(failure):
                        raise OutcomeUnknown(type(failure).__name__) from failure
                    if last:
                        raise MisUnavailable("no connection, twice") from failure
        raise AssertionError("the second try returns or raises")

    def _heard(self, passage: Passage, received: Received) -> Received:
        passage.answered = received.status not in GATEWAY
        return received

    def _send(self, session: requests.Session, request: Request, deadline: float) -> Received:
        left = deadline - self._timer()
        if left <= 0:
            raise requests.ConnectTimeout("the deadline passed before the connection")
        with session.request(
            request.method,
            request.url,
            data=request.data,
            headers=dict(request.headers),
            timeout=(min(self._timeouts.connect, left), left),
            allow_redirects=False,
            stream=True,
        ) as response:
            return Received(
                response.status_code, response.headers, read_body(response, deadline, self._timer)
            )


def _allowed(total: float) -> float:
    """`total` seconds, or fewer at the end of a turn."""
    left = seconds_left()
    return total if left is None else min(total, left)
