"""What the product asks of a medical information system, whichever it is.

Every adapter speaks in these terms. Times are aware datetimes in the branch's time zone, prices are
`Decimal` roubles or `None` for "unknown" (unknown is never zero), identifiers are the MIS's own
strings except `branch_id` and `specialty`, which are ids of our catalogue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Protocol
from zoneinfo import ZoneInfo


class Symptom(Enum):
    """What an answer that could not be used was, as far as it helps to find what is set up wrong."""

    WEB_PAGE = "web_page"
    NO_SETTING = "no_setting"
    UNKNOWN_BRANCH = "unknown_branch"
    WORDS = "words"
    FOREIGN = "foreign"


class MisError(Exception):
    """Anything that went wrong between us and the MIS. Its text is for developers, never for patients.

    `status` is the HTTP status, when it was not 200; `symptom` what came instead of an answer.
    """

    def __init__(self, *words: object, status: int | None = None, symptom: Symptom | None = None) -> None:
        super().__init__(*words)
        self.status = status
        self.symptom = symptom


class MisUnavailable(MisError):
    """The MIS was not reached or refused to serve: nothing was written."""


class BadAnswer(MisError):
    """The MIS answered a read with something that cannot be understood."""


class MisRefused(MisError):
    """The MIS understood the write and did not do it; the reason may be unknown."""


class SlotTaken(MisRefused):
    """The MIS refused because the time is no longer free."""


class OutcomeUnknown(MisError):
    """A write was sent and its answer never came or makes no sense: it may or may not have been done."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an adapter can do; the booking core chooses its way by these.

    `reschedules` only tells people what the base has: the core always books the new time before it cancels
    the old one, for a change that was lost on its way would leave a patient without both.
    """

    holds: bool = False
    returns_visit_id: bool = False
    finds_patient: bool = False
    lists_visits: bool = False
    checks_insurance: bool = False
    reschedules: bool = False
    wait_list: bool = False
    shows_taken: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """A clinic of the network. `id` is the catalogue's id, `mis_id` the MIS's.

    `base_timezone` is the one in which its base writes times without an offset, when it is not the branch's.
    """

    id: str
    mis_id: str
    name: str
    timezone: ZoneInfo
    base_timezone: ZoneInfo | None = None

    @property
    def written_in(self) -> ZoneInfo:
        """The zone of times that come without an offset."""
        return self.base_timezone or self.timezone


@dataclass(frozen=True, slots=True)
class FullName:
    surname: str
    given: str
    patronymic: str = ""

    def __str__(self) -> str:
        return " ".join(part for part in (self.surname, self.given, self.patronymic) if part)


@dataclass(frozen=True, slots=True)
class Doctor:
    """A doctor, merged over all rows and branches in which the MIS lists them.

    `room` is the catalogue's id of a room («кабинет МРТ»): such an employee is no person, has a name in
    `name.surname` alone, no specialty, and sees everybody.

    `specialty` is a catalogue id, `None` when the clinic's own spelling `mis_specialty` is not mapped.
    `service_ids` are the MIS's ids of the services the doctor performs, empty when it does not tell.
    """

    id: str
    name: FullName
    specialty: str | None
    mis_specialty: str
    branch_ids: tuple[str, ...] = ()
    service_ids: tuple[str, ...] = ()
    visit_length: timedelta | None = None
    experience_years: int | None = None
    category: str = ""
    sees_adults: bool = True
    sees_children: bool = False
    rating: Decimal | None = None
    about: str = ""
    room: str | None = None


class ServiceKind(Enum):
    SERVICE = "service"
    SET = "set"


@dataclass(frozen=True, slots=True)
class Service:
    """A line of a branch's price list. Folders and materials never get this far."""

    id: str
    branch_id: str
    article: str
    name: str
    kind: ServiceKind = ServiceKind.SERVICE
    price: Decimal | None = None
    length: timedelta | None = None
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """Free time of one doctor in one branch, as the MIS gives it: not yet cut into slots."""

    branch_id: str
    doctor_id: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Slot:
    """A start that can be booked."""

    branch_id: str
    doctor_id: str
    start: datetime
    length: timedelta

    @property
    def end(self) -> datetime:
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class Hold:
    """A time kept for us by the MIS. The MIS does not tell its expiry: `taken_at` starts our own timer."""

    id: str
    slot: Slot
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Patient:
    """Normal form: phone `+7XXXXXXXXXX`, trimmed Cyrillic name, real birth date."""

    name: FullName
    phone: str
    birth_date: date


class VisitStatus(Enum):
    """States of a visit or hold; values are the codes of BIT.UMC (`AppointmentStatus`)."""

    ERROR = 0
    NEW = 1
    PROCESSED = 2
    CAME = 3
    MISSED = 4
    CANCELLED = 5
    BEING_MADE = 6
    HELD = 9

    @property
    def booked(self) -> bool:
        """Only these two let us say «записаны»."""
        return self in (VisitStatus.NEW, VisitStatus.PROCESSED)

    @property
    def held(self) -> bool:
        return self in (VisitStatus.BEING_MADE, VisitStatus.HELD)


@dataclass(frozen=True, slots=True)
class Visit:
    """A booked appointment. `id` is what status and cancel take."""

    id: str
    slot: Slot
    status: VisitStatus


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """A wish stored in the MIS for its staff: to call back when something frees."""

    branch_id: str
    specialty: str
    name: FullName
    phone: str
    wished_start: datetime
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Preparation:
    """How to prepare for a service; `article` is the service's article in the price list."""

    article: str
    title: str
    rules: tuple[str, ...]
    bring: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WindowsAnswer:
    """Windows of several branches; `failed` names the branches that did not answer in time."""

    windows: tuple[Window, ...]
    failed: tuple[str, ...] = field(default=())


class Mis(Protocol):
    """A clinic's information system. All calls block; all may raise `MisUnavailable`.

    Reads raise `BadAnswer` on nonsense and may be repeated. Writes raise `MisRefused`, `SlotTaken` or
    `OutcomeUnknown`, and an adapter never repeats them unless their connection was never opened.
    """

    @property
    def capabilities(self) -> Capabilities: ...

    def branches(self) -> Sequence[Branch]: ...

    def doctors(self, branch_id: str) -> Sequence[Doctor]: ...

    def services(self, branch_id: str) -> Sequence[Service]: ...

    def windows(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        """Free windows between two branch-local dates, both included; no doctors named means all."""
        ...

    def taken(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        """Times that visits and holds have between two branch-local dates, one window for each of them.

        Two that overlap are two patients of one doctor at one moment. Needs `shows_taken`; an adapter
        without it raises `MisUnavailable`.
        """
        ...

    def visits_of(self, branch_id: str, patient: Patient, first: date, last: date) -> Sequence[Visit]:
        """The patient's visits in the branch between two branch-local dates, whoever has booked them.

        The id of one that was booked here is that of its hold.

        Needs `lists_visits`; an adapter without it raises `MisUnavailable`.
        """
        ...

    def patients_of(self, phone: str) -> Sequence[Patient]:
        """Whose cards carry the phone `+7XXXXXXXXXX`; without a whole name or birth date they are left out.

        Needs `finds_patient`; an adapter without it raises `MisUnavailable`.
        """
        ...

    def policy_found(self, branch_id: str, patient: Patient, policy: str, on: date) -> bool | None:
        """Whether the base has a policy of this number that is the patient's and in force on the day.

        It says nothing of what the policy pays for. `None` when the base does not know the patient. Needs
        `checks_insurance`; an adapter without it raises `MisUnavailable`.
        """
        ...

    def hold(self, slot: Slot) -> Hold: ...

    def book(self, hold: Hold, patient: Patient, service_ids: Sequence[str] = (), comment: str = "") -> Visit:
        """Book what `hold` keeps. The visit's id is the hold's; its status still has to be read."""
        ...

    def status(self, branch_id: str, visit_id: str) -> VisitStatus: ...

    def cancel(self, branch_id: str, visit_id: str, reason: str = "") -> None:
        """Cancel a visit or release a hold. Cancelling what is already cancelled is not an error."""
        ...

    def request_callback(self, request: CallbackRequest) -> str:
        """Store a request for the clinic's staff; returns its id in the MIS."""
        ...


class Reference(Protocol):
    """What a clinic publishes beside its MIS: preparation rules, insurers, facts about doctors."""

    def preparation(self, article: str) -> Preparation | None: ...

    def insurers(self, branch_id: str) -> Sequence[str]: ...
