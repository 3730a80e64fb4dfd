"""A patient's Appointments → the port's visits. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mis.fhir_resources import SYSTEM, Resource, moment, referred_all, rows, status_of, text
from mis.port import Branch, Slot, Visit, VisitStatus


def visit_of(
    appointment: Resource,
    patients: Sequence[str],
    location_id: str,
    doctors: Mapping[str, str],
    branch: Branch,
) -> Visit | None:
    """The visit that an Appointment of one of `patients` in the branch is; `None` for any other.

    `doctors` are ids by the reference to their role in the branch. A cancelled one, one without a time and
    one with a status that FHIR does not know are none either.
    """
    actors = [row.get("actor") for row in rows(appointment.get("participant"))]
    theirs = set(patients) & set(referred_all(actors, "Patient"))
    start, end = moment(appointment.get("start")), moment(appointment.get("end"))
    status = status_of(appointment)
    if not theirs or location_id not in referred_all(actors, "Location"):
        return None
    if start is None or end is None or end <= start or status is None or status is VisitStatus.CANCELLED:
        return None
    roles = (f"PractitionerRole/{role}" for role in referred_all(actors, "PractitionerRole"))
    people = [doctors.get(role, role) for role in roles] + list(referred_all(actors, "Practitioner"))
    ours = (row for row in rows(appointment.get("identifier")) if row.get("system") == SYSTEM)
    ids = [text(row.get("value")) for row in ours] + [text(appointment.get("id"))]
    slot = Slot(branch.id, people[0] if people else "", start.astimezone(branch.timezone), end - start)
    return Visit(ids[0], slot, status)
