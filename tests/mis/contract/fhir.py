"""A FHIR server under contract, behind a proxy that breaks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timezone
from pathlib import Path

from mis.cache import CachedMis
from mis.calls import Timeouts
from mis.config import load_config
from mis.factory import open_mis
from mis.port import Branch, Hold
from tests.mis.contract.base import Fault, Step, Stored
from tests.mis.fhir_network import BRANCHES, ROOMS, SPECIALTIES, FhirNetwork, running_server
from tests.mis.fhir_proxy import FhirProxy, fhir_proxy

_OPERATIONS: Mapping[Step, str] = {
    "free": "Slot.search",
    "hold": "Slot.update:busy-tentative",
    "book": "Appointment.create:booked",
    "status": "Appointment.search",
    "cancel": "Appointment.update:cancelled",
}
CONFIG = """\
bases:
  network:
    transport: fhir
    url: {url}
    branches: all
    step_minutes: 30
    hold_minutes: 12
"""


@dataclass
class Fhir:
    network: FhirNetwork
    proxy: FhirProxy
    folder: Path
    mis: CachedMis
    branches: Sequence[Branch] = tuple(BRANCHES)

    def opened_for(self, branches: list[Branch]) -> CachedMis:
        return open_fhir(self.proxy.url, self.folder, branches)

    def visits(self, phone: str) -> Sequence[Stored]:
        patients = {
            patient["id"]: patient
            for patient in self.network.all("Patient")
            if any(contact["value"] == phone for contact in patient["telecom"])
        }
        found = []
        for visit in self.network.all("Appointment"):
            contained = [one for one in visit.get("contained", ()) if one["telecom"][0]["value"] == phone]
            actors = [row["actor"]["reference"] for row in visit["participant"]]
            patient = next((patients[id_] for id_ in _ids(actors, "Patient") if id_ in patients), None)
            if patient is not None or contained:
                found.append(self._stored(visit, actors, patient))
        return found

    def held(self) -> int:
        return len(self.network.all("Slot", status="busy-tentative"))

    def fault(self, kind: Fault, step: Step, count: int = 1) -> None:
        self.proxy.fault(kind, _OPERATIONS[step], count)

    def expire(self, hold: Hold) -> None:
        """As a server's own job does it: it knows nothing of our mark."""
        slot = self.network.get("Slot", hold.id.partition(".")[2])
        self.network.put(slot, status="free")

    def reset(self) -> None:
        self.proxy.reset()
        self.network.reset()

    def _stored(self, visit: dict, actors: list[str], patient: dict | None) -> Stored:  # type: ignore[type-arg]
        places = {self.network.ids[branch.id]: branch.id for branch in self.branches}
        roles = list(_ids(actors, "PractitionerRole"))
        role = self.network.get("PractitionerRole", roles[0]) if roles else None
        return Stored(
            visit["identifier"][0]["value"],
            datetime.fromisoformat(visit.get("start") or visit["requestedPeriod"][0]["start"]),
            next(places[id_] for id_ in _ids(actors, "Location")),
            visit.get("minutesDuration"),
            role["practitioner"]["reference"].partition("/")[2] if role else None,
            visit.get("comment", ""),
            list(_ids(actors, "HealthcareService")),
            date.fromisoformat(patient["birthDate"]) if patient else None,
        )


def open_fhir(url: str, folder: Path, branches: list[Branch] = BRANCHES) -> CachedMis:
    """A client with generous timeouts, so that a busy machine fails no test."""
    path = folder / "mis.yml"
    path.write_text(CONFIG.format(url=url), encoding="utf-8")
    config = load_config(path, [branch.id for branch in branches], {})
    (base,) = config.bases
    patient = replace(config, bases=(replace(base, timeouts=Timeouts(10, 30, 60, 30)),))
    mis, _ = open_mis(patient, branches, SPECIALTIES, lambda: datetime.now(timezone.utc), room_names=ROOMS)
    return mis


@contextmanager
def running_fhir(folder: Path) -> Iterator[Fhir]:
    with running_server(folder) as server, fhir_proxy(server) as proxy:
        network = FhirNetwork(server)
        network.fill(datetime.now(timezone.utc))
        yield Fhir(network, proxy, folder, open_fhir(proxy.url, folder))


def _ids(references: Sequence[str], kind: str) -> Iterator[str]:
    return (reference.partition("/")[2] for reference in references if reference.startswith(f"{kind}/"))
