"""When a person is needed: an operator, or help right now."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet

from actions.base import Events, SafeAction, Say
from actions.booking import slots
from actions.booking.draft import Draft

OFFERS_A_PERSON = ("utter_other_request", "utter_change_visit", "utter_services_no")


class ActionCallOperator(SafeAction):
    """Stores the request with what is known so far and says what happens next; the open task is kept."""

    action_name = "action_call_operator"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        number = await self.context.store_request("operator", tracker, Draft(tracker))
        say("utter_operator_called", number=number, when=self.context.when_operator_answers())
        return []


class ActionAnswerOther(SafeAction):
    """A matter for a person. Inside the booking it is told, not asked: a «да» answers one question."""

    action_name = "action_answer_other"
    response = "utter_other_request"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        busy = bool((tracker.active_loop or {}).get("name"))
        say(f"{self.response}_in_form" if busy else self.response)
        return []


class ActionAnswerChangeVisit(ActionAnswerOther):
    action_name = "action_answer_change_visit"
    response = "utter_change_visit"


class ActionAnswerYes(ActionCallOperator):
    """A «да» outside the booking: to «Передать администратору?» it is a request, else it answers nothing."""

    action_name = "action_answer_yes"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        said = [event for event in tracker.events if event.get("event") == "bot"]
        last = (said[-1].get("metadata") or {}).get("utter_action") if said else None
        if last in OFFERS_A_PERSON:
            return await super().perform(say, tracker)
        say("utter_nothing_to_affirm")
        return []


class ActionEmergency(SafeAction):
    """103 and 112 first. The form falls silent, its slots stay: «продолжить» takes it up again."""

    action_name = "action_emergency"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        say("utter_emergency")
        await self.context.store_request("operator", tracker, Draft(tracker))
        return self._quiet()

    def failed(self, say: Say, tracker: Tracker) -> Events:
        if say.count == 0:
            say("utter_emergency")
        return self._quiet()

    @staticmethod
    def _quiet() -> Events:
        return [ActiveLoop(None), SlotSet(slots.REQUESTED, None)]
