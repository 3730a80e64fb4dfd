"""Who the doctors are and when they are free next; the free time is left out if the MIS is slow."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from rasa_sdk import Tracker

from actions.answers.buttons import busy, to_book
from actions.answers.places import place_name
from actions.answers.services import ActionAnswerServices
from actions.answers.subject import Subject, command, doctors_of, place_values, remember, subject_of
from actions.base import Events, SafeAction, Say
from actions.booking.slots import Place
from actions.reading import read
from clinic.preferred import fits
from clinic.search import ADULT_AGE, sees
from lang import grammar
from lang.preferences import Preferences
from lang.text import tokens
from mis.port import Doctor, Slot

MOST = 5
MOST_DAYS = 4
FREE_SECONDS = 1.8


class ActionAnswerDoctors(SafeAction):
    """One doctor in full with the next free days; several as a list, the most experienced first."""

    action_name = "action_answer_doctors"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        subject = await subject_of(self.context, tracker)
        specialties = self._specialties(subject)
        shown: list[Doctor] = []
        if subject.doctors:
            named = await doctors_of(self.context, subject)
            shown = await self._say_doctors(say, tracker, subject, named, None)
        elif specialties:
            shown = await self._say_list(say, tracker, subject, specialties[0])
        elif subject.names_something:
            # What a room does: no doctor to tell of, but where it is done.
            return await ActionAnswerServices(self._given).perform(say, tracker)
        elif subject.unknown:
            say("utter_doctors_unknown")
        elif subject.place is not None:
            self._say_specialties(say, subject)
        else:
            say("utter_doctors_what")
        if len(shown) == 1:
            # «Кто самый опытный?», then «запишите к нему».
            subject = replace(subject, doctors=(shown[0].id,), specialties=(), services=(), groups=())
        return remember(self.context, tracker, subject)

    def _specialties(self, subject: Subject) -> list[str]:
        """Named, or of those who do the services named."""
        services = [self.context.catalogue.services[id_] for id_ in subject.services]
        for group in subject.groups:
            services += self.context.services_of_group(group)
        found = [service.specialty for service in services if service.specialty]
        return list(dict.fromkeys([*subject.specialties, *found]))

    async def _say_list(self, say: Say, tracker: Tracker, subject: Subject, specialty: str) -> list[Doctor]:
        """Tell of the doctors of a specialty, those the patient prefers if there are any; returns them."""
        asked = self.context.branches_of(subject.place) if subject.place else None
        directory = self.context.clinic.directory
        everywhere = await asyncio.to_thread(lambda: directory.doctors(specialty=specialty))
        if subject.child:
            everywhere = [doctor for doctor in everywhere if sees(doctor, ADULT_AGE - 1)]
        doctors = [
            doctor for doctor in everywhere if asked is None or not set(asked).isdisjoint(doctor.branch_ids)
        ]
        if doctors:
            chosen = self._preferred(tracker, doctors)
            return await self._say_doctors(say, tracker, subject, chosen, specialty)
        if everywhere:
            branches = {branch for doctor in everywhere for branch in doctor.branch_ids}
            regions = {self.context.catalogue.branches[branch].region for branch in branches}
            say(
                "utter_doctors_elsewhere",
                buttons=to_book(self.context, tracker, specialties=[specialty]),
                name=self.context.catalogue.specialties[specialty].name,
                place=place_name(self.context, subject.place),
                regions=self.context.words.region_names(
                    region for region in self.context.catalogue.regions if region in regions
                ),
            )
        else:
            say("utter_doctors_none")
        return []

    def _preferred(self, tracker: Tracker, doctors: list[Doctor]) -> list[Doctor]:
        """«Женщина», «со стажем»: those who fit, all if nobody does; «самый опытный» is one."""
        reading = read(tracker)
        wanted = Preferences.of(tuple(str(mention.value) for mention in reading.of("preference")))
        fitting = [doctor for doctor in doctors if fits(doctor, wanted)] or doctors
        if wanted.experienced and any(token.lemma == "самый" for token in tokens(reading.meant)):
            return [max(fitting, key=lambda doctor: doctor.experience_years or 0)]
        return fitting

    async def _say_doctors(
        self,
        say: Say,
        tracker: Tracker,
        subject: Subject,
        doctors: list[Doctor],
        specialty: str | None,
    ) -> list[Doctor]:
        if not doctors:
            say("utter_doctors_none")
            return []
        doctors.sort(key=lambda doctor: (-(doctor.experience_years or 0), str(doctor.name)))
        page = next((int(str(mention.value)) for mention in read(tracker).of("page")), 0)
        first = page * MOST if page * MOST < len(doctors) else 0
        shown = doctors[first : first + MOST]
        asked = self.context.branches_of(subject.place) if subject.place else None
        free = await self._free(shown, asked)
        buttons = to_book(self.context, tracker, doctors=shown, place=self._place_of(subject, shown))
        if len(shown) == 1:
            line = self._line(shown[0], free, MOST_DAYS)
            say("utter_doctor", buttons=buttons, line=line)
            return shown
        if first + MOST < len(doctors) and specialty and not busy(tracker):
            more = command(
                "ask_doctors", specialty=specialty, page=str(page + 1), **place_values(subject.place)
            )
            buttons.append({"title": self.context.words.labels["more_doctors"], "payload": more})
        lines = "\n".join(f"— {self._line(doctor, free, 1)}" for doctor in shown)
        say("utter_doctors", buttons=buttons, title=self._title(specialty, shown), lines=lines)
        return shown

    async def _free(
        self, doctors: Sequence[Doctor], asked: Sequence[str] | None
    ) -> dict[str, tuple[Slot, ...]]:
        """Free times by doctor; empty rather than late."""
        search, now = self.context.clinic.search, self.context.clock()
        return await asyncio.to_thread(search.nearest_of, doctors, asked, now, FREE_SECONDS)

    def _place_of(self, subject: Subject, doctors: Sequence[Doctor]) -> Place | None:
        """The place asked about, if every doctor shown sees patients there."""
        if subject.place is None:
            return None
        here = set(self.context.branches_of(subject.place))
        return subject.place if all(here & set(doctor.branch_ids) for doctor in doctors) else None

    def _title(self, specialty: str | None, doctors: Sequence[Doctor]) -> str:
        known = self.context.catalogue.specialties.get(specialty or "")
        if known is not None:
            return known.direction
        return str(self.context.words.labels["namesakes"])

    def _line(self, doctor: Doctor, free: dict[str, tuple[Slot, ...]], days: int) -> str:
        words, labels = self.context.words, self.context.words.labels
        specialty = self.context.catalogue.specialties[doctor.specialty].name if doctor.specialty else ""
        years = doctor.experience_years
        line = labels["doctor_line"].format(
            name=str(doctor.name),
            specialty=specialty,
            experience="" if years is None else labels["experience"].format(years=words.years(years)),
            category=labels["category"].format(category=doctor.category) if doctor.category else "",
            rating="" if doctor.rating is None else labels["rating"].format(rating=_decimal(doctor)),
            patients=labels[_patients(doctor)],
            branches=words.branch_names(doctor.branch_ids),
        )
        return str(line) + self._free_part(doctor, free, days)

    def _free_part(self, doctor: Doctor, free: dict[str, tuple[Slot, ...]], most: int) -> str:
        labels = self.context.words.labels
        if doctor.id not in free:
            return ""
        first_of_day: dict[date, Slot] = {}
        for slot in free[doctor.id]:
            start = slot.start.astimezone(self.context.branch_zone(slot.branch_id))
            first_of_day.setdefault(start.date(), slot)
        if not first_of_day:
            return str(labels["not_free_part"])
        times = "; ".join(self._time(slot, doctor) for slot in list(first_of_day.values())[:most])
        return str(labels["free_part" if most == 1 else "free_days_part"].format(times=times))

    def _time(self, slot: Slot, doctor: Doctor) -> str:
        zone = self.context.branch_zone(slot.branch_id)
        start = slot.start.astimezone(zone)
        day = self.context.words.day(start.date(), self.context.clock().astimezone(zone).date())
        place = ""
        if len(doctor.branch_ids) > 1:
            name = self.context.words.branch_names([slot.branch_id])
            place = self.context.words.labels["price_place"].format(place=name)
        return f"{day}, {grammar.clock(start.time())}{place}"

    def _say_specialties(self, say: Say, subject: Subject) -> None:
        assert subject.place is not None
        branches = self.context.branches_of(subject.place)
        doctors = self.context.clinic.directory.doctors(branch_ids=branches)
        catalogue = self.context.catalogue
        names = sorted({catalogue.specialties[one.specialty].name for one in doctors if one.specialty})
        say(
            "utter_doctors_there",
            place=place_name(self.context, subject.place),
            names=", ".join(names),
        )


def _patients(doctor: Doctor) -> str:
    if doctor.sees_adults and doctor.sees_children:
        return "children_and_adults"
    return "children_only" if doctor.sees_children else "adults_only"


def _decimal(doctor: Doctor) -> str:
    return f"{doctor.rating:.1f}".replace(".", ",")
