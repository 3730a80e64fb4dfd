"""All requests of a message in order: the first is its intent, the others wait for their turn."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

from bot.classifier import PARTS
from bot.repair import repaired_of
from bot.settings import load_settings
from lang.topics import load_topics

# What a part of a message can ask for beside the main request. A complaint or a story around the request
# is no request of its own.
FURTHER = frozenset(
    {
        "book",
        "reschedule",
        "cancel",
        "my_visits",
        "waitlist",
        "price",
        "service_info",
        "preparation",
        "doctor_info",
        "branch_info",
        "insurance",
        "discounts",
        "results",
        "documents",
        "payment",
        "home_visit",
        "operator",
        "privacy",
    }
)
_VALUES = frozenset({"specialty", "service", "service_group", "doctor", "branch", "region", "wish"})
MOST = 4


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class WishList(GraphComponent):
    """Sets `wishes`: `{topic, intent, entities}` for each request, the main one first, only if several.

    A part of the message counts when the classifier is as sure of it as `sure`. Several specialties to
    book are a wish each.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"sure": 0.65}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WishList:
        return cls(config)

    def __init__(self, config: dict[str, Any]) -> None:
        self._sure = float(config["sure"])
        self._topics = load_topics(load_settings().catalogue_dir / "topics.yml")

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            wishes = self._wishes(message)
            if len(wishes) > 1:
                message.set("wishes", wishes[:MOST], add_to_output=True)
        return messages

    def _wishes(self, message: Message) -> list[dict[str, Any]]:
        main = message.get("topic")["name"]
        if main not in FURTHER:
            return []
        whole = repaired_of(message)
        entities = [e for e in message.get(ENTITIES, []) if e["entity"] in _VALUES and not e.get("negated")]
        found: dict[str, list[dict[str, Any]]] = {main: []}
        topic = main
        for start, end, ranking in message.get(PARTS) or []:
            asked = self._asked(ranking)
            if asked is not None:
                topic = asked
            first, last = whole.original_span(start, end)
            here = [e for e in entities if first <= e["start"] and e["end"] <= last]
            found.setdefault(topic, []).extend(here)
        if len(found) == 1:
            found[main] = entities
        return [wish for name, values in found.items() for wish in self._split(name, values)]

    def _asked(self, ranking: list[dict[str, Any]]) -> str | None:
        shares: dict[str, float] = {}
        for item in ranking:
            topic = self._topics.of(item["name"])
            if topic is not None:
                shares[topic.id] = shares.get(topic.id, 0.0) + item["confidence"]
        name = max(shares, key=shares.__getitem__)
        return name if name in FURTHER and shares[name] >= self._sure else None

    def _split(self, name: str, values: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """One wish, or in a booking one for each specialty named."""
        payload = self._topics.by_id[name].payload
        specialties = list(dict.fromkeys(e["value"] for e in values if e["entity"] == "specialty"))
        if name != "book" or len(specialties) < 2:
            return [{"topic": name, "intent": payload, "entities": _short(values)}]
        shared = [e for e in values if e["entity"] != "specialty"]
        return [
            {
                "topic": name,
                "intent": payload,
                "entities": _short(
                    [e for e in values if e["entity"] == "specialty" and e["value"] == wanted] + shared
                ),
            }
            for wanted in specialties
        ]


def _short(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = ("entity", "value", "ids", "child")
    return [{key: entity[key] for key in kept if key in entity} for entity in values]
