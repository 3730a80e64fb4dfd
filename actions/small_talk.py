"""Greeting, and the answer to what was not understood."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import FollowupAction

from actions import handover, resume
from actions.answers.follow_up import answer_again, question_gone_on
from actions.answers.subject import payload
from actions.base import Events, SafeAction, Say
from actions.booking import slots as booking
from actions.booking.draft import Draft
from actions.past import Past
from actions.reading import read
from lang.text import Token, tokens
from lang.topics import Topic
from lang.words import is_known

NOT_UNDERSTOOD = ("utter_not_understood", "utter_did_you_mean", "utter_not_understood_again")
# What follows a complaint belongs to it, unless it is plainly something else.
COMPLAINED = (
    "utter_complaint",
    "utter_complaint_bill",
    "utter_complaint_waiting",
    "utter_complaint_added",
    "utter_review",
)
# Less likely than this is a guess out of thin air: there are thirty intents.
LEAST_LIKELY = 0.08
MOST_MEANINGS = 3


class ActionGreet(SafeAction):
    """Introduces itself once; inside a task only greets, so as not to offer what is already going on."""

    action_name = "action_greet"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        resumed = await resume.offer(self.context, say, tracker)
        if resumed is not None:
            return resumed
        known = any(event.get("event") == "bot" for event in tracker.events)
        busy = bool((tracker.active_loop or {}).get("name"))
        say("utter_greet_short" if known or busy else "utter_greet")
        return []


class ActionBye(SafeAction):
    """A farewell. Who leaves a booking unfinished is told so; no question follows until they write again."""

    action_name = "action_bye"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        loop = (tracker.active_loop or {}).get("name")
        moving = tracker.get_slot(booking.MOVING) is not None
        unfinished = "utter_bye_move_unfinished" if moving else "utter_bye_unfinished"
        say(unfinished if loop == booking.FORM else "utter_bye")
        return []


class ActionNotUnderstood(SafeAction):
    """Asks which of the likely meanings was meant; the second time in a row offers the administrator.

    «А в Самаре?» is little to go by, but goes on with a question that has just been answered.

    Inside the form its own question follows and is enough.

    Rasa also falls back on it after an action that no rule goes on from. The patient has had the answer then,
    so it says nothing and ends the turn: without an end Rasa would fall back on it again and again.
    """

    action_name = "action_not_understood"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        if _has_answered(tracker):
            return [FollowupAction("action_listen")]
        resumed = await resume.offer(self.context, say, tracker)
        if resumed is not None:
            return resumed
        past = Past.of(tracker)
        again = past.response in NOT_UNDERSTOOD
        if (tracker.active_loop or {}).get("name"):
            if past.intent == "nlu_fallback" and handover.here(tracker):
                return await handover.call(self.context, say, tracker, "misunderstood")
            say("utter_not_understood_short")
            return []
        if past.response in COMPLAINED:
            number = await self.context.store_request("complaint", tracker, Draft(tracker), topic="complaint")
            say("utter_complaint_added", number=number)
            return []
        question = question_gone_on(tracker)
        if question is not None:
            return await answer_again(self._given, say, tracker, question)
        if again and handover.here(tracker):
            return await handover.call(self.context, say, tracker, "misunderstood")
        if again:
            say("utter_not_understood_again")
            return []
        likely = self._likely(tracker)
        if not likely:
            say("utter_not_understood")
            return []
        reading = read(tracker)
        buttons = [
            {"title": topic.title or "", "payload": payload(topic.payload or "", reading)} for topic in likely
        ]
        buttons.append({"title": self.context.speech.topics.other, "payload": "/nlu_fallback"})
        say("utter_did_you_mean", buttons=buttons)
        return []

    def _likely(self, tracker: Tracker) -> list[Topic]:
        """The likeliest topics that have a title; none for a text without one word of the language."""
        message = tracker.latest_message
        if not any(is_known(token.text) for token in tokens(message.get("text") or "") if _is_word(token)):
            return []
        found: dict[str, Topic] = {}
        for item in message.get("intent_ranking") or []:
            topic = self.context.speech.topics.of(item["name"])
            if topic is not None and topic.title is not None and item["confidence"] >= LEAST_LIKELY:
                found[topic.id] = topic
        return list(found.values())[:MOST_MEANINGS]


def _is_word(token: Token) -> bool:
    return len(token.text) > 1 and token.tag not in ("PNCT", "NUMB")


def _has_answered(tracker: Tracker) -> bool:
    """Whether something was said since the patient's latest message."""
    kinds = [event.get("event") for event in tracker.events]
    latest = len(kinds) - 1 - kinds[::-1].index("user") if "user" in kinds else len(kinds)
    return "bot" in kinds[latest:]
