"""The core of a real network: from addresses and files to a `Clinic`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from clinic.clock import Clock
from clinic.database import open_engine
from clinic.service import Clinic, open_clinic
from clinic.sms import Sms
from lang.catalogue import Catalogue
from mis.config import load_config
from mis.factory import open_mis
from mis.metrics import MisMetrics
from mis.port import Branch


def open_network_clinic(
    database_url: str,
    mis_config: Path,
    catalogue: Catalogue,
    clock: Clock,
    environ: Mapping[str, str],
    sms: Sms | None = None,
    registry: CollectorRegistry | None = None,
) -> Clinic:
    """The clinic whose branches `catalogue` lists and whose MIS `mis_config` names.

    A process that sends no codes needs no `sms`. What happens at the MIS is shown in `registry`. In the
    folder `MIS_COPIES` of `environ`, if it is named, the last good directories outlive the process. Opens no
    connection. Raises `mis.config.ConfigError` when the file cannot be used.
    """
    config = load_config(mis_config, list(catalogue.branches), environ)
    branches = [
        Branch(
            facts.id,
            facts.mis_id,
            facts.name,
            ZoneInfo(facts.timezone),
            config.base_of(facts.id).timezone,
        )
        for facts in catalogue.branches.values()
    ]
    specialty_names = {
        name: specialty.id for specialty in catalogue.specialties.values() for name in specialty.mis_names
    }
    room_names = {name: room.id for room in catalogue.rooms.values() for name in room.mis_names}
    mis, reference = open_mis(
        config,
        branches,
        specialty_names,
        clock,
        room_names=room_names,
        metrics=None if registry is None else MisMetrics(registry),
        copies=Path(environ["MIS_COPIES"]) if environ.get("MIS_COPIES") else None,
    )

    def planning_step(branch_id: str) -> timedelta:
        return config.base_of(branch_id).step

    return open_clinic(
        open_engine(database_url),
        mis,
        mis.fresh,
        reference,
        catalogue,
        clock,
        planning_step=planning_step,
        hold_time=min(base.hold for base in config.bases),
        sms=sms,
    )
