"""The questions of the form about visits that stand."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions.base import Events, SafeAction, Say
from actions.questions import Question, interrupted
from actions.visits import cancel_all, slots
from actions.visits.slots import VisitView
from actions.visits.turn import Turn

# The other places on the screen are for «ничего не нужно» and for a person.
MOST_VISITS = 6


class _VisitsQuestion(Question):
    misses_slot = slots.MISSES
    options_slot = slots.OPTIONS


class _ProofQuestion(_VisitsQuestion):
    """A wish about data can be left to a person by whoever cannot get a code."""

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        if tracker.get_slot(slots.TASK) != slots.PRIVACY:
            return await super().ask(say, tracker, response)
        title = self.context.words.labels["no_code"]["button"]
        without = {"title": title, "payload": f'/inform{{"choice":"{slots.NO_CODE}"}}'}
        say(response.replace("utter_visits_phone", "utter_privacy_phone"), buttons=[without])
        return []


class AskVisitsPhone(_ProofQuestion):
    action_name = "action_ask_visits__phone"
    response = "utter_visits_phone"
    slot = slots.PHONE


class AskVisitsCode(_ProofQuestion):
    action_name = "action_ask_visits__code"
    response = "utter_visits_code"
    slot = slots.CODE


class AskVisit(_VisitsQuestion):
    """The visits with their numbers; whose they are is said when they are of several people."""

    action_name = "action_ask_visits__visit"
    response = "utter_visits_which"
    slot = slots.VISIT

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        turn = Turn.of(self.context, say, tracker)
        shown = turn.shown
        labels = self.context.words.labels["visits"]
        nothing = {"title": labels["nothing"], "payload": f'/inform{{"choice":"{slots.KEEP}"}}'}
        say(
            response,
            buttons=[*[await self._button(view) for view in shown[:MOST_VISITS]], nothing],
            lines="\n".join([await self.context.visit_line(view, shown) for view in shown]),
            question=labels["which"][turn.task],
        )
        return []

    async def _button(self, view: VisitView) -> dict[str, str]:
        title = await self.context.visit_title(view)
        return {"title": title, "payload": f'/inform{{"visit":"{view.booking_id}"}}'}


class AskDecision(_VisitsQuestion):
    """What to do with the visit; before it is cancelled another time or doctor is offered in one line."""

    action_name = "action_ask_visits__decision"
    response = "utter_visit_what_next"
    slot = slots.DECISION

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        turn = Turn.of(self.context, say, tracker)
        if turn.of_all:
            return await cancel_all.ask(turn, response.replace(self.response, "utter_cancel_all"))
        view = turn.visit
        assert view is not None
        if turn.task == "cancel":
            response = response.replace(self.response, "utter_cancel_offer")
        say(response, facts=await self.context.visit_facts(view), patient=str(view.patient.name))
        return []


class AskReason(SafeAction):
    """Why the visit was cancelled: nobody has to tell, so it is asked once only."""

    action_name = "action_ask_visits__reason"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        if not interrupted(tracker):
            reasons = self.context.speech.cancel_reasons.by_id.values()
            say("utter_cancel_reason", buttons=[_reason(reason.id, reason.title) for reason in reasons])
        return []


def _reason(reason_id: str, title: str) -> dict[str, str]:
    return {"title": title, "payload": f'/inform{{"choice":"{slots.REASON_IS}{reason_id}"}}'}
