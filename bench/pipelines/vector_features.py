"""navec's word vectors as dense features for Rasa's own classifiers; only the yardsticks use them."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS, TOKENS_NAMES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, FEATURE_TYPE_SEQUENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.word_vectors import SIZE, word_vectors


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class VectorFeaturizer(DenseFeaturizer, GraphComponent):
    """The vector of each token's lemma, shape (tokens, 300), and their mean; zeros for unknown lemmas."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**DenseFeaturizer.get_default_config(), "pooling": "mean"}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> VectorFeaturizer:
        return cls(execution_context.node_name, config)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Anything the base class takes."""

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            tokens = message.get(TOKENS_NAMES[TEXT])
            if tokens:
                vectors = np.stack([_vector(token.lemma) for token in tokens])
                pooled = self.aggregate_sequence_features(vectors, self._config["pooling"])
                for kind, values in ((FEATURE_TYPE_SEQUENCE, vectors), (FEATURE_TYPE_SENTENCE, pooled)):
                    origin = self._config[FEATURIZER_CLASS_ALIAS]
                    message.add_features(Features(values, kind, TEXT, origin))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data


def _vector(lemma: str) -> np.ndarray:
    vector = word_vectors().of(lemma)
    return np.zeros(SIZE) if vector is None else vector
