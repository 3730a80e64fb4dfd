"""Calls over HTTP to any MIS: reads and writes apart, within deadlines.

A read may be repeated while its deadline lasts. A write is repeated only when its connection was never
opened; as soon as a byte of it may have left, a missing answer is `OutcomeUnknown`. No call outlasts the
patient's turn (`mis.deadline`), waiting for a connection included, and none is begun to a base that is down
(`mis.guard`).
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import requests
from requests.auth import AuthBase
from urllib3.exceptions import HTTPError, TimeoutError

from mis.deadline import seconds_left
from mis.guard import BaseDown, Guard, Passage
from mis.http import never_opened, open_session, read_body, time_limit
from mis.port import BadAnswer, MisError, MisUnavailable, OutcomeUnknown, Symptom

log = logging.getLogger(__name__)
T = TypeVar("T")

# A web server or proxy that says so itself: the MIS behind it does not answer.
GATEWAY = frozenset({502, 503, 504})
# With less than this a write would most likely end without an answer: it is better not begun.
LEAST_WRITE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. The totals bound one operation with its waits and repetitions.

    Directories are read ahead of need.
    """

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
        self._reads = open_session(ca_file, auth=auth, pool=pool, timer=timer)
        # A kept connection may be dead without our knowing, and a write lost on it has an unknown outcome.
        # On a connection of its own the same fault is "never opened", which is harmless.
        self._writes = open_session(ca_file, auth=auth, pool=pool, keep=False, timer=timer)

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
        """The answer of a read, asked once more when it was lost or `is_broken`.

        Raises `MisUnavailable`, and `BadAnswer` when `understand` fails both times.
        """
        total = self._timeouts.directory_total if directory else self._timeouts.read_total
        allowed = _allowed(total)
        if allowed <= 0:
            raise MisUnavailable("the turn is over")
        deadline = self._timer() + allowed
        with self._guard.passage(allowed, hurried=not directory) as passage:
            left = deadline - self._timer()
            fault = _fault_if_late(total, allowed, left)
            if passage.seconds is not None and passage.seconds < left:
                deadline, fault = self._timer() + passage.seconds, False
            for last in (False, True):
                try:
                    received = self._heard(passage, self._send(self._reads, request, deadline))
                except (requests.Timeout, TimeoutError) as failure:
                    passage.answered = fault
                    raise MisUnavailable(f"no answer in time: {type(failure).__name__}") from failure
                except (requests.RequestException, HTTPError) as failure:
                    if last or self._timer() > deadline:
                        passage.answered = False
                        raise MisUnavailable(type(failure).__name__) from failure
                    continue
                last = last or self._timer() > deadline
                try:
                    answer = understand(received)
                    if last or not is_broken(answer):
                        return answer
                except MisError:
                    raise
                except Exception as failure:
                    if last:
                        status = None if received.status == 200 else received.status
                        # Not even the traceback may quote the answer.
                        raise BadAnswer(_cause(failure), status=status, symptom=Symptom.FOREIGN) from None
        raise AssertionError("the second try returns or raises")

    def write(self, request: Request, understand: Callable[[Received], T]) -> T:
        """The answer of a write. Raises `MisUnavailable` (never sent) or `OutcomeUnknown`.

        The latter also when `understand` fails: only its `MisError` is the caller's.
        """
        total = self._timeouts.write_total
        least = min(LEAST_WRITE_SECONDS, total / 2)
        allowed = _allowed(total)
        deadline = self._timer() + allowed
        if allowed <= least:
            raise MisUnavailable("the turn is over: not begun")
        with self._guard.passage(allowed) as passage:
            fault = _fault_if_late(total, allowed, deadline - self._timer())
            for last in (False, True):
                if deadline - self._timer() <= least:
                    raise MisUnavailable("too little time is left: not begun")
                try:
                    received = self._heard(passage, self._send(self._writes, request, deadline, least))
                except (requests.RequestException, HTTPError) as failure:
                    late = isinstance(failure, (requests.Timeout, TimeoutError))
                    passage.answered = fault if late else False
                    if not never_opened(failure):
                        raise OutcomeUnknown(type(failure).__name__) from failure
                    if last:
                        raise MisUnavailable("no connection, twice") from failure
                    continue
                try:
                    return understand(received)
                except MisError:
                    raise
                except Exception as failure:
                    raise OutcomeUnknown(_cause(failure)) from None
        raise AssertionError("the second try returns or raises")

    def _heard(self, passage: Passage, received: Received) -> Received:
        passage.answered = received.status not in GATEWAY
        return received

    def _send(
        self, session: requests.Session, request: Request, deadline: float, least: float = 0.0
    ) -> Received:
        """What came back by `deadline`. Nothing is sent when a connection leaves less than `least` of it."""
        left = deadline - self._timer()
        if left <= least:
            raise requests.ConnectTimeout("the deadline passed before the connection")
        with session.request(
            request.method,
            request.url,
            data=request.data,
            headers=dict(request.headers),
            timeout=time_limit(min(self._timeouts.connect, left - least), left),
            allow_redirects=False,
            stream=True,
        ) as response:
            return Received(response.status_code, response.headers, read_body(response))


def _allowed(total: float) -> float:
    """`total` seconds, or fewer at the end of a turn."""
    left = seconds_left()
    return total if left is None else min(total, left)


def _fault_if_late(total: float, allowed: float, left: float) -> bool | None:
    """What a late answer says about the base: nothing if the turn or a queue has cut its time short."""
    return False if allowed == total and left > total / 2 else None


def _cause(failure: Exception) -> str:
    """Kind and place of an error whose own words may be those of the MIS."""
    place = traceback.extract_tb(failure.__traceback__)[-1]
    return f"not understood: {type(failure).__name__} at {place.filename}:{place.lineno}"
