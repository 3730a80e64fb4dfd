"""What can be said about a typed text without understanding it: safe form, length, script."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

MAX_LENGTH = 1000
# More than a patient can mean to send; the red flag guard still reads this much of it.
MAX_STORED = 4000

Verdict = Literal["empty", "wordless", "too_long", "foreign"]

_SLASHES = frozenset("/／⁄∕⧸╱\\＼")
_KEPT_CONTROLS = frozenset("\n\t")
_ANSWER_SIGNS = re.compile(r"[+\-−–—]")
_LATIN_WORD = re.compile(r"[a-z']+")


def storable(text: str) -> str:
    """The text without what a database or JSON cannot hold: NUL and other controls, lone surrogates."""
    text = text[:MAX_STORED].encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in text if c in _KEPT_CONTROLS or unicodedata.category(c) != "Cc")


def plain(text: str) -> str:
    """The text that may go to Rasa: it cannot be read as a command there.

    Rasa takes a message that starts with `/` (after its own strip) for `/intent{entities}`, so leading
    slashes of every kind go, with the blanks and invisible characters around them.
    """
    start = 0
    while start < len(text) and (text[start] in _SLASHES or _invisible(text[start])):
        start += 1
    return text[start:].rstrip()


def judge(text: str, foreign_words: frozenset[str]) -> Verdict | None:
    """Why the text gets the desk's own answer; None when it should be understood by Rasa."""
    if len(text) > MAX_LENGTH:
        return "too_long"
    if all(c in _SLASHES or _invisible(c) for c in text):
        return "empty"
    letters = [c for c in text if c.isalpha()]
    if not letters:
        has_meaning = any(c.isdigit() for c in text) or _ANSWER_SIGNS.fullmatch(text.strip())
        return None if has_meaning else "wordless"
    return "foreign" if _foreign(text, letters, foreign_words) else None


def _invisible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Cf", "Cc", "Mn", "Me"}


def _foreign(text: str, letters: list[str], foreign_words: frozenset[str]) -> bool:
    cyrillic = sum("Ѐ" <= c <= "ӿ" for c in letters)
    latin = sum(c.isascii() or unicodedata.name(c, "").startswith("LATIN") for c in letters)
    if cyrillic + latin < len(letters) / 2:
        return True
    if latin < 0.8 * len(letters):
        return False
    words = _LATIN_WORD.findall(text.lower())
    known = sum(word in foreign_words for word in words)
    return known > 0 and known >= 0.3 * len(words)
