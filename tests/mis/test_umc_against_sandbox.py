"""What the adapter of BIT.UMC reads from the sandbox beyond the contract of all adapters."""

# ruff: noqa: F811  (fixtures are taken over by import)

from __future__ import annotations

import pytest

from mis.port import Branch, Doctor, ServiceKind
from tests.mis.sandbox import (  # noqa: F401
    BRANCHES,
    Sandbox,
    catalogue,
    free_windows,
    opened,
    running,
    sandbox,
    settings_file,
)


def test_doctors_of_all_branches(sandbox: Sandbox) -> None:
    found: dict[str, Doctor] = {}
    for branch in BRANCHES:
        doctors = sandbox.mis.doctors(branch.id)
        assert len({doctor.id for doctor in doctors}) == len(doctors) > 0
        assert all(doctor.branch_ids == (branch.id,) for doctor in doctors)
        scheduled = {window.doctor_id for window in free_windows(sandbox, branch)}
        assert scheduled <= {doctor.id for doctor in doctors}
        found.update((doctor.id, doctor) for doctor in doctors)
    rooms = [doctor for doctor in found.values() if doctor.room]
    found = {doctor.id: doctor for doctor in found.values() if not doctor.room}
    assert {room.room for room in rooms} == set(catalogue("rooms"))
    assert all(room.name.given == "" and room.sees_children and room.sees_adults for room in rooms)
    # Who has neither an «Организация» nor a working day in sight belongs to no branch.
    assert 0.99 * sandbox.get("ready")["doctors"] <= len(found) <= sandbox.get("ready")["doctors"]
    unknown = {doctor.mis_specialty for doctor in found.values() if doctor.specialty is None}
    assert unknown == set()
    assert {doctor.specialty for doctor in found.values()} <= set(catalogue("specialties"))
    assert any(doctor.sees_children and not doctor.sees_adults for doctor in found.values())
    assert all(doctor.experience_years is not None for doctor in found.values())


@pytest.mark.parametrize("branch", [BRANCHES[0], BRANCHES[-1]], ids=lambda branch: branch.id)
def test_price_list(sandbox: Sandbox, branch: Branch) -> None:
    services = sandbox.mis.services(branch.id)
    assert len(services) >= 600
    assert len({service.id for service in services}) == len(services)
    assert all(service.price is None or service.price > 0 for service in services)
    assert {service.price is None for service in services} == {True, False}
    assert {service.kind for service in services} <= set(ServiceKind)
    assert any(service.folder for service in services)


def test_windows_are_read_from_every_form_of_the_schedule(sandbox: Sandbox) -> None:
    for branch in BRANCHES:
        windows = free_windows(sandbox, branch)
        assert windows
        assert all(window.start.tzinfo is branch.timezone for window in windows)


def test_the_reference_beside_the_mis(sandbox: Sandbox) -> None:
    services = sandbox.mis.services(BRANCHES[0].id)
    article = next(service.article for service in services if service.article.startswith("US-"))
    rules = sandbox.reference.preparation(article)
    assert rules is not None
    assert rules.article == article
    assert rules.title
    assert all(rules.rules)
    assert sandbox.reference.preparation("NO-SUCH-ARTICLE") is None
    assert all(sandbox.reference.insurers(branch.id) for branch in BRANCHES)
