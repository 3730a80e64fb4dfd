"""A FHIR server of other people's making with a small invented network in it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from mis.port import Branch
from tools.bootstrap import APP, web_environment

FOLDER = Path(__file__).parent / "fhir_server"
CENTRE = Branch("centre", "F679444A-22b7-11df", "Центральный", ZoneInfo("Europe/Moscow"))
URAL = Branch("ural", "4C68DEB4-22c3-11df", "Уральский", ZoneInfo("Asia/Yekaterinburg"))
BRANCHES = [CENTRE, URAL]
SPECIALTIES = {"Оториноларингология": "ent", "Терапия": "therapist"}
ROOMS = {"Кабинет МРТ": "mri"}
HOURS = (9, 10, 11, 12, 14, 15, 16, 17)
DAYS = 7
PEOPLE = {
    "Иванова": (["Анна", "Петровна"], "Оториноларингология", [CENTRE, URAL]),
    "Орлов": (["Олег", "Иванович"], "Терапия", [CENTRE]),
    "Белова": (["Вера"], "Терапия", [URAL]),
    "Соколов": (["Глеб", "Львович"], "Неведомая наука", [URAL]),
}


@contextmanager
def running_server(folder: Path) -> Iterator[str]:
    """The address of a server that lives as long as the context; what it complains of is in `folder`."""
    if not (FOLDER / "node_modules").exists():
        pytest.fail("the FHIR server is not installed: run `make env`", pytrace=False)
    with (folder / "stderr.txt").open("wb") as complaints:
        server = subprocess.Popen(
            [APP / "bin/node", FOLDER / "server.mjs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=web_environment(),
            text=True,
        )
        try:
            assert server.stdout is not None
            port = server.stdout.readline().strip()
            assert port, (folder / "stderr.txt").read_text(errors="replace")[-2000:]
            yield f"http://127.0.0.1:{port}"
        finally:
            # Node of a Python package runs under a script, which a signal would end alone.
            server.communicate(timeout=30)


@dataclass
class FhirNetwork:
    """The network's resources on the server at `url`, behind the adapter's back."""

    url: str
    session: requests.Session = field(default_factory=requests.Session)
    ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.session.trust_env = False

    def post(self, kind: str, **fields: Any) -> dict[str, Any]:
        return self._json("POST", kind, json={"resourceType": kind, **fields})

    def put(self, resource: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Write the resource over whatever is there."""
        path = f"{resource['resourceType']}/{resource['id']}"
        return self._json("PUT", path, json={**resource, **changes})

    def get(self, kind: str, resource_id: str) -> dict[str, Any]:
        return self._json("GET", f"{kind}/{resource_id}")

    def delete(self, resource: dict[str, Any]) -> None:
        path = f"{resource['resourceType']}/{resource['id']}"
        self.session.delete(f"{self.url}/{path}", timeout=30).raise_for_status()

    def all(self, kind: str, **params: str) -> list[dict[str, Any]]:
        found = self._json("GET", kind, params={**params, "_count": "1000"})
        return [entry["resource"] for entry in found.get("entry", [])]

    def reset(self) -> None:
        """Free all Slots, forget all visits and patients."""
        for kind in ("Appointment", "Patient"):
            for resource in self.all(kind):
                self.delete(resource)
        for slot in self.all("Slot"):
            if slot["status"] != "free":
                slot.pop("identifier", None)
                self.put(slot, status="free")

    def fill(self, now: datetime) -> None:
        """Two branches, four doctors and a room, four services, Slots of a week from tomorrow."""
        for branch in BRANCHES:
            self.ids[branch.id] = self.post(
                "Location", name=branch.name, identifier=[{"system": "urn:invented", "value": branch.mis_id}]
            )["id"]
        services = [
            self.post(
                "HealthcareService",
                name=name,
                identifier=[{"value": article}],
                category=[{"text": "Приёмы"}],
                location=[self._at(branch)],
            )
            for name, article in (("Приём ЛОР-врача", "B-ENT-1"), ("Приём терапевта", "B-TER-1"))
            for branch in BRANCHES
        ]
        self.ids["service"] = services[1]["id"]
        for family, (given, specialty, branches) in PEOPLE.items():
            person = self.post("Practitioner", name=[{"family": family, "given": given}])
            self.ids[family] = person["id"]
            for branch in branches:
                role = self.post(
                    "PractitionerRole",
                    practitioner={"reference": f"Practitioner/{person['id']}"},
                    location=[self._at(branch)],
                    specialty=[{"text": specialty}],
                    healthcareService=[{"reference": f"HealthcareService/{self.ids['service']}"}],
                )
                self._week(role, branch, now)
        room = self.post("PractitionerRole", location=[self._at(URAL)], code=[{"text": "Кабинет МРТ"}])
        self.ids["room"] = f"PractitionerRole/{room['id']}"
        self._week(room, URAL, now)

    def _week(self, role: dict[str, Any], branch: Branch, now: datetime) -> None:
        schedule = self.post("Schedule", actor=[{"reference": f"PractitionerRole/{role['id']}"}])
        today = now.astimezone(branch.timezone).date()
        for day in range(1, DAYS + 1):
            for hour in HOURS:
                start = datetime.combine(today + timedelta(days=day), time(hour), branch.timezone)
                self.post(
                    "Slot",
                    schedule={"reference": f"Schedule/{schedule['id']}"},
                    status="free",
                    start=start.isoformat(),
                    end=(start + timedelta(minutes=30)).isoformat(),
                )

    def _at(self, branch: Branch) -> dict[str, str]:
        return {"reference": f"Location/{self.ids[branch.id]}"}

    def _json(self, method: str, path: str, **more: Any) -> Any:
        answer = self.session.request(method, f"{self.url}/{path}", timeout=30, **more)
        answer.raise_for_status()
        return answer.json()
