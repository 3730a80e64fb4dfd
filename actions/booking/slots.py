"""The booking's slots: their names, and typed views of the values that are more than a text.

Values are plain JSON, because the tracker is; these classes are the only place that knows their shape.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from mis.port import Slot

FORM = "booking_form"
REQUESTED = "requested_slot"

WHAT = "booking__what"
PLACE = "booking__place"
WISH = "booking__wish"
OFFERS = "booking__offers"
OFFER = "booking__offer"
CONSENT = "booking__consent"
PATIENT = "booking__patient"
PHONE = "booking__phone"
# Half a name and which half is missing: `{"text", "missing": "surname" | "given"}`.
NAME_PART = "booking__name_part"
BIRTH_DATE = "booking__birth_date"
CONFIRMED = "booking__confirmed"
# "first" or "repeat", if it was said; codes of the doctor one would rather see; advice already given.
VISIT_KIND = "booking__visit_kind"
PREFERENCES = "booking__preferences"
TOLD = "booking__told"
MISSES = "booking__misses"
OPTIONS = "booking__options"

# Bookings of one message that wait for the end of the present one, and the one that was offered last.
LATER = "requests__later"
NEXT = "requests__next"
# The message whose further requests have been read: a form that begins reads its message twice.
READ = "requests__read"
# The visit the patient has just booked, close to which this one is looked for.
BESIDE = "booking__beside"
# What has been suggested unasked in this conversation.
SUGGESTED = "requests__suggested"

# What depends on the chosen time: asked again when the doctor, the place or the day changes.
CHOICE = (OFFERS, OFFER, CONFIRMED)
# What is forgotten when a booking is over; who the patient is stays known in the conversation.
TASK = (WHAT, PLACE, WISH, *CHOICE, NAME_PART, VISIT_KIND, PREFERENCES, TOLD, MISSES, OPTIONS, BESIDE)
# Questions at which a time is on the screen or chosen: «другое время» means that one.
TIME_CHOSEN = (OFFER, CONSENT, CONFIRMED)
# In a request to be called back no exact time is chosen and no birth date is needed.
NOT_NEEDED = "not_needed"


@dataclass(frozen=True)
class What:
    """Whom or what the patient wants: `ids` are a specialty, doctors, or services for one visit.

    `doctors` are those asked for beside the services.
    """

    kind: Literal["specialty", "doctor", "service"]
    ids: tuple[str, ...]
    child: bool = False
    doctors: tuple[str, ...] = ()

    @classmethod
    def of(cls, value: dict[str, Any]) -> What:
        doctors = tuple(value.get("doctors", ()))
        return cls(value["kind"], tuple(value["ids"]), value.get("child", False), doctors)

    def value(self) -> dict[str, Any]:
        value = {"kind": self.kind, "ids": list(self.ids), "child": self.child}
        return value | {"doctors": list(self.doctors)} if self.doctors else value


@dataclass(frozen=True)
class Place:
    """Where: a region of the network or one branch."""

    kind: Literal["region", "branch"]
    id: str

    @classmethod
    def of(cls, value: dict[str, Any]) -> Place:
        return cls(value["kind"], value["id"])

    def value(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class OfferView:
    """An offer on the patient's screen, or the one chosen (then `booking_id` is set)."""

    number: int
    branch_id: str
    doctor_id: str
    start: datetime
    minutes: int
    price: Decimal | None = None
    reason: str = ""
    service_ids: tuple[str, ...] = field(default=())
    booking_id: int | None = None

    def slot(self, zone: ZoneInfo) -> Slot:
        """The slot to book, on the clock of the branch's `zone`: JSON keeps only the offset."""
        start = self.start.astimezone(zone)
        return Slot(self.branch_id, self.doctor_id, start, timedelta(minutes=self.minutes))

    @classmethod
    def of(cls, value: dict[str, Any]) -> OfferView:
        return cls(
            number=value["number"],
            branch_id=value["branch"],
            doctor_id=value["doctor"],
            start=datetime.fromisoformat(value["start"]),
            minutes=value["minutes"],
            price=None if value.get("price") is None else Decimal(value["price"]),
            reason=value.get("reason", ""),
            service_ids=tuple(value.get("services", ())),
            booking_id=value.get("booking"),
        )

    def value(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "branch": self.branch_id,
            "doctor": self.doctor_id,
            "start": self.start.isoformat(),
            "minutes": self.minutes,
            "price": None if self.price is None else str(self.price),
            "reason": self.reason,
            "services": list(self.service_ids),
            "booking": self.booking_id,
        }


@dataclass(frozen=True)
class Beside:
    """A visit that stands already: another one is wished close to it and may not overlap it."""

    branch_id: str
    start: datetime
    minutes: int

    @classmethod
    def of(cls, value: dict[str, Any], zone: ZoneInfo) -> Beside:
        start = datetime.fromisoformat(value["start"]).astimezone(zone)
        return cls(value["branch"], start, value["minutes"])


CALLBACK = {"callback": True}


def wants_callback(offer: Any) -> bool:
    """Whether the patient chose to be called back instead of a time."""
    return isinstance(offer, dict) and bool(offer.get("callback"))


def birth_date_of(value: str | None) -> date | None:
    """The birth date in the slot, `None` if unknown or not needed."""
    if not value or value == NOT_NEEDED:
        return None
    return date.fromisoformat(value)
