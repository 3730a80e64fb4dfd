"""When a person is needed: an operator, or help right now."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet

from actions.base import Events, SafeAction, Say
from actions.booking import slots
from actions.booking.draft import Draft


class ActionCallOperator(SafeAction):
    """Stores the request with what is known so far and says what happens next; the open task is kept."""

    action_name = "action_call_operator"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        number = await self.context.store_request("operator", tracker, Draft(tracker))
        say("utter_operator_called", number=number, when=self.context.when_operator_answers())
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
