"""The wait list of the MIS itself, where the staff of the clinic look: our entries are told to it."""

from __future__ import annotations

import logging
from datetime import datetime, time
from zoneinfo import ZoneInfo

from clinic.clock import Clock
from clinic.directory import Directory, DirectoryUnavailable
from clinic.request_texts import RequestTexts
from clinic.waitlist import WaitEntry
from mis.port import CallbackRequest, FullName, Mis, MisError

log = logging.getLogger(__name__)


class RegistryList:
    """Thread-safe. Ours is the list that counts: what goes wrong here is noted and changes nothing."""

    def __init__(self, mis: Mis, directory: Directory, texts: RequestTexts, clock: Clock) -> None:
        self._mis = mis
        self._directory = directory
        self._texts = texts
        self._clock = clock

    def tell(self, entry: WaitEntry) -> tuple[str, str] | None:
        """The branch and the id that the MIS gives the entry.

        `None` when it keeps no such list, the entry names no single branch or no specialty, or when it did
        not say that it stored it. It is asked once: sent again, the wish would stand there twice.
        """
        if not self._mis.capabilities.wait_list or len(entry.wish.branch_ids) != 1:
            return None
        specialty = self._specialty(entry)
        if specialty is None:
            return None
        [branch_id] = entry.wish.branch_ids
        zone = ZoneInfo(self._directory.branches()[branch_id].timezone)
        day = entry.wish.first_day or self._clock().astimezone(zone).date()
        request = CallbackRequest(
            branch_id=branch_id,
            specialty=specialty,
            name=_full_name(entry.patient_name),
            phone=entry.phone,
            wished_start=datetime.combine(day, time(), zone),
            comment=self._texts.wait_list(entry.number, entry.wish.first_day, entry.wish.last_day),
        )
        try:
            return branch_id, self._mis.request_callback(request)
        except MisError as error:
            log.warning("wait list entry %s is not told to the MIS: %s", entry.id, type(error).__name__)
            return None

    def withdraw(self, branch_id: str, mis_id: str) -> None:
        """Take the entry off the MIS's list, if it answers."""
        try:
            self._mis.cancel(branch_id, mis_id)
        except MisError as error:
            log.warning("an entry stays on the MIS's wait list: %s", type(error).__name__)

    def _specialty(self, entry: WaitEntry) -> str | None:
        if entry.wish.specialty is not None:
            return entry.wish.specialty
        try:
            doctors = [self._directory.doctor(doctor) for doctor in entry.wish.doctor_ids]
        except DirectoryUnavailable:
            return None
        return next((doctor.specialty for doctor in doctors if doctor is not None), None)


def _full_name(written: str) -> FullName:
    surname, _, rest = written.partition(" ")
    given, _, patronymic = rest.partition(" ")
    return FullName(surname, given, patronymic)
