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

from bot.classifier import KNOWN_WORDS
from bot.mentions import catalogue_fingerprint
from bot.settings import load_settings
from lang.red_flags import load_red_flags
from lang.text import analyser, tokens
from lang.values import bare_value

EMERGENCY = "emergency"
INFORM = "inform"
NOT_UNDERSTOOD = "nlu_fallback"
SURE_OF_EMERGENCY = 0.7
# The ranking travels with every later event of the conversation; more than this nobody reads.
RANKING_KEPT = 3
BOOKING = ("book_visit", INFORM)
_NO_WORDS = ("PNCT", "NUMB")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class IntentGuard(GraphComponent):
    """Overrules the classifier where a rule is certain.

    A red flag is `emergency`; without one the classifier must be all but sure of it. A message that is
    nothing but a value (a name, a phone, a date) is `inform`. A message without one known word is not
    understood, because a linear classifier answers those with the likeliest class and would take «👍» or
    «123» for a yes.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"timezone": "Europe/Moscow", "threshold": 0.3}

    def __init__(self, config: dict[str, Any]) -> None:
        self._zone = ZoneInfo(config["timezone"])
        self._threshold = float(config["threshold"])
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
            ranking = _booking_as_one(message.get(INTENT_RANKING_KEY, []))
            intent = self._certain_intent(message, ranking) or _likely(ranking, self._threshold)
            rest = [item for item in ranking if item["name"] != intent["name"]]
            message.set(INTENT, intent, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [intent, *rest][:RANKING_KEPT], add_to_output=True)
        return messages

    def _certain_intent(self, message: Message, ranking: list[dict[str, Any]]) -> dict[str, Any] | None:
        text = message.get(TEXT) or ""
        if self._red_flags.check(text):
            return _certain(EMERGENCY)
        if bare_value(text, datetime.now(self._zone)):
            return _certain(INFORM)
        if message.get(ENTITIES):
            return None
        # Outside the booking `inform` starts it, so it needs a value; inside, the form reads the text itself.
        if ranking and ranking[0]["name"] == INFORM:
            return _certain(NOT_UNDERSTOOD)
        if not message.get(KNOWN_WORDS) and not _has_known_word(text):
            return _certain(NOT_UNDERSTOOD)
        return None


def _certain(name: str) -> dict[str, Any]:
    return {"name": name, "confidence": 1.0}


def _booking_as_one(ranking: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """«к лору завтра» may be a wish or an answer: both lead to the booking, so their doubt is no doubt."""
    pair = [item for item in ranking if item["name"] in BOOKING]
    if len(pair) < 2:
        return ranking
    joined = {"name": pair[0]["name"], "confidence": sum(item["confidence"] for item in pair)}
    others = [item for item in ranking if item["name"] not in BOOKING]
    return sorted([joined, *others], key=lambda item: -item["confidence"])


def _likely(ranking: list[dict[str, Any]], threshold: float) -> dict[str, Any]:
    """The likeliest intent if it is likely enough; an alarm without a sign must be all but sure."""
    for item in ranking:
        # Many harmless complaints look alarming to a classifier; the signs are what counts.
        if item["name"] == EMERGENCY and item["confidence"] < SURE_OF_EMERGENCY:
            continue
        return item if item["confidence"] >= threshold else _certain(NOT_UNDERSTOOD)
    return _certain(NOT_UNDERSTOOD)


def _has_known_word(text: str) -> bool:
    return any(analyser().word_is_known(token.text) for token in tokens(text) if token.tag not in _NO_WORDS)
