"""What Rasa would write to its log and must not: the slots, which hold whom a patient wants to see."""

from __future__ import annotations

import logging
from typing import Any

from rasa.core.nlg import interpolator

logger = logging.getLogger(__name__)


class _WithoutValues:
    """In place of the interpolator's logger.

    Rasa takes the JSON of a button's payload for a placeholder, in every response with such a button, and
    logs an error with the values of all slots.
    """

    def exception(self, event: str, **facts: Any) -> None:
        logger.debug("%s: a placeholder without a value", event)


def keep_slots_out_of_the_log() -> None:
    """Take the slots out of what Rasa logs of responses, for the whole process."""
    interpolator.structlogger = _WithoutValues()
