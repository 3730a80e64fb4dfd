"""When a person is needed: an operator, or help right now."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet

from actions.base import Events, SafeAction, Say
from actions.booking import slots
from actions.booking.draft import Draft
from actions.past import Past

# After these «да» means «позовите».
OFFERS_A_PERSON = ("utter_offer_operator", "utter_services_no", "utter_not_understood_again")


class ActionCallOperator(SafeAction):
    """Stores the request with what is known so far and says what happens next; the open task is kept.

    Where a person was offered for some matter, the request is named by it.
    """

    action_name = "action_call_operator"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        past = Past.of(tracker)
        topic = self.context.speech.topics.of(past.intent) if past.response in OFFERS_A_PERSON else None
        about = (topic.request if topic else None) or ""
        number = await self.context.store_request("operator", tracker, Draft(tracker), about)
        say("utter_operator_called", number=number, when=self.context.when_operator_answers())
        return []


class ActionAnswerYes(ActionCallOperator):
    """A «да» outside the booking: to an offer it takes it up, else it answers nothing."""

    action_name = "action_answer_yes"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        if Past.of(tracker).response in OFFERS_A_PERSON:
            return await super().perform(say, tracker)
        following = tracker.get_slot(slots.NEXT)
        if following is not None and Past.of(tracker).response == "utter_next_booking":
            return [SlotSet(slots.WHAT, following), SlotSet(slots.NEXT, None), FollowupAction(slots.FORM)]
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
