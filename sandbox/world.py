"""Everything a request may need, built once at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sandbox.clock import Clock
from sandbox.data_files import load
from sandbox.faults import Faults
from sandbox.journal import Journal
from sandbox.network import Branch, Doctor, Network, load_network
from sandbox.price_list import PriceList, load_price_list
from sandbox.settings import Settings
from sandbox.store import Place, Store
from sandbox.timetable import Timetable, visible_days


@dataclass(frozen=True)
class World:
    settings: Settings
    network: Network
    timetable: Timetable
    prices: PriceList
    texts: Mapping[str, Any]
    about: Mapping[str, Any]
    store: Store
    clock: Clock
    faults: Faults
    journal: Journal

    def today(self, branch: Branch) -> date:
        """The date on the wall of that branch."""
        return self.clock.now().astimezone(branch.zone).date()

    def refusal(self, branch: Branch | None = None) -> str:
        """The one sentence for every document that was not written, whatever the reason."""
        now = self.clock.now().astimezone(branch.zone if branch else None)
        return str(self.texts["refused"]).format(moment=f"{now:%d.%m.%Y %H:%M:%S}")

    def days(self, branch: Branch, first: date, last: date) -> list[date]:
        return visible_days(self.today(branch), first, last)

    def place(self, branch: Branch, doctor: Doctor, start: datetime, minutes: int) -> Place:
        """The branch's wall clock `start` (naive) in real time."""
        begins = start.replace(tzinfo=branch.zone)
        ends = (start + timedelta(minutes=minutes)).replace(tzinfo=branch.zone)
        return Place(branch.id, doctor.id, begins, ends)

    def is_open(self, branch: Branch, doctor: Doctor, start: datetime, minutes: int) -> bool:
        """Whether the doctor works then and no stranger has the time. Says nothing of our own visits."""
        if not self.days(branch, start.date(), start.date()):
            return False
        day = self.timetable.day(doctor.id, branch.id, start.date())
        begin = minute_of(start)
        return day is not None and any(a <= begin and begin + minutes <= b for a, b in day.free)


def minute_of(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def moment_at(on: date, minute: int) -> datetime:
    """Naive moment `minute` minutes after the midnight that opens the day."""
    return datetime.combine(on, time()) + timedelta(minutes=minute)


def build_world(settings: Settings) -> World:
    """Read the data and make the network. Opens no connection. Raises `DataError`."""
    network = load_network(settings)
    return World(
        settings=settings,
        network=network,
        timetable=Timetable(network),
        prices=load_price_list(settings.data_dir / "nomenclature.yml", settings.seed),
        texts=load(settings.data_dir / "umc.yml"),
        about=load(settings.data_dir / "about.yml"),
        store=Store(settings.database_url),
        clock=Clock(),
        faults=Faults(),
        journal=Journal(),
    )
