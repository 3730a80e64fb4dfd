"""BIT.UMC («БИТ.Управление медицинским центром»), over its HTTP service `bwi` or over SOAP."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from mis import umc_rows
from mis.port import (
    BadAnswer,
    Branch,
    CallbackRequest,
    Capabilities,
    Doctor,
    Hold,
    MisRefused,
    MisUnavailable,
    OutcomeUnknown,
    Patient,
    Service,
    Slot,
    Symptom,
    Visit,
    VisitStatus,
    Window,
)
from mis.reference_http import DoctorFacts, all_with_facts
from mis.umc_rows import ScheduledDoctor
from mis.umc_transport import UmcTransport
from mis.umc_wire import (
    boolean,
    describe,
    identifier,
    is_refusal,
    names_no_visit,
    symptom,
    unwrap,
    whole,
    write_clock,
    write_day,
    write_length,
)

log = logging.getLogger(__name__)

CAPABILITIES = Capabilities(holds=True, returns_visit_id=True, wait_list=True, shows_taken=True)


@dataclass(frozen=True, slots=True)
class Spellings:
    """The clinic's own words for specialties: in lower case → catalogue id."""

    by_name: Mapping[str, str]

    def written(self, specialty: str) -> str:
        """The clinic's first spelling of a catalogue id, or the id itself when it has none."""
        name = next((name for name, found in self.by_name.items() if found == specialty), specialty)
        return name[:1].upper() + name[1:]


class Umc:
    """`Mis` over one base of BIT.UMC. Thread-safe.

    A refusal is `MisRefused` and never `SlotTaken`: the service gives one text for every reason, so only
    the schedule, read again, tells whether the time was taken.
    """

    capabilities = CAPABILITIES

    def __init__(
        self,
        transport: UmcTransport,
        branches: Sequence[Branch],
        specialties: Mapping[str, str],
        clock: Callable[[], datetime],
        *,
        rooms: Mapping[str, str] | None = None,
        roster_days: int = 35,
        facts: Callable[[], Mapping[str, DoctorFacts]] = dict,
    ) -> None:
        """`specialties` maps the clinic's spellings to catalogue ids, `rooms` those of rooms;
        `roster_days` of schedule from today tell who works in a branch; `facts` are what the clinic's site
        tells of doctors, by id; `clock` gives aware datetimes."""
        self._transport = transport
        self._branches = {branch.id: branch for branch in branches}
        self._spellings = Spellings({name.lower(): found for name, found in specialties.items()})
        self._rooms = {name.lower(): found for name, found in (rooms or {}).items()}
        self._clock = clock
        self._roster_days = roster_days
        self._facts = facts

    def branches(self) -> Sequence[Branch]:
        """Those of our branches that the base knows."""
        known = self._clinics()
        found = [branch for branch in self._branches.values() if branch.mis_id.lower() in known]
        if not found:
            raise BadAnswer("the base knows none of our branches", symptom=Symptom.UNKNOWN_BRANCH)
        for branch in self._branches.values():
            if branch not in found:
                log.error("the MIS does not know branch %s", branch.id)
        return found

    def doctors(self, branch_id: str) -> Sequence[Doctor]:
        """Doctors of the branch: by its schedule of the coming days as well as by their own record."""
        branch = self._branch(branch_id)
        scheduled = self._roster(branch)
        answer = self._transport.read(
            "DictionaryData",
            branch_id,
            {"Method": "GetListEmployees", "Clinic": branch.mis_id},
            directory=True,
        )
        found = umc_rows.doctors(answer, scheduled, branch, self._spellings.by_name, self._rooms)
        return all_with_facts(found, self._facts)

    def services(self, branch_id: str) -> Sequence[Service]:
        """The branch's price list: the service reads `Key`, not `Clinic`, to choose it."""
        branch = self._branch(branch_id)
        answer = self._transport.read(
            "DictionaryData",
            branch_id,
            {"Method": "GetNomenclatureAndPrices", "Clinic": branch.mis_id},
            directory=True,
        )
        return umc_rows.services(answer, branch)

    def windows(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        """Free windows, filtered again by branch, doctor and date whatever the service made of the filter."""
        branch = self._branch(branch_id)
        answer = self._schedule(branch, first, last, doctor_ids, only_free=True)
        return umc_rows.windows(answer, branch, first, last, doctor_ids)

    def taken(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        """Busy periods without breaks: the schedule has one for each document, also for two at one time."""
        branch = self._branch(branch_id)
        answer = self._schedule(branch, first, last, doctor_ids, only_free=False)
        return umc_rows.taken(answer, branch, first, last, doctor_ids)

    def visits_of(self, branch_id: str, patient: Patient, first: date, last: date) -> Sequence[Visit]:
        raise MisUnavailable("BIT.UMC has no operation that lists visits")

    def patients_of(self, phone: str) -> Sequence[Patient]:
        raise MisUnavailable("BIT.UMC has no operation that finds a patient")

    def policy_found(self, branch_id: str, patient: Patient, policy: str, on: date) -> bool | None:
        raise MisUnavailable("BIT.UMC has no operation that checks a policy")

    def hold(self, slot: Slot) -> Hold:
        branch = self._branch(slot.branch_id)
        taken_at = self._clock()
        answer = self._transport.write(
            "Reservation", branch.id, {**_place(branch, slot), "Duration": write_length(slot.length)}
        )
        return Hold(_written_id(answer, "the hold"), slot, taken_at)

    def book(self, hold: Hold, patient: Patient, service_ids: Sequence[str] = (), comment: str = "") -> Visit:
        """Change the hold into a visit. The visit's status is a guess until `status` is asked."""
        branch = self._branch(hold.slot.branch_id)
        body = {
            "Method": "BookAnAppointmentWithParams",
            **_place(branch, hold.slot),
            "GUID": hold.id,
            "PatientSurname": patient.name.surname,
            "PatientName": patient.name.given,
            "PatientFatherName": patient.name.patronymic,
            "Phone": patient.phone,
            "Email": "",
            "Address": "",
            "Comment": comment,
            # The length that was offered wins over the norms of the services: patients were told it.
            "Duration": write_length(hold.slot.length),
            "DurationType": "ServiceDuration" if service_ids else "",
            "Services": ";".join(service_ids),
            "Birthday": write_day(patient.birth_date),
        }
        answer = self._transport.write("AppointmentCreate", branch.id, body)
        visit_id = _written_id(answer, "the visit", known=hold.id)
        return Visit(visit_id, hold.slot, VisitStatus.BEING_MADE)

    def status(self, branch_id: str, visit_id: str) -> VisitStatus:
        """The state of a visit or hold; `VisitStatus.ERROR` when the MIS knows no such one."""
        answer = self._transport.read("AppointmentStatus", branch_id, {"GUID": visit_id})
        body = unwrap(answer)
        if names_no_visit(body):
            return VisitStatus.ERROR
        code = whole(body.get("Результат")) if isinstance(body, Mapping) else None
        try:
            return VisitStatus(code)
        except ValueError:
            raise BadAnswer(f"no status in {describe(body)}", symptom=symptom(body)) from None

    def cancel(self, branch_id: str, visit_id: str, reason: str = "") -> None:
        """Cancel a visit or release a hold; a refusal is looked into, for it may be cancelled already."""
        body = {"GUID": visit_id, "Reason": reason, "AdditionalInformation": ""}
        try:
            answer = self._transport.write("AppointmentCancel", branch_id, body)
            _succeeded(answer, "the cancellation")
        except MisRefused:
            if self.status(branch_id, visit_id) is not VisitStatus.CANCELLED:
                raise

    def request_callback(self, request: CallbackRequest) -> str:
        branch = self._branch(request.branch_id)
        wished = request.wished_start.astimezone(branch.written_in)
        body = {
            "Method": "FastBookAnAppointment",
            "Clinic": branch.mis_id,
            "Specialization": self._spellings.written(request.specialty),
            "Date": write_day(wished.date()),
            "TimeBegin": write_clock(wished.time()),
            "PatientSurname": request.name.surname,
            "PatientName": request.name.given,
            "PatientFatherName": request.name.patronymic,
            "Phone": request.phone,
            "Email": "",
            "Address": "",
            "Comment": request.comment,
        }
        answer = self._transport.write("AppointmentCreate", branch.id, body)
        return _written_id(answer, "the request")

    def _clinics(self) -> frozenset[str]:
        """Any branch's key opens the list, so a branch without an exchange setting leaves it to the next."""
        refusal: BadAnswer | None = None
        for branch_id in self._branches:
            answer = self._transport.read(
                "DictionaryData", branch_id, {"Method": "GetListClinic"}, directory=True
            )
            try:
                return umc_rows.clinic_ids(answer)
            except BadAnswer as failure:
                if failure.symptom is not Symptom.NO_SETTING:
                    raise
                refusal = failure
        raise refusal or BadAnswer("there are no branches to ask for")

    def _branch(self, branch_id: str) -> Branch:
        return self._branches[branch_id]

    def _roster(self, branch: Branch) -> dict[str, ScheduledDoctor]:
        """Everybody who works in the branch in the coming days."""
        today = self._clock().astimezone(branch.timezone).date()
        last = today + timedelta(days=self._roster_days - 1)
        # All time of the first week tells of doctors who are booked up. Beyond it free time, a fraction of
        # the size, tells of those who are away now.
        week = min(today + timedelta(days=6), last)
        schedule = self._schedule(branch, today, week, (), only_free=False, directory=True)
        found = umc_rows.roster(schedule, branch)
        if week < last:
            later = self._schedule(branch, week + timedelta(days=1), last, (), only_free=True, directory=True)
            found = {**umc_rows.roster(later, branch), **found}
        return found

    def _schedule(
        self,
        branch: Branch,
        first: date,
        last: date,
        doctor_ids: Sequence[str],
        *,
        only_free: bool,
        directory: bool = False,
    ) -> object:
        begins = datetime.combine(first, time(), branch.timezone).astimezone(branch.written_in)
        ends = datetime.combine(last, time.max, branch.timezone).astimezone(branch.written_in)
        body = {
            "Method": "GetSchedule20",
            "StartDate": write_day(begins.date()),
            "FinishDate": write_day(ends.date()),
            "Clinic": branch.mis_id,
            "Employees": ";".join(doctor_ids),
            "OnlyFreeTime": "true" if only_free else "false",
            "Format": "JSON",
        }
        return self._transport.read("Schedule", branch.id, body, directory=directory)


def _place(branch: Branch, slot: Slot) -> dict[str, object]:
    start = slot.start.astimezone(branch.written_in)
    return {
        "Clinic": branch.mis_id,
        "EmployeeID": slot.doctor_id,
        "Date": write_day(start.date()),
        "TimeBegin": write_clock(start.time()),
    }


def _succeeded(answer: object, what: str) -> Mapping[str, object]:
    """The body of a write's answer that says it was done."""
    body = unwrap(answer)
    result = boolean(body.get("Результат")) if isinstance(body, Mapping) else boolean(body)
    if not result and is_refusal(body):
        raise MisRefused(f"{what} was refused, {describe(body)}")
    if result is None:
        raise OutcomeUnknown(f"no result of {what} in {describe(body)}")
    if not result:
        raise MisRefused(f"{what} was refused, {describe(body)}")
    return body if isinstance(body, Mapping) else {}


def _written_id(answer: object, what: str, known: str | None = None) -> str:
    body = _succeeded(answer, what)
    found = identifier(body.get("УИД") or body.get("UID")) or known
    if found is None:
        raise OutcomeUnknown(f"{what} was made without an id")
    return found
