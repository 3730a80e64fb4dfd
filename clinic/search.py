"""Free slots of the doctors who can help, over many branches at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import BoundedSemaphore, Lock
from typing import Literal
from zoneinfo import ZoneInfo

from cachetools import TTLCache

from clinic.clock import Clock
from clinic.directory import Directory
from clinic.preferred import fits
from clinic.slots import PLANNING_STEP, booked_length, cut
from lang.catalogue import BranchFacts, CatalogueService
from lang.preferences import ANY, Preferences
from lang.wish import Wish
from mis.port import Doctor, Mis, MisError, Service, Slot, Window

HORIZON_DAYS = 30
CHUNK_DAYS = 7
# Reads at once that no patient waits for: one network of sixteen branches, half of the pool's threads.
AHEAD = 16
ADULT_AGE = 18


Suggested = Literal["nearby_sooner", "same_profile"]
SUGGESTED: tuple[Suggested, ...] = ("nearby_sooner", "same_profile")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A time nobody asked for, worth a line if it is at least `days` sooner than what meets the wish.

    `nearby_sooner`: in another branch of the region; `same_profile`: with another doctor of the branch.
    """

    kind: Suggested
    days: int


@dataclass(frozen=True, slots=True)
class Beside:
    """A visit of the same patient that stands: another is wished close to it. Both times are aware."""

    branch_id: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class SlotQuery:
    """What a patient is looking for. `now` is aware; no region and no branches means the whole network.

    `service_ids` are ids of our catalogue, all for one visit. `doctor_ids` and `branch_ids` are wishes: the
    search also finds what could replace them, and `clinic.offers` says so. `repeat`: a repeated visit,
    priced and booked as one. `preferred` narrows the doctors as long as somebody is left. `beside`: offers
    keep clear of this visit and, on its day, come closest to it first. `suggestions`: the first of them that
    fits is offered beside what meets the wish.
    """

    now: datetime
    wish: Wish = field(default_factory=Wish)
    specialty: str | None = None
    doctor_ids: tuple[str, ...] = ()
    service_ids: tuple[str, ...] = ()
    region: str | None = None
    branch_ids: tuple[str, ...] = ()
    patient_age: int | None = None
    repeat: bool = False
    preferred: Preferences = ANY
    beside: Beside | None = None
    suggestions: tuple[Suggestion, ...] = (Suggestion("same_profile", 2), Suggestion("nearby_sooner", 1))


@dataclass(frozen=True, slots=True)
class FoundSlot:
    """A free slot with what is needed to offer and to book it. `service_ids` are the MIS's."""

    slot: Slot
    doctor: Doctor
    branch: BranchFacts
    price: Decimal | None
    service_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Terms:
    """What is the same for every start with one doctor in one branch."""

    branch: BranchFacts
    price: Decimal | None
    service_ids: tuple[str, ...]
    step: timedelta
    length: timedelta


Missing = Literal["branch", "region", "age"]


@dataclass(frozen=True, slots=True)
class FoundSlots:
    """Free slots, earliest first. `failed` names branches that did not answer in time, or never have yet.

    `missing` tells why nobody can help as asked, whatever the time: nobody of this kind works in the asked
    branches, or in the whole region, or those who do see no patients of this age. `as_preferred` is False
    when nobody fits the preferences, so that they were left aside.
    """

    slots: tuple[FoundSlot, ...]
    failed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    missing: Missing | None = None
    as_preferred: bool = True

    @property
    def nobody_answered(self) -> bool:
        return bool(self.asked) and len(self.failed) == len(self.asked)


def sees(doctor: Doctor, age: int | None) -> bool:
    """Whether a doctor takes a patient of this age; an unknown age is nobody's reason to refuse."""
    if age is None:
        return True
    return doctor.sees_adults if age >= ADULT_AGE else doctor.sees_children


def _default_step(branch_id: str) -> timedelta:
    return PLANNING_STEP


class Search:
    """Looks for slots. Thread-safe; `pool` is shared with whoever else reads the MIS.

    `planning_step` gives the step of a branch's schedule, which no MIS tells. Nothing is offered that
    starts sooner than `lead` from now.
    """

    def __init__(
        self,
        mis: Mis,
        directory: Directory,
        clock: Clock,
        pool: ThreadPoolExecutor,
        *,
        planning_step: Callable[[str], timedelta] = _default_step,
        lead: timedelta = timedelta(minutes=15),
    ) -> None:
        self._mis = mis
        self._directory = directory
        self._pool = pool
        self._step = planning_step
        self._lead = lead
        self._lock = Lock()
        self._ahead = BoundedSemaphore(AHEAD)
        self._gone: TTLCache[Slot, bool] = TTLCache(10_000, 60, timer=lambda: clock().timestamp())

    def slot_gone(self, slot: Slot) -> None:
        """Do not offer this time for a minute: the MIS has just said that it is not free."""
        with self._lock:
            self._gone[slot] = True

    def find_slots(
        self, query: SlotQuery, days: tuple[int, int] = (0, HORIZON_DAYS - 1), seconds: float = 4.0
    ) -> FoundSlots:
        """All slots between two days counted from today in the branch, whatever the wish says of the time.

        Branches that do not answer within `seconds` are named in the answer.

        Searches every branch of the region of the query, so that another branch can be offered. Raises
        `DirectoryUnavailable`.
        """
        everybody = self._plan(query)
        preferred = _narrowed(everybody, query.preferred)
        plan = preferred or everybody
        readings = {
            self._pool.submit(self._read, branch_id, doctors, query.now, days): branch_id
            for branch_id, doctors in plan.items()
        }
        done, late = wait(readings, timeout=seconds)
        for future in late:
            future.cancel()
        failed = [readings[future] for future in readings if future in late or not _succeeded(future)]
        windows = [window for future in done if readings[future] not in failed for window in future.result()]
        with self._lock:
            gone = set(self._gone)
        slots = [found for found in self._slots(query, windows) if not gone or found.slot not in gone]
        # As seconds: branches lie in several zones, and times of two zones are slow to compare.
        slots.sort(key=lambda one: (one.slot.start.timestamp(), one.slot.branch_id, one.slot.doctor_id))
        unread = self._directory.unread_branches().intersection(self.region_branches(query))
        asked, failed = tuple(dict.fromkeys((*plan, *sorted(unread)))), [*failed, *sorted(unread)]
        missing = None if unread else self._missing(query, plan)
        return FoundSlots(tuple(slots), tuple(failed), asked, missing, bool(preferred) or not plan)

    def look_ahead(self, query: SlotQuery, days: tuple[int, int]) -> None:
        """Have the MIS's cache filled with what `find_slots` of these days will ask for.

        Returns at once. What would keep patients waiting is left out: many such reads are under way.
        """
        everybody = self._plan(query)
        for branch_id, doctors in (_narrowed(everybody, query.preferred) or everybody).items():
            if self._ahead.acquire(blocking=False):
                reading = self._pool.submit(self._read, branch_id, doctors, query.now, days)
                reading.add_done_callback(lambda _: self._ahead.release())

    def nearest_of(
        self,
        doctors: Sequence[Doctor],
        branch_ids: Sequence[str] | None,
        now: datetime,
        seconds: float = 2.0,
    ) -> dict[str, tuple[Slot, ...]]:
        """Free starts of each doctor in the coming week, earliest first, by doctor's id.

        `branch_ids` limits where; left out means wherever they see patients. A doctor is left out if a branch
        of theirs did not answer within `seconds`, because an earlier time may be free there; nothing free is
        an empty tuple.
        """
        query = SlotQuery(now)
        plan: dict[str, list[Doctor]] = {}
        for doctor in doctors:
            for branch_id in doctor.branch_ids:
                if branch_ids is None or branch_id in branch_ids:
                    plan.setdefault(branch_id, []).append(doctor)
        days = (0, CHUNK_DAYS - 1)
        readings = {
            self._pool.submit(self._read, branch_id, asked, now, days): branch_id
            for branch_id, asked in plan.items()
        }
        done, late = wait(readings, timeout=seconds)
        for future in late:
            future.cancel()
        failed = {readings[future] for future in readings if future in late or not _succeeded(future)}
        unknown = {doctor.id for branch_id in failed for doctor in plan[branch_id]}
        with self._lock:
            gone = set(self._gone)
        free: dict[str, list[Slot]] = {
            doctor.id: [] for asked in plan.values() for doctor in asked if doctor.id not in unknown
        }
        for future in done:
            for found in future.result() if readings[future] not in failed else ():
                if found[0].id not in unknown:
                    slots = [one.slot for one in self._slots(query, [found]) if one.slot not in gone]
                    free[found[0].id].extend(slots)
        return {id_: tuple(sorted(slots, key=lambda slot: slot.start)) for id_, slots in free.items()}

    def region_branches(self, query: SlotQuery) -> tuple[str, ...]:
        """Every branch that may be offered: the asked region, or the regions of the asked branches."""
        if query.region is None and query.branch_ids:
            known = self._directory.branches()
            regions = {known[branch_id].region for branch_id in query.branch_ids if branch_id in known}
            return tuple(branch.id for branch in known.values() if branch.region in regions)
        return self._directory.branches_of(query.region)

    def _plan(self, query: SlotQuery) -> dict[str, list[Doctor]]:
        """Whom to ask for in which branch."""
        plan: dict[str, list[Doctor]] = {}
        for branch_id in self.region_branches(query):
            doctors = [doctor for doctor in self._able(query, branch_id) if sees(doctor, query.patient_age)]
            if doctors:
                plan[branch_id] = doctors
        return plan

    def _able(self, query: SlotQuery, branch_id: str) -> list[Doctor]:
        """Doctors of the branch who do what is asked for, of whatever age their patients are."""
        if query.service_ids:
            return self._directory.performers(self._catalogue_services(query), branch_id)
        specialties = {query.specialty} if query.specialty else self._specialties_of(query.doctor_ids)
        return [
            doctor
            for doctor in self._directory.doctors_in(branch_id)
            if (doctor.specialty is not None and doctor.specialty in specialties)
            or doctor.id in query.doctor_ids
        ]

    def _specialties_of(self, doctor_ids: Sequence[str]) -> set[str]:
        doctors = (self._directory.doctor(doctor_id) for doctor_id in doctor_ids)
        return {doctor.specialty for doctor in doctors if doctor and doctor.specialty}

    def _catalogue_services(self, query: SlotQuery) -> list[CatalogueService]:
        known = self._directory.catalogue.services
        return [known[service_id] for service_id in query.service_ids if service_id in known]

    def _missing(self, query: SlotQuery, plan: dict[str, list[Doctor]]) -> Missing | None:
        asked = query.branch_ids or tuple(plan)
        if plan and not set(asked).isdisjoint(plan):
            return None
        able = {branch_id for branch_id in self.region_branches(query) if self._able(query, branch_id)}
        if not able:
            return "region"
        if not query.branch_ids or not able.isdisjoint(query.branch_ids):
            return "age"
        return "branch"

    def _read(
        self, branch_id: str, doctors: list[Doctor], now: datetime, days: tuple[int, int]
    ) -> list[tuple[Doctor, Window]]:
        """Windows of these doctors only: the filter of a MIS is a request, not a guarantee."""
        zone = ZoneInfo(self._directory.branches()[branch_id].timezone)
        today = now.astimezone(zone).date()
        first, last = (today + timedelta(days=day) for day in days)
        known = {doctor.id: doctor for doctor in doctors}
        windows = self._mis.windows(branch_id, first, last, sorted(known))
        return [
            (known[window.doctor_id], window)
            for window in windows
            if window.doctor_id in known and window.branch_id == branch_id
        ]

    def _slots(self, query: SlotQuery, windows: Iterable[tuple[Doctor, Window]]) -> Iterator[FoundSlot]:
        """Every start in the windows; what is booked with a doctor in a branch is looked up once."""
        known: dict[tuple[str, str], _Terms] = {}
        earliest = query.now + self._lead
        for doctor, window in windows:
            terms = known.get((doctor.id, window.branch_id))
            if terms is None:
                terms = known[doctor.id, window.branch_id] = self._terms(query, doctor, window.branch_id)
            for slot in cut(window, terms.length, earliest, terms.step):
                yield FoundSlot(slot, doctor, terms.branch, terms.price, terms.service_ids)

    def _terms(self, query: SlotQuery, doctor: Doctor, branch_id: str) -> _Terms:
        services = self._booked_services(query, doctor, branch_id)
        step = self._step(branch_id)
        return _Terms(
            self._directory.branches()[branch_id],
            total_price(services),
            tuple(service.id for service in services),
            step,
            booked_length(services, doctor, step),
        )

    def _booked_services(self, query: SlotQuery, doctor: Doctor, branch_id: str) -> list[Service]:
        directory = self._directory
        if query.service_ids:
            wanted = self._catalogue_services(query)
            listed = [directory.service(branch_id, service.article) for service in wanted]
        else:
            listed = [directory.consultation(branch_id, doctor.specialty, query.repeat)]
        return [service for service in listed if service is not None]


def wished_days(wish: Wish, today: date) -> tuple[int, int]:
    """Whole weeks from today that cover the wish, as day numbers: the same few ranges for all patients.

    An open wish starts with the first week. What lies outside the horizon is left out.
    """
    wishes = (wish, *wish.alternatives)
    starts = [one.dates[0] for one in wishes]
    ends = [one.dates[1] for one in wishes]
    known_starts = [day for day in starts if day is not None]
    known_ends = [day for day in ends if day is not None]
    first = (min(known_starts) - today).days if len(known_starts) == len(starts) else 0
    last = (max(known_ends) - today).days if len(known_ends) == len(ends) else first
    first = min(max(first, 0), HORIZON_DAYS - 1)
    last = min(max(last, first), HORIZON_DAYS - 1)
    return first // CHUNK_DAYS * CHUNK_DAYS, min((last // CHUNK_DAYS + 1) * CHUNK_DAYS, HORIZON_DAYS) - 1


def total_price(services: Sequence[Service]) -> Decimal | None:
    """What all of it costs «от»; one unknown price makes the sum unknown."""
    known = [service.price for service in services if service.price is not None]
    return sum(known, Decimal(0)) if services and len(known) == len(services) else None


def _narrowed(plan: dict[str, list[Doctor]], preferred: Preferences) -> dict[str, list[Doctor]]:
    """Those of the plan who fit the preferences, and the branches that have such ones."""
    fitting = {
        branch_id: [doctor for doctor in doctors if fits(doctor, preferred)]
        for branch_id, doctors in plan.items()
    }
    return {branch_id: doctors for branch_id, doctors in fitting.items() if doctors}


def _succeeded(future: Future[list[tuple[Doctor, Window]]]) -> bool:
    error = future.exception()
    if error is not None and not isinstance(error, MisError):
        raise error
    return error is None
