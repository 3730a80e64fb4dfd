"""When a person is needed: an operator, or help right now."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import Events, SafeAction, Say
from actions.booking import slots, what, when, where
from actions.booking.draft import Draft
from actions.booking.turn import Turn
from actions.past import Past
from actions.reading import read

# After these «да» means «позовите».
OFFERS_A_PERSON = (
    "utter_offer_operator",
    "utter_services_no",
    "utter_not_understood_again",
    "utter_code_limit",
    "utter_code_not_sent",
)


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


class ActionEmergency(SafeAction):
    """103 and 112 first. The form falls silent, its slots stay: «продолжить» takes it up again.

    What the message itself names of a booking is kept too, as far as nothing was known of it.
    """

    action_name = "action_emergency"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        say("utter_emergency")
        await self.context.store_request("operator", tracker, Draft(tracker))
        return [*await self._named(tracker), *self._quiet()]

    async def _named(self, tracker: Tracker) -> Events:
        draft = Draft(tracker)
        if draft.what is not None:
            return []
        silent = Say(CollectingDispatcher())
        turn = Turn(self.context, silent, draft, read(tracker), None, tracker.sender_id)
        await what.take(turn)
        await where.take(turn)
        when.take(turn)
        draft.forget(slots.OPTIONS)
        return draft.events()

    def failed(self, say: Say, tracker: Tracker) -> Events:
        if say.count == 0:
            say("utter_emergency")
        return self._quiet()

    @staticmethod
    def _quiet() -> Events:
        return [ActiveLoop(None), SlotSet(slots.REQUESTED, None)]
