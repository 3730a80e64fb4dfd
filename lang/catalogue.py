"""The network's catalogue: specialties, services, branches. Data that designers edit, checked on loading."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from lang.needs import NOTHING, Needs, read_needs
from lang.rooms import Entry, Room, read_entry, read_room
from lang.strict_yaml import DataFileError, Problems, Value, read_yaml
from lang.text import normalise


class CatalogueError(DataFileError):
    """The catalogue cannot be used; every problem names its file, line and what is allowed."""


@dataclass(frozen=True)
class Specialty:
    """One of the network's specialties; `consultation` is the article prefix of its consultation services."""

    id: str
    name: str
    title: str
    direction: str
    synonyms: tuple[str, ...]
    lay: tuple[str, ...]
    mis_names: tuple[str, ...]
    children: bool
    consultation: str | None
    needs: Needs = NOTHING


@dataclass(frozen=True)
class CatalogueService:
    """A service of the price list; `article` is its key in the MIS, `specialty` the id of who performs it.

    A service without a specialty is done in `room`, if the network has such one. `entry` tells how patients
    get in: by appointment, without one, or only through a person.
    """

    id: str
    article: str
    name: str
    synonyms: tuple[str, ...]
    kind: str
    specialty: str | None
    preparation: bool
    room: str | None = None
    entry: Entry = "appointment"


@dataclass(frozen=True)
class ServiceGroup:
    """What people name without saying which one: «УЗИ», «анализы». Services of `kind` belong to it, or only
    `services` if there are any; `popular` ones are shown first."""

    id: str
    name: str
    kind: str
    synonyms: tuple[str, ...]
    services: tuple[str, ...] = ()
    popular: tuple[str, ...] = ()


@dataclass(frozen=True)
class Region:
    """A region of the network with its cities."""

    id: str
    name: str
    cities: tuple[str, ...]
    synonyms: tuple[str, ...]


@dataclass(frozen=True)
class BranchFacts:
    """A branch as patients know it; hours are "HH:MM-HH:MM" or None when closed.

    `near` are stations, districts and towns without a branch of their own that this one is the nearest to.
    """

    id: str
    mis_id: str
    name: str
    region: str
    city: str
    address: str
    metro: tuple[str, ...]
    landmark: str
    district: str
    phone: str
    hours: dict[str, str | None]
    timezone: str
    parking: str
    way: str
    synonyms: tuple[str, ...]
    access: str = ""
    near: tuple[str, ...] = ()


@dataclass(frozen=True)
class Holiday:
    """A day on which the whole network works otherwise; `hours` as of a branch, None when closed."""

    day: date
    hours: str | None


@dataclass(frozen=True)
class Catalogue:
    """Everything by id, in file order."""

    specialties: dict[str, Specialty] = field(default_factory=dict)
    unknown_doctors: tuple[str, ...] = ()
    services: dict[str, CatalogueService] = field(default_factory=dict)
    groups: dict[str, ServiceGroup] = field(default_factory=dict)
    regions: dict[str, Region] = field(default_factory=dict)
    branches: dict[str, BranchFacts] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    holidays: dict[date, Holiday] = field(default_factory=dict)

    def trade(self, specialty: str | None, room: str | None = None) -> str:
        """What a specialist or a room is called in the nominative; empty when neither is known."""
        owner = self.specialties.get(specialty or "") or self.rooms.get(room or "")
        return owner.name if owner else ""

    def needs_of(self, specialty: str | None, room: str | None = None) -> Needs:
        """What to know before a visit to a specialist, or to a room."""
        owner = self.specialties.get(specialty or "") or self.rooms.get(room or "")
        return owner.needs if owner else NOTHING


_ID = re.compile(r"[a-z][a-z0-9_]*")
_HOURS = re.compile(r"([01]\d|2[0-4]):[0-5]\d-([01]\d|2[0-4]):[0-5]\d")
_DAYS = ("weekdays", "saturday", "sunday")


class _Uniqueness:
    """Remembers where each phrase was first given, to report one phrase given to two owners."""

    def __init__(self) -> None:
        self._owners: dict[str, tuple[str, str]] = {}

    def check(self, owner: str, values: Iterable[Value], what: str) -> None:
        for value in values:
            phrase = re.sub(r"[\s\-–—]+", " ", normalise(value.text())).strip()
            known = self._owners.setdefault(phrase, (owner, value.place))
            if known[0] != owner:
                first, place = known
                value.wrong(f"{what} {value.text()!r} already belongs to {first} ({place})", "one owner")


def load_catalogue(directory: Path) -> Catalogue:
    """Reads specialties.yml, rooms.yml, services.yml and branches.yml of `directory`.

    Without rooms.yml there are no rooms: services that name no specialty are then arranged by a person.

    Raises CatalogueError with every problem found: file, line, what is wrong, what is allowed.
    """
    problems = Problems()
    specialties, unknown = _specialties(directory / "specialties.yml", problems)
    rooms = _rooms(directory / "rooms.yml", problems, specialties)
    services, groups = _services(directory / "services.yml", problems, specialties, rooms)
    regions, branches, holidays = _branches(directory / "branches.yml", problems)
    problems.stop_if_any(CatalogueError)
    return Catalogue(specialties, unknown, services, groups, regions, branches, rooms, holidays)


def _top(
    path: Path, problems: Problems, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, Value]:
    root = read_yaml(path, problems)
    return root.fields(required, optional) if root else {}


def _entries(section: Value | None) -> Iterable[tuple[str, Value]]:
    if section is None:
        return
    for key, value in section.items():
        if not _ID.fullmatch(key):
            value.wrong(f"bad id {key!r}", "small Latin letters, digits and _")
            continue
        yield key, value


def _called(fields: dict[str, Value]) -> tuple[Value, ...]:
    return (fields["name"], *(fields["synonyms"].values() if "synonyms" in fields else ()))


def _optional_texts(fields: dict[str, Value], key: str) -> tuple[str, ...]:
    return fields[key].texts() if key in fields else ()


def _optional_text(fields: dict[str, Value], key: str) -> str:
    return (fields[key].text_or_null() or "") if key in fields else ""


def _specialties(path: Path, problems: Problems) -> tuple[dict[str, Specialty], tuple[str, ...]]:
    top = _top(path, problems, ("specialties",), ("unknown_doctors",))
    phrases, mis_names = _Uniqueness(), _Uniqueness()
    result: dict[str, Specialty] = {}
    for id_, entry in _entries(top.get("specialties")):
        required = ("name", "title", "direction", "synonyms", "mis_names", "children")
        fields = entry.fields(required, ("lay", "consultation", "needs"))
        if not set(required) <= fields.keys():
            continue
        for key in ("synonyms", "lay"):
            if key in fields:
                phrases.check(id_, fields[key].values(), "synonym")
        mis_names.check(id_, fields["mis_names"].values(), "mis_name")
        result[id_] = Specialty(
            id=id_,
            name=fields["name"].text(),
            title=fields["title"].text(),
            direction=fields["direction"].text(),
            synonyms=fields["synonyms"].texts(),
            lay=_optional_texts(fields, "lay"),
            mis_names=fields["mis_names"].texts(),
            children=fields["children"].flag(),
            consultation=_optional_text(fields, "consultation") or None,
            needs=read_needs(fields["needs"]) if "needs" in fields else NOTHING,
        )
        _known_first(result[id_].needs, fields.get("needs"), top["specialties"])
    unknown = top.get("unknown_doctors")
    if unknown is not None:
        phrases.check("unknown_doctors", unknown.values(), "unknown doctor")
    return result, unknown.texts() if unknown is not None else ()


def _known_first(needs: Needs, value: Value | None, specialties: Value) -> None:
    known = [id_ for id_, _ in _entries(specialties)]
    if value is not None and needs.first is not None and needs.first not in known:
        value.wrong(f"unknown specialty {needs.first!r}", ", ".join(known))


def _rooms(path: Path, problems: Problems, specialties: dict[str, Specialty]) -> dict[str, Room]:
    if not path.exists():
        return {}
    top = _top(path, problems, ("rooms",))
    kinds, mis_names = _Uniqueness(), _Uniqueness()
    found: dict[str, Room] = {}
    for id_, entry in _entries(top.get("rooms")):
        room = read_room(id_, entry)
        if room is None:
            continue
        fields = dict(entry.items())
        kinds.check(id_, fields["kinds"].values(), "kind")
        mis_names.check(id_, fields["mis_names"].values(), "mis_name")
        taken = {name.lower() for one in specialties.values() for name in one.mis_names}
        for name in fields["mis_names"].values():
            if name.text().lower() in taken:
                name.wrong(f"mis_name {name.text()!r} is a specialty's", "a spelling of its own")
        if room.needs.first is not None and room.needs.first not in specialties:
            fields["needs"].wrong(f"unknown specialty {room.needs.first!r}", ", ".join(specialties))
        found[id_] = room
    return found


def _services(
    path: Path, problems: Problems, specialties: dict[str, Specialty], rooms: dict[str, Room]
) -> tuple[dict[str, CatalogueService], dict[str, ServiceGroup]]:
    top = _top(path, problems, ("services",), ("groups",))
    phrases, articles = _Uniqueness(), _Uniqueness()
    services: dict[str, CatalogueService] = {}
    for id_, entry in _entries(top.get("services")):
        fields = entry.fields(("article", "name", "kind"), ("synonyms", "specialty", "preparation", "entry"))
        if not {"article", "name", "kind"} <= fields.keys():
            continue
        articles.check(id_, (fields["article"],), "article")
        phrases.check(id_, _called(fields), "synonym")
        specialty = fields["specialty"].text_or_null() if "specialty" in fields else None
        if specialty is not None and specialties and specialty not in specialties:
            fields["specialty"].wrong(f"unknown specialty {specialty!r}", ", ".join(specialties))
        room = _room_of(fields["kind"].text(), rooms) if specialty is None else None
        services[id_] = CatalogueService(
            id=id_,
            article=fields["article"].text(),
            name=fields["name"].text(),
            synonyms=_optional_texts(fields, "synonyms"),
            kind=fields["kind"].text(),
            specialty=specialty,
            preparation=fields["preparation"].flag() if "preparation" in fields else False,
            room=room.id if room else None,
            entry=_entry(fields, specialty, room),
        )
    kinds = {service.kind for service in services.values()}
    groups: dict[str, ServiceGroup] = {}
    for id_, entry in _entries(top.get("groups")):
        fields = entry.fields(("name", "kind"), ("synonyms", "services", "popular"))
        if not {"name", "kind"} <= fields.keys():
            continue
        if id_ in services:
            entry.wrong("is the id of a service too", "an id of its own")
        kind = fields["kind"].text()
        if kinds and kind not in kinds:
            fields["kind"].wrong(f"no service has the kind {kind!r}", ", ".join(sorted(kinds)))
        phrases.check(id_, _called(fields), "synonym")
        for key in ("services", "popular"):
            for named in fields[key].values() if key in fields else ():
                if named.text() not in services or services[named.text()].kind != kind:
                    named.wrong(f"{named.text()!r} is no service of the kind {kind}", "ids of such services")
        groups[id_] = ServiceGroup(
            id_,
            fields["name"].text(),
            kind,
            _optional_texts(fields, "synonyms"),
            _optional_texts(fields, "services"),
            _optional_texts(fields, "popular"),
        )
    return services, groups


def _room_of(kind: str, rooms: dict[str, Room]) -> Room | None:
    return next((room for room in rooms.values() if kind in room.kinds), None)


def _entry(fields: dict[str, Value], specialty: str | None, room: Room | None) -> Entry:
    if "entry" in fields:
        entry = read_entry(fields["entry"])
        if entry == "walk_in" and (room is None or not room.hours):
            fields["entry"].wrong(
                "no room takes it without an appointment", "walk_in where the room has hours"
            )
        return entry
    if room is not None:
        return room.entry
    return "person" if specialty is None else "appointment"


def _branches(
    path: Path, problems: Problems
) -> tuple[dict[str, Region], dict[str, BranchFacts], dict[date, Holiday]]:
    top = _top(path, problems, ("regions", "branches"), ("holidays",))
    names = _Uniqueness()
    regions: dict[str, Region] = {}
    for id_, entry in _entries(top.get("regions")):
        fields = entry.fields(("name", "cities"), ("synonyms", "timezone"))
        if not {"name", "cities"} <= fields.keys():
            continue
        for key in ("cities", "synonyms"):
            if key in fields:
                names.check(id_, fields[key].values(), "name")
        regions[id_] = Region(
            id_, fields["name"].text(), fields["cities"].texts(), _optional_texts(fields, "synonyms")
        )
    ids, nearest = _Uniqueness(), _Uniqueness()
    required = ("mis_id", "name", "region", "city", "address", "phone", "hours", "timezone")
    optional = ("metro", "landmark", "district", "parking", "way", "access", "near", "synonyms")
    branches: dict[str, BranchFacts] = {}
    for id_, entry in _entries(top.get("branches")):
        fields = entry.fields(required, optional)
        if not set(required) <= fields.keys():
            continue
        ids.check(id_, (fields["mis_id"],), "mis_id")
        nearest.check(id_, fields["near"].values() if "near" in fields else (), "place")
        region, city = fields["region"].text(), fields["city"].text()
        if region not in regions:
            fields["region"].wrong(f"unknown region {region!r}", ", ".join(regions))
        elif city not in regions[region].cities:
            fields["city"].wrong(f"{city!r} is not a city of {region}", ", ".join(regions[region].cities))
        branches[id_] = BranchFacts(
            id=id_,
            mis_id=fields["mis_id"].text(),
            name=fields["name"].text(),
            region=region,
            city=city,
            address=fields["address"].text(),
            metro=_optional_texts(fields, "metro"),
            landmark=_optional_text(fields, "landmark"),
            district=_optional_text(fields, "district"),
            phone=fields["phone"].text(),
            hours=_hours(fields["hours"]),
            timezone=fields["timezone"].text(),
            parking=_optional_text(fields, "parking"),
            way=_optional_text(fields, "way"),
            synonyms=_optional_texts(fields, "synonyms"),
            access=_optional_text(fields, "access"),
            near=_optional_texts(fields, "near"),
        )
    return regions, branches, _holidays(top.get("holidays"))


def _holidays(section: Value | None) -> dict[date, Holiday]:
    result: dict[date, Holiday] = {}
    for entry in section.values() if section is not None else ():
        fields = entry.fields(("day", "hours"))
        if len(fields) < 2:
            continue
        try:
            day = date.fromisoformat(fields["day"].text())
        except ValueError:
            fields["day"].wrong(f"bad day {fields['day'].text()!r}", '"YYYY-MM-DD"')
            continue
        if day in result:
            fields["day"].wrong(f"{day} is given twice", "each day once")
        result[day] = Holiday(day, _hours_or_null(fields["hours"]))
    return result


def _hours(value: Value) -> dict[str, str | None]:
    return {day: _hours_or_null(hours) for day, hours in value.fields(_DAYS).items()}


def _hours_or_null(value: Value) -> str | None:
    text = value.text_or_null()
    if text is not None and not _HOURS.fullmatch(text):
        value.wrong(f"bad hours {text!r}", '"HH:MM-HH:MM" or null')
    return text
