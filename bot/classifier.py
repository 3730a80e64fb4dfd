"""The intent of a message: a linear model of its words with recognised values marked, and its letters.

Rasa's own LogisticRegressionClassifier takes minutes on the dense-ish features of Rasa's pipeline and
cannot weigh them; this one learns in seconds and is chosen by the figures in docs/understanding.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.mentions import MARK, TOKENS
from bot.repair import repaired_of
from bot.text_model import Document, Shape, TextModel
from lang.segments import segments
from lang.text import normalise

# Attribute of a message: whether any of its words stood in the training examples.
KNOWN_WORDS = "known_words"
# Attribute of a message: (start, end, ranking) of its parts, offsets into the repaired text; only if several.
PARTS = "parts"
Ranking = list[dict[str, Any]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class WordAndLetterClassifier(GraphComponent):
    """Sets `intent`, `intent_ranking` and a ranking of each part, from the marked tokens and the letters."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return vars(Shape())

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WordAndLetterClassifier:
        return cls(config, model_storage, resource)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._shape = Shape(**{key: config[key] for key in vars(Shape())})
        self._storage = model_storage
        self._resource = resource
        self._model = TextModel(self._shape)

    def train(self, training_data: TrainingData) -> Resource:
        examples = training_data.intent_examples
        self._model.fit(
            [document(example) for example in examples], [example.get(INTENT) for example in examples]
        )
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> WordAndLetterClassifier:
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            classifier._model = TextModel.load(folder, classifier._shape)
        return classifier

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            read = document(message)
            ranking = self._ranking(read)
            message.set(KNOWN_WORDS, self._model.knows_words(read))
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            parts = segments(repaired_of(message).text)
            if len(parts) > 1:
                rankings = [
                    (start, end, self._ranking(document(message, start, end))) for start, end in parts
                ]
                message.set(PARTS, rankings)
        return messages

    def _ranking(self, read: Document) -> Ranking:
        shares = self._model.shares(read)
        return [
            {"name": self._model.classes[index], "confidence": float(shares[index])}
            for index in np.argsort(shares)[::-1]
        ]


def document(message: Message, start: int = 0, end: int | None = None) -> Document:
    """Lemmas with mentions as their kinds, and the letters, of the repaired text from `start` to `end`."""
    text = repaired_of(message).text
    end = len(text) if end is None else end
    tokens = [token for token in message.get(TOKENS) or [] if start <= token.start and token.end <= end]
    return Document(
        words=tuple(token.get(MARK, token.lemma) for token in tokens),
        lemmas=tuple(token.lemma for token in tokens),
        letters=normalise(text[start:end]),
    )
