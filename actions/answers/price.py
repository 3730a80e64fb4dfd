"""What it costs: per branch, «от», with the date; an unknown price is never zero."""

from __future__ import annotations

from collections.abc import Sequence

from rasa_sdk import Tracker

from actions.answers.subject import Subject, subject_of
from actions.base import Events, SafeAction, Say
from lang import grammar


class ActionAnswerPrice(SafeAction):
    """Prices of the services named in the question, else of what is being booked."""

    action_name = "action_answer_price"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        subject = await subject_of(self.context, tracker)
        if not subject.articles:
            say("utter_price_what")
            return []
        lines = [self._line(name, article, subject) for article, name in subject.articles.items()]
        now = self.context.clock().astimezone(self.context.zone(subject.place))
        say("utter_price_lines", lines="\n".join(lines), day=f"{now:%d.%m.%Y}")
        return []

    def _line(self, name: str, article: str, subject: Subject) -> str:
        labels = self.context.words.labels
        prices = self.context.clinic.directory.prices(article, subject.branches or None)
        if not prices:
            return str(labels["price_unknown_line"].format(name=name))
        low, high = min(prices.values()), max(prices.values())
        if low != high:
            line = labels["price_range"].format(name=name, low=grammar.money(low), high=grammar.money(high))
            return str(line)
        return str(
            labels["price_line"].format(
                name=name, price=grammar.money(low), branch=self._branch(subject.branches)
            )
        )

    def _branch(self, branches: Sequence[str]) -> str:
        if len(branches) != 1:
            return ""
        name = self.context.catalogue.branches[branches[0]].name
        return str(self.context.words.labels["price_branch"].format(branch=name))
