"""All requests of a message in order: the first is its intent, the others wait for their turn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.classifier import PARTS
from bot.intent_guard import INFORM, NOT_UNDERSTOOD, RANKING_KEPT
from bot.repair import repaired_of
from bot.settings import load_settings
from lang.told import asks, demands, is_told
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
# «Мне надо к хирургу, а вход со двора?»: before «а» often stands the occasion only, before «но» always.
_BUT, _WHILE = re.compile(r"\s*(?:но|а то)\s", re.IGNORECASE), re.compile(r"\s*а\s", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """A stretch of the repaired text with the topic it asks for, None for none; `share` is how surely.

    `value`: it is likeliest an answer («к лору завтра»), which asks for nothing by itself.
    """

    start: int
    end: int
    topic: str | None
    share: float
    text: str
    value: bool


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class WishList(GraphComponent):
    """Sets `wishes`: `{topic, intent, entities}` for each request, the main one first, only if several.

    A part of the message counts when the classifier is as sure of it as `sure` and it is no mere telling.
    Several specialties to book are a wish each. The main request is the message's own topic, unless a part
    that the classifier is `sure_first` of asks for something else before it: then `topic` and intent become
    that part's.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"sure": 0.65, "sure_first": 0.75}

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
        self._sure_first = float(config["sure_first"])
        self._topics = load_topics(load_settings().catalogue_dir / "topics.yml")

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get("topic")["name"] not in FURTHER:
                continue
            parts = self._parts(message)
            self._put_first(message, parts)
            wishes = self._wishes(message, parts)
            if len(wishes) > 1:
                message.set("wishes", wishes[:MOST], add_to_output=True)
        return messages

    def _parts(self, message: Message) -> list[Part]:
        text = repaired_of(message).text
        main = message.get("topic")["name"]
        parts = []
        for start, end, ranking in message.get(PARTS) or []:
            said = text[start:end]
            topic, share = self._likeliest(ranking)
            asks = topic in FURTHER and share >= self._sure
            # The main request may be made by telling why: «записана на среду, а меня не отпускают».
            asked = topic if asks and (topic == main or not is_told(said)) else None
            parts.append(Part(start, end, asked, share, said, ranking[0]["name"] == INFORM))
        return parts

    def _likeliest(self, ranking: list[dict[str, Any]]) -> tuple[str, float]:
        shares: dict[str, float] = {}
        for item in ranking:
            topic = self._topics.of(item["name"])
            if topic is not None:
                shares[topic.id] = shares.get(topic.id, 0.0) + item["confidence"]
        name = max(shares, key=shares.__getitem__)
        return name, shares[name]

    def _put_first(self, message: Message, parts: list[Part]) -> None:
        """Of two requests the first is the topic, whatever the words of the second weigh.

        Not if the whole is not understood: a sentence of a song may be as clear as a request.
        """
        main = message.get("topic")["name"]
        if (message.get(INTENT) or {}).get("name") == NOT_UNDERSTOOD:
            return
        at = next((index for index, part in enumerate(parts) if part.topic is not None), None)
        if at is None or parts[at].topic == main or parts[at].share < self._sure_first:
            return
        after = parts[at + 1 :]
        if all(part.topic != main for part in after) or not _is_request(parts[at], after[0]):
            return
        name, share = str(parts[at].topic), parts[at].share
        intent = {"name": self._topics.by_id[name].payload, "confidence": share}
        ranking = [item for item in message.get(INTENT_RANKING_KEY, []) if item["name"] != intent["name"]]
        message.set("topic", {"name": name, "confidence": share}, add_to_output=True)
        message.set(INTENT, intent, add_to_output=True)
        message.set(INTENT_RANKING_KEY, [intent, *ranking][:RANKING_KEPT], add_to_output=True)

    def _wishes(self, message: Message, parts: list[Part]) -> list[dict[str, Any]]:
        main = message.get("topic")["name"]
        whole = repaired_of(message)
        entities = [e for e in message.get(ENTITIES, []) if e["entity"] in _VALUES and not e.get("negated")]
        found: dict[str, list[dict[str, Any]]] = {main: []}
        topic = main
        for part in parts:
            topic = part.topic or topic
            first, last = whole.original_span(part.start, part.end)
            here = [e for e in entities if first <= e["start"] and e["end"] <= last]
            found.setdefault(topic, []).extend(here)
        if len(found) == 1:
            found[main] = entities
        return [wish for name, values in found.items() for wish in self._split(name, values)]

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


def _is_request(part: Part, after: Part) -> bool:
    """Whether a part is a request in its own right, not the occasion of the one after it."""
    if part.value or _BUT.match(after.text):
        return False
    return demands(part.text) or (asks(part.text) and not _WHILE.match(after.text))


def _short(values: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = ("entity", "value", "ids", "child")
    return [{key: entity[key] for key in kept if key in entity} for entity in values]
