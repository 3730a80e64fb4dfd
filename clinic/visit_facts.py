"""Everything a confirmed visit's texts need, gathered from the ledger, the directory and the reference."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from clinic.directory import Directory, DirectoryUnavailable
from clinic.ledger import Booking
from clinic.search import ADULT_AGE
from lang.birth_dates import age
from lang.catalogue import BranchFacts
from mis.port import Doctor, MisError, Preparation, Service

log = logging.getLogger(__name__)

Document = Literal["passport", "policy", "birth_certificate", "parent_passport"]


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """`start` is in the branch's time zone; `price` is «от», `None` when unknown.

    `doctor` is `None` only when the directory no longer lists them. `documents` are keys of the words in
    the catalogue. `calendar_path` is below the public address of the desk.
    """

    booking_id: int
    number: str
    confirmed: bool
    start: datetime
    length: timedelta
    doctor: Doctor | None
    branch: BranchFacts
    services: tuple[Service, ...]
    price: Decimal | None
    documents: tuple[Document, ...]
    preparations: tuple[Preparation, ...]
    calendar_token: str

    @property
    def end(self) -> datetime:
        return self.start + self.length

    @property
    def calendar_path(self) -> str:
        return f"/visits/{self.calendar_token}.ics"


def gather(booking: Booking, directory: Directory) -> VisitFacts:
    """Facts of a booking in any state. Never fails for want of the MIS: what is not known is left out."""
    services = _services(booking, directory)
    prices = [service.price for service in services]
    known = [price for price in prices if price is not None]
    birth_date = booking.patient.birth_date if booking.patient else None
    return VisitFacts(
        booking_id=booking.id,
        number=booking.number,
        confirmed=booking.state == "confirmed" and booking.clash_at is None,
        start=booking.slot.start,
        length=booking.slot.length,
        doctor=_doctor(booking, directory),
        branch=directory.branches()[booking.slot.branch_id],
        services=services,
        price=sum(known, Decimal(0)) if prices and len(known) == len(prices) else None,
        documents=documents(birth_date, booking.slot.start.date()),
        preparations=_preparations(services, directory),
        calendar_token=booking.calendar_token,
    )


def documents(birth_date: date | None, on: date) -> tuple[Document, ...]:
    """What to bring: a child comes with a parent's papers."""
    if birth_date is not None and age(birth_date, on) < ADULT_AGE:
        return "birth_certificate", "parent_passport", "policy"
    return "passport", "policy"


def _doctor(booking: Booking, directory: Directory) -> Doctor | None:
    try:
        return directory.doctor(booking.slot.doctor_id)
    except DirectoryUnavailable:
        return None


def _services(booking: Booking, directory: Directory) -> tuple[Service, ...]:
    try:
        listed = directory.services(booking.slot.branch_id).values()
    except DirectoryUnavailable:
        return ()
    return tuple(service for service in listed if service.id in booking.service_ids)


def _preparations(services: tuple[Service, ...], directory: Directory) -> tuple[Preparation, ...]:
    found = []
    for service in services:
        try:
            preparation = directory.preparation(service.article)
        except MisError as error:
            log.warning("preparation of %s not read: %s", service.article, type(error).__name__)
            continue
        if preparation is not None:
            found.append(preparation)
    return tuple(found)
