"""Tells a Russian name typed in Latin letters («ivanov petr») from English words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lang.layouts import by_sound
from lang.name_parts import Part, part
from lang.surnames import looks_like_surname

_ENGLISH = frozenset(
    {
        *("hello", "hi", "hey", "good", "morning", "evening", "day", "afternoon", "night", "bye", "goodbye"),
        *(
            "thanks",
            "thank",
            "you",
            "yes",
            "no",
            "ok",
            "okay",
            "please",
            "doctor",
            "dr",
            "need",
            "want",
            "the",
        ),
        *("appointment", "my", "name", "is", "am", "are", "me", "how", "what", "when", "where", "and", "to"),
        *("test", "help", "call", "english", "speak", "do", "not", "can", "an", "for", "clinic", "covid"),
    }
)


def is_latin_name(core: Sequence[Part]) -> bool:
    """Whether the words are a name in Latin letters: two or three capitalised, or one known as a name."""
    if not 1 <= len(core) <= 3 or not all(re.fullmatch("[a-z'’-]{2,}", item.text) for item in core):
        return False
    if any(item.text in _ENGLISH for item in core):
        return False
    spelled = [part(by_sound(item.text), 0, 0) for item in core]
    if len(core) == 1:
        return core[0].capital and spelled[0].given >= 3
    if all(item.capital for item in core):
        return True
    named = any(item.given >= 2 or item.patronymic > 2 for item in spelled)
    return named and any(looks_like_surname(item.text) for item in spelled)
