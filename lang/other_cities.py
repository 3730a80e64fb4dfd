"""Cities named in a message where the network has no branch."""

from __future__ import annotations

from collections.abc import Sequence

from lang.text import parses
from lang.words import Word

_BEFORE = frozenset({"в", "во", "из", "г", "город", "городе", "города", "под"})
_SHORT = {
    "питер": "Санкт-Петербург",
    "спб": "Санкт-Петербург",
    "петербург": "Санкт-Петербург",
    "ленинград": "Санкт-Петербург",
    "челяба": "Челябинск",
}
_FIRST_WORDS = frozenset({"нижний", "великий", "старый", "набережный", "санкт"})
_COUNTRIES = frozenset(
    {
        *("россия", "рф", "украина", "беларусь", "белоруссия", "казахстан", "китай", "турция", "германия"),
        *("израиль", "америка", "сша", "европа", "азия", "африка", "египет", "таиланд", "грузия"),
        *("армения", "италия", "испания", "франция", "англия", "япония", "индия", "узбекистан", "киргизия"),
        *("таджикистан", "азербайджан", "финляндия", "корея", "польша", "мир", "земля", "волга", "урал"),
        *("сибирь",),
    }
)


def other_city(words: Sequence[Word], position: int) -> tuple[str, int] | None:
    """The city's name in the nominative and the position of its first word, or None."""
    word = words[position]
    first = position
    after = words[position + 1 : position + 2]
    if word.lemmas[0] in _FIRST_WORDS and after and "Geox" in str(parses(after[0].text)[0].tag):
        return None
    while first and words[first].start == words[first - 1].end + 1 and words[first - 1].text in _FIRST_WORDS:
        first -= 1
    adjective = position and words[position - 1].lemmas[0] in _FIRST_WORDS
    if adjective:
        first = position - 1
    before = words[first - 1].text if first else ""
    if before not in _BEFORE and len(words) - (position - first) > 1:
        return None
    for lemma in word.lemmas:
        if lemma in _SHORT:
            return _SHORT[lemma], first
    for reading in parses(word.text):
        if "Geox" not in reading.tag or reading.tag.POS != "NOUN" or "Abbr" in reading.tag:
            continue
        name = reading.normal_form.replace("ё", "е")
        if name in _COUNTRIES:
            return None
        front = words[position - 1].lemmas[0].capitalize() + " " if adjective else ""
        return front + reading.normal_form.capitalize(), first
    return None
