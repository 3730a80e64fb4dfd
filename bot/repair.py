"""The patient's text as it was meant, for every part of the pipeline that follows."""

from __future__ import annotations

import json
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.catalogue_files import DoctorsFile, reading_fingerprint
from bot.parallel import each
from bot.settings import load_settings
from lang.catalogue import load_catalogue
from lang.repair import Repairer
from lang.repair_vocabulary import collect_vocabulary
from lang.repaired import Repaired
from lang.surnames import CASES, decline

# Attribute of a message: its text repaired, with the way back to the original offsets.
REPAIRED = "repaired"
_FILE = "vocabulary.json"


# As a featurizer, because Rasa runs only those over the training data before the classifiers train.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TextRepair(GraphComponent):
    """Sets `repaired` and, for the action server, `repaired_text` where it differs from the text.

    Knows the words of the catalogue and of the training messages; today's doctors are added while running.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TextRepair:
        return cls(model_storage, resource)

    def __init__(self, model_storage: ModelStorage, resource: Resource) -> None:
        self._storage = model_storage
        self._resource = resource
        self._doctors = DoctorsFile(load_settings().directory_snapshot)
        self._taught: Repairer | None = None
        self._repairer: Repairer | None = None

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return reading_fingerprint(load_settings().catalogue_dir)

    def train(self, training_data: TrainingData) -> Resource:
        catalogue = load_catalogue(load_settings().catalogue_dir)
        words = collect_vocabulary(catalogue, [example.get(TEXT) for example in training_data.nlu_examples])
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> TextRepair:
        component = cls(model_storage, resource)
        with model_storage.read_from(resource) as folder:
            words = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        component._taught = component._repairer = Repairer(words)
        return component

    def process(self, messages: list[Message]) -> list[Message]:
        self._learn_doctors()
        assert self._repairer is not None
        for message in messages:
            repaired = self._repairer.repair(message.get(TEXT) or "")
            message.set(REPAIRED, repaired)
            if repaired.changed:
                message.set("repaired_text", repaired.text, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        assert self._taught is not None
        examples = training_data.nlu_examples
        texts = [example.get(TEXT) for example in examples]
        for example, repaired in zip(examples, each(self._taught.repair, texts), strict=True):
            example.set(REPAIRED, repaired)
        return training_data

    def _learn_doctors(self) -> None:
        doctors = self._doctors.changed()
        if doctors is not None and self._taught is not None:
            surnames = {doctor.surname.lower() for doctor in doctors}
            forms = {form for surname in surnames for form in _cases(surname)}
            self._repairer = self._taught.with_words(forms)


def _cases(surname: str) -> set[str]:
    forms = {form for male in (True, False) for form, case in decline(surname, male) if case in CASES}
    return {surname, *forms}


def repaired_of(message: Message) -> Repaired:
    """The message's repaired text; the text itself where nothing has repaired it."""
    text = message.get(TEXT) or ""
    return message.get(REPAIRED) or Repaired(text, text)
