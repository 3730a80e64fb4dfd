"""A «да» or «нет» outside every form: it answers what was offered last, if anything was."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction, SlotSet

from actions import offered as offers
from actions import resume, switching, waiting
from actions.advice.which_doctor import advised
from actions.advice.which_doctor import forget as forget_advice
from actions.base import Events, Say
from actions.booking import slots
from actions.booking.draft import Draft
from actions.booking.slots import What
from actions.booking.submit import ActionStopBooking
from actions.past import Past
from actions.people import OFFERS_A_PERSON, ActionCallOperator
from actions.resume import OFFERS_TO_RESUME
from actions.visits.finish import forgotten, stopped


class ActionAnswerYes(ActionCallOperator):
    """Takes up what was offered: a person, the doctor advised, a booking that waits or was cut off, or the
    one a button of the last answer begins."""

    action_name = "action_answer_yes"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        offered = Past.of(tracker).response
        following = tracker.get_slot(slots.NEXT)
        if offered in OFFERS_A_PERSON:
            return await super().perform(say, tracker)
        task = switching.take_up(tracker)
        if task is not None:
            return task
        doctor = advised(tracker)
        if doctor is not None:
            return [SlotSet(slots.WHAT, doctor), FollowupAction(slots.FORM)]
        if following is not None and offered in waiting.OFFERS_NEXT:
            return await waiting.take_up(self.context, following)
        if offered in OFFERS_TO_RESUME:
            return switching.go_on(tracker)
        buttons = offers.to_be_booked(tracker)
        if len(buttons) == 1:
            events = offers.taken_up(buttons[0])
            for event in events:
                if event["name"] == slots.WHAT:
                    say("utter_booking_recalled", what=await self.context.what(What.of(event["value"])))
            return [*events, FollowupAction(slots.FORM)]
        if buttons:
            say("utter_booking_recall_choice", buttons=buttons)
            return []
        say("utter_nothing_to_affirm")
        return []


class ActionAnswerNo(ActionStopBooking):
    """Leaves what was offered, for good."""

    action_name = "action_answer_no"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        offered = Past.of(tracker).response
        following = tracker.get_slot(slots.NEXT)
        if offered == switching.SWITCH:
            return switching.go_on(tracker)
        if offered == switching.RETURN:
            say("utter_left_aside")
            return [SlotSet(switching.ASIDE, None)]
        if offered == resume.ADVICE:
            say("utter_advice_stopped")
            return forget_advice()
        if offered == resume.VISITS:
            say(stopped(tracker))
            return [*forgotten(), *await switching.what_waits(self.context, say, tracker)]
        if offered in OFFERS_TO_RESUME:
            return await super().perform(say, tracker)
        if following is None or offered not in waiting.OFFERS_NEXT:
            say("utter_nothing_to_affirm")
            return []
        say("utter_next_declined")
        visit = following.get("beside")
        others = await waiting.offer_next(self.context, say, Draft(tracker).later, visit=visit)
        return [SlotSet(slots.NEXT, None), *others]
