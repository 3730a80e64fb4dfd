"""For whom a message asks: words that name the patient, as far as they decide who may see them."""

from __future__ import annotations

import re

from lang.text import tokens

_CHILD = frozenset(
    {
        "ребенок",
        "малыш",
        "малышка",
        "грудничок",
        "новорожденный",
        "младенец",
        "дочка",
        "дочь",
        "сын",
        "сынок",
        "сынишка",
        "доченька",
        "внук",
        "внучка",
        "школьник",
        "школьница",
        "дошкольник",
        "подросток",
        "дитя",
        "детский",
        "мелкий",
        "малой",
        "крошка",
        "кроха",
    }
)
_ADULT_AGE = 18
# «Сыну 30 лет» is no child: an age said beside the word decides.
_AGE = re.compile(r"(\d{1,2})\s*(?:-?\s*(?:х|ти|и))?\s*(лет|год|года|годик\w*|мес\w*|недел\w*)(?!\w)")


def said_age(text: str) -> int | None:
    """The age in years that a text gives in figures, 0 for months and weeks; None if it gives none."""
    found = _AGE.search(text.lower())
    if found is None or re.search(r"\bуже\s*$|\bназад\b", text.lower()[: found.start()][-8:]):
        return None
    return 0 if found.group(2).startswith(("мес", "недел")) else int(found.group(1))


def is_about_child(text: str) -> bool:
    """Whether the patient is a child: so called, and not said to be grown up."""
    named = any(token.lemma in _CHILD for token in tokens(text))
    years = said_age(text)
    if years is not None and years >= _ADULT_AGE:
        return False
    return named
