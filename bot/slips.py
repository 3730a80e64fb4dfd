"""Messages as hurried people type them, made for training: slips of the finger and the ear, joined words,
the wrong keyboard layout, Latin letters. The errors of the measurements are made by other code.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

_WORD = re.compile(r"[а-яё]{4,}", re.IGNORECASE)
_LETTERS = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_KEYS = dict(zip("йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,.", strict=True))
# Keys within a finger's width, those of the rows above and below among them.
_NEAR = {
    **{"а": "впкм", "в": "ыаук", "е": "кнпа", "и": "мтпр", "к": "уеав", "л": "одшб", "м": "сиа"},
    **{"н": "егпр", "о": "рлщг", "п": "ареи", "р": "понг", "с": "чмыв", "т": "ирь", "у": "цкыв"},
    **{"ы": "фвцч", "д": "лжщю", "з": "щхжд", "г": "нршо", "ш": "гщло", "ь": "тбо", "я": "фчы"},
}
_HEARD = (
    *(("тся", "ться"), ("ться", "тся"), ("ого", "ова"), ("его", "ево"), ("чт", "шт"), ("сч", "щ")),
    *(("о", "а"), ("а", "о"), ("е", "и"), ("и", "е"), ("я", "е"), ("нн", "н"), ("сс", "с"), ("ь", "")),
)
_SOUNDS = dict(
    zip(
        _LETTERS,
        (
            *("a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p"),
            *("r", "s", "t", "u", "f", "h", "c", "ch", "sh", "sch", "", "y", "", "e", "yu", "ya"),
        ),
        strict=True,
    )
)
_OTHER_LETTERS = 0.08
_OTHER_LAYOUT = 0.04
# Of the words long enough to go wrong.
_SLIPPED = 0.3


def with_slips(text: str, chooser: random.Random) -> str:
    """`text` in lower case as somebody else might have typed it; at least one slip where a word allows it."""
    plain = text.lower()
    drawn = chooser.random()
    if drawn < _OTHER_LAYOUT:
        return "".join(_KEYS.get(letter, letter) for letter in plain)
    if drawn < _OTHER_LAYOUT + _OTHER_LETTERS:
        return "".join(_SOUNDS.get(letter, letter) for letter in plain)
    words = list(_WORD.finditer(plain))
    slipped = [word for word in words if chooser.random() < _SLIPPED] or words[:1]
    for word in reversed(slipped):
        plain = plain[: word.start()] + chooser.choice(_SLIPS)(word.group(), chooser) + plain[word.end() :]
    return plain


def _misheard(word: str, chooser: random.Random) -> str:
    possible = [pair for pair in _HEARD if pair[0] in word[1:]]
    if not possible:
        return _left_out(word, chooser)
    said, written = chooser.choice(possible)
    return word[0] + word[1:].replace(said, written, 1)


def _beside(word: str, chooser: random.Random) -> str:
    at = chooser.randrange(len(word))
    return word[:at] + chooser.choice(_NEAR.get(word[at], word[at])) + word[at + 1 :]


def _left_out(word: str, chooser: random.Random) -> str:
    at = chooser.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def _turned(word: str, chooser: random.Random) -> str:
    at = chooser.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _held(word: str, chooser: random.Random) -> str:
    at = chooser.randrange(len(word))
    return word[: at + 1] + word[at:]


def _parted(word: str, chooser: random.Random) -> str:
    at = chooser.randrange(2, len(word) - 1)
    return word[:at] + " " + word[at:]


_SLIPS: tuple[Callable[[str, random.Random], str], ...] = (
    *(_misheard, _misheard, _beside, _beside, _left_out, _left_out),
    *(_turned, _held, _parted),
)
