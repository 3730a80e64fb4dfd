"""From settings to a MIS that can be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from mis.cache import Ages, CachedMis
from mis.config import BaseConfig, MisConfig
from mis.network import NetworkMis
from mis.port import Branch, Mis, Reference
from mis.reference_http import DoctorFacts, NetworkReference, ReferenceHttp
from mis.umc import Umc
from mis.umc_dialects import Dialect, JsonDialect, SoapDialect
from mis.umc_transport import OnCall, UmcTransport


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
        transport = UmcTransport(
            base.url,
            base.user,
            base.password,
            _dialect(base),
            base.timeouts,
            ca_file=base.ca_file,
            on_call=on_call,
        )
        umc = Umc(
            transport,
            own,
            specialty_names,
            clock,
            rooms=room_names,
            roster_days=base.roster_days,
            facts=facts,
        )
        by_branch.update((branch.id, umc) for branch in own)
    mis = by_branch[branches[0].id] if len(config.bases) == 1 else NetworkMis(by_branch)
    return CachedMis(mis, clock, ages), NetworkReference(references)


def _dialect(base: BaseConfig) -> Dialect:
    return SoapDialect(base.schedule_format) if base.transport == "umc_soap" else JsonDialect(base.keys)
