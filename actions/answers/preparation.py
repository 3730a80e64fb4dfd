"""How to prepare for a service and what to bring."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from rasa_sdk import Tracker

from actions.answers.buttons import to_ask, to_book
from actions.answers.groups import MOST_LISTED, listed, members
from actions.answers.subject import Subject, consultations, doctors_of, remember, subject_of
from actions.base import Events, SafeAction, Say
from actions.reading import read
from lang.catalogue import CatalogueService
from mis.port import Preparation

MOST = 3


class ActionAnswerPreparation(SafeAction):
    """The clinic's own rules for the services named, else for what was asked about last or is booked now."""

    action_name = "action_answer_preparation"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        if self.context.speech.heard.asks_to_bring(read(tracker).meant):
            say("utter_bring_results")
            return []
        subject = await subject_of(self.context, tracker)
        if not subject.names_something:
            say("utter_preparation_what")
            return []
        text = read(tracker).meant
        services, large = listed(self.context, subject, text)
        for specialty in await self._specialties(subject):
            services += consultations(self.context, specialty)[:1]
        rules = await self._rules(services)
        if len(services) > MOST and len(rules) > MOST:
            self._ask_which(say, tracker, services, subject)
        elif services:
            await self._say_rules(say, tracker, subject, services, rules)
        for group in large:
            needing = [one for one in members(self.context, group, text) if one.preparation]
            name = self.context.catalogue.groups[group].name
            if needing:
                self._ask_which(say, tracker, needing, subject)
            else:
                say("utter_preparation_none", buttons=None, name=name)
        return remember(self.context, tracker, subject)

    async def _specialties(self, subject: Subject) -> list[str]:
        doctors = await doctors_of(self.context, subject)
        found = [doctor.specialty for doctor in doctors if doctor.specialty]
        return list(dict.fromkeys([*found, *subject.specialties]))

    async def _rules(self, services: Sequence[CatalogueService]) -> dict[str, tuple[Preparation, str]]:
        """Rules by title with the name of the first service they are for: services may share them."""
        directory = self.context.clinic.directory
        read_all = (asyncio.to_thread(directory.preparation, service.article) for service in services)
        found: dict[str, tuple[Preparation, str]] = {}
        for service, rules in zip(services, await asyncio.gather(*read_all), strict=True):
            if rules is not None:
                found.setdefault(rules.title, (rules, service.id))
        return found

    async def _say_rules(
        self,
        say: Say,
        tracker: Tracker,
        subject: Subject,
        services: Sequence[CatalogueService],
        rules: dict[str, tuple[Preparation, str]],
    ) -> None:
        labels = self.context.words.labels
        buttons = to_book(self.context, tracker, services=services, place=subject.place)
        told = list(rules.values())
        for number, (found, _) in enumerate(told, start=1):
            bring = labels["bring_part"].format(bring="; ".join(found.bring)) if found.bring else ""
            say(
                "utter_preparation",
                buttons=buttons if number == len(told) else None,
                title=found.title,
                rules="\n".join(f"— {rule}" for rule in found.rules),
                bring=bring,
            )
        if not told:
            name = ", ".join(dict.fromkeys(service.name for service in services))
            say("utter_preparation_none", buttons=buttons, name=name)

    def _ask_which(
        self, say: Say, tracker: Tracker, services: Sequence[CatalogueService], subject: Subject
    ) -> None:
        buttons = to_ask(tracker, "ask_preparation", services[:MOST_LISTED], subject.place)
        say("utter_preparation_which", buttons=buttons)
