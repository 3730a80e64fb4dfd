"""A complaint → the specialties it may belong to, the likeliest first; never a diagnosis."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.repair import repaired_of
from bot.settings import load_settings
from bot.text_model import Document, Shape, TextModel
from lang.advice import load_advice
from lang.catalogue import load_catalogue
from lang.complaints import load_complaints
from lang.patients import is_about_child
from lang.text import normalise, tokens

SHOWN = 3
_ADVICE, _SILENT = "advice.yml", "silent.json"


# As a classifier, so that it runs after the text was repaired; it learns from data/complaints/ only.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SymptomClassifier(GraphComponent):
    """Sets `symptoms`: `[{name, confidence}]`, three specialty ids.

    A child goes to the pediatrician unless a specialist who sees children fits better.
    """

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
    ) -> SymptomClassifier:
        return cls(config, model_storage, resource)

    def __init__(self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource) -> None:
        self._storage = model_storage
        self._resource = resource
        self._shape = Shape(**{key: config[key] for key in vars(Shape())})
        self._model = TextModel(self._shape)
        self._silent: frozenset[str] = frozenset()

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        digest = hashlib.sha256()
        settings = load_settings()
        for path in (*sorted(settings.complaints_dir.glob("*.yml")), settings.catalogue_dir / _ADVICE):
            digest.update(path.read_bytes())
        return digest.hexdigest()

    def train(self, training_data: TrainingData) -> Resource:
        settings = load_settings()
        specialties = load_catalogue(settings.catalogue_dir).specialties
        self._silent = load_advice(settings.catalogue_dir / _ADVICE, specialties).silent_words
        examples = list(_examples(settings.complaints_dir))
        self._model.fit([document for document, _ in examples], [label for _, label in examples])
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
            words = json.dumps(sorted(self._silent), ensure_ascii=False)
            (folder / _SILENT).write_text(words, encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SymptomClassifier:
        classifier = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            classifier._model = TextModel.load(folder, classifier._shape)
            classifier._silent = frozenset(json.loads((folder / _SILENT).read_text(encoding="utf-8")))
        return classifier

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = repaired_of(message).text
            shares = self._shares(text)
            order = np.argsort(shares)[::-1][:SHOWN]
            ranked = [(self._model.classes[index], float(shares[index])) for index in order]
            if is_about_child(text):
                ranked = _with_pediatrician(ranked)
            symptoms = [{"name": name, "confidence": round(share, 2)} for name, share in ranked]
            message.set("symptoms", symptoms, add_to_output=True)
        return messages

    def _shares(self, text: str) -> np.ndarray:
        """Mean of the whole message and of what is left without asking and dating: each alone is worse.

        Who is ill goes with the rest of it, so a message about a child is read whole.
        """
        whole = self._model.shares(_document(text))
        if is_about_child(text):
            return whole
        rest = _document(text, self._silent)
        return (whole + self._model.shares(rest)) / 2 if rest.words else whole


def _with_pediatrician(ranked: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """The pediatrician among the first two; the therapist sees no children."""
    rest = [(name, share) for name, share in ranked if name not in ("pediatrician", "therapist")]
    known = dict(ranked)
    child = ("pediatrician", known.get("pediatrician", 0.0) + known.get("therapist", 0.0))
    first = rest[:1] if rest and rest[0][1] > child[1] else []
    return [*first, child, *rest[len(first) :]][:SHOWN]


def _examples(folder: Path) -> Iterator[tuple[Document, str]]:
    """Each complaint under every specialty it may go to, the best one twice."""
    for complaint in load_complaints(folder):
        document = _document(complaint.text)
        yield document, complaint.specialties[0]
        for specialty in complaint.specialties:
            yield document, specialty


def _document(text: str, silent: Collection[str] = ()) -> Document:
    """The text without `silent` words: «к какому врачу», «второй день» blur what is said of the illness."""
    kept = [
        token
        for token in tokens(text)
        if token.tag != "PNCT" and token.text not in silent and token.lemma not in silent
    ]
    lemmas = tuple(token.lemma for token in kept)
    letters = " ".join(token.text for token in kept) if silent else normalise(text)
    return Document(lemmas, lemmas, letters)
