"""Everything a check reads of the bases: all branches in parallel, nothing written."""

from __future__ import annotations

import time as clocks
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Generic, Literal, TypeVar, get_args

import requests
from urllib3.exceptions import HTTPError, NameResolutionError

from mis.check_base import Expected, open_checked, speaking
from mis.check_quirks import QuirkBook, Quirks
from mis.config import BaseConfig, MisConfig, TransportName
from mis.http import never_opened, open_session, time_limit
from mis.port import (
    BadAnswer,
    Branch,
    Capabilities,
    Doctor,
    Mis,
    MisError,
    MisUnavailable,
    Service,
    Symptom,
    VisitStatus,
    Window,
)
from mis.reference_http import ReferenceHttp

DAYS = 14
DEADLINE_SECONDS = 120.0
# Of no visit anywhere: a base that answers says that it knows no such one.
NO_VISIT = "00000000-0000-4000-8000-000000000000"

DoorState = Literal["open", "no_address", "refused", "no_answer", "tls", "broken"]
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Reading(Generic[T_co]):
    """What a read gave, or its error, and how long it took in seconds."""

    value: T_co | None
    error: MisError | None
    seconds: float

    @property
    def unanswered(self) -> bool:
        """Whether nobody said anything in time, not even a refusal."""
        error = self.error
        return isinstance(error, MisUnavailable) and error.status is None and error.symptom is None


@dataclass(frozen=True, slots=True)
class Door:
    """Whether the address can be reached at all, and how far its clock is ahead of ours."""

    state: DoorState
    skew: timedelta | None = None


@dataclass(frozen=True, slots=True)
class BranchReading:
    """`None` is what was not asked for, because the branch had not answered before."""

    branch: Branch
    base: str
    windows: Reading[Sequence[Window]]
    one_doctor: Reading[Sequence[Window]] | None = None
    taken: Reading[Sequence[Window]] | None = None
    status: Reading[VisitStatus] | None = None
    services: Reading[Sequence[Service]] | None = None
    doctors: Reading[Sequence[Doctor]] | None = None
    quirks: Quirks | None = None

    @property
    def reads(self) -> Mapping[str, Reading[object]]:
        """The reads that were made, by operation."""
        made: Mapping[str, Reading[object] | None] = {
            "windows": self.windows,
            "one_doctor": self.one_doctor,
            "taken": self.taken,
            "status": self.status,
            "services": self.services,
            "doctors": self.doctors,
        }
        return {name: reading for name, reading in made.items() if reading is not None}


@dataclass(frozen=True, slots=True)
class BaseReading:
    """`speaks` is the transport in which the base does answer, when it is not the one of the file.

    `reference` is what the clinic publishes beside it; `None` when there is no such address.
    """

    config: BaseConfig
    capabilities: Capabilities
    door: Door
    known: Reading[Sequence[Branch]]
    branches: tuple[BranchReading, ...]
    strange_clinics: Mapping[str, str]
    speaks: TransportName | None = None
    reference: Reading[object] | None = None


def read_network(
    config: MisConfig,
    expected: Expected,
    clock: Callable[[], datetime],
    *,
    days: int = DAYS,
    deadline: float = DEADLINE_SECONDS,
) -> tuple[BaseReading, ...]:
    """Every read operation of every branch. Takes at most `deadline` seconds and raises nothing of a MIS.

    `clock` gives aware datetimes; the schedule is read for `days` from today.
    """
    ends = clocks.monotonic() + deadline
    # A worker for each task: some wait for others.
    pool = ThreadPoolExecutor(len(expected.branches) + 4 * len(config.bases))
    begun = [_Begun(pool, base, expected, clock, days) for base in config.bases]
    wait([future for one in begun for future in one.futures], timeout=ends - clocks.monotonic())
    found = tuple(one.finished() for one in begun)
    pool.shutdown(wait=False, cancel_futures=True)
    return found


class _Begun:
    """The reads of one base that are under way."""

    def __init__(
        self,
        pool: ThreadPoolExecutor,
        base: BaseConfig,
        expected: Expected,
        clock: Callable[[], datetime],
        days: int,
    ) -> None:
        own = [branch for branch in expected.branches if branch.id in base.keys]
        self._base, self._own = base, own
        self._quirks = QuirkBook(own)
        self._mis = open_checked(base, expected, clock, self._quirks.hear)
        self._door = pool.submit(_knock, base, clock)
        self._known = pool.submit(_read, self._mis.branches)
        self._speaks = pool.submit(self._find_language, expected, clock)
        self._reference = pool.submit(_read_reference, base, own, clock)
        self._branches = {
            branch.id: pool.submit(_read_branch, self._mis, base.name, branch, clock, days) for branch in own
        }
        self.futures: list[Future[Any]] = [
            self._door,
            self._known,
            self._speaks,
            self._reference,
            *self._branches.values(),
        ]

    def finished(self) -> BaseReading:
        """What there is by now; what is not there has not answered."""
        silent: Reading[Sequence[Window]] = Reading(None, MisUnavailable("too slow"), 0)
        branches = []
        for branch in self._own:
            read = _done(self._branches[branch.id], BranchReading(branch, self._base.name, silent))
            branches.append(replace(read, quirks=self._quirks.of(branch.id)))
        return BaseReading(
            self._base,
            self._mis.capabilities,
            _done(self._door, Door("no_answer")),
            _done(self._known, Reading(None, MisUnavailable("too slow"), 0)),
            tuple(branches),
            self._quirks.strange_clinics(),
            _done(self._speaks, None),
            _done(self._reference, Reading(None, MisUnavailable("too slow"), 0)),
        )

    def _find_language(self, expected: Expected, clock: Callable[[], datetime]) -> TransportName | None:
        known = self._known.result()
        if known.error is None or known.unanswered or known.error.status in (401, 403):
            return None
        if known.error.symptom in (Symptom.NO_SETTING, Symptom.UNKNOWN_BRANCH):
            return None
        for name in get_args(TransportName):
            if name == self._base.transport:
                continue
            other = open_checked(speaking(self._base, name), expected, clock, lambda heard: None)
            error = _read(other.branches).error
            understood = (Symptom.NO_SETTING, Symptom.UNKNOWN_BRANCH, Symptom.WORDS)
            if error is None or (isinstance(error, BadAnswer) and error.symptom in understood):
                found: TransportName = name
                return found
        return None


def _done(future: Future[T], otherwise: T) -> T:
    future.cancel()
    return future.result() if future.done() and not future.cancelled() else otherwise


def _read(call: Callable[[], T]) -> Reading[T]:
    started = clocks.monotonic()
    try:
        value = call()
    except MisError as failure:
        return Reading(None, failure, clocks.monotonic() - started)
    except Exception as failure:
        # Whatever an adapter chokes on is the base's answer too: people get a line about it, not a traceback.
        wrong = BadAnswer(type(failure).__name__, symptom=Symptom.FOREIGN)
        return Reading(None, wrong, clocks.monotonic() - started)
    return Reading(value, None, clocks.monotonic() - started)


def _read_branch(
    mis: Mis, base: str, branch: Branch, clock: Callable[[], datetime], days: int
) -> BranchReading:
    today = clock().astimezone(branch.timezone).date()
    last: date = today + timedelta(days=days - 1)
    windows = _read(lambda: mis.windows(branch.id, today, last))
    found = BranchReading(branch, base, windows)
    if windows.unanswered:
        return found
    if windows.value:
        doctor = windows.value[0].doctor_id
        found = replace(found, one_doctor=_read(lambda: mis.windows(branch.id, today, today, [doctor])))
        if mis.capabilities.shows_taken:
            found = replace(found, taken=_read(lambda: mis.taken(branch.id, today, today, [doctor])))
    return replace(
        found,
        status=_read(lambda: mis.status(branch.id, NO_VISIT)),
        services=_read(lambda: mis.services(branch.id)),
        doctors=_read(lambda: mis.doctors(branch.id)),
    )


def _read_reference(
    base: BaseConfig, branches: Sequence[Branch], clock: Callable[[], datetime]
) -> Reading[object] | None:
    if base.reference_url is None:
        return None
    times = base.timeouts
    reference = ReferenceHttp(
        base.reference_url,
        branches,
        clock,
        connect_seconds=times.connect,
        total_seconds=times.read_total,
        ca_file=base.ca_file,
    )
    doctors = _read(reference.doctors)
    return _read(lambda: reference.insurers(branches[0].id)) if doctors.error is None else doctors


def _knock(base: BaseConfig, clock: Callable[[], datetime]) -> Door:
    """Look at the address as anybody may: without a name, without a password, asking for nothing."""
    seconds = time_limit(base.timeouts.connect, base.timeouts.read_total)
    try:
        with open_session(base.ca_file) as session:
            answer = session.get(base.url, timeout=seconds, allow_redirects=False, stream=True)
            said = answer.headers.get("Date", "")
    except requests.exceptions.SSLError:
        return Door("tls")
    except (requests.RequestException, HTTPError) as failure:
        return Door(_why_shut(failure))
    try:
        return Door("open", parsedate_to_datetime(said) - clock())
    except (TypeError, ValueError):
        return Door("open")


def _why_shut(failure: Exception) -> DoorState:
    seen: BaseException | None = failure
    for _ in range(10):
        if isinstance(seen, NameResolutionError):
            return "no_address"
        reason = getattr(seen, "reason", None) or (seen.args[0] if seen is not None and seen.args else None)
        seen = reason if isinstance(reason, BaseException) else None
    if isinstance(failure, requests.ConnectTimeout):
        return "no_answer"
    if never_opened(failure):
        return "refused"
    return "open" if isinstance(failure, requests.Timeout) else "broken"
