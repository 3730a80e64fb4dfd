"""The sandbox of BIT.UMC under contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote

from mis.cache import CachedMis
from mis.port import Branch, Hold
from tests.mis.contract.base import Fault, Step, Stored
from tests.mis.sandbox import BRANCHES, Sandbox, open_sandbox

_PATTERNS: Mapping[Step, str] = {
    "free": "Schedule",
    "hold": "Reservation",
    "book": "AppointmentCreate",
    "status": "AppointmentStatus",
    "cancel": "AppointmentCancel",
}


@dataclass
class Umc:
    sandbox: Sandbox
    settings_file: Path

    @property
    def mis(self) -> CachedMis:
        return self.sandbox.mis

    @property
    def branches(self) -> Sequence[Branch]:
        return BRANCHES

    def opened_for(self, branches: list[Branch]) -> CachedMis:
        return open_sandbox(self.sandbox.url, self.settings_file, branches).mis

    def visits(self, phone: str) -> Sequence[Stored]:
        return [
            Stored(
                row["id"],
                datetime.fromisoformat(row["starts_at"]),
                row["branch_id"],
                row["minutes"],
                row["doctor_id"],
                row["comment"],
                row["services"],
                date.fromisoformat(row["birthday"][:10]) if row["birthday"] else None,
            )
            for row in self.sandbox.get(f"visits?phone={quote(phone)}")
        ]

    def held(self) -> int:
        return len(self.sandbox.get("holds"))

    def fault(self, kind: Fault, step: Step, count: int = 1) -> None:
        self.sandbox.fault(kind, _PATTERNS[step], count)

    def expire(self, hold: Hold) -> None:
        self.sandbox.post("clock", advance_seconds=20 * 60)

    def reset(self) -> None:
        self.sandbox.post("reset")
