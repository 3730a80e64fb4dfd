"""How to prepare for a service."""

from __future__ import annotations

import asyncio

from rasa_sdk import Tracker

from actions.answers.subject import subject_of
from actions.base import Events, SafeAction, Say

MOST = 3


class ActionAnswerPreparation(SafeAction):
    """The clinic's own rules for the services named, else for what is being booked."""

    action_name = "action_answer_preparation"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        subject = await subject_of(self.context, tracker)
        if not subject.articles:
            say("utter_preparation_what")
            return []
        told: set[str] = set()
        for article in list(subject.articles)[:MOST]:
            found = await asyncio.to_thread(self.context.clinic.directory.preparation, article)
            if found is not None and found.title not in told:
                told.add(found.title)
                rules = "\n".join(f"— {rule}" for rule in found.rules)
                say("utter_preparation", title=found.title, rules=rules)
        if not told:
            say("utter_preparation_none", name=next(iter(subject.articles.values())))
        return []
