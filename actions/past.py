"""What was said just before the latest message."""

from __future__ import annotations

from dataclasses import dataclass

from rasa_sdk import Tracker


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
