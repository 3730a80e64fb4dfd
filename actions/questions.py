"""How a form asks: never twice in the same words, and the third time with the offer of a person."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions import handover
from actions.base import Events, SafeAction, Say
from actions.booking import slots
from actions.booking.interruptions import INTERRUPTIONS
from actions.reading import read

# Failures in a row after which the question offers a person, whatever else was said about the answer.
OFFERS_PERSON = 2
# Actions that answer no question of the patient.
_NO_ANSWERS = frozenset(
    {
        "action_listen",
        "action_start_task",
        "action_start_move",
        "action_stop_booking",
        "action_go_on_after_visits",
        "action_answer_privacy",
    }
)


def interrupted(tracker: Tracker) -> bool:
    """Whether the open question is asked again only because another one has just been answered."""
    if read(tracker).intent not in INTERRUPTIONS or tracker.get_slot(slots.REQUESTED) is None:
        return False
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            return False
        name = str(event.get("name"))
        if event.get("event") == "action" and name not in _NO_ANSWERS and not name.endswith("_form"):
            return True
    return False


def worded(response: str, misses: int, resumed: bool = False) -> str:
    """The response that asks after `misses` answers in a row that were of no use.

    `response` itself, then `_again` explains, then `_person` offers a person, and so on by turns;
    `_resume` goes on after a question of the patient. Every form question has all four.
    """
    if resumed:
        return f"{response}_resume"
    if misses == 0:
        return response
    return f"{response}_again" if misses % 2 else f"{response}_person"


class Question(SafeAction):
    """Asks for `slot` in the words that fit how often it was asked: `worded` of `response`.

    `misses_slot` counts the answers in a row that were of no use; `options_slot` holds a narrower question
    about the slot: `{"slot", "response", "buttons", "values"}`, asked instead of the usual one, or with
    `"said": true` one that has been said already, so that nothing is left to ask; `{"slot", "resumed": true}`
    goes on after a question that the form itself has answered. Nobody who says goodbye is
    asked on, unless `asks_after_farewell`.
    """

    response: str
    slot: str
    misses_slot = slots.MISSES
    options_slot = slots.OPTIONS
    asks_after_farewell = False

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        options = tracker.get_slot(self.options_slot) or {}
        misses = int(tracker.get_slot(self.misses_slot) or 0)
        goes_on = bool(options.get("resumed"))
        resumed = goes_on or interrupted(tracker)
        if misses >= handover.INVALID_ANSWERS and not resumed and handover.here(tracker):
            await handover.call(self.context, say, tracker, "invalid_answers")
            return []
        if resumed and read(tracker).intent == "bye" and not self.asks_after_farewell:
            return []
        if options.get("slot") == self.slot and not goes_on:
            if not options.get("said"):
                say(options["response"], buttons=options["buttons"], **options["values"])
                return []
            if not resumed and (misses < OFFERS_PERSON or misses % 2):
                return []
        return await self.ask(say, tracker, worded(self.response, misses, resumed))

    async def ask(self, say: Say, tracker: Tracker, response: str) -> Events:
        """Say `response` with the buttons and values that belong to it."""
        say(response)
        return []
