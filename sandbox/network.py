"""The network the sandbox plays: branches as the catalogue describes them, doctors from a seed."""

from __future__ import annotations

import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.data_files import DataError, load, section
from sandbox.people import Names, Person
from sandbox.rooms import RoomKind, load_room_kinds
from sandbox.settings import Settings

NAMESPACE = uuid.UUID("6d617269-612d-5361-6e64-626f78000001")
# The one calendar year the careers are counted from; the years of service grow with the clock.
_CAREER_YEAR = 2026
_ADULTS, _CHILDREN, _MIXED = "adults", "children", "mixed"


@dataclass(frozen=True, slots=True)
class Branch:
    """A clinic; `hours` are opening and closing in minutes of the day, Monday first, `None` when closed."""

    id: str
    mis_id: str
    name: str
    region: str
    zone: ZoneInfo
    hours: tuple[tuple[int, int] | None, ...]

    @property
    def key(self) -> str:
        """What the exchange setting of this branch calls itself in the field `Key`."""
        return f"sandbox-{self.id}"


@dataclass(frozen=True, slots=True)
class Specialty:
    id: str
    mis_names: tuple[str, ...]
    share: int
    branches: int
    busy: float
    minutes: int
    women: float
    patients: str


@dataclass(frozen=True, slots=True)
class Doctor:
    """`minutes` is the visit's real length, `declared` what the MIS tells of it (`None`: not set).

    An employee with `room` set is a room or a device and no person. `branch_ids` begins with the home branch.
    `second_specialty` is set when the MIS shows two rows.
    """

    id: str
    number: int
    person: Person
    specialty: Specialty
    mis_specialty: str
    second_specialty: str | None
    branch_ids: tuple[str, ...]
    organisation_known: bool
    busy: float
    minutes: int
    declared: int | None
    since_year: int
    category: str
    degree: int | None
    extra: tuple[int, ...]
    has_card: bool
    lists_services: bool
    rating: int | None
    patients: str
    room: RoomKind | None = None

    @property
    def sees_adults(self) -> bool:
        return self.patients != _CHILDREN

    @property
    def sees_children(self) -> bool:
        return self.patients != _ADULTS


@dataclass(frozen=True)
class Network:
    """All that does not change while the process runs.

    `doctors` are people; `staff` and `by_branch` have the rooms too, as the base lists them.
    """

    branches: Mapping[str, Branch]
    by_mis_id: Mapping[str, Branch]
    by_key: Mapping[str, Branch]
    doctors: Mapping[str, Doctor]
    staff: Mapping[str, Doctor]
    by_branch: Mapping[str, Sequence[Doctor]]
    seed: str


def stable_id(*parts: str) -> str:
    """A UUID that is the same in every run: of a doctor, of a service by its article."""
    return str(uuid.uuid5(NAMESPACE, "/".join(parts)))


def load_network(settings: Settings) -> Network:
    """Build the network. Raises `DataError` on a bad data file."""
    branches = _branches(settings.catalogue_dir / "branches.yml")
    specialties = _specialties(settings.data_dir / "specialties.yml", len(branches))
    doctors = _doctors(settings, list(branches.values()), specialties)
    kinds = load_room_kinds(settings.data_dir / "rooms.yml")
    staff = [*doctors, *_rooms(settings.seed, kinds, list(branches.values()), len(doctors))]
    by_branch: dict[str, list[Doctor]] = {branch_id: [] for branch_id in branches}
    for employee in staff:
        for branch_id in employee.branch_ids:
            by_branch[branch_id].append(employee)
    return Network(
        branches=branches,
        by_mis_id={branch.mis_id: branch for branch in branches.values()},
        by_key={branch.key: branch for branch in branches.values()},
        doctors={doctor.id: doctor for doctor in doctors},
        staff={employee.id: employee for employee in staff},
        by_branch=by_branch,
        seed=settings.seed,
    )


def _branches(path: Path) -> dict[str, Branch]:
    found: dict[str, Branch] = {}
    for branch_id, facts in section(load(path), "branches", path).items():
        try:
            hours = facts["hours"]
            week = (*[hours["weekdays"]] * 5, hours["saturday"], hours["sunday"])
            found[branch_id] = Branch(
                id=branch_id,
                mis_id=str(uuid.UUID(facts["mis_id"])),
                name=facts["name"],
                region=facts["region"],
                zone=ZoneInfo(facts["timezone"]),
                hours=tuple(None if day is None else _span(day) for day in week),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path}: branch «{branch_id}»: {error!r}") from error
    return found


def _span(written: str) -> tuple[int, int]:
    opening, closing = (int(hour) * 60 + int(minute) for hour, minute in _clocks(written))
    return opening, closing


def _clocks(written: str) -> list[list[str]]:
    return [clock.split(":") for clock in written.split("-")]


def _specialties(path: Path, branches: int) -> list[Specialty]:
    found = []
    for specialty_id, facts in section(load(path), "specialties", path).items():
        try:
            specialty = Specialty(id=specialty_id, **{**facts, "mis_names": tuple(facts["mis_names"])})
        except (KeyError, TypeError) as error:
            raise DataError(f"{path}: specialty «{specialty_id}»: {error}") from error
        if specialty.patients not in (_ADULTS, _CHILDREN, _MIXED):
            raise DataError(f"{path}: specialty «{specialty_id}»: patients is adults, children or mixed")
        if not 0.6 <= specialty.busy <= 0.95 or specialty.branches < 1:
            raise DataError(f"{path}: specialty «{specialty_id}»: busy is 0.60 to 0.95, branches at least 1")
        found.append(specialty if specialty.branches <= branches else _capped(specialty, branches))
    return found


def _capped(specialty: Specialty, branches: int) -> Specialty:
    facts: dict[str, Any] = {name: getattr(specialty, name) for name in specialty.__slots__}
    return Specialty(**{**facts, "branches": branches})


def _doctors(
    settings: Settings, branches: Sequence[Branch], specialties: Sequence[Specialty]
) -> list[Doctor]:
    names = Names(settings.data_dir / "names.yml")
    doctors: list[Doctor] = []
    for specialty, count in zip(specialties, _counts(specialties, settings.doctors), strict=True):
        chance = random.Random(f"{settings.seed}:{specialty.id}")
        present = _spread(branches, specialty.branches, chance)
        for nth in range(count):
            # The first doctors make sure that no branch of the specialty is without one.
            home = present[nth] if nth < len(present) else chance.choice(present)
            number = len(doctors)
            person = names.draw(chance, woman=chance.random() < specialty.women)
            doctors.append(_doctor(settings.seed, number, nth, specialty, person, home, present, chance))
    return doctors


def _spread(branches: Sequence[Branch], count: int, chance: random.Random) -> list[Branch]:
    """`count` branches that lie in as many regions as they can."""
    shuffled = chance.sample(list(branches), len(branches))
    met: dict[str, int] = {}
    rounds = []
    for branch in shuffled:
        met[branch.region] = met.get(branch.region, 0) + 1
        rounds.append(met[branch.region])
    order = sorted(range(len(shuffled)), key=lambda nth: rounds[nth])
    return [shuffled[nth] for nth in order[:count]]


def _counts(specialties: Sequence[Specialty], total: int) -> list[int]:
    """Shares scaled to `total` doctors by the largest remainder, nobody below one."""
    whole = sum(specialty.share for specialty in specialties)
    exact = [specialty.share * total / whole for specialty in specialties]
    counts = [max(1, int(share)) for share in exact]
    order = sorted(range(len(exact)), key=lambda nth: exact[nth] - int(exact[nth]), reverse=True)
    for nth in order[: max(0, total - sum(counts))]:
        counts[nth] += 1
    return counts


def _doctor(
    seed: str,
    number: int,
    nth: int,
    specialty: Specialty,
    person: Person,
    home: Branch,
    present: Sequence[Branch],
    chance: random.Random,
) -> Doctor:
    mis_specialty = chance.choices(specialty.mis_names, [4, *[1] * (len(specialty.mis_names) - 1)])[0]
    for_children = [name for name in specialty.mis_names if name.startswith("Детск")]
    patients = specialty.patients
    if patients == _MIXED:
        # Of every four doctors one sees children too, and of every seven one sees nobody else.
        patients = _MIXED if nth % 4 == 0 else _CHILDREN if nth % 7 == 3 else _ADULTS
    if mis_specialty in for_children:
        patients = _CHILDREN
    elif patients == _CHILDREN and for_children and chance.random() < 0.7:
        mis_specialty = for_children[0]
    near = [branch for branch in present if branch.region == home.region and branch is not home]
    more = chance.sample(near, min(len(near), chance.choices((0, 1, 2), (80, 16, 4))[0]))
    others = [name for name in specialty.mis_names if name != mis_specialty and name not in for_children]
    years = min(45, max(2, int(chance.gauss(16, 9))))
    skill = chance.random() + years / 40
    return Doctor(
        id=stable_id(seed, "doctor", str(number)),
        number=number,
        person=person,
        specialty=specialty,
        mis_specialty=mis_specialty,
        second_specialty=chance.choice(others) if others and chance.random() < 0.08 else None,
        branch_ids=(home.id, *(branch.id for branch in more)),
        organisation_known=chance.random() < 0.55,
        busy=min(0.95, max(0.5, specialty.busy + chance.uniform(-0.06, 0.06))),
        minutes=specialty.minutes,
        declared=specialty.minutes if chance.random() < 0.4 else None,
        since_year=_CAREER_YEAR - years,
        category="highest" if skill > 1.05 else "first" if skill > 0.8 else "second" if skill > 0.6 else "",
        degree=chance.choices((None, 0, 1), (84, 14, 2))[0],
        extra=tuple(sorted(chance.sample(range(6), chance.choices((0, 1, 2), (5, 4, 1))[0]))),
        has_card=chance.random() < 0.85,
        lists_services=chance.random() < 0.97,
        rating=chance.randint(38, 50) if chance.random() < 0.7 else None,
        patients=patients,
    )


def _rooms(seed: str, kinds: Sequence[RoomKind], branches: Sequence[Branch], first: int) -> list[Doctor]:
    """The rooms of all branches, numbered from `first`."""
    rooms: list[Doctor] = []
    for kind in kinds:
        chance = random.Random(f"{seed}:room:{kind.id}")
        for branch in _spread(branches, kind.branches, chance):
            for nth in range(kind.count):
                room = _room(seed, kind, branch, nth, first + len(rooms), chance)
                rooms.append(room)
    return rooms


def _room(seed: str, kind: RoomKind, branch: Branch, nth: int, number: int, chance: random.Random) -> Doctor:
    trade = Specialty(
        kind.id, (kind.mis_specialty,), kind.count, kind.branches, kind.busy, kind.minutes, 0.0, _MIXED
    )
    return Doctor(
        id=stable_id(seed, "room", kind.id, branch.id, str(nth)),
        number=number,
        person=Person(kind.title(nth), "", "", woman=False),
        specialty=trade,
        mis_specialty=kind.mis_specialty,
        second_specialty=None,
        branch_ids=(branch.id,),
        organisation_known=True,
        busy=min(0.95, max(0.3, kind.busy + chance.uniform(-0.05, 0.05))),
        minutes=kind.minutes,
        declared=kind.length(chance),
        since_year=_CAREER_YEAR,
        category="",
        degree=None,
        extra=(),
        has_card=False,
        lists_services=True,
        rating=None,
        patients=_MIXED,
        room=kind,
    )


def years_of_service(doctor: Doctor, today: date) -> int:
    return today.year - doctor.since_year
