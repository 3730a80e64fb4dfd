from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest
import rasa.shared.utils.common as rasa_common
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.core.slots import Slot, TextSlot

from bot.repeated_work import compute_once


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    kept = RemoteAction._validate_action_result, rasa_common.all_subclasses
    compute_once()
    yield
    RemoteAction._validate_action_result, rasa_common.all_subclasses = kept
    del Slot.__copy__


def test_a_well_formed_answer_passes() -> None:
    answer = {"events": [{"event": "slot", "name": "a", "value": 1}], "responses": [{"text": "да"}]}

    assert RemoteAction("action_x", None)._validate_action_result(answer) is True


@pytest.mark.parametrize("answer", [{"events": "none"}, {"events": [], "responses": ["Петров Илья"]}])
def test_a_malformed_answer_is_refused_without_its_words(answer: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as refused:
        RemoteAction("action_x", None)._validate_action_result(answer)

    assert "action_x" in str(refused.value)
    assert "Петров" not in str(refused.value)


def test_events_are_read_as_before() -> None:
    assert Event.resolve_by_type("slot") is SlotSet
    assert Event.resolve_by_type("user") is UserUttered
    assert Event.resolve_by_type("nothing", UserUttered) is UserUttered


def test_a_copied_slot_is_the_same_slot_and_lives_alone() -> None:
    slot = TextSlot("city", [{"type": "custom"}], initial_value="Клин", influence_conversation=False)
    slot.value = "Тверь"

    copied = copy.copy(slot)
    slot.value = "Псков"

    assert type(copied) is TextSlot
    assert (copied.name, copied.value, copied.initial_value) == ("city", "Тверь", "Клин")
    assert copied.influence_conversation is False
