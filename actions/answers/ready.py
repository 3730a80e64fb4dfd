"""Answers that designers have written: discounts, papers, payment, data, complaints, a visit that stands."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterable
from typing import cast

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction

from actions import handover
from actions.answers.buttons import busy
from actions.answers.subject import branches_asked, command, remember, subject_of
from actions.base import Events, SafeAction, Say
from actions.booking import slots
from actions.booking.draft import Draft
from actions.context import Context
from actions.reading import Reading, read
from actions.visits import slots as visits
from clinic.requests import Kind
from lang import grammar
from lang.answers import ReadyAnswer
from lang.payment import asks_about_payment
from lang.text import normalise, tokens

HOME = "home"
PRIVACY = "privacy"
COMPLAINT = "complaint"
MOST_LINES = 6
_ASKING = frozenset(
    {"ли", "сколько", "какой", "какие", "какая", "как", "что", "где", "почему", "нужен", "нужна"}
)


async def give(
    context: Context, say: Say, tracker: Tracker, topic: str, answer: ReadyAnswer, **values: str
) -> None:
    """Say a ready answer and what follows it.

    Inside the booking a person is not offered but told of: a «да» answers one question.
    """
    # Who is angry is handed over at once where somebody is there to help.
    then = "store" if topic == COMPLAINT and handover.here(tracker) else answer.then
    if then == "store":
        words = context.speech.request_words
        about = context.speech.topics.by_id[topic].request or ""
        kind = cast(Kind, words.kinds.get(topic, "operator"))
        details = {"answered": answer.response}
        draft = Draft(tracker)
        if topic == PRIVACY:
            proved = await asyncio.to_thread(context.clinic.identity.proved_phone, tracker.sender_id)
            draft = _writer(tracker, proved)
            details |= {"identity": "code" if proved else "unproved", "proved_phone": proved or ""}
            labels = context.words.labels
            about = f"{about}. {labels['identity_note']['code' if proved else 'unproved']}"
            known = "identity_call" if draft.phone else "identity_contact"
            values["identity"] = labels["identity_proved" if proved else known]
            values["deadline"] = words.deadlines.get(answer.response, "")
        values["number"] = await context.store_request(
            kind, tracker, draft, about, topic=topic, details=details
        )
        values["when"] = context.when_operator_answers(tracker)
    buttons = None
    if then == "book" and not busy(tracker):
        what = {"what": answer.what} if answer.what else {}
        buttons = [{"title": context.words.labels["book"], "payload": command("book_visit", **what)}]
    say(answer.response, buttons=buttons, **values)
    if then == "offer":
        say("utter_operator_hint" if busy(tracker) else "utter_offer_operator")


def _writer(tracker: Tracker, proved: str | None) -> Draft:
    """Whose data are meant: the proved phone, else the one that was typed.

    Name and birth date of a booking go with its phone only: it may be for somebody else.
    """
    booked = tracker.get_slot(slots.PHONE)
    phone = proved or tracker.get_slot(visits.PHONE) or booked
    if phone == booked:
        return Draft(tracker)
    asked = copy.copy(tracker)
    asked.slots = {**tracker.slots, slots.PHONE: phone, slots.PATIENT: None, slots.BIRTH_DATE: None}
    return Draft(asked)


class ActionAnswerTopic(SafeAction):
    """The ready answer to the topic of the latest message, the one whose words it has."""

    action_name = "action_answer_topic"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        reading = read(tracker)
        topic = self.context.speech.topics.of(reading.intent)
        if topic is None:
            raise LookupError(f"no topic has the intent {reading.intent}")
        heard = self.context.speech.heard
        if reading.intent == "complain" and heard.is_what_if(reading.meant) and heard.is_late(reading.meant):
            # «А если я опоздаю?» is no complaint.
            say("utter_late_for_visit")
            return []
        answer = self.context.speech.answers.choose(topic.id, reading.meant)
        await give(self.context, say, tracker, topic.id, answer, link=self.context.words.consent_link)
        return []


class ActionAnswerHomeVisit(SafeAction):
    """Who comes home and from what price; when and whether there, a person says."""

    action_name = "action_answer_home_visit"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        directory, label = self.context.clinic.directory, self.context.words.labels["home_line"]
        await asyncio.to_thread(directory.doctors)
        lines = []
        for service in self.context.catalogue.services.values():
            if service.kind == HOME and len(lines) < MOST_LINES:
                prices = directory.prices(service.article, branches_asked(self.context, tracker) or None)
                if prices:
                    price = grammar.money(min(prices.values()))
                    lines.append(label.format(name=service.name, price=price))
        answer = self.context.speech.answers.choose("home_visit", read(tracker).meant)
        await give(self.context, say, tracker, "home_visit", answer, lines="; ".join(lines))
        return []


def _books_by_policy(tracker: Tracker) -> bool:
    """«К окулисту по ДМС в среду» asks nothing: it says whom, when and who pays."""
    reading = read(tracker)
    if (tracker.active_loop or {}).get("name") or "?" in reading.text or asks_about_payment(reading.text):
        return False
    words = {token.text for token in tokens(reading.text)}
    to_somebody = bool(words & {"к", "ко"}) or bool(reading.of("wish"))
    named = reading.of("specialty", "doctor", "service") and reading.of("payment", "insurer")
    return bool(named) and to_somebody and not words & _ASKING


def company_asked(context: Context, reading: Reading) -> str:
    """The company of «работаете с …?» that is nothing we know, as it was written; "" if none is asked of."""
    if reading.of("branch", "region", "specialty", "service", "service_group", "doctor", "payment"):
        return ""
    return context.speech.heard.company_asked(reading.meant)


def _listed(accepted: Iterable[Iterable[str]]) -> str:
    return ", ".join(dict.fromkeys(f"«{name}»" for names in accepted for name in names))


class ActionAnswerInsurance(SafeAction):
    """Whether the branch takes the policy; what the policy pays for is never promised."""

    action_name = "action_answer_insurance"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        speech, text = self.context.speech, read(tracker).meant
        if _books_by_policy(tracker):
            return [FollowupAction(slots.FORM)]
        asked = branches_asked(self.context, tracker)
        named = speech.insurers.find(text)
        answer = speech.answers.choose("insurance", text)
        company = company_asked(self.context, read(tracker))
        if not named and company:
            insurers = _listed((await self._accepted()).values())
            say("utter_insurer_not_listed", insurer=company, insurers=insurers)
        elif named:
            accepted = await self._accepted()
            for insurer in named:
                self._say_of(say, insurer, asked, accepted)
        elif answer.phrases:
            await give(self.context, say, tracker, "insurance", answer)
        else:
            await self._say_all(say, asked)
        return remember(self.context, tracker, await subject_of(self.context, tracker))

    def _say_of(
        self, say: Say, insurer: str, asked: tuple[str, ...], accepted: dict[str, tuple[str, ...]]
    ) -> None:
        branches = [
            branch for branch, names in accepted.items() if normalise(insurer) in map(normalise, names)
        ]
        here = [branch for branch in branches if branch in asked]
        told = self.context.words.branch_names(here or branches)
        if not branches:
            say("utter_insurer_no", insurer=insurer)
        elif asked and not here:
            say("utter_insurer_elsewhere", insurer=insurer, branches=told)
        else:
            say("utter_insurer_yes", insurer=insurer, branches=told)

    async def _say_all(self, say: Say, asked: tuple[str, ...]) -> None:
        accepted = await self._accepted(asked)
        insurers = _listed(accepted.values())
        if not insurers:
            say("utter_insurers_unknown")
        elif asked:
            say("utter_insurers_here", branches=self.context.words.branch_names(asked), insurers=insurers)
        else:
            say("utter_insurers", insurers=insurers)

    async def _accepted(self, asked: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
        """Insurers by branch, of all branches or of those asked about."""
        branches = asked or tuple(self.context.catalogue.branches)
        directory = self.context.clinic.directory
        found = await asyncio.gather(*(asyncio.to_thread(directory.insurers, branch) for branch in branches))
        return {branch: tuple(names) for branch, names in zip(branches, found, strict=True)}
