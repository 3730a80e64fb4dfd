"""Greeting, and the answer to what was not understood."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions.base import Events, SafeAction, Say


class ActionGreet(SafeAction):
    """Introduces itself once; inside a task only greets, so as not to offer what is already going on."""

    action_name = "action_greet"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        known = any(event.get("event") == "bot" for event in tracker.events)
        busy = bool((tracker.active_loop or {}).get("name"))
        say("utter_greet_short" if known or busy else "utter_greet")
        return []


class ActionNotUnderstood(SafeAction):
    """Says so and offers what can be done; inside the form its own question follows and is enough."""

    action_name = "action_not_understood"

    async def perform(self, say: Say, tracker: Tracker) -> Events:
        busy = bool((tracker.active_loop or {}).get("name"))
        say("utter_not_understood_short" if busy else "utter_not_understood")
        return []
