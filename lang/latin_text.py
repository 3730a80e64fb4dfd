"""Which Latin words of a message are Russian in the wrong layout or romanised, and what they say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lang.layouts import by_keys, sign_by_keys
from lang.lexicon import Lexicon
from lang.romanised import spellings
from lang.words import is_known

LATIN = re.compile("[A-Za-z]")
_CORE = re.compile(r"([^\w'’`]*)(.*?)([^\w'’`]*)", re.DOTALL)
_ROMANISED = re.compile("[a-z469'’`]*[a-z]['a-z469’`]*")
_KEY_SIGNS = "[];',.`{}:\"<>~"
# Not more than a few signs at either end; longer runs are no words.
_TYPED_WORD = re.compile(r"[^A-Za-z]{,4}[A-Za-z](?:.{,80}[A-Za-z])?[^A-Za-z]{,6}")
_SHORT = frozenset("авиоксуя")
_LOOK_ALIKES = str.maketrans("abcehkmoptxyABCEHKMOPTXY", "авсенкмортхуАВСЕНКМОРТХУ")
_NEAR_COST = 0.7
_CLEAR = 7.0
_GUESSED = 0.8


@dataclass(frozen=True)
class _Reading:
    """`score` grows with length and certainty, 0: not a word; `exact`: no letter had to be guessed."""

    text: str
    score: float
    exact: bool


@dataclass(frozen=True)
class _Chunk:
    raw: str
    core: str
    typed: _Reading
    sounded: _Reading
    kept: bool
    english: bool


class LatinReader:
    """Reads the stretches between spaces that have Latin letters; `keep` and `english` are small letters."""

    def __init__(self, lexicon: Lexicon, keep: frozenset[str], english: frozenset[str]) -> None:
        self._lexicon = lexicon
        self._keep = keep
        self._english = english

    def read(self, raws: Sequence[str], shouted: bool) -> list[str]:
        """The stretches in Russian, each that is none unchanged. `shouted`: the message is in capitals."""
        chunks = [self._chunk(raw) for raw in raws]
        typed = sum(chunk.typed.score for chunk in chunks)
        sounded = sum(chunk.sounded.score for chunk in chunks)
        english = sum(len(chunk.core) + 1.0 for chunk in chunks if chunk.english)
        if english >= max(typed, sounded):
            return [self._mixed(raw) for raw in raws]
        by_layout = typed > sounded
        clear = max(typed, sounded) >= _CLEAR
        result = [self._choose(chunk, by_layout, clear, shouted) for chunk in chunks]
        if result[-1].endswith(",") and raws[-1].endswith("?"):
            # Nobody ends with a comma: this question mark was looked for on the keyboard.
            result[-1] = result[-1][:-1] + "?"
        return _whole_names(raws, [self._mixed(text) for text in result])

    def _choose(self, chunk: _Chunk, by_layout: bool, clear: bool, shouted: bool) -> str:
        if chunk.kept:
            return chunk.raw
        first, second = (chunk.typed, chunk.sounded) if by_layout else (chunk.sounded, chunk.typed)
        best = second if second.score > first.score and len(chunk.core) > 2 else first
        if not best.score:
            raw_wanted = clear and not chunk.english and first.text and not chunk.core[:1].isupper()
            return first.text if raw_wanted and len(chunk.core) > 2 else chunk.raw
        if chunk.english and not (best.exact and clear):
            return chunk.raw
        capital = chunk.core[:1].isupper()
        if capital and not best.exact and not shouted and not (by_layout and clear):
            return chunk.raw
        if chunk.core.isupper() and 1 < len(chunk.core) <= 5 and not shouted and best.score < len(chunk.core):
            return chunk.raw
        return best.text

    def _chunk(self, raw: str) -> _Chunk:
        parted = _CORE.fullmatch(raw)
        core = parted.group(2) if parted else raw
        plain = core.lower()
        kept = plain in self._keep or bool(re.search("[^\\W\\d_a-z]", plain)) or "_" in plain
        english = plain.replace("’", "'").split("'")[0] in self._english
        nothing = _Reading("", 0.0, True)
        if kept or not LATIN.search(core):
            return _Chunk(raw, core, nothing, nothing, True, False)
        return _Chunk(raw, core, self._typed(raw), self._sounded(raw, core), False, english)

    def _typed(self, raw: str) -> _Reading:
        if re.search(r"\d", raw) or not _TYPED_WORD.fullmatch(raw):
            return _Reading("", 0.0, True)
        end = len(raw)
        while end and not (raw[end - 1].isalpha() or raw[end - 1] in _KEY_SIGNS):
            end -= 1
        start = 0
        while start < end and not (raw[start].isalpha() or raw[start] in _KEY_SIGNS):
            start += 1
        stop = end
        while stop > start and not raw[stop - 1].isalpha():
            stop -= 1
        first = start
        while first < stop and not raw[first].isalpha():
            first += 1
        best = _Reading("", 0.0, True)
        for begin in range(start, first + 1):
            for cut in range(end, stop - 1, -1):
                word = by_keys(raw[begin:cut])
                score = self._score(word)
                if score > best.score:
                    text = sign_by_keys(raw[:begin]) + _sensible(word) + sign_by_keys(raw[cut:])
                    best = _Reading(text, score, True)
        if best.score:
            return best
        parts = re.split(r"([,.;?])", raw[start:end])
        if len(parts) > 2 and all(self._score(by_keys(part)) for part in parts[::2] if part):
            text = "".join(by_keys(part) if part not in ",.;?" else part for part in parts)
            return _Reading(text, sum(self._score(by_keys(part)) for part in parts[::2]), True)
        word = by_keys(raw[first:end])
        near = self._near(word)
        text = (
            sign_by_keys(raw[:first])
            + _sensible(near or by_keys(raw[first:stop]))
            + sign_by_keys(raw[end if near else stop :])
        )
        return _Reading(text, _GUESSED * len(word) if near else 0.0, False)

    def _sounded(self, raw: str, core: str) -> _Reading:
        start = raw.index(core)
        parts = re.split("([-/])", core)
        read = [self._sounded_word(part) if part not in "-/" else _Reading(part, 0.0, True) for part in parts]
        words = read[::2]
        if not all(word.text for word in words):
            return _Reading("", 0.0, False)
        text = raw[:start] + "".join(word.text for word in read) + raw[start + len(core) :]
        score = sum(word.score for word in words) if all(word.score for word in words) else 0.0
        return _Reading(text, score, all(word.exact for word in words))

    def _sounded_word(self, word: str) -> _Reading:
        plain = word.lower()
        if not _ROMANISED.fullmatch(plain):
            return _Reading("", 0.0, False)
        options = spellings(plain)
        found = self._spelt(options) or (self._heard(plain, options) if len(plain) > 2 else None)
        found = found or next((option for option in options if self._score(option)), None)
        if found is not None and self._score(found):
            # A figure may be a letter («4to»), but rarely is: «b6», «t4».
            enough = not re.search(r"\d", plain) or len(found) > 2
            return _Reading(_cased(word, found), self._score(found) if enough else 0.0, True)
        if re.search(r"\d", plain) or not options:
            return _Reading("", 0.0, False)
        near = self._near(options[0])
        return _Reading(_cased(word, near or options[0]), _GUESSED * len(word) if near else 0.0, False)

    def _spelt(self, options: Sequence[str]) -> str | None:
        """The given word among the spellings, the one written most: «den» is «день», not «Ден»."""
        best = max(options, key=self._lexicon.count, default=None)
        return best if best is not None and self._lexicon.count(best) else None

    def _heard(self, plain: str, options: Sequence[str]) -> str | None:
        """The given word that sounds so, unless it is hardly written and the plain spelling is a word."""
        heard = self._lexicon.romanised(plain)
        if heard is not None and self._lexicon.count(heard) < 1:
            return next((option for option in options if is_known(option)), heard)
        return heard

    def _near(self, word: str) -> str | None:
        return self._lexicon.nearest(word.lower(), most=_NEAR_COST) if len(word) > 4 else None

    def _score(self, word: str) -> float:
        plain = word.lower().replace("ё", "е")
        if len(plain) == 1:
            return 0.5 if plain in _SHORT else 0.0
        if self._lexicon.has(plain):
            return len(plain) + 1.0
        if "-" in plain:
            parts = plain.split("-")
            return (
                len(plain) * 0.8
                if all(len(part) > 1 and self._lexicon.knows(part) for part in parts)
                else 0.0
            )
        return 0.6 * len(plain) if len(plain) > 2 and is_known(plain) else 0.0

    def _mixed(self, raw: str) -> str:
        """«кардиoлог» with a Latin «o»."""
        if not (LATIN.search(raw) and re.search("[а-яё]", raw.lower())):
            return raw
        return re.sub(r"[^\W\d_]+", self._folded, raw)

    def _folded(self, match: re.Match[str]) -> str:
        word = match.group()
        folded = word.translate(_LOOK_ALIKES)
        return word if LATIN.search(folded) or not re.search("[а-яё]", word.lower()) else folded


def _cased(like: str, word: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word[:1].upper() + word[1:] if like[:1].isupper() else word


def _sensible(word: str) -> str:
    """«хОЧУ» was typed with Caps Lock, which keys of signs do not heed."""
    return word.upper() if word[1:].isupper() and len(word) > 2 else word


def _whole_names(raws: Sequence[str], read: Sequence[str]) -> list[str]:
    """A foreign name is read whole or not at all: «Anna Müller»."""
    result = list(read)
    for place in range(len(raws) - 1):
        pair = raws[place : place + 2]
        if all(raw[0].isupper() and raw[1:2].islower() for raw in pair):
            kept = [raw == text for raw, text in zip(pair, read[place : place + 2], strict=True)]
            if any(kept):
                result[place : place + 2] = pair
    return result
