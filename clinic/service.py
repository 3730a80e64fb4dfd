"""The business core as one object: what the action server and the desk open at their start."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from clinic.booking import HOLD_TIME, Bookings
from clinic.calendar_file import CalendarTexts, ics, load_texts
from clinic.clock import Clock
from clinic.consents import Consents
from clinic.directory import Directory
from clinic.identity import Identity
from clinic.ledger import Booking
from clinic.offers import Offers, choose
from clinic.outcomes import Settled
from clinic.registry_list import RegistryList
from clinic.request_texts import RequestTexts, load_request_texts
from clinic.requests import Requests, StoredRequest
from clinic.search import HORIZON_DAYS, Search, SlotQuery, wished_days
from clinic.slots import PLANNING_STEP
from clinic.sms import NoSms, Sms, load_code_text
from clinic.visit_facts import VisitFacts, gather
from clinic.visits import Visits
from clinic.waitlist import WaitList
from lang.catalogue import Catalogue
from mis.deadline import seconds_left
from mis.port import Mis, MisError, Reference

log = logging.getLogger(__name__)

SEARCH_SECONDS = 4.0
CLASHES_LOOKED_FOR = timedelta(hours=1)
# Reading the directories of sixteen branches must not keep patients' searches waiting.
DIRECTORY_THREADS = 12
_LEAST_SECONDS = 0.5


def _one_step(branch_id: str) -> timedelta:
    return PLANNING_STEP


@dataclass(frozen=True)
class Clinic:
    """Everything the business can do. Thread-safe; every call blocks."""

    directory: Directory
    search: Search
    bookings: Bookings
    identity: Identity
    visits: Visits
    requests: Requests
    waitlist: WaitList
    consents: Consents
    clock: Clock
    calendar_texts: CalendarTexts
    pool: ThreadPoolExecutor
    engine: Engine
    request_texts: RequestTexts = field(default_factory=load_request_texts)
    mis: Mis | None = None
    directory_pool: ThreadPoolExecutor | None = None

    def find_offers(self, query: SlotQuery, seconds: float = SEARCH_SECONDS) -> Offers:
        """The best few offers within `seconds` and the turn. Looks at the wished weeks, then at all days.

        Raises `DirectoryUnavailable` when nothing is known about the network yet.
        """
        started = time.monotonic()
        turn = seconds_left()
        if turn is not None:
            seconds = min(seconds, max(turn, _LEAST_SECONDS))
        days = wished_days(query.wish, self._today(query))
        near = self.search.find_slots(query, days, seconds)
        offers = choose(near, query)
        if offers.met or near.nobody_answered or days == (0, HORIZON_DAYS - 1):
            return offers
        left = max(seconds - (time.monotonic() - started), _LEAST_SECONDS)
        wide = self.search.find_slots(query, (0, HORIZON_DAYS - 1), left)
        return offers if wide.nobody_answered else choose(wide, query)

    def look_ahead(self, query: SlotQuery) -> None:
        """Begin to read what `find_offers` will need for `query`; nothing is waited for.

        Raises `DirectoryUnavailable` when nothing is known about the network yet.
        """
        self.search.look_ahead(query, wished_days(query.wish, self._today(query)))

    def policy_found(self, booking_id: int, policy: str | None) -> bool | None:
        """Whether the base has the policy of the booking's patient in force on the day of the visit.

        `None` when nobody can say so: there is no number, the MIS checks no policies, or it did not answer.
        What the policy pays for is not known in any case.
        """
        if self.mis is None or policy is None or not self.mis.capabilities.checks_insurance:
            return None
        booking = self.bookings.get(booking_id)
        if booking.patient is None:
            return None
        slot = booking.slot
        try:
            return self.mis.policy_found(slot.branch_id, booking.patient, policy, slot.start.date())
        except MisError as error:
            log.warning("a policy could not be looked up: %s", type(error).__name__)
            return None

    def visit_facts(self, booking_id: int) -> VisitFacts:
        """Facts of a booking for texts. Raises `UnknownBooking`."""
        return gather(self.bookings.get(booking_id), self.directory)

    def calendar_file(self, token: str) -> bytes:
        """The `.ics` file behind an unguessable token. Raises `UnknownBooking`."""
        facts = gather(self.bookings.by_calendar_token(token), self.directory)
        doctor = facts.doctor
        trade = self.directory.catalogue.trade(doctor.specialty, doctor.room) if doctor else ""
        return ics(facts, self.calendar_texts, trade, self.clock())

    def settle(self) -> list[Settled]:
        """One round of recovery; call it at start and every minute. See `Bookings.settle`.

        A booking or cancellation that stays unclear is also stored as a request for a person, and so is a
        clash: also one whose teller died before it could store it.
        """
        now = self.clock()
        news = self.bookings.settle(now)
        for settled in news:
            if settled.outcome in ("unclear", "cancel_unclear"):
                key = "check" if settled.outcome == "unclear" else f"check-cancel:{settled.attempt}"
                booking = self.bookings.get(settled.booking_id)
                self._ask_person(
                    settled.outcome, settled.conversation_id, booking, f"{key}:{settled.booking_id}"
                )
        for booking in self.bookings.clashed(now - CLASHES_LOOKED_FOR):
            self.report_clash(booking.id)
        return news

    def report_clash(self, booking_id: int) -> StoredRequest:
        """The request for a person to decide who of two patients comes; asked again it is the same one."""
        key = f"clash:{booking_id}"
        known = self.requests.by_key(key)
        if known is not None:
            return known
        booking = self.bookings.get(booking_id)
        return self._ask_person("clash", booking.conversation_id, booking, key, priority=1)

    def _ask_person(
        self, topic: str, conversation_id: str, booking: Booking, key: str, priority: int = 0
    ) -> StoredRequest:
        patient, slot = booking.patient, booking.slot
        return self.requests.store(
            "check",
            conversation_id,
            self.clock(),
            patient_name=str(patient.name) if patient else "",
            phone=patient.phone if patient else "",
            birth_date=patient.birth_date if patient else None,
            summary=self.request_texts.summary(topic, booking, gather(booking, self.directory)),
            details={
                "booking_id": booking.id,
                "visit_id": booking.visit_id,
                "branch_id": slot.branch_id,
                "doctor_id": slot.doctor_id,
                "start": slot.start.isoformat(),
            },
            request_key=key,
            topic=topic,
            priority=priority,
        )

    def close(self) -> None:
        """Stop the threads and close the connections."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        if self.directory_pool is not None:
            self.directory_pool.shutdown(wait=False, cancel_futures=True)
        self.engine.dispose()

    def _today(self, query: SlotQuery) -> date:
        branches = self.search.region_branches(query)
        if not branches:
            return query.now.date()
        zone = ZoneInfo(self.directory.branches()[branches[0]].timezone)
        return query.now.astimezone(zone).date()


def open_clinic(
    engine: Engine,
    mis: Mis,
    booking_mis: Mis,
    reference: Reference,
    catalogue: Catalogue,
    clock: Clock,
    *,
    planning_step: Callable[[str], timedelta] = _one_step,
    hold_time: timedelta = HOLD_TIME,
    threads: int = 32,
    sms: Sms | None = None,
) -> Clinic:
    """Wire the core. Opens no connection; the schema must have been migrated.

    `mis` may cache availability for the search; `booking_mis` must not: with `mis.open_mis` they are the
    cached MIS and its `fresh`. `planning_step` tells the step of a branch's schedule. Without `sms` no
    codes can be sent.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="clinic")
    directory_pool = ThreadPoolExecutor(DIRECTORY_THREADS, thread_name_prefix="clinic-directory")
    directory = Directory(mis, reference, catalogue, clock, directory_pool)
    search = Search(mis, directory, clock, pool, planning_step=planning_step)
    bookings = Bookings(engine, booking_mis, clock, hold_time=hold_time, slot_gone=search.slot_gone)
    identity = Identity(engine, sms or NoSms(), clock, load_code_text())
    return Clinic(
        directory=directory,
        search=search,
        bookings=bookings,
        identity=identity,
        visits=Visits(engine, bookings, bookings.steps, identity, clock, pool),
        requests=Requests(engine),
        waitlist=WaitList(engine, RegistryList(mis, directory, load_request_texts(), clock)),
        consents=Consents(engine),
        clock=clock,
        calendar_texts=load_texts(),
        pool=pool,
        engine=engine,
        mis=mis,
        directory_pool=directory_pool,
    )
