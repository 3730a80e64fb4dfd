"""What was said before: just now, and the whole talk for a person who takes over."""

from __future__ import annotations

from dataclasses import dataclass

from rasa_sdk import Tracker

from clinic.requests import Line

_LINES = 60


@dataclass(frozen=True)
class Past:
    """The last response of ours ("" before the first) and the intent of the message it answered."""

    response: str
    intent: str

    @classmethod
    def of(cls, tracker: Tracker) -> Past:
        response: str | None = None
        latest_seen = False
        for event in reversed(tracker.events):
            if event.get("event") == "bot" and response is None:
                response = (event.get("metadata") or {}).get("utter_action") or ""
            elif event.get("event") == "user":
                if response is not None:
                    return cls(
                        response, ((event.get("parse_data") or {}).get("intent") or {}).get("name") or ""
                    )
                if latest_seen:
                    break
                latest_seen = True
        return cls(response or "", "")


def responses_before(tracker: Tracker) -> list[str]:
    """All responses of ours to the message before the latest one, the first one first."""
    found: list[str] = []
    for event in reversed(tracker.events):
        if event.get("event") == "bot":
            found.append((event.get("metadata") or {}).get("utter_action") or "")
        elif event.get("event") == "user" and found:
            break
    return found[::-1]


def transcript(tracker: Tracker) -> tuple[Line, ...]:
    """The last messages of both sides, oldest first; a button is what it sent."""
    said = []
    for event in tracker.events:
        text = event.get("text")
        if text and event.get("event") in ("user", "bot"):
            said.append(Line("patient" if event["event"] == "user" else "maria", text))
    return tuple(said[-_LINES:])
