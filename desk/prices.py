"""What an operator can tell of a service: prices by branch, how long it takes, how to prepare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from clinic.directory import DirectoryUnavailable
from clinic.service import Clinic
from desk.appointments import Choice
from desk.service_words import ServiceWords
from lang.catalogue import CatalogueService
from mis.port import MisError

MOST_FOUND = 12

# What a branch tells: the price; that it does it, without a price; that it does not do it; nothing at all.
Told = Literal["price", "unknown", "absent", "silent"]
PreparationState = Literal["rules", "none", "unknown", "silent"]


@dataclass(frozen=True)
class BranchPrice:
    """`price` is «от», None unless `told` is `price`: unknown is not zero. `asked`: of the place in question.
    `old`: the branch has not answered lately, this is what it told before."""

    branch_id: str
    branch: str
    region: str
    asked: bool
    told: Told
    price: Decimal | None
    old: bool


@dataclass(frozen=True)
class Prices:
    """`low` and `high` are the known prices «от» of the place in question on its `day`, `minutes` the
    shortest and the longest visit there."""

    day: date
    low: Decimal | None
    high: Decimal | None
    minutes: tuple[int, int] | None
    branches: tuple[BranchPrice, ...]


@dataclass(frozen=True)
class Preparation:
    """`none`: nothing special; `unknown`: the clinic has not written down how; `silent`: no answer now."""

    state: PreparationState
    title: str = ""
    rules: tuple[str, ...] = ()
    bring: tuple[str, ...] = ()


class PriceList(Protocol):
    """Calls block and run in threads."""

    def find(self, text: str) -> Sequence[Choice]:
        """Services for some words, the likeliest first; at most MOST_FOUND."""

    def service(self, service_id: str) -> Choice | None:
        """None when there is no such service. Waits for nobody."""

    def prices(self, service_id: str, branch_id: str | None, region: str | None) -> Prices | None:
        """At a branch, or in a region, or in the whole network; None when no branch has ever answered.

        A place that is not known is the whole network.
        """

    def preparation(self, service_id: str) -> Preparation: ...


class ClinicPrices:
    """`PriceList` over the clinic's directory. Thread-safe."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._directory = clinic.directory
        self._services = clinic.directory.catalogue.services

    def find(self, text: str) -> Sequence[Choice]:
        return [Choice(each.id, each.name) for each in self._words.find(text, MOST_FOUND)]

    def service(self, service_id: str) -> Choice | None:
        found = self._services.get(service_id)
        return Choice(found.id, found.name) if found else None

    def prices(self, service_id: str, branch_id: str | None, region: str | None) -> Prices | None:
        service, catalogue = self._services[service_id], self._directory.catalogue
        if branch_id in catalogue.branches:
            asked: tuple[str, ...] = (branch_id,)
        else:
            asked = self._directory.branches_of(region) or tuple(catalogue.branches)
        try:
            unread, failed = self._directory.unread_branches(), self._directory.failed_branches()
            lines = tuple(
                self._line(service, branch, branch in asked, branch in unread, branch in failed)
                for branch in catalogue.branches
            )
            lengths = self._lengths(service, asked)
        except DirectoryUnavailable:
            return None
        known = [line.price for line in lines if line.asked and line.price is not None]
        zone = ZoneInfo(catalogue.branches[asked[0]].timezone)
        return Prices(
            day=self._clinic.clock().astimezone(zone).date(),
            low=min(known, default=None),
            high=max(known, default=None),
            minutes=(min(lengths), max(lengths)) if lengths else None,
            branches=lines,
        )

    def preparation(self, service_id: str) -> Preparation:
        service = self._services[service_id]
        try:
            found = self._directory.preparation(service.article)
        except MisError:
            return Preparation("silent")
        if found is not None:
            return Preparation("rules", found.title, found.rules, found.bring)
        return Preparation("unknown" if service.preparation else "none")

    @cached_property
    def _words(self) -> ServiceWords:
        return ServiceWords(self._directory.catalogue)

    def _line(
        self, service: CatalogueService, branch_id: str, asked: bool, unread: bool, failed: bool
    ) -> BranchPrice:
        listed = self._directory.service(branch_id, service.article)
        told: Told = "price"
        if listed is None:
            told = "silent" if unread else "absent"
        elif listed.price is None:
            told = "unknown"
        branch = self._directory.branches()[branch_id]
        region = self._directory.catalogue.regions[branch.region].name
        price = listed.price if listed else None
        return BranchPrice(branch_id, branch.name, region, asked, told, price, failed)

    def _lengths(self, service: CatalogueService, branches: Sequence[str]) -> set[int]:
        """By the price list, else by the doctors of the specialty who have told theirs; in minutes."""
        listed = (self._directory.service(branch, service.article) for branch in branches)
        lengths = {each.length for each in listed if each and each.length}
        if not lengths and service.kind == "consultation" and service.specialty:
            doctors = self._directory.doctors(specialty=service.specialty, branch_ids=branches)
            lengths = {doctor.visit_length for doctor in doctors if doctor.visit_length}
        return {round(length / timedelta(minutes=1)) for length in lengths}
