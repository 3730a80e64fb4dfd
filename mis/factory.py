"""From settings to a MIS that can be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mis.cache import Ages, CachedMis
from mis.calls import OnCall
from mis.config import BaseConfig, MisConfig
from mis.fhir import Fhir
from mis.fhir_transport import FhirTransport
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
) -> tuple[CachedMis, Reference]:
    """The network's MIS behind a cache, and what the clinic publishes beside it. Opens no connection.

    `branches` are those of the catalogue that `config` was loaded for; `specialty_names` maps the clinic's
    spellings of specialties (any case) to catalogue ids, `room_names` those of rooms; `clock` gives aware
    datetimes. Book through `mis.fresh`, whose windows are never cached.
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
        opened = _open(base, own, names, clock, facts, on_call)
        by_branch.update((branch.id, opened) for branch in own)
    mis = by_branch[branches[0].id] if len(config.bases) == 1 else NetworkMis(by_branch)
    return CachedMis(mis, clock, ages), NetworkReference(references)


def _open(
    base: BaseConfig,
    branches: Sequence[Branch],
    names: _Names,
    clock: Callable[[], datetime],
    facts: Callable[[], Mapping[str, DoctorFacts]],
    on_call: OnCall | None,
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
                on_call=on_call,
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
            on_call=on_call,
        ),
        branches,
        names.specialties,
        clock,
        rooms=names.rooms,
        roster_days=base.roster_days,
        facts=facts,
    )
