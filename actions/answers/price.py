"""What it costs: per branch, «от», with the date; an unknown price is never zero."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rasa_sdk import Tracker

from actions.answers.buttons import to_ask, to_book
from actions.answers.groups import MOST_LISTED, listed, members
from actions.answers.places import place_name, where
from actions.answers.subject import Subject, consultations, doctors_of, remember, subject_of
from actions.base import Events, SafeAction, Say
from actions.booking.draft import Draft
from actions.reading import read
from lang import grammar
from lang.catalogue import CatalogueService

MOST_LINES = 8


@dataclass(frozen=True)
class _Line:
    """A service to be priced under `name`; `branches` limits where, none means the whole network."""

    service: CatalogueService
    name: str
    branches: tuple[str, ...]


class ActionAnswerPrice(SafeAction):
    """Prices of what the question names, else of what was asked about last or is being booked."""

    action_name = "action_answer_price"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        if Draft(tracker).by_policy or any(said.value == "dms" for said in read(tracker).of("payment")):
            say("utter_price_by_policy")
            return []
        subject = await subject_of(self.context, tracker)
        if subject.unknown and not subject.names_something:
            say("utter_services_no")
            return []
        if not subject.names_something:
            say("utter_price_what")
            return remember(self.context, tracker, subject)
        text = read(tracker).meant
        services, large = listed(self.context, subject, text)
        lines = await self._lines(subject, services)
        if lines:
            self._say_lines(say, tracker, subject, lines)
        for group in large:
            self._say_group(say, tracker, group, subject, members(self.context, group, text))
        if not lines and not large:
            say("utter_services_no")
        return remember(self.context, tracker, subject)

    async def _lines(self, subject: Subject, services: Sequence[CatalogueService]) -> list[_Line]:
        asked = self.context.branches_of(subject.place) if subject.place else ()
        lines = []
        for doctor in await doctors_of(self.context, subject):
            here = tuple(branch for branch in doctor.branch_ids if branch in asked) or doctor.branch_ids
            name = grammar.doctor_name(doctor.name, case="nominative", short=True)
            label = self.context.words.labels["price_of_doctor"]
            lines += [
                _Line(one, label.format(name=one.name, doctor=name), here)
                for one in consultations(self.context, doctor.specialty)
            ]
        lines += [_Line(service, service.name, asked) for service in services]
        for specialty in subject.specialties:
            lines += [_Line(one, one.name, asked) for one in consultations(self.context, specialty)]
        return lines[:MOST_LINES]

    def _say_lines(self, say: Say, tracker: Tracker, subject: Subject, lines: Sequence[_Line]) -> None:
        now = self.context.clock().astimezone(self.context.zone(subject.place))
        doctors = [self.context.clinic.directory.doctor(doctor_id) for doctor_id in subject.doctors]
        known = [doctor for doctor in doctors if doctor is not None]
        services = [line.service for line in lines if not known]
        buttons = to_book(self.context, tracker, services=services, doctors=known, place=subject.place)
        say(
            "utter_price_lines",
            buttons=buttons,
            lines="\n".join(self._line(line, subject) for line in lines),
            day=f"{now:%d.%m.%Y}",
        )

    def _line(self, line: _Line, subject: Subject) -> str:
        labels, directory = self.context.words.labels, self.context.clinic.directory
        prices = directory.prices(line.service.article, line.branches or None)
        if prices:
            low, high = min(prices.values()), max(prices.values())
            named = len(line.branches) == 1 or subject.place is not None
            place = self._place(line, subject) if named else ""
            if low != high:
                values = {"low": grammar.money(low), "high": grammar.money(high)}
                return str(labels["price_range"].format(name=line.name, branch=place, **values))
            return str(labels["price_line"].format(name=line.name, price=grammar.money(low), branch=place))
        elsewhere = directory.prices(line.service.article)
        sold_here = any(directory.service(branch, line.service.article) for branch in line.branches)
        if elsewhere and not sold_here:
            return str(
                labels["price_elsewhere"].format(
                    name=line.name,
                    price=grammar.money(min(elsewhere.values())),
                    branches=where(self.context, tuple(elsewhere)),
                )
            )
        return str(labels["price_unknown_line"].format(name=line.name))

    def _place(self, line: _Line, subject: Subject) -> str:
        if len(line.branches) == 1:
            name = self.context.words.branch_names(line.branches)
        else:
            name = place_name(self.context, subject.place)
        return str(self.context.words.labels["price_place"].format(place=name)) if name else ""

    def _say_group(
        self,
        say: Say,
        tracker: Tracker,
        group: str,
        subject: Subject,
        services: Sequence[CatalogueService],
    ) -> None:
        asked = self.context.branches_of(subject.place) if subject.place else None
        directory = self.context.clinic.directory
        prices = [price for one in services for price in directory.prices(one.article, asked).values()]
        name = self.context.catalogue.groups[group].name
        buttons = to_ask(tracker, "ask_price", services[:MOST_LISTED], subject.place)
        if prices:
            say("utter_price_group", buttons=buttons, name=name, low=grammar.money(min(prices)))
        else:
            say("utter_price_group_unknown", buttons=buttons, name=name)
