"""A FHIR R4 server: Schedule, Slot, Appointment and what stands around them.

Base FHIR lets two Appointments have one Slot, so the Slot is won first, by version; and it is marked with
our id, which tells our hold from a stranger's. The id of a hold is the id of its visit: the Appointment
carries it as an identifier and is created on the condition that no other carries it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import uuid4

from mis import fhir_people as people
from mis import fhir_resources as fhir
from mis.fhir_listing import visit_of
from mis.fhir_resources import SYSTEM, Resource
from mis.fhir_slots import Slots, before_writing
from mis.fhir_transport import Conflict, FhirTransport, Params
from mis.kept_copies import KeptCopies
from mis.port import (
    BadAnswer,
    Branch,
    CallbackRequest,
    Capabilities,
    Doctor,
    Hold,
    MisError,
    MisRefused,
    MisUnavailable,
    OutcomeUnknown,
    Patient,
    Service,
    Slot,
    SlotTaken,
    Symptom,
    Visit,
    VisitStatus,
    Window,
)
from mis.reference_http import DoctorFacts, all_with_facts
from mis.umc import Spellings

log = logging.getLogger(__name__)

CAPABILITIES = Capabilities(
    holds=True,
    returns_visit_id=True,
    finds_patient=True,
    lists_visits=True,
    checks_insurance=True,
    wait_list=True,
)

_DIRECTORY_AGE = timedelta(minutes=30)
_IDS_IN_A_QUERY = 40


@dataclass(frozen=True, slots=True)
class _Place:
    """A branch in the base. `owners`: whose time each of its Schedules is."""

    location_id: str
    roles: Mapping[str, str]
    owners: Mapping[str, str]


class Fhir:
    """`Mis` over one FHIR R4 server. Thread-safe.

    A free Slot is a window of its own: neighbours are not joined, for each is won apart.
    """

    capabilities = CAPABILITIES

    def __init__(
        self,
        transport: FhirTransport,
        branches: Sequence[Branch],
        specialties: Mapping[str, str],
        clock: Callable[[], datetime],
        *,
        rooms: Mapping[str, str] | None = None,
        facts: Callable[[], Mapping[str, DoctorFacts]] = dict,
        new_id: Callable[[], str] = lambda: uuid4().hex,
    ) -> None:
        """A branch is the Location with its `mis_id` as an identifier. `specialties` maps the clinic's
        spellings to catalogue ids, `rooms` those of rooms; `facts` are what the clinic's site tells of
        doctors, by id; `clock` gives aware datetimes; `new_id` gives ids that nobody can guess or repeat,
        without dots."""
        self._transport = transport
        self._slots = Slots(transport)
        self._branches = {branch.id: branch for branch in branches}
        self._spellings = Spellings({name.lower(): found for name, found in specialties.items()})
        self._rooms = {name.lower(): found for name, found in (rooms or {}).items()}
        self._clock = clock
        self._facts = facts
        self._new_id = new_id
        self._places = KeptCopies(clock, age=_DIRECTORY_AGE)

    def branches(self) -> Sequence[Branch]:
        """Those of our branches that the base knows."""
        any_branch = next(iter(self._branches))
        known = self._by_ids(
            "Location", any_branch, "identifier", [branch.mis_id for branch in self._branches.values()]
        )
        found = [
            branch
            for branch in self._branches.values()
            if any(fhir.is_active(one) and fhir.has_identifier(one, branch.mis_id) for one in known)
        ]
        if not found:
            raise BadAnswer("the base knows none of our branches", symptom=Symptom.UNKNOWN_BRANCH)
        for branch in self._branches.values():
            if branch not in found:
                log.error("the MIS does not know branch %s", branch.id)
        return found

    def doctors(self, branch_id: str) -> Sequence[Doctor]:
        """Who has a PractitionerRole at the branch's Location."""
        branch = self._branches[branch_id]
        roles = self._roles(branch_id, self._location(branch))
        people = {
            person for role in roles if (person := fhir.referred(role.get("practitioner"), "Practitioner"))
        }
        practitioners = self._by_ids("Practitioner", branch_id, "_id", sorted(people))
        found = fhir.doctors(roles, practitioners, branch, self._spellings.by_name, self._rooms)
        return all_with_facts(found, self._facts)

    def services(self, branch_id: str) -> Sequence[Service]:
        branch = self._branches[branch_id]
        location = self._location(branch)
        asked = [("location", f"Location/{location}")]
        found = self._transport.search("HealthcareService", branch_id, asked, directory=True)
        return fhir.services(found, branch, location)

    def windows(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        """Free Slots, filtered again by branch, doctor and date whatever the server made of the filter."""
        branch = self._branches[branch_id]
        found = dict.fromkeys(window for _, window in self._free(branch, first, last, doctor_ids))
        return sorted(found, key=lambda window: (window.doctor_id, window.start))

    def taken(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        raise MisUnavailable("a Slot is won by its version: it cannot be had twice")

    def visits_of(self, branch_id: str, patient: Patient, first: date, last: date) -> Sequence[Visit]:
        """Their Appointments in the branch that are not cancelled."""
        branch = self._branches[branch_id]
        patients = people.known_patients(self._transport, branch_id, patient)
        if not patients:
            return ()
        place = self._place(branch)
        begin = datetime.combine(first, time(), branch.timezone)
        end = datetime.combine(last + timedelta(days=1), time(), branch.timezone)
        params: Params = [
            ("patient", ",".join(f"Patient/{one}" for one in patients)),
            ("date", f"ge{begin.isoformat()}"),
            ("date", f"lt{end.isoformat()}"),
        ]
        doctors = {role: doctor for doctor, role in place.roles.items()}
        found = (
            visit_of(one, patients, place.location_id, doctors, branch)
            for one in self._transport.search("Appointment", branch_id, params)
        )
        return [visit for visit in found if visit is not None and begin <= visit.slot.start < end]

    def patients_of(self, phone: str) -> Sequence[Patient]:
        return people.patients_of(self._transport, next(iter(self._branches)), phone)

    def policy_found(self, branch_id: str, patient: Patient, policy: str, on: date) -> bool | None:
        return people.policy_found(self._transport, branch_id, patient, policy, on)

    def hold(self, slot: Slot) -> Hold:
        """Win the Slot that has the time. When the answer is lost, our mark on the Slot proves it ours."""
        branch = self._branches[slot.branch_id]
        taken_at = self._clock()
        day = slot.start.astimezone(branch.timezone).date()
        with before_writing():
            fitting = [
                (window.end - window.start, str(resource["id"]), resource)
                for resource, window in self._free(branch, day, day, [slot.doctor_id])
                if window.start <= slot.start and slot.end <= window.end
            ]
        if not fitting:
            raise SlotTaken("no free Slot has this time")
        _, slot_id, resource = min(fitting, key=lambda item: item[:2])
        hold_id = f"{self._new_id()}.{slot_id}"
        self._slots.win(branch.id, resource, hold_id)
        return Hold(hold_id, slot, taken_at)

    def book(self, hold: Hold, patient: Patient, service_ids: Sequence[str] = (), comment: str = "") -> Visit:
        """Change the hold into a visit; doing it again with the same hold makes no second one.

        The Slot becomes busy before the Appointment is made: a hold that was lost meanwhile is found out
        while nothing is booked, and no job of the server that frees old holds touches it any more.
        """
        branch = self._branches[hold.slot.branch_id]
        slot_id = _slot_of(hold.id)
        with before_writing():
            place = self._place(branch)
            resource = self._transport.get("Slot", slot_id, branch.id) if slot_id else None
        if slot_id is None or resource is None or not fhir.is_held(resource, hold.id):
            raise MisRefused("the hold is no more")
        patient_id = self._patient(branch.id, patient)
        self._slots.make_busy(branch.id, slot_id, resource, hold.id)
        actors = [
            f"Patient/{patient_id}",
            place.roles.get(hold.slot.doctor_id) or _person(hold.slot.doctor_id),
            f"Location/{place.location_id}",
            *(f"HealthcareService/{service}" for service in service_ids),
        ]
        wanted = fhir.new_appointment(hold.id, hold.slot, slot_id, actors, comment, branch)
        try:
            made = self._transport.create(wanted, branch.id, unless=(SYSTEM, hold.id))
        except Conflict as failure:
            raise OutcomeUnknown("several visits have the id of this one") from failure
        status = fhir.status_of(made)
        if status is None or not fhir.has_identifier(made, hold.id, SYSTEM):
            raise OutcomeUnknown("the server answered with another visit")
        if status is VisitStatus.CANCELLED:
            raise MisRefused("the visit was cancelled before it could be made")
        return Visit(hold.id, hold.slot, status)

    def status(self, branch_id: str, visit_id: str) -> VisitStatus:
        """The state of a visit or hold; `VisitStatus.ERROR` when the server knows no such one."""
        found = [fhir.status_of(appointment) for appointment in self._appointments(branch_id, visit_id)]
        known = [status for status in found if status is not None]
        if len(known) < len(found):
            raise BadAnswer("a visit has a status that FHIR does not know")
        if known:
            # Should there be several, one that stands matters more than one that was cancelled.
            return min(known, key=lambda status: status is VisitStatus.CANCELLED)
        slot_id = _slot_of(visit_id)
        held = slot_id is not None and self._slots.is_held(branch_id, slot_id, visit_id)
        return VisitStatus.HELD if held else VisitStatus.ERROR

    def cancel(self, branch_id: str, visit_id: str, reason: str = "") -> None:
        """Cancel a visit or release a hold, then free the Slot if it is still ours."""
        slot_id = _slot_of(visit_id)
        with before_writing():
            appointments = self._appointments(branch_id, visit_id)
            slot = self._transport.get("Slot", slot_id, branch_id) if slot_id else None
        if not appointments and slot is None:
            raise MisRefused("the server knows no such visit")
        if not appointments and slot is not None and slot_id and fhir.is_held(slot, visit_id):
            appointments = self._forestalled(branch_id, visit_id, slot_id, slot)
        for appointment in appointments:
            self._cancel(branch_id, appointment, reason)
        if slot_id is None or slot is None:
            return
        try:
            self._slots.free(branch_id, slot_id, slot, visit_id)
        except MisError as failure:
            if not appointments:
                raise
            # The visit itself is cancelled: nobody may be told that nothing was done.
            raise OutcomeUnknown("cancelled, but the Slot is not free yet") from failure

    def request_callback(self, request: CallbackRequest) -> str:
        branch = self._branches[request.branch_id]
        request_id = self._new_id()
        with before_writing():
            location = self._place(branch).location_id
        specialty = self._spellings.written(request.specialty)
        wished = request.wished_start.astimezone(branch.timezone)
        wish = fhir.waiting(request_id, request, specialty, wished, location)
        self._transport.create(wish, branch.id, unless=(SYSTEM, request_id))
        return request_id

    def _place(self, branch: Branch) -> _Place:
        def read() -> _Place:
            location = self._location(branch)
            roles = self._roles(branch.id, location)
            actors = [f"PractitionerRole/{role['id']}" for role in roles]
            schedules = self._by_ids("Schedule", branch.id, "actor", [f"Location/{location}", *actors])
            owners = fhir.calendars(schedules, roles, location)
            first = {fhir.doctor_of(role): f"PractitionerRole/{role['id']}" for role in reversed(roles)}
            return _Place(location, first, owners)

        return self._places.get(("place", branch.id), read)

    def _location(self, branch: Branch) -> str:
        asked = [("identifier", branch.mis_id)]
        found = self._transport.search("Location", branch.id, asked, directory=True)
        known = [
            str(one["id"]) for one in found if fhir.is_active(one) and fhir.has_identifier(one, branch.mis_id)
        ]
        if len(known) != 1:
            words = f"{len(known)} Locations have the identifier of branch {branch.id}"
            raise BadAnswer(words, symptom=Symptom.UNKNOWN_BRANCH)
        return known[0]

    def _roles(self, branch_id: str, location: str) -> list[Resource]:
        asked = [("location", f"Location/{location}")]
        found = self._transport.search("PractitionerRole", branch_id, asked, directory=True)
        return fhir.roles_in(found, location)

    def _by_ids(self, kind: str, branch_id: str, name: str, ids: Sequence[str]) -> list[Resource]:
        """Resources whose parameter `name` is one of `ids`, asked in queries of a bearable length."""
        found: dict[str, Resource] = {}
        for some in _parts(ids):
            asked = [(name, ",".join(some))]
            for resource in self._transport.search(kind, branch_id, asked, directory=True):
                found[str(resource["id"])] = resource
        return list(found.values())

    def _free(
        self, branch: Branch, first: date, last: date, doctor_ids: Sequence[str]
    ) -> Iterator[tuple[Resource, Window]]:
        owners = self._place(branch).owners
        asked = [
            f"Schedule/{schedule}"
            for schedule, doctor in owners.items()
            if not doctor_ids or doctor in doctor_ids
        ]
        begin = datetime.combine(first, time(), branch.timezone)
        end = datetime.combine(last + timedelta(days=1), time(), branch.timezone)
        for some in _parts(asked):
            params: Params = [
                ("status", "free"),
                ("start", f"ge{begin.isoformat()}"),
                ("start", f"lt{end.isoformat()}"),
                ("schedule", ",".join(some)),
            ]
            found = self._transport.search("Slot", branch.id, params)
            yield from fhir.windows(found, owners, branch, first, last, doctor_ids)

    def _appointments(self, branch_id: str, visit_id: str) -> list[Resource]:
        found = self._transport.search("Appointment", branch_id, [("identifier", f"{SYSTEM}|{visit_id}")])
        return [appointment for appointment in found if fhir.has_identifier(appointment, visit_id, SYSTEM)]

    def _patient(self, branch_id: str, patient: Patient) -> str:
        """The patient's id in the base, where they are registered now if they were not."""
        with before_writing():
            known = people.known_patients(self._transport, branch_id, patient)
        if known:
            return known[0]
        return str(self._transport.create(fhir.new_patient(patient), branch_id)["id"])

    def _forestalled(self, branch_id: str, visit_id: str, slot_id: str, slot: Resource) -> list[Resource]:
        """Take the place of an Appointment that may still be on its way: then it cannot be made any more.

        Only a Slot that is busy already has seen an attempt to book.
        """
        if slot.get("status") != "busy":
            return []
        with before_writing():
            location = self._place(self._branches[branch_id]).location_id
        stand_in = fhir.never_made(visit_id, slot_id, location)
        return [self._transport.create(stand_in, branch_id, unless=(SYSTEM, visit_id))]

    def _cancel(self, branch_id: str, appointment: Resource, reason: str) -> None:
        """One more try when somebody has changed the Appointment meanwhile: its new state is looked at."""
        for last in (False, True):
            status = fhir.status_of(appointment)
            if status is VisitStatus.CANCELLED:
                return
            if status in (VisitStatus.CAME, VisitStatus.MISSED):
                raise MisRefused("the visit has taken place")
            try:
                self._transport.update(fhir.cancelled(appointment, reason), branch_id)
                return
            except Conflict:
                if last:
                    raise
            with before_writing():
                newest = self._transport.get("Appointment", str(appointment["id"]), branch_id)
            if newest is None:
                return
            appointment = newest


def _slot_of(visit_id: str) -> str | None:
    """The Slot in an id of ours; `None` in others, such as a wait list's."""
    nonce, _, slot_id = visit_id.partition(".")
    return slot_id if nonce and slot_id else None


def _person(doctor_id: str) -> str:
    """A reference to a doctor without a role in the branch any more."""
    return doctor_id if "/" in doctor_id else f"Practitioner/{doctor_id}"


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(ids), _IDS_IN_A_QUERY):
        yield ids[begin : begin + _IDS_IN_A_QUERY]
