"""How long an action may take: what is left of the patient's turn."""

from __future__ import annotations

from rasa_sdk import Tracker

# A turn is answered within 8 s; the rest is for the way through desk and Rasa.
TURN_SECONDS = 7.2
# Of one action, also where nobody knows when the turn began.
ACTION_SECONDS = 6.5
# Even an action that comes too late can say so, and can store a request for a person.
LEAST_SECONDS = 0.7
# One that holds, books or cancels is worth a late answer: enough for the write and the status after it.
LEAST_TO_WRITE_SECONDS = 2.5
# Older than this the clocks of two machines differ, or the turn was repeated after a long time.
_OLDEST_SECONDS = 30.0


def seconds_for_action(tracker: Tracker, now: float, least: float) -> float:
    """Seconds for the next action of the turn, `least` at its end; `now` is seconds since 1970."""
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            gone = now - (event.get("timestamp") or now)
            if 0 <= gone <= _OLDEST_SECONDS:
                return max(min(ACTION_SECONDS, TURN_SECONDS - gone), least)
            break
    return ACTION_SECONDS
