"""What all our actions share: they never raise, never hang, and always say something when they fail."""

from __future__ import annotations

import asyncio
import logging
import traceback
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.context import Context, context
from actions.turn_time import LEAST_SECONDS, seconds_for_action
from mis.deadline import within

logger = logging.getLogger(__name__)

# Calls to the MIS end this much sooner than their action, so that it can say itself what came of them.
_LAST_WORD_SECONDS = 0.3

Events = list[dict[str, Any]]


class Say:
    """The dispatcher, reduced to what we allow: responses by name, so that no words live in code."""

    def __init__(self, dispatcher: CollectingDispatcher) -> None:
        self._dispatcher = dispatcher
        self.count = 0

    def __call__(self, response: str, buttons: list[dict[str, str]] | None = None, **values: Any) -> None:
        """Say a response of data/responses; `buttons` are added to the response's own."""
        self.count += 1
        self._dispatcher.utter_message(response=response, buttons=buttons or [], **values)


class SafeAction(Action):
    """An action whose failure is spoken.

    An exception that left an action would be answered by Rasa with silence, and the SDK would return
    the whole conversation to be logged. Subclasses implement `perform`; it may block only in threads.
    """

    action_name: str
    least_seconds = LEAST_SECONDS

    def __init__(self, given: Context | None = None) -> None:
        self._given = given

    @property
    def context(self) -> Context:
        return self._given or context()

    def name(self) -> str:
        return self.action_name

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Events:
        seconds = seconds_for_action(tracker, self.context.clock().timestamp(), self.least_seconds)
        return await self.attempt(Say(dispatcher), tracker, seconds)

    async def attempt(self, say: Say, tracker: Tracker, seconds: float) -> Events:
        """`perform` within `seconds`; a failure is logged by its kind and place, and `failed` answers it."""
        try:
            with within(seconds - _LAST_WORD_SECONDS):
                return await asyncio.wait_for(self.perform(say, tracker), seconds)
        except Exception as error:
            # The error's text may quote the MIS or the patient; the place it came from may not.
            place = traceback.extract_tb(error.__traceback__)[-1]
            logger.error(
                "%s failed for %s: %s at %s:%s",
                self.action_name,
                tracker.sender_id,
                type(error).__name__,
                place.filename,
                place.lineno,
            )
            return await self.give_up(say, tracker)

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        """Do the action's work; returns the events for the tracker."""
        # Rasa's `Action` is no abstract class, so a subclass without its own work is told so here.
        raise NotImplementedError(self.action_name)

    async def give_up(self, say: Say, tracker: Tracker) -> Events:
        """`failed`, and what has to be stored for its words to come true."""
        return self.failed(say, tracker)

    def failed(self, say: Say, tracker: Tracker) -> Events:
        """What to say and remember after an exception or the deadline."""
        if say.count == 0:
            say("utter_service_unavailable")
        return []
