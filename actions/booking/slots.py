"""The booking's slots: their names, and typed views of the values that are more than a text.

Values are plain JSON, because the tracker is; these classes are the only place that knows their shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from rasa_sdk.events import SlotSet

from clinic.search import ADULT_AGE
from mis.port import FullName, Slot

FORM = "booking_form"
REQUESTED = "requested_slot"

WHAT = "booking__what"
# Who is coming: a `Whom`.
FOR_WHOM = "booking__for_whom"
PLACE = "booking__place"
# Who pays: `{"kind": "dms" | "oms" | "cash", "insurer"?}`; the insurer once a branch is known to take it.
PAYMENT = "booking__payment"
INSURER = "booking__insurer"
WISH = "booking__wish"
OFFERS = "booking__offers"
OFFER = "booking__offer"
CONSENT = "booking__consent"
PATIENT = "booking__patient"
PHONE = "booking__phone"
# Half a name and which half is missing: `{"text", "missing": "surname" | "given"}`.
NAME_PART = "booking__name_part"
BIRTH_DATE = "booking__birth_date"
POLICY = "booking__policy"
CONFIRMED = "booking__confirmed"
# "first" or "repeat", if it was said; codes of the doctor one would rather see; advice already given.
VISIT_KIND = "booking__visit_kind"
PREFERENCES = "booking__preferences"
TOLD = "booking__told"
# `Known` people of the conversation, and the documents that were agreed to.
PEOPLE = "booking__people"
CONSENTS = "booking__consents"
MISSES = "booking__misses"
OPTIONS = "booking__options"

# The visit that this booking moves: `{"visit", "facts", "before"}`; `before` is what was known of the
# patient.
MOVING = "booking__moving"
# The visit that was booked last in this conversation, and when that was: `{"what", "place", "start", "at"}`;
# «если раньше освободится» after it means the same doctor, «туда же» the same branch.
BOOKED = "booking__booked"

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
TASK = (
    *(WHAT, PLACE, PAYMENT, INSURER, POLICY, WISH, *CHOICE, BESIDE),
    *(NAME_PART, VISIT_KIND, PREFERENCES, TOLD, MISSES, OPTIONS),
)
# Who is coming. In a move it is the patient of the visit, so what was known before is kept in `MOVING`.
WHO = (FOR_WHOM, PEOPLE, CONSENT, CONSENTS, PATIENT, PHONE, BIRTH_DATE)
# Questions at which a time is on the screen or chosen: «другое время» means that one.
TIME_CHOSEN = (OFFER, CONSENT, CONFIRMED)
# In a request to be called back no exact time is chosen and no birth date is needed; without ДМС no policy.
NOT_NEEDED = "not_needed"
# The policy's number is not at hand: a person will ask for it.
LATER_POLICY = "later"
CHILD_DOCUMENT, OTHER_DOCUMENT, OWN_DOCUMENT = "personal_data_child", "personal_data_other", "personal_data"


@dataclass(frozen=True)
class Whom:
    """Who is coming: a relation to the writer, an age in years if known, a gender if the word tells it.

    `supposed`: nobody said so, but the doctor asked for sees only children.
    """

    who: str = "self"
    age: int | None = None
    gender: str = ""
    supposed: bool = False

    @classmethod
    def of(cls, value: dict[str, Any]) -> Whom:
        supposed = value.get("supposed", False)
        return cls(value["who"], value.get("age"), value.get("gender", ""), supposed)

    def value(self) -> dict[str, Any]:
        return asdict(self) if self.supposed else {"who": self.who, "age": self.age, "gender": self.gender}

    @property
    def is_child(self) -> bool:
        return self.age < ADULT_AGE if self.age is not None else self.who == "child"

    @property
    def document(self) -> str:
        """The consent that this patient needs: own, a child's representative's, or on behalf of an adult."""
        if self.is_child:
            return CHILD_DOCUMENT
        return OWN_DOCUMENT if self.who == "self" else OTHER_DOCUMENT

    def may_be(self, other: Whom) -> bool:
        """Whether both can be the same person: «ребёнок» and then «сын» can."""
        genders = {self.gender, other.gender} - {""}
        return self.who == other.who and len(genders) < 2


@dataclass(frozen=True)
class Known:
    """Somebody whose data were said or are known under the proved phone."""

    whom: Whom
    name: FullName
    birth_date: str | None = None
    insurer: str | None = None
    policy: str | None = None

    @classmethod
    def of(cls, value: dict[str, Any]) -> Known:
        rest = {key: value.get(key) for key in ("birth_date", "insurer", "policy")}
        return cls(Whom.of(value["whom"]), FullName(**value["name"]), **rest)

    def value(self) -> dict[str, Any]:
        return {**asdict(self), "whom": self.whom.value(), "name": asdict(self.name)}


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
    """An offer on the patient's screen, or the one chosen (then `booking_id` is set).

    `double_for` is the key of the patient who was told of their other visit at this time.
    """

    number: int
    branch_id: str
    doctor_id: str
    start: datetime
    minutes: int
    price: Decimal | None = None
    reason: str = ""
    service_ids: tuple[str, ...] = field(default=())
    booking_id: int | None = None
    double_for: str = ""

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
            double_for=value.get("double", ""),
        )

    def value(self) -> dict[str, Any]:
        double = {"double": self.double_for} if self.double_for else {}
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
            **double,
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


def leave_move(known: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The move is over: the task is forgotten, and who the patient is, is again what it was before it."""
    before = known[MOVING]["before"]
    forgotten = [SlotSet(name, None) for name in (*TASK, MOVING)]
    return [*forgotten, *(SlotSet(name, before.get(name)) for name in WHO)]


CALLBACK = {"callback": True}
# To be told when a time frees: asks for the same contacts.
WAIT = {"callback": True, "wait": True}


def wants_callback(offer: Any) -> bool:
    """Whether the patient chose to be called back instead of a time."""
    return isinstance(offer, dict) and bool(offer.get("callback"))


def birth_date_of(value: str | None) -> date | None:
    """The birth date in the slot, `None` if unknown or not needed."""
    if not value or value == NOT_NEEDED:
        return None
    return date.fromisoformat(value)
