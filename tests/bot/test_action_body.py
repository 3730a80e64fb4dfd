"""Action calls carry the last turns and no texts of the domain."""

from __future__ import annotations

from typing import Any

from rasa.plugin import plugin_manager

from bot.action_body import last_turns, send_short_bodies


def _turn(number: int) -> list[dict[str, Any]]:
    return [{"event": "user", "text": str(number)}, {"event": "action"}, {"event": "bot"}]


def test_only_the_last_turns_are_kept() -> None:
    events = [event for number in range(10) for event in _turn(number)]
    assert last_turns(events, turns=2) == events[-6:]
    assert last_turns(events[:6], turns=2) == events[:6]
    assert last_turns([], turns=2) == []


def test_rasa_uses_the_short_body() -> None:
    send_short_bodies()
    send_short_bodies()
    body = {
        "next_action": "action_greet",
        "tracker": {"slots": {"a": 1}, "events": [event for n in range(9) for event in _turn(n)]},
        "domain": {"responses": {"utter_greet": []}, "forms": {"booking_form": {}}},
    }
    sent = plugin_manager().hook.prefix_stripping_for_custom_actions(json_body=body)
    assert sent["tracker"]["slots"] == {"a": 1}
    assert len(sent["tracker"]["events"]) == 9
    assert sent["domain"] == {"forms": {"booking_form": {}}}
