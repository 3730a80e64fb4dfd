"""A base opened for a check: the adapter the product uses, without caches, whose raw answers are heard."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from mis.config import BaseConfig, TransportName
from mis.fhir import Fhir
from mis.fhir_transport import FhirTransport
from mis.port import Branch, Mis
from mis.umc import Umc
from mis.umc_dialects import Asked, Dialect, JsonDialect, SoapDialect
from mis.umc_transport import UmcTransport

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer of a base of BIT.UMC: what was asked, and what was understood of the bytes."""

    pattern: str
    method: str
    branch_id: str
    asked: Mapping[str, object]
    answer: object
    marked: bool


Listener = Callable[[Heard], None]


class _Listening:
    """A dialect that lets every decoded answer be heard. A request and its answer share a thread."""

    def __init__(self, inner: Dialect, listener: Listener) -> None:
        self._inner = inner
        self._listener = listener
        self._asked = threading.local()

    def ask(self, pattern: str, branch_id: str, body: Mapping[str, object]) -> Asked:
        self._asked.last = (pattern, str(body.get("Method", "")), branch_id, body)
        return self._inner.ask(pattern, branch_id, body)

    def answer(self, body: bytes) -> object:
        answer = self._inner.answer(body)
        pattern, method, branch_id, asked = self._asked.last
        self._listener(Heard(pattern, method, branch_id, asked, answer, body.startswith(_BOM)))
        return answer

    def is_umc(self, answer: object) -> bool:
        return self._inner.is_umc(answer)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the catalogue promises: our branches and the clinic's spellings of specialties and rooms."""

    branches: Sequence[Branch]
    specialty_names: Mapping[str, str]
    room_names: Mapping[str, str]


def open_checked(
    base: BaseConfig, expected: Expected, clock: Callable[[], datetime], listener: Listener
) -> Mis:
    """The adapter of one base for its own branches. Opens no connection."""
    own = [branch for branch in expected.branches if branch.id in base.keys]
    if base.transport == "fhir":
        transport = FhirTransport(
            base.url,
            base.timeouts,
            token=base.token,
            user=base.user,
            password=base.password,
            ca_file=base.ca_file,
        )
        return Fhir(transport, own, expected.specialty_names, clock, rooms=expected.room_names)
    spoken: Dialect = JsonDialect(base.keys)
    if base.transport == "umc_soap":
        spoken = SoapDialect(base.schedule_format)
    dialect = _Listening(spoken, listener)
    calls = UmcTransport(base.url, base.user, base.password, dialect, base.timeouts, ca_file=base.ca_file)
    return Umc(
        calls,
        own,
        expected.specialty_names,
        clock,
        rooms=expected.room_names,
        roster_days=base.roster_days,
    )


def speaking(base: BaseConfig, transport: TransportName) -> BaseConfig:
    """The same base as if it spoke otherwise: to find out whether the file names the wrong way."""
    return replace(base, transport=transport)
