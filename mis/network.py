"""A network of clinics whose branches live in several MIS: each call goes to the branch's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date

from mis.port import (
    Branch,
    CallbackRequest,
    Capabilities,
    Doctor,
    Hold,
    Mis,
    MisError,
    Patient,
    Service,
    Slot,
    Visit,
    VisitStatus,
    Window,
)


class NetworkMis:
    """`Mis` over several. Promises only what each of them can do, and to look where any shows taken times."""

    def __init__(self, by_branch: Mapping[str, Mis]) -> None:
        self._by_branch = dict(by_branch)
        self._all = tuple({id(mis): mis for mis in by_branch.values()}.values())

    @property
    def capabilities(self) -> Capabilities:
        every = [mis.capabilities for mis in self._all]
        shared = {item.name: all(getattr(one, item.name) for one in every) for item in fields(Capabilities)}
        # A branch whose MIS cannot be taken twice has nothing to show: the others still have to be looked at.
        return replace(Capabilities(**shared), shows_taken=any(one.shows_taken for one in every))

    def branches(self) -> Sequence[Branch]:
        """Branches of every MIS that answers; the last error when none does."""
        found: list[Branch] = []
        error: MisError | None = None
        for mis in self._all:
            try:
                found.extend(mis.branches())
            except MisError as failure:
                error = failure
        if error is not None and not found:
            raise error
        return found

    def doctors(self, branch_id: str) -> Sequence[Doctor]:
        return self._by_branch[branch_id].doctors(branch_id)

    def services(self, branch_id: str) -> Sequence[Service]:
        return self._by_branch[branch_id].services(branch_id)

    def windows(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        return self._by_branch[branch_id].windows(branch_id, first, last, doctor_ids)

    def taken(
        self, branch_id: str, first: date, last: date, doctor_ids: Sequence[str] = ()
    ) -> Sequence[Window]:
        """None in a branch whose MIS does not tell: nothing is known there, and nobody promised it."""
        mis = self._by_branch[branch_id]
        return mis.taken(branch_id, first, last, doctor_ids) if mis.capabilities.shows_taken else ()

    def visits_of(self, branch_id: str, patient: Patient, first: date, last: date) -> Sequence[Visit]:
        return self._by_branch[branch_id].visits_of(branch_id, patient, first, last)

    def patients_of(self, phone: str) -> Sequence[Patient]:
        """Over all bases, each person once."""
        return tuple(dict.fromkeys(patient for mis in self._all for patient in mis.patients_of(phone)))

    def policy_found(self, branch_id: str, patient: Patient, policy: str, on: date) -> bool | None:
        return self._by_branch[branch_id].policy_found(branch_id, patient, policy, on)

    def hold(self, slot: Slot) -> Hold:
        return self._by_branch[slot.branch_id].hold(slot)

    def book(self, hold: Hold, patient: Patient, service_ids: Sequence[str] = (), comment: str = "") -> Visit:
        return self._by_branch[hold.slot.branch_id].book(hold, patient, service_ids, comment)

    def status(self, branch_id: str, visit_id: str) -> VisitStatus:
        return self._by_branch[branch_id].status(branch_id, visit_id)

    def cancel(self, branch_id: str, visit_id: str, reason: str = "") -> None:
        self._by_branch[branch_id].cancel(branch_id, visit_id, reason)

    def request_callback(self, request: CallbackRequest) -> str:
        return self._by_branch[request.branch_id].request_callback(request)
