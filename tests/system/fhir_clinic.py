"""The product on a FHIR server of other people's making that knows some doctors of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime, time, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lang.catalogue import BranchFacts, Catalogue
from tests.mis.fhir_network import FhirNetwork, running_server
from tests.support.system import System, running_system

CONFIG = """\
bases:
  network: {transport: fhir, url_env: MIS_URL, branches: all, step_minutes: 30, hold_minutes: 12}
"""
BRANCHES = ("leninsky", "taganka")
HOURS = (9, 10, 11, 12, 14, 15, 16, 17)
DAYS = 15
# Who works where: surname and given names, specialty of the catalogue, branches.
PEOPLE = (
    ("Иванова", ["Анна", "Петровна"], "therapist", BRANCHES),
    ("Орлов", ["Олег", "Иванович"], "therapist", BRANCHES[:1]),
    ("Белова", ["Вера", "Львовна"], "ophthalmologist", BRANCHES),
    ("Соколов", ["Глеб", "Львович"], "cardiologist", BRANCHES),
    ("Волков", ["Яков", "Ильич"], "therapist", ("polevaya",)),
)
MRI = "mri_brain"


@dataclass
class FhirSystem(System):
    """A running system whose MIS is `network`; the sandbox beside it stays empty."""

    network: FhirNetwork = field(kw_only=True)

    def all_visits(self) -> list[dict[str, object]]:
        """Appointments in the order in which they were made, in the words of the sandbox."""
        found = [one for one in self.network.all("Appointment") if one["status"] != "waitlist"]
        return [self._row(visit) for visit in sorted(found, key=self._made_at)]

    def _made_at(self, visit: dict[str, Any]) -> str:
        history = self.network.get("Appointment", f"{visit['id']}/_history")["entry"]
        return min(str(entry["resource"]["meta"]["lastUpdated"]) for entry in history)

    def _row(self, visit: dict[str, Any]) -> dict[str, object]:
        actors = dict(row["actor"]["reference"].split("/") for row in visit["participant"])
        patient = self.network.get("Patient", actors["Patient"])
        role = self.network.get("PractitionerRole", actors["PractitionerRole"])
        return {
            "status": 2 if visit["status"] == "booked" else 5,
            "state": visit["status"],
            "phone": patient["telecom"][0]["value"],
            "starts_at": visit["start"],
            "doctor": self._doctor(role),
        }

    def _doctor(self, role: dict[str, Any]) -> str:
        if "practitioner" not in role:
            return str(role["code"][0]["text"])
        kind, _, person_id = role["practitioner"]["reference"].partition("/")
        name = self.network.get(kind, person_id)["name"][0]
        return " ".join([name["family"], *name["given"]])


@contextmanager
def system_on_fhir(folder: Path, catalogue: Catalogue) -> Iterator[FhirSystem]:
    """The whole product with a `mis.yml` that names a FHIR server, filled with a small network."""
    folder.mkdir()
    config = folder / "mis.yml"
    config.write_text(CONFIG, encoding="utf-8")
    with running_server(folder) as url:
        network = FhirNetwork(url)
        fill(network, catalogue, datetime.now(timezone.utc))
        with running_system(folder / "var", MIS_CONFIG=str(config), MIS_URL=url) as system:
            known = {each.name: getattr(system, each.name) for each in fields(System)}
            yield FhirSystem(**known, network=network)


def fill(network: FhirNetwork, catalogue: Catalogue, now: datetime) -> None:
    """All branches of the catalogue; doctors, a room, services and two weeks of Slots in three of them."""
    for branch in catalogue.branches.values():
        identifier = [{"system": "urn:invented", "value": branch.mis_id}]
        network.ids[branch.id] = network.post("Location", name=branch.name, identifier=identifier)["id"]
    for family, given, specialty_id, branches in PEOPLE:
        person = network.post("Practitioner", name=[{"family": family, "given": given}])
        specialty = catalogue.specialties[specialty_id]
        for branch_id in branches:
            service = _service(network, branch_id, specialty.name, f"{specialty.consultation}-1")
            role = network.post(
                "PractitionerRole",
                practitioner={"reference": f"Practitioner/{person['id']}"},
                location=[_at(network, branch_id)],
                specialty=[{"text": specialty.mis_names[0]}],
                healthcareService=[service],
            )
            _weeks(network, role, catalogue.branches[branch_id], now)
    mri = catalogue.services[MRI]
    room = network.post(
        "PractitionerRole",
        location=[_at(network, BRANCHES[0])],
        code=[{"text": "Кабинет МРТ"}],
        healthcareService=[_service(network, BRANCHES[0], mri.name, mri.article)],
    )
    _weeks(network, room, catalogue.branches[BRANCHES[0]], now)


def _service(network: FhirNetwork, branch_id: str, name: str, article: str) -> dict[str, str]:
    made = network.post(
        "HealthcareService",
        name=name,
        identifier=[{"value": article}],
        location=[_at(network, branch_id)],
    )
    return {"reference": f"HealthcareService/{made['id']}"}


def _at(network: FhirNetwork, branch_id: str) -> dict[str, str]:
    return {"reference": f"Location/{network.ids[branch_id]}"}


def _weeks(network: FhirNetwork, role: dict[str, Any], branch: BranchFacts, now: datetime) -> None:
    schedule = network.post("Schedule", actor=[{"reference": f"PractitionerRole/{role['id']}"}])
    zone = ZoneInfo(branch.timezone)
    today = now.astimezone(zone).date()
    for day in range(1, DAYS + 1):
        for hour in HOURS:
            start = datetime.combine(today + timedelta(days=day), time(hour), zone)
            network.post(
                "Slot",
                schedule={"reference": f"Schedule/{schedule['id']}"},
                status="free",
                start=start.isoformat(),
                end=(start + timedelta(minutes=30)).isoformat(),
            )
