"""Who is speaking, said once: the first answer of a conversation that began without a greeting."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions.base import Say


def introduce(say: Say, tracker: Tracker) -> None:
    """Say that a digital assistant answers, before the first thing that is said in the conversation."""
    began = False
    for event in tracker.events:
        if event.get("event") == "bot":
            return
        began = began or (event.get("event") == "action" and event.get("name") == "action_session_start")
    if began and not say.count:
        say("utter_hello")
