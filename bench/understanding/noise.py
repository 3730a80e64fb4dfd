"""Typing errors for the evaluation: one in every three words, always the same for the same message.

Training is shown no errors made by code, only the repair of texts prepares for them, so this measures how
well that works on errors nobody tuned it on.
"""

from __future__ import annotations

import random
import re
import zlib

# Neighbours on the ЙЦУКЕН keyboard.
_ROWS = ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю")
_WORD = re.compile(r"[А-Яа-яЁё]{4,}")
WORDS_PER_ERROR = 3


def noisy(text: str) -> str:
    """`text` with one letter dropped, doubled, swapped or mistyped in a third of its longer words."""
    chooser = random.Random(zlib.crc32(text.encode()))
    words = list(_WORD.finditer(text))
    if not words:
        return text
    errors = max(1, round(len(words) / WORDS_PER_ERROR))
    for match in sorted(chooser.sample(words, errors), key=lambda found: -found.start()):
        text = text[: match.start()] + _damaged(match.group(), chooser) + text[match.end() :]
    return text


def _damaged(word: str, chooser: random.Random) -> str:
    # The first letter is rarely the wrong one.
    place = chooser.randrange(1, len(word) - 1)
    kind = chooser.choice(("drop", "double", "swap", "neighbour"))
    if kind == "drop":
        return word[:place] + word[place + 1 :]
    if kind == "double":
        return word[: place + 1] + word[place:]
    if kind == "swap":
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + _neighbour(word[place], chooser) + word[place + 1 :]


def _neighbour(letter: str, chooser: random.Random) -> str:
    for row in _ROWS:
        at = row.find(letter.lower())
        if at >= 0:
            return chooser.choice([row[near] for near in (at - 1, at + 1) if 0 <= near < len(row)])
    return letter
