"""The last word on the intent: what a classifier must not decide by likelihood."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.mentions import catalogue_fingerprint
from bot.settings import load_settings
from lang.red_flags import load_red_flags
from lang.text import analyser, tokens
from lang.values import bare_value

EMERGENCY = "emergency"
INFORM = "inform"
NOT_UNDERSTOOD = "nlu_fallback"
# The ranking travels with every later event of the conversation; more than this nobody reads.
RANKING_KEPT = 3


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class IntentGuard(GraphComponent):
    """Overrules the classifier where a rule is certain.

    A red flag is `emergency`; a message that is nothing but a value (a name, a phone, a date) is
    `inform`; a message without one known word is not understood, because a linear classifier answers
    those with the likeliest class and would take «👍» or «123» for a yes.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"timezone": "Europe/Moscow"}

    def __init__(self, config: dict[str, Any]) -> None:
        self._zone = ZoneInfo(config["timezone"])
        self._red_flags = load_red_flags(load_settings().catalogue_dir / "red_flags.yml")

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> IntentGuard:
        return cls(config)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return catalogue_fingerprint(load_settings().catalogue_dir)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = message.get(INTENT_RANKING_KEY, [])
            certain = self._certain_intent(message)
            if certain:
                intent = {"name": certain, "confidence": 1.0}
                message.set(INTENT, intent, add_to_output=True)
                ranking = [intent] + [item for item in ranking if item["name"] != certain]
            message.set(INTENT_RANKING_KEY, ranking[:RANKING_KEPT], add_to_output=True)
        return messages

    def _certain_intent(self, message: Message) -> str | None:
        text = message.get(TEXT) or ""
        if self._red_flags.check(text):
            return EMERGENCY
        if bare_value(text, datetime.now(self._zone)):
            return INFORM
        if not message.get(ENTITIES) and not _has_known_word(text):
            return NOT_UNDERSTOOD
        return None


def _has_known_word(text: str) -> bool:
    return any(analyser().word_is_known(token.text) for token in tokens(text) if token.tag != "PNCT")
