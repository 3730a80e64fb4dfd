"""The last word on the intent: what a classifier must not decide by likelihood."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.catalogue_files import reading_fingerprint
from bot.classifier import KNOWN_WORDS, Ranking
from bot.clock import now
from bot.repair import repaired_of
from bot.settings import load_settings
from lang.alarms import load_alarms
from lang.text import analyser, tokens
from lang.topics import Topics, load_topics
from lang.values import ValueKind, bare_value

EMERGENCY = "emergency"
INFORM = "inform"
NOT_UNDERSTOOD = "nlu_fallback"
SURE_OF_EMERGENCY = 0.7
# The ranking travels with every later event of the conversation; more than this nobody reads.
RANKING_KEPT = 4
NOTHING_SAID = "out_of_scope"
BOOK_VISIT = "book_visit"
BOOKING = (BOOK_VISIT, INFORM)
# Whom to go to: named without a plain wish, it is a wish to go there.
_WHOM = frozenset({"specialty", "doctor"})
_NO_WORDS = ("PNCT", "NUMB")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class IntentGuard(GraphComponent):
    """Overrules the classifier where a rule is certain, and sums the intents up to the `topic`.

    A red flag is `emergency`; without one the classifier must be all but sure of it. A message that is
    nothing but a value (a name, a phone, a date) is `inform`. A message without one known word is not
    understood, because a linear classifier answers those with the likeliest class and would take «👍» or
    «123» for a yes.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"timezone": "Europe/Moscow", "threshold": 0.4}

    def __init__(self, config: dict[str, Any]) -> None:
        self._zone = ZoneInfo(config["timezone"])
        self._threshold = float(config["threshold"])
        settings = load_settings()
        self._alarms = load_alarms(settings.catalogue_dir, settings.red_flag_model)
        self._topics = load_topics(settings.catalogue_dir / "topics.yml")

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
        return reading_fingerprint(load_settings().catalogue_dir)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            everyday = self._alarms.everyday.tells(text)
            ranking = _without_faint_alarm(message.get(INTENT_RANKING_KEY, []), everyday)
            named = frozenset(entity["entity"] for entity in message.get(ENTITIES, []))
            flag = self._alarms.check(text)
            value = None if flag else bare_value(repaired_of(message).text, now(self._zone))
            certain = _certain(EMERGENCY) if flag else _certain_intent(message, ranking, named, value)
            joined = _booking_as_one(ranking)
            intent = certain or _likely(joined, self._threshold, named)
            rest = [item for item in joined if item["name"] != intent["name"]]
            message.set("red_flag", flag.id if flag else None, add_to_output=True)
            if flag:
                message.set("alarm", {"kind": flag.kind, "title": flag.title}, add_to_output=True)
            topic = _topic(self._topics, certain, ranking, named)
            if value == "number":
                # In the booking it may choose an offer; by itself a figure says nothing.
                topic = {"name": NOTHING_SAID, "confidence": 1.0}
            message.set("topic", topic, add_to_output=True)
            message.set(INTENT, intent, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [intent, *rest][:RANKING_KEPT], add_to_output=True)
        return messages


def _certain_intent(
    message: Message, ranking: Ranking, named: frozenset[str], value: ValueKind | None
) -> dict[str, Any] | None:
    """What a rule says whatever is likely; `value` is what the whole message is a value of."""
    if value:
        return _certain(INFORM)
    if named:
        return None
    # Outside the booking `inform` starts it, so it needs a value; inside, the form reads the text itself.
    if ranking and ranking[0]["name"] == INFORM:
        return _certain(NOT_UNDERSTOOD)
    if not message.get(KNOWN_WORDS) and not _has_known_word(repaired_of(message).text):
        return _certain(NOT_UNDERSTOOD)
    return None


def _certain(name: str) -> dict[str, Any]:
    return {"name": name, "confidence": 1.0}


def _without_faint_alarm(ranking: Ranking, everyday: bool) -> Ranking:
    """Without `emergency` unless all but sure: many harmless complaints look alarming to a classifier.

    An `everyday` complaint never is one by likelihood.
    """
    if not everyday and any(
        item["name"] == EMERGENCY and item["confidence"] >= SURE_OF_EMERGENCY for item in ranking
    ):
        return ranking
    kept = [item for item in ranking if item["name"] != EMERGENCY]
    whole = sum(item["confidence"] for item in kept)
    return [{**item, "confidence": item["confidence"] / whole} for item in kept]


def _booking_as_one(ranking: Ranking) -> Ranking:
    """«к лору завтра» may be a wish or an answer: both lead to the booking, so their doubt is no doubt."""
    pair = [item for item in ranking if item["name"] in BOOKING]
    if len(pair) < 2:
        return ranking
    joined = {"name": pair[0]["name"], "confidence": sum(item["confidence"] for item in pair)}
    others = [item for item in ranking if item["name"] not in BOOKING]
    return sorted([joined, *others], key=lambda item: -item["confidence"])


def _likely(ranking: Ranking, threshold: float, named: frozenset[str]) -> dict[str, Any]:
    """The likeliest intent if it is likely enough."""
    if ranking and ranking[0]["confidence"] >= threshold:
        return ranking[0]
    return _certain(BOOK_VISIT if named & _WHOM else NOT_UNDERSTOOD)


def _topic(
    topics: Topics, certain: dict[str, Any] | None, ranking: Ranking, named: frozenset[str]
) -> dict[str, Any]:
    """`{name, confidence}` of the likeliest topic, of which one may have several intents."""
    shares: dict[str, float] = {}
    for item in [certain] if certain else ranking:
        topic = topics.of(item["name"])
        if topic is not None:
            shares[topic.id] = shares.get(topic.id, 0.0) + item["confidence"]
    name = max(shares, key=shares.__getitem__, default=NOTHING_SAID)
    confidence = shares.get(name, 1.0)
    bare = certain or (ranking[0] if ranking else None)
    if name == "book" and bare and bare["name"] == INFORM and "service" in named and not named & _WHOM:
        # A service named and nothing else is a question about it; the booking form knows what it asked.
        name = "service_info"
    return {"name": name, "confidence": confidence}


def _has_known_word(text: str) -> bool:
    return any(analyser().word_is_known(token.text) for token in tokens(text) if token.tag not in _NO_WORDS)
