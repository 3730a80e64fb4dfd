"""What a patient types is never a command of Rasa's."""

from __future__ import annotations

import re

# Rasa strips spaces before it looks for the slash; the full-width slash and invisible marks could be
# normalised into one by a later component.
_COMMAND_PREFIX = re.compile(r"^[\s/／⁄∕\u200b-\u200f\u2060\ufeff\u00ad]+")


def without_command_prefix(text: str) -> str:
    """`text` without leading slashes and invisible characters; a dot when nothing else is left."""
    rest = _COMMAND_PREFIX.sub("", text)
    return rest or "."
