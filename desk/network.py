"""The clinic's core behind the desk: news of bookings in words, calendar files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from babel.dates import format_date
from prometheus_client import CollectorRegistry

from clinic.booking import UnknownBooking
from clinic.database import migrate
from clinic.network import open_network_clinic
from clinic.outcomes import Settled, SettledOutcome
from clinic.service import Clinic
from clinic.sms import Sms, load_code_text
from clinic.visit_facts import VisitFacts
from desk.appointments import ClinicAppointments
from desk.phone_codes import ClinicPhoneCodes
from desk.prices import ClinicPrices
from desk.texts import TextKey, Texts
from desk.visits import News
from lang.catalogue import load_catalogue

_KEYS: Mapping[SettledOutcome, TextKey] = {
    "booked": "settled_booked",
    "absent": "settled_absent",
    "unclear": "settled_unclear",
    "cancelled": "settled_cancelled",
    "not_cancelled": "settled_not_cancelled",
    "cancel_unclear": "settled_cancel_unclear",
    "clash": "settled_clash",
    "cancelled_by_clinic": "settled_cancelled_by_clinic",
}
# About the old or the new visit of a move: the patient has two in mind.
_MOVED_KEYS: Mapping[SettledOutcome, TextKey] = {
    "booked": "settled_moved_booked",
    "absent": "settled_moved_absent",
    "cancelled": "settled_moved_cancelled",
    "not_cancelled": "settled_moved_cancel_unclear",
    "cancel_unclear": "settled_moved_cancel_unclear",
    "clash": "settled_moved_clash",
}


class NetworkDesk:
    """`desk.visits.ClinicDesk` over a real `Clinic`. Calls block; thread-safe."""

    def __init__(self, clinic: Clinic, texts: Texts, public_url: str) -> None:
        self._clinic = clinic
        self._texts = texts
        self._public_url = public_url.rstrip("/")

    def settle(self) -> Sequence[News]:
        return [self._news(settled) for settled in self._clinic.settle()]

    def told(self, news: News) -> None:
        self._clinic.bookings.mark_told(Settled(news.rasa_sender, news.booking_id, news.outcome))

    def holding(self) -> frozenset[str]:
        return self._clinic.bookings.holding()

    def let_go(self, rasa_sender: str, before: datetime) -> None:
        self._clinic.bookings.release_conversation(rasa_sender, before)

    def not_heard(self, rasa_sender: str, since: datetime, until: datetime | None = None) -> None:
        self._clinic.bookings.tell_again(rasa_sender, since, until)

    def calendar(self, token: str) -> bytes | None:
        try:
            return self._clinic.calendar_file(token)
        except UnknownBooking:
            return None

    def appointments(self, secret_key: str, consent_version: str) -> ClinicAppointments:
        """What operators do with visits, by the same core."""
        return ClinicAppointments(self._clinic, secret_key, consent_version)

    def prices(self) -> ClinicPrices:
        """What operators can tell of services."""
        return ClinicPrices(self._clinic)

    def codes(self) -> ClinicPhoneCodes:
        """How operators have a phone proved. Raises clinic.sms.SmsTextsError."""
        return ClinicPhoneCodes(self._clinic, load_code_text(key="code_for_staff"))

    def close(self) -> None:
        self._clinic.close()

    def _news(self, settled: Settled) -> News:
        facts = self._clinic.visit_facts(settled.booking_id)
        key = _MOVED_KEYS.get(settled.outcome) if settled.moved else None
        template = self._texts[key or _KEYS[settled.outcome]]
        return News(
            rasa_sender=settled.conversation_id,
            booking_id=settled.booking_id,
            outcome=settled.outcome,
            text=template.format_map(self._words(facts)),
            attempt=settled.attempt,
        )

    def _words(self, facts: VisitFacts) -> dict[str, str]:
        doctor = str(facts.doctor.name) if facts.doctor else self._texts["settled_doctor_unknown"]
        return {
            "day": format_date(facts.start, "d MMMM, EEEE", locale="ru"),
            "time": f"{facts.start:%H:%M}",
            "doctor": doctor,
            "branch": facts.branch.name,
            "address": facts.branch.address,
            "branch_phone": facts.branch.phone,
            "number": facts.number,
            "calendar": self._public_url + facts.calendar_path,
        }


def open_network_desk(
    database_url: str,
    catalogue_dir: Path,
    mis_config: Path,
    texts: Texts,
    public_url: str,
    registry: CollectorRegistry | None = None,
    sms: Sms | None = None,
) -> NetworkDesk:
    """Migrates the clinic's tables and wires its core; no MIS call is made yet.

    What happens at the MIS is shown in `registry`. Without `sms` operators can prove no phone.

    Raises lang.catalogue.CatalogueError and mis.config.ConfigError for wrong files.
    """
    catalogue = load_catalogue(catalogue_dir)
    migrate(database_url)
    clinic = open_network_clinic(
        database_url, mis_config, catalogue, lambda: datetime.now(UTC), os.environ, sms, registry
    )
    return NetworkDesk(clinic, texts, public_url)
