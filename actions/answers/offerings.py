"""Whether a service is done, which doctors there are, where the branches are."""

from __future__ import annotations

import asyncio

from rasa_sdk import Tracker

from actions.answers.subject import branches_asked, payload, subject_of
from actions.base import Events, SafeAction, Say
from actions.reading import read
from lang import grammar
from lang.answers import BranchFact
from lang.catalogue import BranchFacts
from mis.port import Doctor

MOST_DOCTORS = 5
MOST_BRANCHES = 6


class ActionAnswerServices(SafeAction):
    """«Делаете ли …»: yes with the price, or an honest no."""

    action_name = "action_answer_services"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        subject = await subject_of(self.context, tracker)
        named = [entity["entity"] for entity in tracker.latest_message.get("entities") or []]
        if not subject.articles:
            known = {"service", "service_group", "specialty", "unknown_doctor"} & set(named)
            say("utter_services_no" if known else "utter_services_overview")
            return []
        directory = self.context.clinic.directory
        done = {
            name: directory.prices(article, subject.branches or None)
            for article, name in subject.articles.items()
        }
        labels = self.context.words.labels
        lines = [
            labels["price_line"].format(name=name, price=grammar.money(min(prices.values())), branch="")
            if prices
            else name
            for name, prices in done.items()
        ]
        busy = bool((tracker.active_loop or {}).get("name"))
        book = {"title": labels["book"], "payload": payload("book_visit", read(tracker))}
        say("utter_services_yes", lines="; ".join(lines) + ".", buttons=None if busy else [book])
        return []


class ActionAnswerDoctors(SafeAction):
    """Who they are: name, experience, category, branches; the most experienced first."""

    action_name = "action_answer_doctors"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        subject = await subject_of(self.context, tracker)
        if subject.doctor_ids:
            found = [await self.context.doctor(doctor_id) for doctor_id in subject.doctor_ids[:MOST_DOCTORS]]
            doctors = [doctor for doctor in found if doctor is not None]
        elif subject.specialty:
            doctors = await asyncio.to_thread(
                lambda: self.context.clinic.directory.doctors(
                    specialty=subject.specialty, branch_ids=subject.branches or None
                )
            )
        else:
            say("utter_doctors_what")
            return []
        if not doctors:
            say("utter_doctors_none")
            return []
        doctors.sort(key=lambda doctor: -(doctor.experience_years or 0))
        lines = "\n".join(f"— {self._line(doctor)}" for doctor in doctors[:MOST_DOCTORS])
        say("utter_doctors", title=self._title(subject.specialty, doctors), lines=lines)
        return []

    def _title(self, specialty: str | None, doctors: list[Doctor]) -> str:
        known = self.context.catalogue.specialties.get(specialty or doctors[0].specialty or "")
        return known.direction if known else ""

    def _line(self, doctor: Doctor) -> str:
        words = self.context.words
        specialty = self.context.catalogue.specialties[doctor.specialty].name if doctor.specialty else ""
        years = doctor.experience_years
        experience = "" if years is None else words.labels["experience"].format(years=words.years(years))
        return str(
            words.labels["doctor_line"].format(
                name=str(doctor.name),
                specialty=specialty,
                experience=experience,
                category=f", {doctor.category}" if doctor.category else "",
                branches=words.branch_names(doctor.branch_ids),
            )
        )


class ActionAnswerBranches(SafeAction):
    """What was asked of the branch or region named: parking, the way, hours, or all; without a place the
    regions to choose."""

    action_name = "action_answer_branches"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        reading, facts = read(tracker), self.context.speech.answers
        tapped = next((facts.facts.get(str(mention.value)) for mention in reading.of("fact")), None)
        fact = tapped or facts.fact(reading.meant)
        branch_ids = branches_asked(self.context, tracker)
        if not branch_ids:
            more = {"fact": fact.id} if fact else {}
            buttons = [
                {"title": region.name, "payload": payload("ask_branches", reading, region=id_, **more)}
                for id_, region in self.context.catalogue.regions.items()
            ]
            say("utter_branches_regions", buttons=buttons)
            return []
        branches = [self.context.catalogue.branches[branch] for branch in branch_ids[:MOST_BRANCHES]]
        say("utter_branches", lines="\n\n".join(self._line(branch, fact) for branch in branches))
        return []

    def _line(self, branch: BranchFacts, fact: BranchFact | None) -> str:
        words = self.context.words
        known = {
            "name": branch.name,
            "city": branch.city,
            "address": branch.address,
            "metro": ", ".join(branch.metro),
            "hours": words.hours(branch),
            "phone": branch.phone,
            "parking": branch.parking,
            "way": branch.way,
            "landmark": branch.landmark,
        }
        if fact is not None and all(known[need] for need in fact.needs):
            return fact.line.format(**known)
        metro = words.labels["metro_part"].format(metro=known["metro"]) if branch.metro else ""
        return str(words.labels["branch_line"].format(**{**known, "metro": metro}))
