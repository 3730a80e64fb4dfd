"""From settings to a MIS that can be used."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mis.cache import Ages, CachedMis
from mis.calls import OnCall
from mis.config import BaseConfig, MisConfig
from mis.fhir import Fhir
from mis.fhir_transport import FhirTransport
from mis.guard import Guard
from mis.metrics import MisMetrics
from mis.network import NetworkMis
from mis.port import Branch, Mis, Reference
from mis.reference_http import DoctorFacts, NetworkReference, ReferenceHttp
from mis.umc import Umc
from mis.umc_dialects import Dialect, JsonDialect, SoapDialect
from mis.umc_transport import UmcTransport


@dataclass(frozen=True, slots=True)
class _Names:
    """The clinic's spellings → ids of the catalogue."""

    specialties: Mapping[str, str]
    rooms: Mapping[str, str]


def open_mis(
    config: MisConfig,
    branches: Sequence[Branch],
    specialty_names: Mapping[str, str],
    clock: Callable[[], datetime],
    *,
    room_names: Mapping[str, str] | None = None,
    ages: Ages | None = None,
    on_call: OnCall | None = None,
    metrics: MisMetrics | None = None,
    copies: Path | None = None,
) -> tuple[CachedMis, Reference]:
    """The network's MIS behind a cache, and what the clinic publishes beside it. Opens no connection.

    `branches` are those of the catalogue that `config` was loaded for; `specialty_names` maps the clinic's
    spellings of specialties (any case) to catalogue ids, `room_names` those of rooms; `clock` gives aware
    datetimes. Book through `mis.fresh`, whose windows are never cached. `on_call` and `metrics` are told of
    every call. In the folder `copies` the last good directories outlive this process.
    """
    by_branch: dict[str, Mis] = {}
    references: dict[str, Reference] = {}
    for base in config.bases:
        own = [branch for branch in branches if branch.id in base.keys]
        facts: Callable[[], Mapping[str, DoctorFacts]] = dict
        if base.reference_url is not None:
            reference = ReferenceHttp(
                base.reference_url,
                own,
                clock,
                connect_seconds=base.timeouts.connect,
                total_seconds=base.timeouts.read_total,
                ca_file=base.ca_file,
            )
            references.update((branch.id, reference) for branch in own)
            facts = reference.doctors
        names = _Names(specialty_names, room_names or {})
        guard = Guard(base.name, base.limits)
        told = on_call
        if metrics is not None:
            told = _both(metrics.on_call(base.name), on_call)
            metrics.watch_guard(guard)
        opened = _open(base, own, names, clock, facts, told, guard)
        by_branch.update((branch.id, opened) for branch in own)
    mis = by_branch[branches[0].id] if len(config.bases) == 1 else NetworkMis(by_branch)
    mark = _mark(config, branches, specialty_names, room_names or {})
    cached = CachedMis(mis, clock, ages, copies=None if copies is None else copies / mark)
    if metrics is not None:
        metrics.watch_directories(by_branch, cached.directory_age)
    return cached, NetworkReference(references)


def _mark(config: MisConfig, branches: Sequence[Branch], *names: Mapping[str, str]) -> str:
    """Of what a directory is read by: another base, or other names of specialties, has other directories."""
    bases = [(base.transport, base.url, sorted(base.keys)) for base in config.bases]
    read_by = (bases, [(each.id, each.mis_id) for each in branches], [sorted(each.items()) for each in names])
    return hashlib.sha256(repr(read_by).encode()).hexdigest()[:16]


def _both(first: OnCall, second: OnCall | None) -> OnCall:
    if second is None:
        return first

    def told(operation: str, branch_id: str, seconds: float, error_kind: str | None) -> None:
        first(operation, branch_id, seconds, error_kind)
        second(operation, branch_id, seconds, error_kind)

    return told


def _open(
    base: BaseConfig,
    branches: Sequence[Branch],
    names: _Names,
    clock: Callable[[], datetime],
    facts: Callable[[], Mapping[str, DoctorFacts]],
    on_call: OnCall | None,
    guard: Guard,
) -> Mis:
    if base.transport == "fhir":
        return Fhir(
            FhirTransport(
                base.url,
                base.timeouts,
                token=base.token,
                user=base.user,
                password=base.password,
                ca_file=base.ca_file,
                pool=base.limits.connections,
                on_call=on_call,
                guard=guard,
            ),
            branches,
            names.specialties,
            clock,
            rooms=names.rooms,
            facts=facts,
        )
    dialect: Dialect = JsonDialect(base.keys)
    if base.transport == "umc_soap":
        dialect = SoapDialect(base.schedule_format)
    return Umc(
        UmcTransport(
            base.url,
            base.user,
            base.password,
            dialect,
            base.timeouts,
            ca_file=base.ca_file,
            pool=base.limits.connections,
            on_call=on_call,
            guard=guard,
        ),
        branches,
        names.specialties,
        clock,
        rooms=names.rooms,
        roster_days=base.roster_days,
        facts=facts,
    )
