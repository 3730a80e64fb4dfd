"""Whether a service or a specialist is there: yes with branches and price, or an honest no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rasa_sdk import Tracker

from actions.answers.buttons import to_ask, to_book
from actions.answers.duration import say_duration
from actions.answers.groups import MOST_LISTED, listed, members
from actions.answers.places import place_name, where
from actions.answers.subject import Subject, consultations, names_now, remember, subject_of
from actions.base import Events, SafeAction, Say
from actions.booking.draft import Draft
from actions.reading import read
from lang import grammar
from lang.catalogue import CatalogueService
from lang.text import tokens

SERVICE_INFO = "service_info"
MOST_LINES = 8


@dataclass(frozen=True)
class _Found:
    """Something asked about: where it is at all, and which articles tell its price."""

    name: str
    branches: tuple[str, ...]
    articles: tuple[str, ...]


class ActionAnswerServices(SafeAction):
    """«Делаете ли …», «есть ли аллерголог в Самаре», «что есть на Соколе»."""

    action_name = "action_answer_services"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        subject = await subject_of(self.context, tracker)
        ready = self.context.speech.answers.choose(SERVICE_INFO, read(tracker).meant)
        if ready.phrases:
            say(ready.response)
        elif subject.names_something and self.context.speech.heard.asks_how_long(read(tracker).meant):
            say_duration(self.context, say, subject, read(tracker).meant)
        elif subject.names_something and not names_now(tracker) and self._names_unknown(read(tracker).meant):
            # «Лечите лошадей?» is not about what was asked before.
            say("utter_services_no")
        elif subject.names_something:
            self._say_found(say, tracker, subject, read(tracker).meant)
        elif subject.unknown or read(tracker).of("unknown_doctor"):
            say("utter_services_no")
        elif subject.place is not None:
            self._say_what_is_there(say, subject)
        else:
            say(ready.response)
        return remember(self.context, tracker, subject)

    def _names_unknown(self, text: str) -> bool:
        """Whether a thing is named that is none of those which a question about a known service may have."""
        usual = self.context.words.labels["service_question_words"]
        return any(token.tag.startswith("NOUN") and token.lemma not in usual for token in tokens(text))

    def _say_found(self, say: Say, tracker: Tracker, subject: Subject, text: str) -> None:
        asked = self.context.branches_of(subject.place) if subject.place else ()
        priced = not Draft(tracker).by_policy
        services, large = listed(self.context, subject, text)
        found = [self._service(service) for service in services[:MOST_LINES]]
        found += [self._specialty(specialty) for specialty in self._specialties(subject)]
        found += [self._group(group, members(self.context, group, text)) for group in large]
        here = [one for one in found if not asked or set(one.branches) & set(asked)]
        here = [one for one in here if one.branches]
        elsewhere = [one for one in found if one.branches and one not in here]
        nowhere = [one for one in found if not one.branches]
        if large:
            chosen = members(self.context, large[0], text)[:MOST_LISTED]
            buttons = to_ask(tracker, "ask_services", chosen, subject.place)
        else:
            place = None if elsewhere else subject.place
            specialties = self._specialties(subject)
            there = [one for one in services if self.context.clinic.directory.branches_doing(one)]
            buttons = to_book(self.context, tracker, services=there, specialties=specialties, place=place)
        if here:
            lines = "\n".join(self._line(one, asked, priced) for one in here)
            say("utter_services_yes", buttons=None if elsewhere else buttons, lines=lines)
        if elsewhere:
            lines = "\n".join(self._line(one, (), priced) for one in elsewhere)
            place_said = place_name(self.context, subject.place)
            say("utter_services_elsewhere", buttons=buttons, lines=lines, place=place_said)
        if nowhere:
            say("utter_services_none", names=", ".join(one.name for one in nowhere))

    def _specialties(self, subject: Subject) -> list[str]:
        """Specialties named, and those of the doctors named."""
        known = [self.context.clinic.directory.doctor(doctor_id) for doctor_id in subject.doctors]
        found = [doctor.specialty for doctor in known if doctor is not None and doctor.specialty]
        return list(dict.fromkeys([*subject.specialties, *found]))

    def _service(self, service: CatalogueService) -> _Found:
        branches = self.context.clinic.directory.branches_doing(service)
        return _Found(service.name, branches, (service.article,))

    def _specialty(self, specialty: str) -> _Found:
        known = self.context.catalogue.specialties[specialty]
        working = {
            branch
            for doctor in self.context.clinic.directory.doctors(specialty=specialty)
            for branch in doctor.branch_ids
        }
        branches = tuple(branch for branch in self.context.catalogue.branches if branch in working)
        first = consultations(self.context, specialty)[:1]
        return _Found(known.name, branches, tuple(service.article for service in first))

    def _group(self, group: str, services: Sequence[CatalogueService]) -> _Found:
        directory = self.context.clinic.directory
        doing = {branch for service in services for branch in directory.branches_doing(service)}
        branches = tuple(branch for branch in self.context.catalogue.branches if branch in doing)
        articles = tuple(service.article for service in services)
        return _Found(self.context.catalogue.groups[group].name, branches, articles)

    def _line(self, found: _Found, asked: Sequence[str], priced: bool) -> str:
        labels, directory = self.context.words.labels, self.context.clinic.directory
        here = tuple(branch for branch in found.branches if branch in asked) or found.branches
        prices = [price for one in found.articles for price in directory.prices(one, here).values()]
        price = labels["price_part"].format(price=grammar.money(min(prices))) if prices and priced else ""
        name = found.name[:1].upper() + found.name[1:]
        return str(labels["service_line"].format(name=name, where=where(self.context, here), price=price))

    def _say_what_is_there(self, say: Say, subject: Subject) -> None:
        assert subject.place is not None
        directory, catalogue = self.context.clinic.directory, self.context.catalogue
        branches = self.context.branches_of(subject.place)
        specialties = {
            doctor.specialty for doctor in directory.doctors(branch_ids=branches) if doctor.specialty
        }
        articles = {article for branch in branches for article in directory.services(branch)}
        kinds = {one.kind for one in catalogue.services.values() if one.article in articles}
        groups: dict[str, str] = {}
        for group in catalogue.groups.values():
            if group.kind in kinds and group.kind != "consultation" and group.kind not in groups:
                groups[group.kind] = group.name
        names = sorted(one.name for one in catalogue.specialties.values() if one.id in specialties)
        say(
            "utter_services_there",
            place=place_name(self.context, subject.place),
            groups=", ".join(groups.values()),
            specialties=", ".join(names),
        )
