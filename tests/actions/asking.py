"""One question put to one action, for tests of answers."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.base import SafeAction
from actions.booking import slots
from tests.actions.clinic import Stage
from tests.actions.dialogue import Dialogue, Said, domain, entities_of, spoken


async def answer(
    stage: Stage,
    action: type[SafeAction],
    text: str,
    intent: str,
    *,
    busy: bool = False,
    before: tuple[str, str] | None = None,
    ranking: list[tuple[str, float]] | None = None,
    entities: list[dict[str, Any]] | None = None,
) -> list[Said]:
    """What the action says. `before`: intent of the message before and the response it got."""
    found = entities_of(text, stage.clock()) if entities is None else entities
    message = Dialogue(stage).message(text, intent, found, None)
    message["intent_ranking"] = [{"name": name, "confidence": share} for name, share in ranking or ()]
    events: list[dict[str, Any]] = []
    if before:
        events = [
            {"event": "user", "text": "до этого", "parse_data": {"intent": {"name": before[0]}}},
            {"event": "bot", "text": "ответ", "metadata": {"utter_action": before[1]}},
        ]
    events.append({"event": "user", "text": text, "parse_data": {"intent": {"name": intent}}})
    values = {name: slot.get("initial_value") for name, slot in domain()["slots"].items()}
    loop = {"name": slots.FORM} if busy else {}
    tracker = Tracker("c1", values, message, events, False, None, loop, "action_listen")
    dispatcher = CollectingDispatcher()
    await action(stage.context).run(dispatcher, tracker, {})
    return spoken(dispatcher)


def names(said: list[Said]) -> list[str]:
    return [one.name for one in said]
