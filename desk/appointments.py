"""What an operator does with visits: the business core of the dialogue, in the same conversation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from clinic.booking import UnknownBooking
from clinic.directory import DirectoryUnavailable
from clinic.locks import ConversationBusy
from clinic.normal_patient import BadPatient, normal_patient
from clinic.outcomes import (
    AlreadyGone,
    CancelBusy,
    Cancelled,
    CancelRefused,
    Clashed,
    Confirmed,
    DoubleVisit,
    Expired,
    Held,
    LedgerUnavailable,
    MisDown,
    Moved,
    MovedOldStands,
    NotProved,
    Refused,
    SlotGone,
    StillOpen,
)
from clinic.search import HORIZON_DAYS, FoundSlot, SlotQuery
from clinic.service import Clinic
from clinic.visits import VisitCard
from mis.port import FullName, Patient, Slot

MOST = 200

# The documents of consent, as the dialogue stores them.
Consent = Literal["personal_data", "personal_data_child", "personal_data_other"]

Outcome = Literal[
    "booked",
    "clash",
    "moved",
    "moved_old_stands",
    "cancelled",
    "gone",
    "double",
    "refused",
    "unknown",
    "already_gone",
    "being_checked",
    "not_proved",
    "mis_down",
    "bad_patient",
    "bad_offer",
    "no_such_visit",
    "busy",
]


@dataclass(frozen=True)
class Wanted:
    """What to look for; days are the branch's, both included. No branch means the whole network."""

    since: date
    until: date
    specialty: str | None = None
    service: str | None = None
    doctor_id: str | None = None
    branch_id: str | None = None
    age: int | None = None


@dataclass(frozen=True)
class Free:
    """A free time; `offer` is what books it, in the conversation it was found for."""

    offer: str
    start: datetime
    minutes: int
    doctor_id: str
    doctor: str
    specialty: str | None
    branch_id: str
    branch: str
    address: str
    price: Decimal | None


@dataclass(frozen=True)
class Found:
    """Free times, the earliest first; branches that did not answer are named by id."""

    free: tuple[Free, ...]
    silent_branches: tuple[str, ...]


@dataclass(frozen=True)
class Done:
    """How it ended. Only `booked`, `moved` and `cancelled` may be told the patient as done: `unknown` is
    being checked and its news comes by itself, `clash` means that a person has to decide who comes."""

    outcome: Outcome
    booking_id: int | None = None
    number: str | None = None
    start: datetime | None = None


@dataclass(frozen=True)
class Visit:
    """A visit to come of the proved phone; `state` as in `clinic.visits.VisitCard`.

    `cancelled_by_clinic`: that has just been noticed, and the patient will be told. A visit made at the
    registry has no id here: nothing can be done with it.
    """

    booking_id: int | None
    number: str
    start: datetime
    doctor: str
    branch: str
    patient: str
    state: str


@dataclass(frozen=True)
class Choice:
    id: str
    name: str


@dataclass(frozen=True)
class Choices:
    """What can be asked for."""

    specialties: tuple[Choice, ...]
    services: tuple[Choice, ...]
    branches: tuple[Choice, ...]


class Appointments(Protocol):
    """Calls block and run in threads. `sender` is the conversation as the clinic's core knows it."""

    def choices(self) -> Choices: ...

    def search(self, sender: str, wanted: Wanted) -> Found | None:
        """None when nothing is known of the network now."""

    def book(
        self, sender: str, offer: str, patient: Patient, consent: Consent, key: str, allow_double: bool
    ) -> Done:
        """Books for a patient who has agreed to it; the same `key` again gives the same answer."""

    def visits(self, sender: str) -> Sequence[Visit] | None:
        """None when no phone is proved in the conversation."""

    def cancel(self, sender: str, booking_id: int, key: str) -> Done: ...

    def move(self, sender: str, booking_id: int, offer: str, key: str) -> Done: ...


class ClinicAppointments:
    """`Appointments` over the clinic's core. Thread-safe."""

    def __init__(self, clinic: Clinic, secret_key: str, consent_version: str) -> None:
        self._clinic = clinic
        self._offers = _Offers(secret_key)
        self._consent_version = consent_version

    def choices(self) -> Choices:
        catalogue = self._clinic.directory.catalogue
        return Choices(
            tuple(Choice(each.id, each.title or each.name) for each in catalogue.specialties.values()),
            tuple(Choice(each.id, each.name) for each in catalogue.services.values()),
            tuple(Choice(each.id, each.name) for each in catalogue.branches.values()),
        )

    def search(self, sender: str, wanted: Wanted) -> Found | None:
        now = self._clinic.clock()
        branch = self._clinic.directory.branches().get(wanted.branch_id or "")
        doctor = self._clinic.directory.doctor(wanted.doctor_id) if wanted.doctor_id else None
        query = SlotQuery(
            now=now,
            specialty=wanted.specialty or (doctor.specialty if doctor else None),
            service_ids=(wanted.service,) if wanted.service else (),
            doctor_ids=(wanted.doctor_id,) if wanted.doctor_id else (),
            region=branch.region if branch else None,
            branch_ids=(branch.id,) if branch else (),
            patient_age=wanted.age,
        )
        # A branch may be a day ahead of us or behind: one day more on both sides, cut by its own date.
        first, last = ((day - now.date()).days for day in (wanted.since, wanted.until))
        days = (max(first - 1, 0), min(last + 1, HORIZON_DAYS - 1))
        if days[1] < days[0]:
            return Found((), ())
        try:
            found = self._clinic.search.find_slots(query, days)
        except DirectoryUnavailable:
            return None
        chosen = [
            each
            for each in found.slots
            if wanted.since <= each.slot.start.date() <= wanted.until
            and wanted.doctor_id in (None, each.doctor.id)
            and wanted.branch_id in (None, each.branch.id)
        ]
        return Found(tuple(self._free(sender, each) for each in chosen[:MOST]), found.failed)

    def book(
        self, sender: str, offer: str, patient: Patient, consent: Consent, key: str, allow_double: bool
    ) -> Done:
        try:
            normal = normal_patient(patient, self._clinic.clock().date())
        except BadPatient:
            return Done("bad_patient")
        held = self._hold(sender, offer, key)
        if isinstance(held, Done):
            return held
        try:
            self._clinic.consents.record(sender, consent, self._consent_version, self._clinic.clock())
            result = self._clinic.bookings.confirm(
                held.booking_id, normal, self._consent_version, allow_double=allow_double
            )
        except (LedgerUnavailable, ConversationBusy):
            return Done("busy", held.booking_id)
        return self._told(result, held)

    def visits(self, sender: str) -> Sequence[Visit] | None:
        found = self._clinic.visits.upcoming(sender)
        if isinstance(found, NotProved):
            return None
        visits = [self._visit(card, card.state) for card in found.visits]
        visits += [self._visit(card, "cancelled_by_clinic") for card in found.cancelled_by_clinic]
        return sorted(visits, key=lambda visit: visit.start)

    def cancel(self, sender: str, booking_id: int, key: str) -> Done:
        try:
            result = self._clinic.visits.cancel(sender, booking_id, key)
        except UnknownBooking:
            return Done("no_such_visit")
        except (LedgerUnavailable, ConversationBusy):
            return Done("busy", booking_id)
        return Done(_outcome(result), booking_id)

    def move(self, sender: str, booking_id: int, offer: str, key: str) -> Done:
        if self._clinic.identity.proved_phone(sender) is None:
            return Done("not_proved")
        held = self._hold(sender, offer, key)
        if isinstance(held, Done):
            return held
        try:
            result = self._clinic.visits.move(sender, booking_id, held.booking_id, self._consent_version)
        except UnknownBooking:
            self._clinic.bookings.release(held.booking_id)
            return Done("no_such_visit")
        except (LedgerUnavailable, ConversationBusy):
            return Done("busy", held.booking_id)
        return self._told(result, held)

    def _hold(self, sender: str, offer: str, key: str) -> Held | Done:
        read = self._offers.read(sender, offer)
        if read is None:
            return Done("bad_offer")
        slot, service_ids = read
        try:
            held = self._clinic.bookings.hold(sender, slot, service_ids, key)
        except (LedgerUnavailable, ConversationBusy):
            return Done("busy")
        return held if isinstance(held, Held) else Done(_outcome(held))

    def _told(self, result: object, held: Held) -> Done:
        if isinstance(result, Clashed):
            self._clinic.report_clash(result.booking_id)
        booked = result.new if isinstance(result, Moved | MovedOldStands) else result
        number = booked.number if isinstance(booked, Confirmed | Clashed) else None
        return Done(_outcome(result), held.booking_id, number, held.slot.start)

    def _free(self, sender: str, found: FoundSlot) -> Free:
        return Free(
            offer=self._offers.make(sender, found.slot, found.service_ids),
            start=found.slot.start,
            minutes=int(found.slot.length.total_seconds() // 60),
            doctor_id=found.doctor.id,
            doctor=str(found.doctor.name),
            specialty=found.doctor.specialty,
            branch_id=found.branch.id,
            branch=found.branch.name,
            address=found.branch.address,
            price=found.price,
        )

    def _visit(self, card: VisitCard, state: str) -> Visit:
        directory = self._clinic.directory
        try:
            doctor = directory.doctor(card.slot.doctor_id)
        except DirectoryUnavailable:
            doctor = None
        return Visit(
            card.booking_id if card.state != "registry" else None,
            card.number,
            card.slot.start,
            str(doctor.name) if doctor else "",
            directory.branches()[card.slot.branch_id].name,
            str(card.patient.name),
            state,
        )


_OUTCOMES: tuple[tuple[type, Outcome], ...] = (
    (Confirmed, "booked"),
    (Clashed, "clash"),
    (Moved, "moved"),
    (MovedOldStands, "moved_old_stands"),
    (Cancelled, "cancelled"),
    (SlotGone, "gone"),
    (Expired, "gone"),
    (DoubleVisit, "double"),
    (CancelBusy, "busy"),
    (CancelRefused, "refused"),
    (AlreadyGone, "already_gone"),
    (StillOpen, "being_checked"),
    (NotProved, "not_proved"),
    (MisDown, "mis_down"),
)


def _outcome(result: object) -> Outcome:
    """Whatever has no name of its own may have been done: unknown."""
    if isinstance(result, Refused):
        return "gone" if result.reason == "taken" else "refused"
    return next((name for kind, name in _OUTCOMES if isinstance(result, kind)), "unknown")


class _Offers:
    """A found time as a signed text, so that a window cannot make one up or take one elsewhere."""

    def __init__(self, secret_key: str) -> None:
        self._key = hmac.digest(secret_key.encode(), b"desk offer", hashlib.sha256)

    def make(self, sender: str, slot: Slot, service_ids: Sequence[str]) -> str:
        minutes = slot.length / timedelta(minutes=1)
        # The ledger wants the branch's zone by its name.
        start = [slot.start.replace(tzinfo=None).isoformat(), str(slot.start.tzinfo)]
        values = [slot.branch_id, slot.doctor_id, start, minutes, list(service_ids)]
        body = base64.urlsafe_b64encode(json.dumps(values).encode()).decode()
        return f"{body}.{self._sign(sender, body)}"

    def read(self, sender: str, offer: str) -> tuple[Slot, tuple[str, ...]] | None:
        body, _, signature = offer.partition(".")
        if not offer.isascii() or not hmac.compare_digest(signature, self._sign(sender, body)):
            return None
        branch_id, doctor_id, start, minutes, service_ids = json.loads(base64.urlsafe_b64decode(body))
        moment = datetime.fromisoformat(start[0]).replace(tzinfo=ZoneInfo(start[1]))
        slot = Slot(branch_id, doctor_id, moment, timedelta(minutes=minutes))
        return slot, tuple(service_ids)

    def _sign(self, sender: str, body: str) -> str:
        digest = hmac.digest(self._key, f"{sender}|{body}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:18]).decode()


def patient_of(surname: str, given: str, patronymic: str, phone: str, birth_date: date) -> Patient:
    """What was typed, not yet in normal form."""
    return Patient(FullName(surname, given, patronymic), phone, birth_date)
