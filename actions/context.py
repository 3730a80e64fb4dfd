"""What actions work with: the clinic's core, the catalogue, words, the clock. Opened once per process."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from prometheus_client import REGISTRY
from rasa_sdk import Tracker

from actions import handover
from actions.booking.draft import Draft
from actions.booking.slots import OfferView, Place, What
from actions.past import transcript
from actions.settings import ActionSettings, load_settings
from actions.speech import Speech
from actions.visits.slots import VisitView
from actions.words import Words
from clinic.database import migrate
from clinic.directory import DirectoryUnavailable
from clinic.network import open_network_clinic
from clinic.outcomes import SettledOutcome
from clinic.requests import Kind
from clinic.service import Clinic
from lang import grammar
from lang.catalogue import Catalogue, CatalogueService, load_catalogue
from mis.port import Doctor

logger = logging.getLogger(__name__)

# A database that is started anew answers within seconds.
PROMISE_TRIES, PROMISE_PAUSE = 6, 0.4


@dataclass(frozen=True)
class Context:
    """Facts and services for actions. Methods that may read the MIS run in threads."""

    clinic: Clinic
    catalogue: Catalogue
    words: Words
    settings: ActionSettings
    clock: Callable[[], datetime]
    speech: Speech

    # Places

    def zone(self, place: Place | None) -> ZoneInfo:
        """Time zone of a place, the network's own while the place is unknown."""
        branches = self.branches_of(place) if place else ()
        return self.branch_zone(branches[0]) if branches else ZoneInfo(self.settings.default_timezone)

    def branch_zone(self, branch_id: str) -> ZoneInfo:
        return ZoneInfo(self.catalogue.branches[branch_id].timezone)

    def branches_of(self, place: Place) -> tuple[str, ...]:
        if place.kind == "branch":
            return (place.id,)
        return tuple(branch.id for branch in self.catalogue.branches.values() if branch.region == place.id)

    def region_of(self, place: Place) -> str:
        return place.id if place.kind == "region" else self.catalogue.branches[place.id].region

    def network_phone(self, place: Place | None) -> str:
        branches = self.branches_of(place) if place else tuple(self.catalogue.branches)
        return self.catalogue.branches[branches[0]].phone

    async def branches_with(self, what: What) -> tuple[str, ...]:
        """Branches in which what is wanted exists, in the catalogue's order."""
        if what.kind == "service":
            by_branch = await asyncio.to_thread(self._performers, what)
            return tuple(branch for branch, doctors in by_branch.items() if doctors)
        found = {branch for doctor in await self.performers(what) for branch in doctor.branch_ids}
        return tuple(branch for branch in self.catalogue.branches if branch in found)

    # People and services

    async def doctor(self, doctor_id: str) -> Doctor | None:
        return await asyncio.to_thread(self.clinic.directory.doctor, doctor_id)

    async def performers(self, what: What) -> list[Doctor]:
        """Doctors, or rooms, who can do all that is wanted, anywhere."""
        if what.kind == "doctor":
            doctors = [await self.doctor(doctor_id) for doctor_id in what.ids]
            return [doctor for doctor in doctors if doctor is not None]
        if what.kind == "service":
            by_branch = await asyncio.to_thread(self._performers, what)
            return list({doctor.id: doctor for found in by_branch.values() for doctor in found}.values())
        return await asyncio.to_thread(lambda: self.clinic.directory.doctors(specialty=what.ids[0]))

    def _performers(self, what: What) -> dict[str, list[Doctor]]:
        """By branch, in the catalogue's order."""
        services = [self.catalogue.services[service] for service in what.ids]
        performers = self.clinic.directory.performers
        return {branch: performers(services, branch) for branch in self.catalogue.branches}

    def services_of_group(self, group: str) -> list[CatalogueService]:
        """Services of a group, the popular ones first."""
        known, services = self.catalogue.groups[group], self.catalogue.services
        if known.services:
            return [services[id_] for id_ in known.services]
        popular = [services[id_] for id_ in known.popular]
        rest = [one for one in services.values() if one.kind == known.kind and one.id not in known.popular]
        return popular + rest

    async def wanted(self, what: What | None) -> str:
        """The wanted doctor by name, for «… на это время не принимает»."""
        doctor = await self.doctor(what.ids[0]) if what and what.kind == "doctor" else None
        return "" if doctor is None else grammar.doctor_name(doctor.name, case="nominative")

    async def what(self, what: What | None) -> str:
        """What is wanted as a part of a sentence: «к терапевту», «к Громову Петру Ильичу», «на услугу: …»."""
        doctor = await self.doctor(what.ids[0]) if what and what.kind == "doctor" else None
        if doctor is None:
            return self.words.what(what)
        return grammar.with_preposition("к", grammar.doctor_name(doctor.name, case="dative"))

    # Offers in words

    async def offer_line(self, offer: OfferView) -> str:
        """One offer as a line of the list."""
        start, doctor = await self._start_and_doctor(offer)
        today = self.clock().astimezone(start.tzinfo).date()
        return str(
            self.words.labels["offer_line"].format(
                number=offer.number,
                day=self.words.day(start.date(), today),
                time=grammar.clock(start.time()),
                doctor=doctor,
                place=f"«{self.catalogue.branches[offer.branch_id].name}»",
                price=self.words.price(offer.price),
                reason=self.words.reason(offer.reason),
            )
        )

    async def offer_title(self, offer: OfferView) -> str:
        """One offer as a button."""
        start, _ = await self._start_and_doctor(offer)
        doctor = await self.doctor(offer.doctor_id)
        return str(
            self.words.labels["offer_button"].format(
                date=f"{start:%d.%m}",
                time=grammar.clock(start.time()),
                surname=self.words.performer(doctor, surname=True) if doctor else "",
            )
        )

    async def service_names(self, offer: OfferView) -> str:
        """The services of an offer as patients know them; a doctor's consultation is none."""
        listed = await asyncio.to_thread(self.clinic.directory.services, offer.branch_id)
        articles = {service.id: service.article for service in listed.values()}
        known = {one.article: one for one in self.catalogue.services.values() if one.kind != "consultation"}
        booked = [known.get(articles.get(service_id, "")) for service_id in offer.service_ids]
        return self.words.service_names(one.id for one in booked if one is not None)

    async def short_facts(self, offer: OfferView) -> str:
        start, doctor = await self._start_and_doctor(offer)
        today = self.clock().astimezone(start.tzinfo).date()
        return f"{self.words.day(start.date(), today)}, {grammar.clock(start.time())}, {doctor}"

    async def facts(self, offer: OfferView) -> str:
        """Date, time, doctor or room, services, branch with address, price: what a patient checks."""
        start = offer.start.astimezone(self.branch_zone(offer.branch_id))
        today = self.clock().astimezone(start.tzinfo).date()
        doctor = await self.doctor(offer.doctor_id)
        branch = self.catalogue.branches[offer.branch_id]
        labels = self.words.labels
        price = "" if offer.price is None else labels["facts_price"].format(price=grammar.money(offer.price))
        services = await self.service_names(offer)
        return str(
            labels["facts"].format(
                day=self.words.day(start.date(), today),
                time=grammar.clock(start.time()),
                who=self._performer(doctor) if doctor else "",
                services=labels["facts_services"].format(names=services) if services else "",
                branch=branch.name,
                address=branch.address,
                price=price,
            )
        )

    def _performer(self, doctor: Doctor) -> str:
        labels = self.words.labels
        if doctor.room is not None:
            return str(labels["facts_room"].format(room=self.words.room_name(doctor)))
        specialty = self.catalogue.specialties[doctor.specialty].name if doctor.specialty else ""
        return str(labels["facts_doctor"].format(doctor=str(doctor.name), specialty=specialty))

    # Visits that stand, in words

    async def visit_facts(self, view: VisitView) -> str:
        """«24 ноября, вторник, 10:00, Иванова А. С., ЛОР, филиал «Ленинский»»."""
        return str(self.words.labels["visits"]["facts"].format(**await self._visit_parts(view)))

    async def visit_line(self, view: VisitView, among: Sequence[VisitView]) -> str:
        """One visit as a line of the list; whose it is is said when they are of several people."""
        labels, parts = self.words.labels["visits"], await self._visit_parts(view)
        several = len({one.patient.name for one in among}) > 1
        patient = labels["patient"].format(patient=view.patient.name) if several else ""
        return str(labels["line"].format(number=view.number, **parts)) + patient

    async def visit_title(self, view: VisitView) -> str:
        """One visit as a button."""
        start, doctor = await self._start_and_doctor(view)
        return str(
            self.words.labels["offer_button"].format(
                date=f"{start:%d.%m}", time=grammar.clock(start.time()), surname=doctor.split(" ")[0]
            )
        )

    async def _visit_parts(self, view: VisitView) -> dict[str, str]:
        start, doctor = await self._start_and_doctor(view)
        today = self.clock().astimezone(start.tzinfo).date()
        known = self.catalogue.specialties.get(view.specialty)
        return {
            "day": self.words.day(start.date(), today),
            "time": grammar.clock(start.time()),
            "doctor": doctor,
            "specialty": known.name if known else "",
            "branch": self.catalogue.branches[view.branch_id].name,
        }

    async def _start_and_doctor(self, offer: OfferView | VisitView) -> tuple[datetime, str]:
        start = offer.start.astimezone(self.branch_zone(offer.branch_id))
        doctor = await self.doctor(offer.doctor_id)
        return start, self.words.performer(doctor) if doctor else ""

    # Requests to people

    async def store_request(
        self,
        kind: Kind,
        tracker: Tracker,
        draft: Draft,
        about: str = "",
        *,
        topic: str = "",
        priority: int = 0,
        details: Mapping[str, object] | None = None,
    ) -> str:
        """Store a request for a person with what is known so far; returns its number for the patient.

        `about` names the matter, if it is another than the booking that is going on; `topic` is its id.
        The same message stores it once, however often its turn is run.
        """
        message = tracker.latest_message.get("message_id") or ""
        try:
            booking = await self.what(draft.what)
        except DirectoryUnavailable:
            booking = ""
        patient = ", ".join(part for part in (str(draft.patient or ""), draft.phone or "") if part)
        stored = await asyncio.to_thread(
            self.clinic.requests.store,
            kind,
            tracker.sender_id,
            self.clock(),
            patient_name=str(draft.patient) if draft.patient else "",
            phone=draft.phone or "",
            birth_date=draft.birth_date,
            summary=self.speech.request_words.summary(
                about=about, booking=booking, said=tracker.latest_message.get("text") or "", patient=patient
            ),
            details={**_details(draft), **handover.knowledge(tracker), **(details or {})},
            request_key=f"{tracker.sender_id}:{kind}:{message}",
            topic=topic or kind,
            transcript=transcript(tracker),
            priority=priority,
        )
        return stored.number

    async def store_visit_request(self, tracker: Tracker, view: VisitView) -> str:
        """Store that a person has to look into a visit; returns the request's number for the patient."""
        message = tracker.latest_message.get("message_id") or ""
        stored = await asyncio.to_thread(
            self.clinic.requests.store,
            "check",
            tracker.sender_id,
            self.clock(),
            patient_name=str(view.patient.name),
            phone=view.patient.phone,
            birth_date=view.patient.birth_date,
            summary=await self.visit_facts(view),
            details={"booking_id": view.booking_id},
            request_key=f"{tracker.sender_id}:check:{message}:{view.booking_id}",
        )
        return stored.number

    # What patients are told of their bookings

    async def answered(self, booking_id: int, outcome: SettledOutcome) -> None:
        """What became of a booking is said in this turn; if that cannot be noted, it is written once more."""
        try:
            await asyncio.to_thread(self.clinic.bookings.mark_answered, booking_id, outcome)
        except Exception as error:
            logger.warning("booking %s will be told again: %s", booking_id, type(error).__name__)

    async def promise(self, booking_id: int) -> bool:
        """Whether «напишу сюда» may be said of this booking: whatever becomes of it will be written.

        False when that could not be stored: nobody would know that news is owed.
        """
        for _ in range(PROMISE_TRIES):
            try:
                await asyncio.to_thread(self.clinic.bookings.promise, booking_id)
            except Exception as error:
                logger.error("no news promised of booking %s: %s", booking_id, type(error).__name__)
                await asyncio.sleep(PROMISE_PAUSE)
            else:
                return True
        return False

    def when_operator_answers(self, tracker: Tracker) -> str:
        """When a person will look; with nobody on line it is not soon."""
        zone = ZoneInfo(self.settings.default_timezone)
        moment = self.clock().astimezone(zone).time()
        return self.speech.request_words.when_answered(moment, handover.away(tracker))


def _details(draft: Draft) -> dict[str, object]:
    """The slots a person needs to go on, as data."""
    return {
        "what": draft.what.value() if draft.what else None,
        "place": draft.place.value() if draft.place else None,
        "wish": draft.wish.to_json() if draft.wish else None,
        "choice": draft.choice.value() if draft.choice else None,
    }


_opened: Context | None = None


def context() -> Context:
    """The process's context, opened at first use (the server opens it before it listens)."""
    global _opened
    if _opened is None:
        _opened = open_context(load_settings())
    return _opened


def open_context(settings: ActionSettings) -> Context:
    """Connect the core to the database and the MIS of `settings`; no MIS call is made yet."""
    catalogue = load_catalogue(settings.catalogue_dir)

    def clock() -> datetime:
        return datetime.now(UTC)

    migrate(settings.database_url)
    clinic = open_network_clinic(
        settings.database_url,
        settings.mis_config,
        catalogue,
        clock,
        os.environ,
        settings.sms(clock),
        registry=REGISTRY,
    )
    words = Words.load(settings.catalogue_dir, catalogue, settings.public_url)
    speech = Speech.load(settings.catalogue_dir, catalogue)
    return Context(clinic, catalogue, words, settings, clock, speech)
