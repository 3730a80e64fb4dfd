"""Patterns `Reservation`, `AppointmentCreate`, `AppointmentStatus`, `AppointmentCancel`."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sandbox.bwi.wire import Bare, Body, Failure, answer, read_moment, result
from sandbox.lax import lax
from sandbox.network import Branch, Doctor
from sandbox.store import Gone, Patient, Taken
from sandbox.timetable import POLICY_STEP
from sandbox.world import World

_CREATE = (
    "BookAnAppointment",
    "BookAnAppointmentWithParams",
    "BookAnAppointmentWithClient",
    "FastBookAnAppointment",
    "FastBookAnAppointmentWithClient",
)


def reservation(world: World, body: Body, key_branch: Branch) -> dict[str, object]:
    """Keep a time for the site. Neither the hold's length nor its expiry is told."""
    branch, doctor, start = _asked(world, body, key_branch)
    minutes = body.minutes("Duration") or doctor.declared or POLICY_STEP
    refused = _not_open(world, branch, doctor, start, minutes)
    now = world.clock.now()
    try:
        held = world.store.hold(
            world.place(branch, doctor, start, minutes),
            now,
            now + timedelta(minutes=world.settings.hold_minutes),
            lax=lax() is not None,
            refused=refused,
        )
    except Taken as error:
        raise _refused(world, branch) from error
    return result(True, **{"УИД": str(held.id)})


def create(world: World, body: Body, key_branch: Branch) -> dict[str, object]:
    """Book, change by `GUID`, or put on the wait list."""
    method = body.text("Method") or "BookAnAppointment"
    if method not in _CREATE:
        raise Failure(world.texts["unknown_method"].format(value=method))
    if method.endswith("WithClient"):
        for name in ("Client", "Service"):
            _required(world, body, name)
    if method.startswith("Fast"):
        return _wait(world, body, key_branch)
    branch, doctor, start = _asked(world, body, key_branch)
    services = body.ids("Services") or body.ids("Service")
    minutes = _minutes(world, body, doctor, services if method != "BookAnAppointment" else [])
    refused = _not_open(world, branch, doctor, start, minutes)
    place, patient = world.place(branch, doctor, start, minutes), _patient(body)
    comment, now = body.text("Comment"), world.clock.now()
    how = lax()
    if how is not None and how.registrar:
        world.store.book_stranger(place, now, over=True)
    loose = how is not None
    try:
        if guid := body.text("GUID"):
            known = _document_id(world, guid)
            visit = world.store.change(
                known, place, patient, services, comment, now, lax=loose, refused=refused
            )
        else:
            visit = world.store.book(place, patient, services, comment, now, lax=loose, refused=refused)
    except (Taken, Gone) as error:
        raise _refused(world, branch) from error
    return result(True, **{"УИД": str(visit.id)})


def status(world: World, body: Body) -> dict[str, object]:
    """The code of a document. Errors come as bare text, not in the shape of the answer."""
    visit = world.store.get(_document_id(world, body.text("GUID")))
    if visit is None:
        raise Bare(world.texts["unknown_document"])
    code = visit.code(world.clock.now())
    return answer({"Результат": str(code), "ОписаниеРезультата": world.texts["statuses"][code]})


def cancel(world: World, body: Body) -> dict[str, object]:
    """Set the deletion mark; a second time changes nothing and is done too."""
    for name in ("Reason", "AdditionalInformation"):
        if not body.has(name):
            raise Failure(world.texts["missing_field"].format(value=name))
    reason = " ".join(filter(None, (body.text("Reason"), body.text("AdditionalInformation"))))
    try:
        world.store.cancel(uuid.UUID(body.text("GUID")), reason)
    except (Gone, ValueError) as error:
        raise Failure(world.texts["unknown_document"]) from error
    return result(True)


def _wait(world: World, body: Body, key_branch: Branch) -> dict[str, object]:
    branch = _branch(world, body, key_branch)
    wished = _start(body) or world.clock.now().astimezone(branch.zone).replace(tzinfo=None)
    moment = wished.replace(tzinfo=branch.zone)
    doctor = world.network.staff.get(body.text("EmployeeID").lower())
    visit = world.store.wait(
        branch.id,
        doctor.id if doctor else "",
        moment,
        _patient(body),
        body.text("Specialization"),
        body.text("Comment"),
        world.clock.now(),
    )
    return result(True, " ", **{"УИД": str(visit.id)})


def _asked(world: World, body: Body, key_branch: Branch) -> tuple[Branch, Doctor, datetime]:
    for name in ("EmployeeID", "Date", "TimeBegin"):
        _required(world, body, name)
    branch = _branch(world, body, key_branch)
    doctor_id = body.text("EmployeeID").lower()
    doctor = world.network.staff.get(doctor_id)
    if doctor is None:
        raise Failure(world.texts["unknown_doctor"].format(value=doctor_id))
    start = _start(body)
    if start is None:
        raise Bare(world.texts["bad_date"].format(value=f"{body.text('Date')} {body.text('TimeBegin')}"), 500)
    return branch, doctor, start


def _required(world: World, body: Body, name: str) -> None:
    if not body.text(name):
        raise Failure(world.texts["missing_field"].format(value=name))


def _branch(world: World, body: Body, key_branch: Branch) -> Branch:
    clinic = body.text("Clinic").lower()
    branch = world.network.by_mis_id.get(clinic) if clinic else key_branch
    if branch is None:
        raise Failure(world.texts["unknown_branch"].format(value=clinic))
    return branch


def _start(body: Body) -> datetime | None:
    on, at = read_moment(body.text("Date")), read_moment(body.text("TimeBegin"))
    return datetime.combine(on.date(), at.time()) if on and at else None


def _patient(body: Body) -> Patient:
    return Patient(
        surname=body.text("PatientSurname"),
        given=body.text("PatientName"),
        patronymic=body.text("PatientFatherName"),
        phone=body.text("Phone"),
        email=body.text("Email"),
        address=body.text("Address"),
        birthday=body.text("Birthday"),
        client=body.text("Client"),
    )


def _minutes(world: World, body: Body, doctor: Doctor, services: list[str]) -> int:
    """The length the server decides on: `Duration`, norms of the services, the doctor, the policy."""
    if asked := body.minutes("Duration"):
        return asked
    if body.text("DurationType") == "ServiceDuration":
        known = [world.prices.by_id[service] for service in services if service in world.prices.by_id]
        if norm := sum(item.minutes or 0 for item in known):
            return norm
    return doctor.declared or POLICY_STEP


def _not_open(world: World, branch: Branch, doctor: Doctor, start: datetime, minutes: int) -> bool:
    """Whether the doctor does not work then. A base that checks refuses at once; a lax one goes on."""
    opened = branch.id in doctor.branch_ids and world.is_open(branch, doctor, start, minutes)
    if not opened and lax() is None:
        raise _refused(world, branch)
    return not opened


def _refused(world: World, branch: Branch) -> Bare:
    return Bare(world.refusal(branch), 500)


def _document_id(world: World, written: str) -> uuid.UUID:
    try:
        return uuid.UUID(written)
    except ValueError as error:
        raise Bare(world.texts["unknown_document"]) from error
