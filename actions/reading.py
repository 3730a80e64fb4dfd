"""What the latest message of the patient says, as far as Rasa has understood it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker

# Entities that only a button can give: the recogniser never makes them.
_BUTTON_ONLY = ("what", "place", "offer", "policy", "visit", "choice", "advice", "alarm", "entry")
# Entities that both give: what a button holds is a name of ours, not what the recogniser makes.
_BOTH = ("for_whom", "payment", "insurer")


@dataclass(frozen=True)
class Mention:
    """A recognised value: canonical `value`, the doctors' ids it may mean, «детский», «не к …»."""

    kind: str
    value: Any
    ids: tuple[str, ...] = ()
    child: bool = False


@dataclass(frozen=True)
class Reading:
    """The latest message: `key` is unique to it, `button` holds what a tapped button means.

    `meant` is the text with its typing errors repaired; names and figures are read from `text`.
    """

    key: str
    text: str
    meant: str
    intent: str
    mentions: tuple[Mention, ...]
    button: dict[str, str]
    metadata: dict[str, Any]
    tapped: bool = False

    def of(self, *kinds: str) -> list[Mention]:
        return [mention for mention in self.mentions if mention.kind in kinds]


def read(tracker: Tracker) -> Reading:
    """The latest user message of `tracker`."""
    message = tracker.latest_message
    mentions: list[Mention] = []
    button: dict[str, str] = {}
    for entity in message.get("entities") or []:
        kind, value = entity["entity"], entity["value"]
        by_button = entity.get("extractor") == "button" or "start" not in entity
        if (
            kind in _BUTTON_ONLY
            or (kind in ("wish", "name") and isinstance(value, str))
            or (kind in _BOTH and by_button)
        ):
            button[kind] = str(value)
        elif not entity.get("negated"):
            ids = tuple(entity.get("ids") or ())
            mentions.append(Mention(kind, value, ids, bool(entity.get("child"))))
    return Reading(
        key=str(message.get("message_id") or ""),
        text=message.get("text") or "",
        meant=message.get("repaired_text") or message.get("text") or "",
        intent=(message.get("intent") or {}).get("name") or "",
        mentions=tuple(mentions),
        button=button,
        metadata=message.get("metadata") or {},
        tapped=bool(button),
    )
