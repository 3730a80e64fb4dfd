"""The intent of a message: logistic regression over words with recognised values marked, and letters.

Rasa's own LogisticRegressionClassifier takes minutes on the dense-ish features of Rasa's pipeline and
cannot weigh them; here both feature sets are TF-IDF and training takes seconds.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import skops.io as sio
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.mentions import TOKENS
from lang.text import normalise

# Attribute of a message: whether any of its words stood in the training examples.
KNOWN_WORDS = "known_words"
_FILE = "classifier.skops"
_TRUSTED = ("sklearn.", "scipy.sparse.", "numpy.")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class WordAndLetterClassifier(GraphComponent):
    """Sets `intent` and `intent_ranking` from the marked tokens and the text."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "C": 8.0,
            "max_iter": 120,
            "tol": 1e-3,
            "word_ngrams": 2,
            "letter_ngrams": 5,
            "random_state": 7,
        }

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
        self._storage = model_storage
        self._resource = resource
        self._words = TfidfVectorizer(
            ngram_range=(1, config["word_ngrams"]), token_pattern=r"\S+", lowercase=False, sublinear_tf=True
        )
        self._letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, config["letter_ngrams"]), sublinear_tf=True, min_df=2
        )
        self._model = LogisticRegression(
            C=config["C"],
            max_iter=config["max_iter"],
            tol=config["tol"],
            class_weight="balanced",
            random_state=config["random_state"],
        )

    def train(self, training_data: TrainingData) -> Resource:
        examples = training_data.intent_examples
        words = [_marked(example) for example in examples]
        letters = [normalise(example.get(TEXT)) for example in examples]
        features = hstack([self._words.fit_transform(words), self._letters.fit_transform(letters)])
        self._model.fit(csr_matrix(features), [example.get(INTENT) for example in examples])
        with self._storage.write_to(self._resource) as folder:
            sio.dump([self._words, self._letters, self._model], folder / _FILE)
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
        """The trained component. A file with types of other libraries than scikit-learn's is refused."""
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            path = folder / _FILE
            held = sio.get_untrusted_types(file=path)
            unknown = [name for name in held if not name.startswith(_TRUSTED)]
            if unknown:
                raise ValueError(f"the model holds types that are not trusted: {unknown}")
            parts = sio.load(path, trusted=held)
        classifier._words, classifier._letters, classifier._model = parts
        return classifier

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            words = self._words.transform([_marked(message)])
            letters = self._letters.transform([normalise(message.get(TEXT) or "")])
            shares = self._model.predict_proba(csr_matrix(hstack([words, letters])))[0]
            order = np.argsort(shares)[::-1]
            ranking = [
                {"name": str(self._model.classes_[index]), "confidence": float(shares[index])}
                for index in order
            ]
            message.set(KNOWN_WORDS, words.nnz > 0)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages


def _marked(message: Message) -> str:
    """Lemmas joined by spaces, mentions as their kinds."""
    return " ".join(token.lemma for token in message.get(TOKENS) or [])
