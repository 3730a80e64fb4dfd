"""Slots of a FHIR server, won and given back by their versions.

Our id among a Slot's identifiers tells our hold from a stranger's, and proves it when an answer was lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from mis import fhir_resources as fhir
from mis.fhir_resources import Resource
from mis.fhir_transport import Conflict, FhirTransport
from mis.port import BadAnswer, MisError, MisUnavailable, OutcomeUnknown, SlotTaken


@contextmanager
def before_writing() -> Iterator[None]:
    """What a write has to read first: nonsense there means that nothing was written."""
    try:
        yield
    except BadAnswer as failure:
        raise MisUnavailable(f"before the write: {failure}") from failure


class Slots:
    """The Slots of one server. Thread-safe."""

    def __init__(self, transport: FhirTransport) -> None:
        self._transport = transport

    def is_held(self, branch_id: str, slot_id: str, hold_id: str) -> bool:
        """Whether the Slot is occupied by us under this id. Raises `MisUnavailable`, `BadAnswer`."""
        return fhir.is_held(self._transport.get("Slot", slot_id, branch_id), hold_id)

    def win(self, branch_id: str, slot: Resource, hold_id: str) -> None:
        """Hold a free Slot. Raises `OutcomeUnknown` or, when it is not held, any other error of a write."""
        try:
            written = self._transport.update(fhir.occupied(slot, "busy-tentative", hold_id), branch_id)
        except Conflict as failure:
            raise SlotTaken("somebody was faster") from failure
        except OutcomeUnknown as failure:
            try:
                arrived = self._arrived(branch_id, str(slot["id"]), hold_id)
            except SlotTaken:
                raise
            except MisError:
                raise failure from None
            if not arrived:
                raise MisUnavailable("the hold never arrived") from failure
            return
        if not fhir.is_held(written, hold_id):
            raise OutcomeUnknown("the server did not store our mark on the Slot")

    def make_busy(self, branch_id: str, slot_id: str, slot: Resource, hold_id: str) -> None:
        """Keep a Slot that is ours for good. Raises `SlotTaken` when it is not ours any more.

        Tried once more after a conflict: it may have been our own earlier request that came late.
        """
        newest: Resource | None = slot
        for last in (False, True):
            if newest is None or not fhir.is_held(newest, hold_id):
                break
            if newest.get("status") == "busy":
                return
            try:
                self._transport.update(fhir.occupied(newest, "busy", hold_id), branch_id)
                return
            except Conflict:
                if last:
                    break
            with before_writing():
                newest = self._transport.get("Slot", slot_id, branch_id)
        raise SlotTaken("the hold was lost")

    def free(self, branch_id: str, slot_id: str, slot: Resource, visit_id: str) -> None:
        """Free the Slot if it is still ours.

        Nobody else has a Slot with our mark, so to free it a second time after a lost answer is safe.
        """
        newest: Resource | None = slot
        for last in (False, True):
            if newest is None or not fhir.is_held(newest, visit_id):
                return
            try:
                self._transport.update(fhir.freed(newest), branch_id)
                return
            except (Conflict, OutcomeUnknown):
                if last:
                    raise
            newest = self._transport.get("Slot", slot_id, branch_id)

    def _arrived(self, branch_id: str, slot_id: str, hold_id: str) -> bool:
        """Whether a hold whose answer was lost is there; if not, it cannot come any more.

        A request still on its way is for the version we had read, so a newer version turns it away.
        Raises `SlotTaken` when somebody else has the Slot, `MisError` when it could not be found out.
        """
        newest = self._transport.get("Slot", slot_id, branch_id)
        if newest is not None and newest.get("status") == "free":
            try:
                self._transport.update(fhir.occupied(newest, "free", hold_id), branch_id)
                return False
            except Conflict:
                newest = self._transport.get("Slot", slot_id, branch_id)
        if not fhir.is_held(newest, hold_id):
            raise SlotTaken("somebody was faster")
        return True
