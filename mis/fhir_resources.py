"""FHIR R4 resources → the port's values, and back. Pure: plain dicts, no network.

Filters of a server are requests, not guarantees, so every function here filters again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from mis.port import (
    Branch,
    CallbackRequest,
    Doctor,
    FullName,
    Patient,
    Service,
    Slot,
    VisitStatus,
    Window,
)
from mis.umc_rows import split_name

Resource = Mapping[str, object]

# Of our holds and visits, on Slots and Appointments.
SYSTEM = "urn:maria:visit"

_STATUSES = {
    "proposed": VisitStatus.BEING_MADE,
    "pending": VisitStatus.BEING_MADE,
    "waitlist": VisitStatus.BEING_MADE,
    "booked": VisitStatus.PROCESSED,
    "arrived": VisitStatus.CAME,
    "checked-in": VisitStatus.CAME,
    "fulfilled": VisitStatus.CAME,
    "noshow": VisitStatus.MISSED,
    "cancelled": VisitStatus.CANCELLED,
    "entered-in-error": VisitStatus.CANCELLED,
}
_HELD = ("busy-tentative", "busy")


def rows(value: object) -> list[Resource]:
    """The objects of a list; empty when it is none."""
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []


def text(value: object) -> str:
    """Trimmed text, "" for anything else."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def concept(value: object) -> str:
    """The words of a CodeableConcept: its text, else the first display or code; "" when it has none."""
    if not isinstance(value, Mapping):
        return ""
    codings = rows(value.get("coding"))
    said = [text(value.get("text")), *(text(row.get("display")) or text(row.get("code")) for row in codings)]
    return next((words for words in said if words), "")


def referred(value: object, kind: str) -> str | None:
    """The id in a Reference to a resource of type `kind`, relative or absolute; else `None`."""
    reference = text(value.get("reference")) if isinstance(value, Mapping) else ""
    parts = reference.partition("/_history/")[0].rsplit("/", 2)
    return parts[-1] if len(parts) >= 2 and parts[-2] == kind and parts[-1] else None


def referred_all(value: object, kind: str) -> tuple[str, ...]:
    """Ids in a list of References to resources of type `kind`, each once."""
    found = (referred(row, kind) for row in rows(value))
    return tuple(dict.fromkeys(item for item in found if item))


def has_identifier(resource: Resource, value: str, system: str | None = None) -> bool:
    """Whether the resource carries the identifier; of any system when none is named."""
    return any(
        text(row.get("value")).lower() == value.lower() and system in (None, row.get("system"))
        for row in rows(resource.get("identifier"))
    )


def is_active(resource: Resource) -> bool:
    """Whether the resource is in use: so it is when nothing is said."""
    return resource.get("active") is not False and resource.get("status") not in ("inactive", "suspended")


def moment(value: object) -> datetime | None:
    """An `instant` or `dateTime` with its offset; `None` for anything else, also without an offset."""
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def full_name(resource: Resource) -> FullName | None:
    """The name of a Practitioner or Patient, the official one first; `None` without surname and given."""
    names = sorted(rows(resource.get("name")), key=lambda row: row.get("use") != "official")
    for name in names:
        if name.get("use") == "old":
            continue
        given = name.get("given")
        parts = [text(part) for part in given] if isinstance(given, list) else []
        if text(name.get("family")) and parts and parts[0]:
            return FullName(text(name.get("family")), parts[0], " ".join(parts[1:]))
        if (split := split_name(text(name.get("text")))) is not None:
            return split
    return None


def roles_in(roles: Iterable[Resource], location_id: str) -> list[Resource]:
    """PractitionerRoles in use at the location."""
    return [
        role
        for role in roles
        if is_active(role) and location_id in referred_all(role.get("location"), "Location")
    ]


def doctor_of(role: Resource) -> str:
    """The port's id of who has this role: the Practitioner's, for one person may work in several branches.

    A role without a person, such as a room's, is known by its own reference.
    """
    return referred(role.get("practitioner"), "Practitioner") or f"PractitionerRole/{role['id']}"


def doctors(
    roles: Iterable[Resource],
    practitioners: Iterable[Resource],
    branch: Branch,
    specialties: Mapping[str, str],
    rooms: Mapping[str, str],
) -> list[Doctor]:
    """Doctors of the branch, one for each person over all roles there; `roles` are the branch's.

    `specialties` and `rooms` map the clinic's spellings in lower case to ids of the catalogue.
    """
    people = {str(person["id"]): person for person in practitioners if is_active(person)}
    found: dict[str, Doctor] = {}
    for role in roles:
        new = _doctor(role, people, branch, specialties, rooms)
        if new is None:
            continue
        known = found.get(new.id)
        if known is not None:
            better = known if known.specialty or not new.specialty else new
            services = tuple(dict.fromkeys((*known.service_ids, *new.service_ids)))
            new = replace(better, service_ids=services)
        found[new.id] = new
    return list(found.values())


def _doctor(
    role: Resource,
    people: Mapping[str, Resource],
    branch: Branch,
    specialties: Mapping[str, str],
    rooms: Mapping[str, str],
) -> Doctor | None:
    said = [words for row in rows(role.get("specialty")) + rows(role.get("code")) if (words := concept(row))]
    mapped = next((words for words in said if words.lower() in specialties), "")
    services = referred_all(role.get("healthcareService"), "HealthcareService")
    doctor_id = doctor_of(role)
    if doctor_id in people:
        name = full_name(people[doctor_id])
        if name is None:
            return None
        written = mapped or next(iter(said), "")
        specialty = specialties.get(written.lower())
        return Doctor(doctor_id, name, specialty, written, (branch.id,), services)
    room = next((words for words in said if words.lower() in rooms), None)
    if room is None or role.get("practitioner"):
        return None
    return Doctor(
        doctor_id,
        FullName(room, ""),
        None,
        room,
        (branch.id,),
        services,
        sees_children=True,
        room=rooms[room.lower()],
    )


def calendars(schedules: Iterable[Resource], roles: Iterable[Resource], location_id: str) -> dict[str, str]:
    """Whose time in the branch each Schedule is: its id → the doctor's. `roles` are the branch's."""
    by_role = {str(role["id"]): doctor_of(role) for role in roles}
    people = set(by_role.values())
    found: dict[str, str] = {}
    for schedule in schedules:
        if not is_active(schedule):
            continue
        actors = schedule.get("actor")
        here = [by_role[role] for role in referred_all(actors, "PractitionerRole") if role in by_role]
        if location_id in referred_all(actors, "Location"):
            here += [person for person in referred_all(actors, "Practitioner") if person in people]
        if len(set(here)) == 1:
            found[str(schedule["id"])] = here[0]
    return found


def services(found: Iterable[Resource], branch: Branch, location_id: str) -> list[Service]:
    """Services of the branch. FHIR has neither prices nor lengths of them: both are unknown."""
    return [
        Service(
            str(service["id"]),
            branch.id,
            next((text(row.get("value")) for row in rows(service.get("identifier"))), ""),
            name,
            folder=next((concept(row) for row in rows(service.get("category"))), ""),
        )
        for service in found
        if is_active(service)
        and location_id in referred_all(service.get("location"), "Location")
        and (name := text(service.get("name")) or next((concept(r) for r in rows(service.get("type"))), ""))
    ]


def window(slot: Resource, owners: Mapping[str, str], branch: Branch) -> Window | None:
    """The free time that a Slot is, in the branch's zone; `None` when it is not free or not the branch's."""
    doctor_id = owners.get(referred(slot.get("schedule"), "Schedule") or "")
    start, end = moment(slot.get("start")), moment(slot.get("end"))
    if slot.get("status") != "free" or doctor_id is None or start is None or end is None or end <= start:
        return None
    zone = branch.timezone
    return Window(branch.id, doctor_id, start.astimezone(zone), end.astimezone(zone))


def windows(
    slots: Iterable[Resource],
    owners: Mapping[str, str],
    branch: Branch,
    first: date,
    last: date,
    doctor_ids: Sequence[str] = (),
) -> Iterator[tuple[Resource, Window]]:
    """Free Slots that begin between two branch-local dates, both included, with their windows."""
    for slot in slots:
        found = window(slot, owners, branch)
        if found is None or not first <= found.start.date() <= last:
            continue
        if not doctor_ids or found.doctor_id in doctor_ids:
            yield slot, found


def is_held(slot: Resource | None, hold_id: str) -> bool:
    """Whether the Slot is occupied, and by us under this id."""
    return slot is not None and slot.get("status") in _HELD and has_identifier(slot, hold_id, SYSTEM)


def occupied(slot: Resource, status: str, hold_id: str) -> Resource:
    """The Slot with `status` and our id on it."""
    others = [row for row in rows(slot.get("identifier")) if row.get("system") != SYSTEM]
    return {**slot, "status": status, "identifier": [*others, {"system": SYSTEM, "value": hold_id}]}


def freed(slot: Resource) -> Resource:
    """The Slot free again, without a trace of us."""
    others = [row for row in rows(slot.get("identifier")) if row.get("system") != SYSTEM]
    rest = {key: value for key, value in slot.items() if key != "identifier"}
    return {**rest, "status": "free", **({"identifier": others} if others else {})}


def status_of(appointment: Resource) -> VisitStatus | None:
    """What an Appointment's status means; `None` for one that FHIR does not know."""
    return _STATUSES.get(text(appointment.get("status")))


def is_patient(resource: Resource, patient: Patient) -> bool:
    """Whether the Patient in the base is this one: the same birth date, phone and whole name."""
    name = full_name(resource)
    phones = (row.get("value") for row in rows(resource.get("telecom")) if row.get("system") == "phone")
    return (
        is_active(resource)
        and text(resource.get("birthDate")) == patient.birth_date.isoformat()
        and name is not None
        and _folded(str(name)) == _folded(str(patient.name))
        and _digits(patient.phone) in (_digits(text(phone)) for phone in phones)
    )


def patient_of(resource: Resource, phone: str) -> Patient | None:
    """Who the Patient in the base is; `None` unless it has this phone, a whole name and a real birth date."""
    name = full_name(resource)
    contacts = (row.get("value") for row in rows(resource.get("telecom")) if row.get("system") == "phone")
    if name is None or not is_active(resource) or _digits(phone) not in map(_digits, map(text, contacts)):
        return None
    try:
        return Patient(name, phone, date.fromisoformat(text(resource.get("birthDate"))))
    except ValueError:
        return None


def phones(phone: str) -> tuple[str, ...]:
    """A Russian number as bases write it without spaces."""
    digits = _digits(phone)
    return f"+7{digits}", f"8{digits}", f"7{digits}", digits


def spellings(surname: str) -> tuple[str, ...]:
    """A surname as bases write it: with «ё» and without."""
    return tuple(dict.fromkeys((surname, surname.replace("ё", "е").replace("Ё", "Е"))))


def new_patient(patient: Patient) -> Resource:
    given = [part for part in (patient.name.given, patient.name.patronymic) if part]
    return {
        "resourceType": "Patient",
        "active": True,
        "name": [{"use": "official", "family": patient.name.surname, "given": given}],
        "telecom": [{"system": "phone", "value": patient.phone}],
        "birthDate": patient.birth_date.isoformat(),
    }


def new_appointment(
    hold_id: str, slot: Slot, slot_id: str, actors: Sequence[str], comment: str, branch: Branch
) -> Resource:
    """The visit itself; `actors` are references to whom and what it takes."""
    zone = branch.timezone
    return {
        "resourceType": "Appointment",
        "status": "booked",
        "identifier": [{"system": SYSTEM, "value": hold_id}],
        "slot": [{"reference": f"Slot/{slot_id}"}],
        "start": slot.start.astimezone(zone).isoformat(),
        "end": slot.end.astimezone(zone).isoformat(),
        "minutesDuration": int(slot.length.total_seconds() // 60),
        "participant": [{"actor": {"reference": actor}, "status": "accepted"} for actor in actors],
        **({"comment": comment} if comment else {}),
    }


def never_made(hold_id: str, slot_id: str, location_id: str) -> Resource:
    """A cancelled Appointment in the place of one that may still be on its way to the server."""
    return {
        "resourceType": "Appointment",
        "status": "cancelled",
        "identifier": [{"system": SYSTEM, "value": hold_id}],
        "slot": [{"reference": f"Slot/{slot_id}"}],
        "participant": [{"actor": {"reference": f"Location/{location_id}"}, "status": "declined"}],
    }


def cancelled(appointment: Resource, reason: str) -> Resource:
    said = {"cancelationReason": {"text": reason}} if reason else {}
    return {**appointment, "status": "cancelled", **said}


def waiting(
    request_id: str, request: CallbackRequest, specialty: str, wished: datetime, location_id: str
) -> Resource:
    """A place on the wait list. The patient is only inside it: without a birth date nobody is registered."""
    given = [part for part in (request.name.given, request.name.patronymic) if part]
    patient = {
        "resourceType": "Patient",
        "id": "patient",
        "name": [{"family": request.name.surname, "given": given}],
        "telecom": [{"system": "phone", "value": request.phone}],
    }
    return {
        "resourceType": "Appointment",
        "contained": [patient],
        "status": "waitlist",
        "identifier": [{"system": SYSTEM, "value": request_id}],
        "specialty": [{"text": specialty}],
        "requestedPeriod": [{"start": wished.isoformat()}],
        "participant": [
            {"actor": {"reference": "#patient"}, "status": "accepted"},
            {"actor": {"reference": f"Location/{location_id}"}, "status": "needs-action"},
        ],
        **({"comment": request.comment} if request.comment else {}),
    }


def _folded(words: str) -> str:
    return " ".join(words.split()).casefold().replace("ё", "е")


def _digits(phone: str) -> str:
    """The ten digits of a Russian number, however it is written."""
    return "".join(filter(str.isdigit, phone))[-10:]
