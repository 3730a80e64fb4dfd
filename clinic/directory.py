"""Doctors, services, prices and branches of the whole network, always at hand.

The first use loads all branches in parallel; later a copy that has grown old is renewed in the
background while the last good one is given out. A branch that could not be read keeps its last good copy.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from clinic.clock import Clock
from lang.catalogue import BranchFacts, Catalogue, CatalogueService
from mis.port import Doctor, Mis, MisError, Preparation, Reference, Service

T = TypeVar("T")

log = logging.getLogger(__name__)


class DirectoryUnavailable(Exception):
    """No branch has ever answered: there is nothing to tell about doctors or prices yet."""


@dataclass(frozen=True)
class _Branch:
    doctors: tuple[Doctor, ...]
    services: Mapping[str, Service]


@dataclass(frozen=True)
class _State:
    """One consistent picture; replaced as a whole."""

    branches: Mapping[str, _Branch] = field(default_factory=dict)
    doctors: Mapping[str, Doctor] = field(default_factory=dict)
    staff: Mapping[str, tuple[Doctor, ...]] = field(default_factory=dict)
    # Who says to do a service in a branch, by (branch, the MIS's id of the service), and who says nothing.
    doing: Mapping[tuple[str, str], tuple[Doctor, ...]] = field(default_factory=dict)
    silent: Mapping[str, tuple[Doctor, ...]] = field(default_factory=dict)
    failed: tuple[str, ...] = ()
    tried_at: datetime | None = None


class Directory:
    """Facts about the network. Thread-safe. Raises `DirectoryUnavailable` while nothing was ever read."""

    def __init__(
        self,
        mis: Mis,
        reference: Reference,
        catalogue: Catalogue,
        clock: Clock,
        pool: ThreadPoolExecutor,
        *,
        max_age: timedelta = timedelta(hours=1),
        retry_after: timedelta = timedelta(minutes=1),
        load_seconds: float = 60.0,
        first_wait: float = 4.0,
        show_every: float = 3.0,
    ) -> None:
        self.catalogue = catalogue
        self._mis = mis
        self._reference = reference
        self._clock = clock
        self._pool = pool
        self._max_age = max_age
        self._retry_after = retry_after
        self._load_seconds = load_seconds
        self._first_wait = first_wait
        self._show_every = show_every
        self._state = _State()
        self._loading = threading.Lock()

    def branches(self) -> Mapping[str, BranchFacts]:
        """All branches by id, in the catalogue's order; known without the MIS."""
        return self.catalogue.branches

    def branches_of(self, region: str | None) -> tuple[str, ...]:
        """Branch ids of a region; `None` means the whole network."""
        return tuple(
            branch.id for branch in self.catalogue.branches.values() if region in (None, branch.region)
        )

    def doctors(
        self, *, specialty: str | None = None, branch_ids: Sequence[str] | None = None
    ) -> list[Doctor]:
        """Doctors of a specialty who see patients in one of the branches; left out means any. No rooms."""
        return [
            doctor
            for doctor in self._current().doctors.values()
            if doctor.room is None
            and specialty in (None, doctor.specialty)
            and (branch_ids is None or not set(branch_ids).isdisjoint(doctor.branch_ids))
        ]

    def doctors_in(self, branch_id: str) -> Sequence[Doctor]:
        """Everybody who sees patients in one branch, and its rooms."""
        return self._current().staff.get(branch_id, ())

    def performers(self, services: Sequence[CatalogueService], branch_id: str) -> list[Doctor]:
        """Doctors or rooms of a branch, each of whom does all of `services` there; nobody for none.

        By their own lists of services; whoever has none does what the specialty or the room does.
        """
        able: list[Doctor] | None = None
        for service in services:
            doing = self._doing(service, branch_id)
            ids = {doctor.id for doctor in doing}
            able = doing if able is None else [doctor for doctor in able if doctor.id in ids]
        return able or []

    def _doing(self, service: CatalogueService, branch_id: str) -> list[Doctor]:
        listed, state = self.service(branch_id, service.article), self._current()
        if listed is None:
            return []
        silent = (doctor for doctor in state.silent.get(branch_id, ()) if _may_do(doctor, service))
        return [*state.doing.get((branch_id, listed.id), ()), *silent]

    def doctor(self, doctor_id: str) -> Doctor | None:
        return self._current().doctors.get(doctor_id)

    def services(self, branch_id: str) -> Mapping[str, Service]:
        """The branch's price list by article; empty when the branch was never read."""
        branch = self._current().branches.get(branch_id)
        return branch.services if branch else {}

    def service(self, branch_id: str, article: str) -> Service | None:
        return self.services(branch_id).get(article)

    def service_price(self, branch_id: str, article: str) -> Decimal | None:
        """The price «от», `None` when it is unknown. Unknown is not zero."""
        service = self.service(branch_id, article)
        return service.price if service else None

    def prices(self, article: str, branch_ids: Sequence[str] | None = None) -> dict[str, Decimal]:
        """Known prices of an article by branch id."""
        asked = self.catalogue.branches if branch_ids is None else branch_ids
        known = {branch_id: self.service_price(branch_id, article) for branch_id in asked}
        return {branch_id: price for branch_id, price in known.items() if price is not None}

    def consultation(self, branch_id: str, specialty: str | None, repeat: bool = False) -> Service | None:
        """The branch's service «приём» of a specialty, first or repeated."""
        known = self.catalogue.specialties.get(specialty) if specialty else None
        if known is None or known.consultation is None:
            return None
        return self.service(branch_id, f"{known.consultation}-{2 if repeat else 1}")

    def branches_doing(self, service: CatalogueService) -> tuple[str, ...]:
        """Branches that have the service on their price list and a doctor or a room for it.

        What nobody of the network is known to do is done wherever it is on the list.
        """
        listed = tuple(
            branch_id for branch_id in self.catalogue.branches if self.service(branch_id, service.article)
        )
        return tuple(branch_id for branch_id in listed if self.performers([service], branch_id)) or listed

    def preparation(self, article: str) -> Preparation | None:
        """How to prepare. Raises `MisError` when the reference cannot be read."""
        return self._reference.preparation(article)

    def insurers(self, branch_id: str) -> Sequence[str]:
        """Insurers a branch works with. Raises `MisError` when the reference cannot be read."""
        return self._reference.insurers(branch_id)

    def failed_branches(self) -> tuple[str, ...]:
        """Branches whose last reading failed; what is known of them is an older copy, or nothing."""
        return self._current().failed

    def unread_branches(self) -> frozenset[str]:
        """Branches nothing is known of yet: nobody may say what they have not."""
        return frozenset(self.catalogue.branches.keys() - self._current().branches.keys())

    def snapshot(self) -> list[dict[str, Any]]:
        """Every doctor as `{id, surname, given, patronymic, specialty, branches}`, for the recogniser."""
        return [
            {
                "id": doctor.id,
                "surname": doctor.name.surname,
                "given": doctor.name.given,
                "patronymic": doctor.name.patronymic,
                "specialty": doctor.specialty,
                "branches": list(doctor.branch_ids),
            }
            for doctor in self._current().doctors.values()
            if doctor.room is None
        ]

    def snapshot_json(self) -> str:
        return json.dumps(self.snapshot(), ensure_ascii=False)

    def refresh(self) -> tuple[str, ...]:
        """Read all branches now, in parallel; returns those that failed. Never raises `MisError`."""
        with self._loading:
            return self._load()

    def _current(self) -> _State:
        state = self._state
        if state.tried_at is None:
            # Whoever comes first reads; the others have a turn to answer and do not wait for all of it.
            if self._loading.acquire(timeout=self._first_wait):
                try:
                    if self._state.tried_at is None:
                        self._load()
                finally:
                    self._loading.release()
            state = self._state
        elif self._is_old(state) and self._loading.acquire(blocking=False):
            threading.Thread(target=self._renew, name="clinic-directory", daemon=True).start()
        if not state.branches:
            raise DirectoryUnavailable("no branch of the network has answered yet")
        return state

    def _is_old(self, state: _State) -> bool:
        age = self._clock() - (state.tried_at or self._clock())
        return age >= (self._retry_after if state.failed else self._max_age)

    def _renew(self) -> None:
        """Runs in a thread of its own that was given the loading lock."""
        try:
            self._load()
        finally:
            self._loading.release()

    def _load(self) -> tuple[str, ...]:
        """Read all branches. What was not known is shown as it comes: nobody waits for the slowest branch."""
        submit = self._pool.submit
        listings = {branch: submit(self._mis.doctors, branch) for branch in self.catalogue.branches}
        services = {branch: submit(self._mis.services, branch) for branch in self.catalogue.branches}
        pending: set[Future[Any]] = {*listings.values(), *services.values()}
        deadline = time.monotonic() + self._load_seconds
        while pending and (left := deadline - time.monotonic()) > 0:
            _, pending = wait(pending, timeout=min(left, self._show_every))
            missing = self.catalogue.branches.keys() - self._state.branches.keys()
            if pending and any(listings[branch].done() and services[branch].done() for branch in missing):
                self._show(listings, services)
        for future in pending:
            future.cancel()
        failed = self._show(listings, services)
        for branch_id, error in failed.items():
            log.warning("directory of branch %s not read: %s", branch_id, error)
        return tuple(failed)

    def _show(
        self,
        listings: Mapping[str, Future[Sequence[Doctor]]],
        services: Mapping[str, Future[Sequence[Service]]],
    ) -> Mapping[str, str]:
        """Make what has been read the present picture; returns the branches that miss in it, and why."""
        known, failed = dict(self._state.branches), dict[str, str]()
        for branch_id in self.catalogue.branches:
            try:
                staff, prices = _result(listings[branch_id]), _result(services[branch_id])
                known[branch_id] = _Branch(tuple(staff), _by_article(prices))
            except (MisError, TimeoutError) as error:
                failed[branch_id] = type(error).__name__
        doctors = _merged(known)
        employed = _staff(doctors)
        silent = {
            branch: tuple(doctor for doctor in here if not doctor.service_ids)
            for branch, here in employed.items()
        }
        self._state = _State(
            known, doctors, employed, _by_service(employed), silent, tuple(failed), self._clock()
        )
        return failed


def _may_do(doctor: Doctor, service: CatalogueService) -> bool:
    if doctor.room is not None:
        return doctor.room == service.room
    return service.specialty is not None and doctor.specialty == service.specialty


def _result(future: Future[T]) -> T:
    if not future.done() or future.cancelled():
        raise TimeoutError
    return future.result()


def _by_article(services: Sequence[Service]) -> Mapping[str, Service]:
    return {service.article: service for service in services if service.article}


def _merged(branches: Mapping[str, _Branch]) -> dict[str, Doctor]:
    """One doctor per id: branches and services of all listings, the first known value of everything else."""
    merged: dict[str, Doctor] = {}
    for branch_id, branch in branches.items():
        for listed in branch.doctors:
            doctor = replace(listed, branch_ids=_union((branch_id,), listed.branch_ids))
            known = merged.get(doctor.id)
            merged[doctor.id] = doctor if known is None else _joined(known, doctor)
    return merged


def _staff(doctors: Mapping[str, Doctor]) -> dict[str, tuple[Doctor, ...]]:
    staff: dict[str, list[Doctor]] = {}
    for doctor in doctors.values():
        for branch_id in doctor.branch_ids:
            staff.setdefault(branch_id, []).append(doctor)
    return {branch_id: tuple(here) for branch_id, here in staff.items()}


def _by_service(staff: Mapping[str, tuple[Doctor, ...]]) -> dict[tuple[str, str], tuple[Doctor, ...]]:
    doing: dict[tuple[str, str], list[Doctor]] = {}
    for branch_id, here in staff.items():
        for doctor in here:
            for service_id in doctor.service_ids:
                doing.setdefault((branch_id, service_id), []).append(doctor)
    return {key: tuple(doctors) for key, doctors in doing.items()}


def _joined(first: Doctor, second: Doctor) -> Doctor:
    return replace(
        first,
        specialty=first.specialty or second.specialty,
        branch_ids=_union(first.branch_ids, second.branch_ids),
        service_ids=_union(first.service_ids, second.service_ids),
        visit_length=first.visit_length or second.visit_length,
        experience_years=second.experience_years
        if first.experience_years is None
        else first.experience_years,
        category=first.category or second.category,
        sees_adults=first.sees_adults or second.sees_adults,
        sees_children=first.sees_children or second.sees_children,
        rating=_first_known(first.rating, second.rating),
        about=first.about or second.about,
        room=first.room or second.room,
    )


def _first_known(first: T | None, second: T | None) -> T | None:
    return second if first is None else first


def _union(first: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))
