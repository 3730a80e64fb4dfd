"""When a person is needed."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions import handover
from actions.base import Events, SafeAction, Say
from actions.booking.draft import Draft
from actions.past import Past

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
        number = await self.context.store_request(
            "operator", tracker, Draft(tracker), about, topic=topic.id if topic else ""
        )
        if handover.here(tracker):
            say("utter_operator_comes", number=number)
        else:
            say("utter_operator_called", number=number, when=self.context.when_operator_answers(tracker))
        return []
