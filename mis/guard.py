"""What keeps one base of a MIS from hurting patients when it is dead, slow or overrun.

A circuit breaker: a base that has failed several times in a row is not asked for a moment, then by one call
at a time until it answers. A limit of connections: a call that gets none soon is given up.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import Condition

import pybreaker

from mis.places import Places
from mis.port import MisUnavailable

log = logging.getLogger(__name__)

STATES = (pybreaker.STATE_CLOSED, pybreaker.STATE_HALF_OPEN, pybreaker.STATE_OPEN)


class BaseDown(MisUnavailable):
    """The base has failed so often just now that it was not asked."""


class TooBusy(MisUnavailable):
    """Every connection to the base was in use and none became free in time: it was not asked."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`failures` in a row open the breaker; `pause` seconds later one call tries the base again.

    There are `connections` at once, half of them at most for what no patient waits for. A call waits at most
    `wait` seconds for one, and as long for the end of another call's trial, but never beyond its own time. A
    read that is such a trial lasts at most `trial` seconds if a patient waits for it.
    """

    failures: int = 8
    pause: float = 2.0
    trial: float = 2.0
    connections: int = 32
    wait: float = 1.0


@dataclass(slots=True)
class Passage:
    """One call that was let through.

    `seconds` bounds a read that is a trial. `answered` is for the caller to set: False when the base is at
    fault, None while nothing was learnt about it.
    """

    seconds: float | None
    answered: bool | None = None


class _Fault(Exception):
    """What the breaker counts."""


class Guard:
    """The way to one base. Thread-safe. `timer` gives seconds and never goes back."""

    def __init__(
        self, base: str, limits: Limits | None = None, *, timer: Callable[[], float] = time.monotonic
    ) -> None:
        self.base = base
        self._limits = limits or Limits()
        self._timer = timer
        self._free = Places(self._limits.connections)
        self._unhurried = Places(max(self._limits.connections // 2, 1))
        # The library counts and keeps the state. Calls do not run inside of it: there one thread at a time
        # would get through while it is closed, and all of them while it is half-open.
        self._breaker = pybreaker.CircuitBreaker(
            fail_max=self._limits.failures, reset_timeout=0, name=base, throw_new_error_on_trip=False
        )
        self._turnstile = Condition()
        self._opened_at = timer()
        self._trying = False

    @property
    def state(self) -> str:
        """One of `STATES`."""
        return self._breaker.current_state

    @property
    def waiting(self) -> int:
        """How many calls wait for a connection now."""
        return self._free.waiting

    @contextmanager
    def passage(self, seconds: float, *, hurried: bool = True) -> Iterator[Passage]:
        """Let one call through that has `seconds` in all. Raises `BaseDown` or `TooBusy`, both at once or
        after the limits' `wait`. A call that is not `hurried` waits for its turn as long as it has.
        """
        until = self._timer() + seconds

        def wait() -> float:
            left = max(until - self._timer(), 0.0)
            return min(self._limits.wait, left) if hurried else left

        with self._turnstile:
            self._refuse_while_open()
        with ExitStack() as kept:
            if not hurried:
                self._take(self._unhurried, wait(), kept)
            self._take(self._free, wait(), kept)
            tries = self._enter(wait())
            passage = Passage(self._limits.trial if tries and hurried else None)
            try:
                yield passage
            finally:
                self._leave(tries, passage.answered)

    def _take(self, connections: Places, wait: float, kept: ExitStack) -> None:
        if not connections.acquire(timeout=wait):
            raise TooBusy(f"all connections to {self.base} are in use")
        kept.callback(connections.release)

    def _enter(self, wait: float) -> bool:
        """Whether the call is a trial."""
        with self._turnstile:
            if self._trying and not self._turnstile.wait_for(lambda: not self._trying, wait):
                raise BaseDown(f"{self.base} is being tried by another call")
            self._refuse_while_open()
            if self.state == pybreaker.STATE_CLOSED:
                return False
            if self.state == pybreaker.STATE_OPEN:
                self._breaker.half_open()
            self._trying = True
            return True

    def _refuse_while_open(self) -> None:
        pause = self._limits.pause
        if self.state == pybreaker.STATE_OPEN and self._timer() - self._opened_at < pause:
            raise BaseDown(f"{self.base} does not answer")

    def _leave(self, tries: bool, answered: bool | None) -> None:
        with self._turnstile:
            if tries:
                self._trying = False
                self._turnstile.notify_all()
            elif self.state != pybreaker.STATE_CLOSED:
                # It began before the breaker opened and tells nothing new.
                return
            before = self.state
            if answered is not None:
                with suppress(_Fault):
                    self._breaker.call(_outcome, answered)
            if self.state == before:
                return
            if self.state == pybreaker.STATE_OPEN:
                self._opened_at = self._timer()
                log.error("%s does not answer: it is left alone for %s s", self.base, self._limits.pause)
            else:
                log.warning("%s answers again", self.base)


def _outcome(answered: bool) -> None:
    if not answered:
        raise _Fault
