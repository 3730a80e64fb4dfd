"""Words of a text: one normal form for comparing, tokens with spans, lemmas."""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pymorphy3

_DASHES = "‐‑‒–—―−﹘﹣－"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_TRANSLATION = {
    ord("ё"): "е",
    **{ord(dash): "-" for dash in _DASHES},
    **{ord(char): None for char in _INVISIBLE},
}
_TRANSLATED = re.compile(f"[ё{_DASHES}{_INVISIBLE}]")

_LETTER = r"(?:[^\W\d_][\u0300-\u036f]*)"
_TOKEN = re.compile(rf"(?P<number>\d+)|(?P<word>{_LETTER}+(?:[-‐‑]{_LETTER}+)*)|(?P<sign>[^\w\s]|_)")

_analyser: pymorphy3.MorphAnalyzer | None = None
_analyser_lock = threading.Lock()


@dataclass(frozen=True)
class Token:
    """A word, a run of digits or one sign.

    `text` is normalised, `start` and `end` are offsets into the text that was tokenised, `lemma` is the
    likeliest normal form (the text itself for digits and signs), `tag` the OpenCorpora tag of that reading
    ("NUMB" for digits, "PNCT" for signs).
    """

    text: str
    start: int
    end: int
    lemma: str
    tag: str


def normalise(text: str) -> str:
    """Lower case, ё→е, plain dashes, single spaces, no invisible characters, trimmed.

    The length may change: offsets into the result are not offsets into `text`.
    """
    plain = unicodedata.normalize("NFC", text).lower()
    # Few texts have such a sign, and translating letter by letter is the dearest part of it.
    if _TRANSLATED.search(plain):
        plain = plain.translate(_TRANSLATION)
    return " ".join(unicodedata.normalize("NFC", plain).split())


def folded(text: str) -> str:
    """Lower case and ё→е without a change of length, so that offsets stay those of `text`."""
    lower = (small if len(small := char.lower()) == 1 else char for char in text)
    return "".join(lower).replace("ё", "е")


def tokens(text: str) -> list[Token]:
    """Words (inner hyphens kept, «травматолог-ортопед»), runs of digits, single signs, in order.

    Digits and letters that touch are parted («10утра» is two tokens). Spans are offsets into `text`.
    """
    return list(_tokens(text))


# A dozen rules read one message, some of them its parts; more than a few texts are never asked again.
@lru_cache(maxsize=64)
def _tokens(text: str) -> tuple[Token, ...]:
    found = []
    for match in _TOKEN.finditer(text):
        word, first, tag = _word(match.group(), match.lastgroup)
        if word:
            found.append(Token(word, match.start(), match.end(), first, tag))
    return tuple(found)


@lru_cache(maxsize=20_000)
def _word(raw: str, kind: str | None) -> tuple[str, str, str]:
    """(normalised text, lemma, tag) of what `_TOKEN` found."""
    word = normalise(raw)
    if kind == "word" and word:
        return word, lemma(word), best_tag(word)
    return word, word, "NUMB" if kind == "number" else "PNCT"


def analyser() -> pymorphy3.MorphAnalyzer:
    """The analyser of this process, made at the first call (about 0.1 s)."""
    global _analyser
    if _analyser is None:
        with _analyser_lock:
            if _analyser is None:
                _analyser = pymorphy3.MorphAnalyzer()
    return _analyser


@lru_cache(maxsize=50_000)
def parses(word: str) -> tuple[Any, ...]:
    """All readings of a word by pymorphy3, likeliest first; none for signs it cannot name."""
    try:
        return tuple(analyser().parse(word))
    except ValueError:  # pymorphy3 asks Unicode for the name of every letter, and some have none
        return ()


def lemma(word: str) -> str:
    """The likeliest normal form, ё written as е."""
    return _lemmas(word)[0]


def all_lemmas(word: str) -> tuple[str, ...]:
    """Every plausible normal form, likeliest first, without repeats; never empty."""
    return _lemmas(word)


@lru_cache(maxsize=50_000)
def best_tag(word: str) -> str:
    """The OpenCorpora tag of the likeliest reading, "" if there is none."""
    readings = parses(normalise(word))
    return str(readings[0].tag) if readings else ""


@lru_cache(maxsize=50_000)
def _lemmas(word: str) -> tuple[str, ...]:
    plain = normalise(word)
    forms = dict.fromkeys(reading.normal_form.replace("ё", "е") for reading in parses(plain))
    return tuple(forms) or (plain,)
