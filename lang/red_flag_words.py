"""A message's words as the list of red flags sees them: spellings, lemmas, beginnings, typos."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from lang.layouts import russian
from lang.spelling import Speller, sound
from lang.text import normalise, parses
from lang.words import MOST_UNKNOWN, fold, is_known, lemmas

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CUT = re.compile(r"[,.!?;:\n()]")
_SENTENCE_END = re.compile(r"[.!?\n](?:\s|$)")
_SENTENCE_GAP = 4


@dataclass(frozen=True)
class SeenWord:
    """A word of the message: `surface` has the listed words it is spelled as, `listed` also those it is a
    form of; `cut`: a sign stands between it and the word before; `place`: its number in the message, the end
    of a sentence counting as several words."""

    text: str
    surface: frozenset[str]
    listed: frozenset[str]
    cut: bool
    place: int


class ListedWords:
    """All words of the list, compiled once; `see` is what costs time per message."""

    def __init__(self, words: Iterable[str]) -> None:
        all_words = frozenset(words)
        self._plain = frozenset(word for word in all_words if not word.endswith("*"))
        self._stems = frozenset(word[:-1] for word in all_words if word.endswith("*"))
        self._stem_lengths = sorted({len(stem) for stem in self._stems})
        self._long_stems: dict[int, list[str]] = defaultdict(list)
        for stem in self._stems:
            if len(stem) >= 5 and stem.isalpha():
                self._long_stems[len(stem)].append(stem)
        self._forms = frozenset(form for word in self._plain for form in _forms(word))
        self._by_sound: dict[str, list[str]] = defaultdict(list)
        for form in self._forms:
            self._by_sound[sound(form)].append(form)
        self._speller = Speller({form: [form] for form in self._forms})
        self._read = lru_cache(maxsize=20_000)(self._read_word)

    def see(self, text: str) -> list[SeenWord]:
        """The message's words in order; «немогу» becomes two."""
        seen: list[SeenWord] = []
        end = unknown = ended = 0
        for match in _WORD.finditer(text):
            cut = _CUT.search(text, end, match.start()) is not None
            ended += bool(seen) and _SENTENCE_END.search(text, end, match.start() + 1) is not None
            end = match.end()
            meant = russian(fold(match.group()))
            for number, part in enumerate(_parted(meant[0])):
                unknown += not is_known(part)
                if unknown > MOST_UNKNOWN and not is_known(part):
                    surface = listed = self._spelled(part)
                else:
                    surface, listed = self._read(part)
                for other in meant[1:]:
                    surface, listed = (
                        a | b for a, b in zip((surface, listed), self._read(other), strict=True)
                    )
                place = len(seen) + ended * _SENTENCE_GAP
                seen.append(SeenWord(part, surface, listed, cut and not number, place))
        return seen

    def _read_word(self, word: str) -> tuple[frozenset[str], frozenset[str]]:
        surface, listed = self._listed(word)
        beginnings = bool(listed)
        strange = word.isalpha() and listed.isdisjoint(self._plain) and not is_known(word)
        if strange and len(word) >= 3:
            for form in self._slips(word):
                near_surface, near_listed = self._listed(form)
                surface, listed = surface | near_surface, listed | near_listed
        if strange and not beginnings and len(word) >= 5:
            nearest = self._speller.nearest(word)
            for form in nearest[1] if nearest else ():
                near_surface, near_listed = self._listed(form)
                surface, listed = surface | near_surface, listed | near_listed
            for length, stems in self._long_stems.items():
                # A letter is left out as often as changed: «судорги» has the beginning «судорог» cut shorter.
                for beginning in (word[:length], word[: length - 1]):
                    near = process.extract(beginning, stems, scorer=OSA.distance, score_cutoff=1)
                    listed |= {f"{stem}*" for stem, _, _ in near}
        return surface, listed

    def _slips(self, word: str) -> set[str]:
        """Listed forms with two letters swapped, one typed over or heard alike: «нгои», «рукка», «лижит»."""
        swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
        shorter = {word[:i] + word[i + 1 :] for i in range(len(word))} if len(word) >= 5 else set()
        heard = self._by_sound.get(sound(word), ())
        return ((swapped | shorter) & self._forms) | {
            form for form in heard if abs(len(form) - len(word)) <= 1 and OSA.distance(form, word) <= 2
        }

    def _spelled(self, word: str) -> frozenset[str]:
        beginnings = {
            f"{word[:length]}*"
            for length in self._stem_lengths
            if length <= len(word) and word[:length] in self._stems
        }
        return frozenset({word} & self._plain) | beginnings

    def _listed(self, word: str) -> tuple[frozenset[str], frozenset[str]]:
        surface = self._spelled(word)
        return surface, surface | (self._plain & {*lemmas(word)})


def _parted(word: str) -> tuple[str, ...]:
    """«немогу», «нехватает»: the particle written together with its verb."""
    if word.startswith("не") and len(word) > 5 and not is_known(word) and is_known(word[2:]):
        return ("не", word[2:])
    return (word,)


def _forms(word: str) -> set[str]:
    forms = {word}
    if len(word) >= 4 and word.isalpha():
        parse = parses(word)[0]
        if parse.normal_form.replace("ё", "е") == word:
            forms |= {normalise(form.word) for form in parse.lexeme if "PRTF" not in form.tag}
    return forms


def list_words(text: str) -> tuple[str, ...]:
    """A line of the list as words; a star stays with its word."""
    return tuple(re.findall(r"[^\W_]+\*?", normalise(text)))


def adjective_lemma(word: str) -> str:
    """The initial form of an adjective, any other word as it stands."""
    if word.endswith("*") or not word.isalpha():
        return word
    reading = parses(word)[0]
    return normalise(reading.normal_form) if reading.tag.POS == "ADJF" and "Apro" not in reading.tag else word
