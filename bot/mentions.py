"""Recognised values as entities: specialties, services, branches, doctors, wishes, names, phones, dates."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.catalogue_files import DoctorsFile, reading_fingerprint
from bot.clock import now
from bot.parallel import each
from bot.repair import repaired_of
from bot.settings import load_settings
from lang.birth_dates import BirthDateMatch, find_birth_date
from lang.catalogue import load_catalogue
from lang.insurers import Insurers, load_insurers
from lang.mentions import Mention, Recogniser
from lang.names import FullNameMatch, parse_full_name
from lang.patient_values import patient_values
from lang.phones import PhoneMatch, find_phone
from lang.policies import without_policy
from lang.preferences import find_preferences
from lang.repaired import Repaired
from lang.visit_kind import find_visit_kind
from lang.wish import parse_wish

TOKENS = "text_tokens"
# Property of a token inside a recognised value: the value's kind, in place of its lemma.
MARK = "mark"
# Words that the classifier reads as they are: a question about a policy is known by them.
UNMARKED = frozenset({"visit_kind", "preference", "for_whom", "payment", "insurer"})


# As a featurizer, because Rasa runs only those over the training data, and the classifier must see the
# same marks in training as later.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class MentionExtractor(GraphComponent, EntityExtractorMixin):
    """Adds an entity for each recognised value and marks its tokens for the classifier.

    A token inside a mention is marked with the mention's kind, so that «к кардиологу»
    and «к урологу» give the classifier the same features. Times in a wish are those of `timezone`; the
    action server reads the wish again in the branch's zone.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"timezone": "Europe/Moscow"}

    def __init__(self, config: dict[str, Any]) -> None:
        settings = load_settings()
        self._zone = ZoneInfo(config["timezone"])
        self._doctors = DoctorsFile(settings.directory_snapshot)
        self._recogniser = Recogniser(load_catalogue(settings.catalogue_dir))
        self._insurers = load_insurers(settings.catalogue_dir / "insurers.yml")

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MentionExtractor:
        return cls(config)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return reading_fingerprint(load_settings().catalogue_dir)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._read(message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        examples = training_data.nlu_examples
        found = each(self._entities, [repaired_of(example) for example in examples])
        for example, entities in zip(examples, found, strict=True):
            self._mark(example, entities)
        return training_data

    def _read(self, message: Message) -> None:
        repaired = repaired_of(message)
        entities = self._entities(repaired)
        self._mark(message, entities)
        for entity in entities:
            entity["start"], entity["end"] = repaired.original_span(entity["start"], entity["end"])
        self.add_extractor_name(entities)
        message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)

    def _entities(self, repaired: Repaired) -> list[dict[str, Any]]:
        """Recognised values with offsets into the repaired text."""
        doctors = self._doctors.changed()
        if doctors is not None:
            self._recogniser = self._recogniser.with_doctors(doctors)
        found = [_mention_entity(mention) for mention in self._recogniser.find(repaired.text)]
        found += _value_entities(repaired.text, now(self._zone), self._insurers)
        return sorted(found, key=lambda entity: (entity["start"], entity["end"]))

    @staticmethod
    def _mark(message: Message, entities: list[dict[str, Any]]) -> None:
        for token in message.get(TOKENS) or []:
            for entity in entities:
                if entity["entity"] in UNMARKED:
                    continue
                if entity["start"] <= token.start and token.end <= entity["end"]:
                    token.set(MARK, f"_{entity['entity']}_")
                    break


def _value_entities(text: str, moment: datetime, insurers: Insurers) -> list[dict[str, Any]]:
    """When, who, who pays; a date that is a birth date is not a wish, a policy's number no phone."""
    entities = patient_values(text, insurers)
    phone = find_phone(without_policy(text))
    if isinstance(phone, PhoneMatch):
        entities.append({"entity": "phone", "value": phone.e164, "start": phone.start, "end": phone.end})
    birth = find_birth_date(text, moment.date())
    if isinstance(birth, BirthDateMatch):
        entities.append(
            {"entity": "birth_date", "value": birth.value.isoformat(), "start": birth.start, "end": birth.end}
        )
    wish = parse_wish(text, moment)
    if wish is not None and wish.spans:
        entities.append(
            {
                "entity": "wish",
                "value": wish.wish.to_json(),
                "start": min(start for start, _ in wish.spans),
                "end": max(end for _, end in wish.spans),
            }
        )
    kind = find_visit_kind(text)
    if kind is not None:
        entities.append({"entity": "visit_kind", "value": kind.value, "start": kind.start, "end": kind.end})
    entities += [
        {"entity": "preference", "value": wanted.code, "start": wanted.start, "end": wanted.end}
        for wanted in find_preferences(text)
    ]
    name = parse_full_name(text)
    if isinstance(name, FullNameMatch):
        full = {"surname": name.surname, "given": name.given, "patronymic": name.patronymic}
        entities.append({"entity": "name", "value": full, "start": name.start, "end": name.end})
    return entities


def _mention_entity(mention: Mention) -> dict[str, Any]:
    entity = {
        "entity": "service_group" if mention.group else mention.kind,
        "value": mention.value,
        "start": mention.start,
        "end": mention.end,
        "score": round(mention.score, 2),
    }
    if mention.negated:
        entity["negated"] = True
    if mention.child:
        entity["child"] = True
    if mention.ids:
        entity["ids"] = list(mention.ids)
    if mention.others:
        entity["others"] = list(mention.others)
    return entity
