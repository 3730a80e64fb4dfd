"""The slots of the form about visits that stand, and the typed view of one such visit.

Values are plain JSON, because the tracker is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from rasa_sdk import Tracker

from mis.port import FullName, Patient

FORM = "visits_form"

# What is wanted: "list", "move", "cancel", or `PRIVACY`, for which the phone is only proved.
TASK = "visits__task"
PRIVACY = "privacy"
# The message that asked for it: `{"text", "mentions": [{"kind", "value", "ids"}]}`.
SAID = "visits__said"
# Where the code went. `CODE` is true once the phone is proved.
PHONE = "visits__phone"
CODE = "visits__code"
# The visits on the patient's screen and the number of the chosen one, or `ALL` of them.
SHOWN = "visits__shown"
VISIT = "visits__visit"
# "cancel" once it is settled that the visit is not wanted; `REASON` then asks why.
DECISION = "visits__decision"
REASON = "visits__reason"
MISSES = "visits__misses"
# `{"slot", "said": True}` when what was wrong with the answer has been said, and need not be asked again;
# `{"slot", "resumed": True}` when a question of the patient was answered and the form goes on.
OPTIONS = "visits__options"

STATE = (TASK, SAID, PHONE, CODE, SHOWN, VISIT, DECISION, REASON, MISSES, OPTIONS)

INTENTS = {"ask_my_visits": "list", "move_visit": "move", "cancel_visit": "cancel"}

# Values of the entity `choice`, which only buttons give.
RESEND = "resend"
OTHER_PHONE = "other_phone"
NO_CODE = "no_code"
MOVE = "move"
OTHER_DOCTOR = "other_doctor"
CANCEL = "cancel"
KEEP = "keep"
# All the visits on the screen; one of them after all.
ALL = "all"
ONE = "one"
REASON_IS = "reason:"


@dataclass(frozen=True)
class VisitView:
    """A visit on the patient's screen. `start` is aware; `specialty` is an id of the catalogue or ""."""

    number: int
    booking_id: int
    branch_id: str
    doctor_id: str
    specialty: str
    start: datetime
    service_ids: tuple[str, ...]
    patient: Patient

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> VisitView:
        patient = value["patient"]
        name = FullName(patient["surname"], patient["given"], patient["patronymic"])
        birth_date = date.fromisoformat(patient["birth_date"])
        return cls(
            **{
                **value,
                "start": datetime.fromisoformat(value["start"]),
                "service_ids": tuple(value["service_ids"]),
                "patient": Patient(name, patient["phone"], birth_date),
            }
        )

    def value(self) -> dict[str, Any]:
        name = self.patient.name
        return {
            **{field.name: getattr(self, field.name) for field in fields(self)},
            "start": self.start.isoformat(),
            "service_ids": list(self.service_ids),
            "patient": {
                "surname": name.surname,
                "given": name.given,
                "patronymic": name.patronymic,
                "phone": self.patient.phone,
                "birth_date": self.patient.birth_date.isoformat(),
            },
        }


def chosen(tracker: Tracker) -> str:
    """What a tapped button of this form says; "" for anything else."""
    for entity in tracker.latest_message.get("entities") or []:
        if entity["entity"] == "choice":
            return str(entity["value"])
    return ""


def said_of(tracker: Tracker) -> dict[str, Any]:
    """The latest message, as far as it can tell which visit is meant and where it should go."""
    message = tracker.latest_message
    text = message.get("repaired_text") or message.get("text") or ""
    return {"text": text, "mentions": mentions_of(message.get("entities") or [])}


def mentions_of(entities: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The entities that tell visits apart, and the phone they were booked with."""
    return [
        {"kind": entity["entity"], "value": entity["value"], "ids": list(entity.get("ids") or [])}
        for entity in entities
        if entity["entity"] in ("doctor", "specialty", "service", "branch", "phone")
        and not entity.get("negated")
    ]
