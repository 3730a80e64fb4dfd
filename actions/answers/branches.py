"""Where the branches are, how to get there, when they are open, what is there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from rasa_sdk import Tracker

from actions.answers import hours
from actions.answers.buttons import Button, busy
from actions.answers.ready import ActionAnswerInsurance, company_asked
from actions.answers.services import ActionAnswerServices
from actions.answers.subject import (
    Subject,
    command,
    doctors_of,
    payload,
    place_named,
    remember,
    subject_of,
)
from actions.base import Events, SafeAction, Say
from actions.context import Context
from actions.reading import Reading, read
from clinic.directory import DirectoryUnavailable
from lang.answers import BranchFact
from lang.catalogue import BranchFacts
from lang.nearest import NearPlace, NearPlaces

MOST_BRANCHES = 6


class ActionAnswerBranches(SafeAction):
    """What was asked of the branch or region named: parking, the way, hours, or all; a station or district
    gets the nearest branch; without a place all branches by region."""

    action_name = "action_answer_branches"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        reading, facts = read(tracker), self.context.speech.answers
        if _is_about_an_insurer(self.context, reading):
            return await ActionAnswerInsurance(self._given).perform(say, tracker)
        tapped = next((facts.facts.get(str(mention.value)) for mention in reading.of("fact")), None)
        asked = (tapped,) if tapped else facts.all_facts(reading.meant)
        fact = asked[0] if asked else facts.fact(reading.meant)
        named = place_named(reading)
        near = None if named else self._near.find(reading.meant)
        subject = await self._subject(tracker)
        if near is not None:
            self._say_near(say, tracker, near, asked)
        elif named is None and fact is None and reading.of("doctor"):
            await self._say_doctors(say, tracker, subject)
        elif fact is None and reading.of("service", "service_group", "specialty"):
            return await ActionAnswerServices(self._given).perform(say, tracker)
        elif named is None and reading.of("unknown_city"):
            city = str(reading.of("unknown_city")[0].value)
            regions = self.context.words.region_names(self.context.catalogue.regions)
            say("utter_unknown_city", name=city, cities=regions)
        elif subject.place is not None:
            self._say_branches(say, tracker, self.context.branches_of(subject.place), asked)
        else:
            self._say_all(say, reading, fact)
        return remember(self.context, tracker, subject)

    @cached_property
    def _near(self) -> NearPlaces:
        return NearPlaces(self.context.catalogue.branches)

    async def _subject(self, tracker: Tracker) -> Subject:
        """Addresses are told while the MIS is down, too."""
        try:
            return await subject_of(self.context, tracker)
        except DirectoryUnavailable:
            return Subject(place=place_named(read(tracker)))

    def _say_near(self, say: Say, tracker: Tracker, near: NearPlace, asked: Sequence[BranchFact]) -> None:
        branch = self.context.catalogue.branches[near.branch]
        line = self._line(branch, asked)
        say("utter_branch_near", buttons=self._book(tracker, [branch.id]), place=near.name, line=line)

    async def _say_doctors(self, say: Say, tracker: Tracker, subject: Subject) -> None:
        doctors = await doctors_of(self.context, subject)
        branches = list(dict.fromkeys(branch for doctor in doctors for branch in doctor.branch_ids))
        self._say_branches(say, tracker, branches, ())

    def _say_branches(
        self, say: Say, tracker: Tracker, branch_ids: Sequence[str], asked: Sequence[BranchFact]
    ) -> None:
        shown = branch_ids[:MOST_BRANCHES]
        lines = [self._line(self.context.catalogue.branches[branch], asked) for branch in shown]
        say("utter_branches", buttons=self._book(tracker, shown), lines="\n\n".join(lines))

    def _say_all(self, say: Say, reading: Reading, fact: BranchFact | None) -> None:
        catalogue, labels = self.context.catalogue, self.context.words.labels
        more = {"fact": fact.id} if fact else {}
        buttons = [
            {"title": region.name, "payload": payload("ask_branches", reading, region=id_, **more)}
            for id_, region in catalogue.regions.items()
        ]
        if fact is not None:
            say("utter_branches_regions", buttons=buttons)
            return
        lines = "\n".join(
            labels["region_line"].format(
                region=region.name,
                branches=self.context.words.branch_names(self.context.clinic.directory.branches_of(id_)),
            )
            for id_, region in catalogue.regions.items()
        )
        say("utter_branches_all", buttons=buttons, lines=lines)

    def _book(self, tracker: Tracker, branch_ids: Sequence[str]) -> list[Button]:
        if busy(tracker):
            return []
        labels, branches = self.context.words.labels, self.context.catalogue.branches
        if len(branch_ids) == 1:
            book = command("book_visit", branch=branch_ids[0])
            there = command("ask_services", branch=branch_ids[0])
            return [
                {"title": labels["book_here"], "payload": book},
                {"title": labels["what_is_here"], "payload": there},
            ]
        return [
            {"title": branches[branch].name, "payload": command("ask_branches", branch=branch)}
            for branch in branch_ids
        ]

    def _line(self, branch: BranchFacts, asked: Sequence[BranchFact]) -> str:
        words = self.context.words
        now = self.context.clock().astimezone(self.context.branch_zone(branch.id))
        known = {
            "name": branch.name,
            "city": branch.city,
            "address": branch.address,
            "metro": ", ".join(branch.metro),
            "hours": words.hours(branch),
            "today": hours.today(words, branch, now),
            "holidays": hours.holidays(words, branch, now),
            "phone": branch.phone,
            "parking": branch.parking,
            "way": branch.way,
            "landmark": branch.landmark,
            "access": branch.access,
        }
        told = [fact.line.format(**known) for fact in asked if all(known[need] for need in fact.needs)]
        if told:
            return "\n".join(told)
        metro = words.labels["metro_part"].format(metro=known["metro"]) if branch.metro else ""
        return str(words.labels["branch_line"].format(**{**known, "metro": metro}))


def _is_about_an_insurer(context: Context, reading: Reading) -> bool:
    """«Работаете с РЕСО?» asks neither for hours nor for an address."""
    named = context.speech.heard.works_with(reading.meant) and context.speech.insurers.find(reading.meant)
    return bool(named or company_asked(context, reading))
