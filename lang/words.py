"""The words of a message for matching with dictionaries: hyphens part words, «т4» stays one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from lang.text import all_lemmas, analyser, normalise, parses

_WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_LOOK_ALIKES = str.maketrans("abcehkmoptxy", "авсенкмортху")
_LATIN = re.compile(r"[a-z]")
_CYRILLIC = re.compile(r"[а-я]")
_PARTICLES = frozenset(
    [
        "в",
        "во",
        "к",
        "ко",
        "с",
        "со",
        "у",
        "о",
        "об",
        "по",
        "на",
        "за",
        "из",
        "от",
        "до",
        "и",
        "а",
        "но",
        "для",
        "при",
        "под",
        "над",
        "или",
    ]
)
# After these words a single letter is a name, not a preposition: «витамин с», «гепатит в».
_LETTER_NAMED = frozenset({"витамин", "гепатит", "группа", "тип", "грипп"})
# Guessing at a word that the dictionary lacks costs about a millisecond.
MOST_UNKNOWN = 40
BREAKS = frozenset(".!?;\n")


@dataclass(frozen=True)
class Word:
    """`text` is normalised; `lemmas` has every plausible normal form; `known`: the dictionary has the word;
    `content`: not a preposition or conjunction; `capital`: written with a capital letter;
    `breaks`: a sentence ends before it; `comma`: a comma stands before it; `skipped`: unknown, after so many
    other unknown words that the text is hardly a message, so nothing is looked up for it."""

    text: str
    start: int
    end: int
    lemmas: tuple[str, ...]
    known: bool
    content: bool
    capital: bool
    breaks: bool
    comma: bool
    skipped: bool = False


@lru_cache(maxsize=50_000)
def fold(word: str) -> str:
    """Normalised; Latin look-alikes made Cyrillic in a mixed word or a short code («ca125» → «са125»)."""
    plain = normalise(word)
    if _LATIN.search(plain) and (_CYRILLIC.search(plain) or len(plain) <= 5):
        folded = plain.translate(_LOOK_ALIKES)
        if not _LATIN.search(folded):
            return folded
    return plain


@lru_cache(maxsize=50_000)
def is_known(word: str) -> bool:
    """Whether the dictionary has the word as it stands (a typo has not)."""
    return bool(analyser().word_is_known(word))


@lru_cache(maxsize=50_000)
def lemmas(word: str) -> tuple[str, ...]:
    """The word itself and all its normal forms, likeliest first."""
    if len(word) < 3 or not word.isalpha():
        return (word,)
    return tuple(dict.fromkeys((*all_lemmas(word), word)))


@lru_cache(maxsize=20_000)
def has_tag(word: str, grammeme: str) -> bool:
    """Whether any reading of the word carries the OpenCorpora grammeme («Surn», «Name», «Patr»)."""
    return any(grammeme in reading.tag for reading in parses(word))


def split_words(text: str) -> list[Word]:
    """The message's words in order, without signs. Bounded in time for any few thousand letters."""
    found: list[Word] = []
    unknown = 0
    breaks = comma = False
    previous_end = -1
    for match in _WORD.finditer(text):
        raw = match.group()
        start, end = match.span()
        if "\n" in text[max(previous_end, 0) : start]:
            breaks = True
        if not (raw[0].isalpha() or raw[0].isdigit()):
            breaks = breaks or raw in BREAKS
            comma = comma or raw == ","
            continue
        plain = fold(raw)
        previous_end = end
        if found and raw[0].isdigit() and _joins(found[-1], text[found[-1].end : start]):
            last = found.pop()
            joined = last.text + plain
            found.append(
                Word(joined, last.start, end, (joined,), False, True, last.capital, last.breaks, last.comma)
            )
            continue
        content = plain not in _PARTICLES or bool(
            len(plain) == 1 and found and not comma and found[-1].lemmas[0] in _LETTER_NAMED
        )
        # A period after one letter is an initial or an abbreviation, not the end of a sentence.
        ended = breaks and not (found and len(found[-1].text) == 1 and found[-1].capital)
        known = is_known(plain)
        unknown += not known
        skipped = not known and unknown > MOST_UNKNOWN
        normal = (plain,) if skipped else lemmas(plain)
        found.append(Word(plain, start, end, normal, known, content, raw[0].isupper(), ended, comma, skipped))
        breaks = comma = False
    return found


def _joins(word: Word, between: str) -> bool:
    if len(word.text) > 3 or not word.text.isalpha():
        return False
    return between in ("", "-") or (between == " " and word.content and len(word.text) > 1 and not word.known)
