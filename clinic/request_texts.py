"""What a person reads in a request that no patient's message made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from clinic.ledger import Booking
from clinic.visit_facts import VisitFacts

TEXTS = Path(__file__).parent / "requests.yml"
_WAIT_WORDS = ("number", "first", "last")
_KEYS = ("wait_list", "any_day", "clash", "unclear", "cancel_unclear", "doctor_unknown")
_WORDS = ("patient", "phone", "doctor", "branch", "day", "time", "number")


class RequestTextsError(Exception):
    """The texts of requests cannot be used; names the file and the key."""


@dataclass(frozen=True, slots=True)
class RequestTexts:
    """Templates in Russian by topic."""

    by_topic: Mapping[str, str]
    doctor_unknown: str
    any_day: str

    def summary(self, topic: str, booking: Booking, facts: VisitFacts) -> str:
        """The request about `booking`: everything a person needs to act without asking."""
        patient = booking.patient
        return self.by_topic[topic].format(
            patient=str(patient.name) if patient else "",
            phone=patient.phone if patient else "",
            doctor=str(facts.doctor.name) if facts.doctor else self.doctor_unknown,
            branch=facts.branch.name,
            day=f"{facts.start:%d.%m.%Y}",
            time=f"{facts.start:%H:%M}",
            number=booking.number,
        )

    def wait_list(self, number: str, first: date | None, last: date | None) -> str:
        """What staff of the clinic read beside an entry of their own wait list."""
        days = (f"{day:%d.%m.%Y}" if day else self.any_day for day in (first, last))
        return self.by_topic["wait_list"].format(**dict(zip(_WAIT_WORDS, (number, *days), strict=True)))


def load_request_texts(path: Path = TEXTS) -> RequestTexts:
    """Reads the templates. Raises `RequestTextsError` naming a missing, unknown or broken one."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict) or set(data) != set(_KEYS):
        raise RequestTextsError(f"{path}: must have exactly the keys {', '.join(_KEYS)}")
    texts = {key: str(template).strip() for key, template in data.items()}
    for key, template in texts.items():
        try:
            template.format(**dict.fromkeys(_WAIT_WORDS if key == "wait_list" else _WORDS, ""))
        except (KeyError, ValueError, IndexError) as error:
            words = _WAIT_WORDS if key == "wait_list" else _WORDS
            allowed = ", ".join(f"{{{word}}}" for word in words)
            raise RequestTextsError(f"{path}: {key}: bad template ({error}); allowed: {allowed}") from error
    return RequestTexts(texts, texts.pop("doctor_unknown"), texts.pop("any_day"))
