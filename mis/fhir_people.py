"""Patients of a FHIR server and their policies: who has a card, and what Coverage stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from mis import fhir_resources as fhir
from mis.fhir_resources import Resource
from mis.fhir_transport import FhirTransport
from mis.port import Patient


def known_patients(transport: FhirTransport, branch_id: str, patient: Patient) -> list[str]:
    """Ids of the patient's cards, in a fixed order. Raises `MisUnavailable`, `BadAnswer`."""
    asked = [
        ("birthdate", patient.birth_date.isoformat()),
        ("family", ",".join(fhir.spellings(patient.name.surname))),
    ]
    found = transport.search("Patient", branch_id, asked)
    return sorted(str(one["id"]) for one in found if fhir.is_patient(one, patient))


def patients_of(transport: FhirTransport, branch_id: str, phone: str) -> Sequence[Patient]:
    """Whose cards carry the phone. Raises `MisUnavailable`, `BadAnswer`."""
    found = transport.search("Patient", branch_id, [("phone", ",".join(fhir.phones(phone)))])
    known = (fhir.patient_of(resource, phone) for resource in found)
    return tuple(dict.fromkeys(patient for patient in known if patient is not None))


def policy_found(
    transport: FhirTransport, branch_id: str, patient: Patient, policy: str, on: date
) -> bool | None:
    """Whether a policy of this number is in force for the patient on the day; `None` when there is no card.

    Raises `MisUnavailable`, `BadAnswer`.
    """
    cards = known_patients(transport, branch_id, patient)
    if not cards:
        return None
    asked = [("beneficiary", ",".join(f"Patient/{card}" for card in cards))]
    found = transport.search("Coverage", branch_id, asked)
    return any(_in_force(one, cards, on) and _has_number(one, policy) for one in found)


def _in_force(coverage: Resource, cards: Sequence[str], on: date) -> bool:
    period = coverage.get("period")
    first, last = (
        fhir.text(period.get(edge))[:10] if isinstance(period, dict) else "" for edge in ("start", "end")
    )
    # Dates of one form compare as text; a shorter one, such as a year, is its own beginning.
    begun, over = first <= on.isoformat(), bool(last) and last < on.isoformat()[: len(last)]
    return (
        coverage.get("status") == "active"
        and fhir.referred(coverage.get("beneficiary"), "Patient") in cards
        and begun
        and not over
    )


def _has_number(coverage: Resource, policy: str) -> bool:
    identifiers = (row.get("value") for row in fhir.rows(coverage.get("identifier")))
    written = (coverage.get("subscriberId"), *identifiers)
    return _bare(policy) in {_bare(number) for number in map(fhir.text, written) if number}


def _bare(number: str) -> str:
    """Letters and digits alone, for policies are written with spaces and dashes as people like."""
    return "".join(filter(str.isalnum, number)).casefold()
