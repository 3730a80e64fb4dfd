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
        "малый",
        "крошка",
        "кроха",
    }
)
_ADULT_AGE = 18
# «Сыну 30 лет» is no child: an age said beside the word decides.
_AGE = re.compile(
    r"(?<!\d)(?<!уже )"
    r"(\d{1,2})\s*(?:-?\s*(?:х|ти|и))?\s*(лет|год|года|годик\w*|мес\w*|недел\w*)(?!\w)(?!\s+назад)"
)


def said_ages(text: str) -> tuple[int, ...]:
    """The ages in years that a text gives in figures, in order; 0 for months and weeks."""
    return tuple(
        0 if match.group(2).startswith(("мес", "недел")) else int(match.group(1))
        for match in _AGE.finditer(text.lower())
    )


def is_about_child(text: str) -> bool:
    """Whether the patient is a child: so called, and not said to be grown up."""
    named = any(token.lemma in _CHILD for token in tokens(text))
    ages = said_ages(text)
    return named and (not ages or min(ages) < _ADULT_AGE)
