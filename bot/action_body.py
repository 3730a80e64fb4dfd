"""What Rasa sends to the action server with each call, cut down to what actions read.

Rasa 3.6 sends every event of the conversation and, to `validate_…` actions, the whole domain with all its
texts: 260 KB at the 30th turn. Slots and the latest message travel beside the events anyway.
"""

from __future__ import annotations

from typing import Any

import pluggy
from rasa.plugin import plugin_manager

KEPT_TURNS = 3
hookimpl = pluggy.HookimplMarker("rasa")


class ShortActionBody:
    """A plugin of Rasa's: its hook for changing the body of an action call."""

    @hookimpl
    def prefix_stripping_for_custom_actions(self, json_body: dict[str, Any]) -> dict[str, Any]:
        tracker = json_body["tracker"]
        domain = {key: value for key, value in (json_body.get("domain") or {}).items() if key == "forms"}
        return {
            **json_body,
            "tracker": {**tracker, "events": last_turns(tracker["events"])},
            "domain": domain,
        }


def last_turns(events: list[dict[str, Any]], turns: int = KEPT_TURNS) -> list[dict[str, Any]]:
    """The events since the patient's last but `turns` message."""
    said = [index for index, event in enumerate(events) if event.get("event") == "user"]
    return events if len(said) <= turns else events[said[-turns] :]


def send_short_bodies() -> None:
    """Register the hook, once in a process."""
    if not plugin_manager().has_plugin("short_action_body"):
        plugin_manager().register(ShortActionBody(), "short_action_body")
