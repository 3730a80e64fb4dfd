"""Repairs a patient's text before anything reads it: layout, Latin letters, gaps, typing errors.

Words that the language, the catalogue or the directory of doctors knows are never changed, nor what may be a
name, nor figures, e-mails and links.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lang.glued import Gluer, with_figures, without_repeats
from lang.latin_text import LATIN, LatinReader
from lang.lexicon import COMMON, Lexicon
from lang.name_words import NO_NAME_ALONE, OF_A_DOCTOR
from lang.repair_vocabulary import everyday_words, latin_words, replacements
from lang.repaired import Edit, Repaired
from lang.surnames import looks_like_surname
from lang.text import best_tag, normalise
from lang.words import MOST_UNKNOWN

_MARKS = "\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufeff"
_TOKEN = re.compile(rf"[^\W_][\w{_MARKS}]*")
_CYRILLIC = re.compile("[а-я]+")
_STRETCH = re.compile(r"\S+")
_PROTECTED = re.compile(
    r"\S*@\S+|\S+://\S+|(?:www\.|t\.me/)\S+|[#/]\w+"
    r"|[\w-]+(?:\.[\w-]+)*\.(?:ru|com|net|org|рф|su|by|kz|me|info|io|de|uk)(?:/\S*)?(?![\w.])",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…\n:;)(]")
_INITIAL = re.compile(r"\s?[А-ЯЁ]\.")
_MOST_PASSES = 6
_SURE = 0.5


@dataclass(frozen=True)
class _Token:
    text: str
    raw: str
    start: int
    end: int
    gap: str

    @property
    def capital(self) -> bool:
        return self.raw[0].isupper()


class Repairer:
    """Built once (under a second for 50,000 words), then `repair` is cheap and thread-safe.

    `words`: forms known besides the dictionary's, ё or е alike; a mapping gives how often each is written,
    which decides between equally near words. They are also what a misspelled word can be taken for.
    """

    def __init__(self, words: Mapping[str, float] | Iterable[str]) -> None:
        given = words if isinstance(words, Mapping) else Counter(words)
        counts = everyday_words()
        for word, number in given.items():
            plain = normalise(word)
            counts[plain] = counts.get(plain, 0.0) + number
        self._replace = {word: meant for word, meant in replacements().items() if word not in counts}
        self._use(Lexicon(counts))

    def with_words(self, more: Iterable[str]) -> Repairer:
        """The same with further known words, such as today's doctors; no word is taken for one of them.

        What resembles one of them as much as any other word is left alone.
        """
        other = object.__new__(Repairer)
        other._replace = self._replace
        other._use(self._lexicon.with_names(more))
        return other

    def _use(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._gluer = Gluer(lexicon)
        self._latin = LatinReader(lexicon, *latin_words())

    def repair(self, text: str) -> Repaired:
        """The text as it was meant; a repaired text is repaired to itself."""
        done = Repaired(text, text)
        for _ in range(_MOST_PASSES):
            edits = self._edits(done.text)
            if not edits:
                return done
            done = done.with_edits(edits)
        return Repaired(text, text) if self._edits(done.text) else done

    def _edits(self, text: str) -> list[Edit]:
        protected = [match.span() for match in _PROTECTED.finditer(text)] if _may_protect(text) else []
        if LATIN.search(text):
            edits = self._latin_edits(text, protected)
            if edits:
                return edits
        return self._word_edits(text, _tokens(text, protected))

    def _latin_edits(self, text: str, protected: Sequence[tuple[int, int]]) -> list[Edit]:
        stretches = [
            match
            for match in _STRETCH.finditer(text)
            if LATIN.search(match.group()) and not _inside(match.start(), match.end(), protected)
        ][:MOST_UNKNOWN]
        shouted = text.upper() == text
        read = self._latin.read([match.group() for match in stretches], shouted)
        return [
            Edit(match.start(), match.end(), new)
            for match, new in zip(stretches, read, strict=True)
            if new != match.group()
        ]

    def _word_edits(self, text: str, tokens: Sequence[_Token]) -> list[Edit]:
        edits: list[Edit] = []
        unknown = 0
        place = 0
        while place < len(tokens):
            token = tokens[place]
            following = tokens[place + 1] if place + 1 < len(tokens) else None
            place += 1
            if not _CYRILLIC.fullmatch(token.text):
                meant = with_figures(token.text, self._lexicon)
                if meant is not None:
                    edits.append(Edit(token.start, token.end, _cased(token.raw, meant)))
                continue
            whole = self._joined(token, following)
            if whole is not None and following is not None:
                edits.append(Edit(token.start, following.end, _cased(token.raw, whole)))
                place += 1
                continue
            if self._lexicon.knows(token.text):
                continue
            unknown += 1
            if unknown > MOST_UNKNOWN:
                break
            meant = self._meant(text, tokens, place - 1)
            if meant is not None and meant != token.text:
                edits.append(Edit(token.start, token.end, _cased(token.raw, meant)))
        return edits

    def _joined(self, token: _Token, following: _Token | None) -> str | None:
        if following is None or following.gap != " " or not _CYRILLIC.fullmatch(following.text):
            return None
        if following.capital and not token.raw.isupper():
            return None
        return self._gluer.joined(token.text, following.text)

    def _meant(self, text: str, tokens: Sequence[_Token], place: int) -> str | None:
        token = tokens[place]
        if token.text in self._replace:
            return self._replace[token.text]
        if self._is_protected(text, tokens, place):
            return None
        before = tokens[place - 1].text if place and token.gap.isspace() else ""
        drawn = without_repeats(token.text, self._lexicon)
        if drawn is not None:
            return drawn
        spelt = self._lexicon.closest(token.text, before)
        parted = self._gluer.parted(token.text)
        if parted is not None and (spelt is None or parted[1] < spelt[1]):
            return parted[0]
        return spelt[0] if spelt is not None else None

    def _is_protected(self, text: str, tokens: Sequence[_Token], place: int) -> bool:
        """Whether the unknown word may be a name or an abbreviation."""
        token = tokens[place]
        shouted = token.raw.isupper() and text.upper() == text
        if token.raw.isupper() and len(token.raw) <= 5 and not shouted:
            return True
        if text[token.end : token.end + 1] == "." and len(token.text) < 6 and text[token.end + 1 :].strip():
            return True
        starts = place == 0 or _SENTENCE_END.search(token.gap) is not None
        if token.capital and not token.raw.isupper() and (not starts or _INITIAL.match(text, token.end)):
            return True
        if self._beside_name(tokens, place):
            return True
        before = tokens[place - 1].text if place and token.gap.isspace() else ""
        if before in _BEFORE_SURNAME and looks_like_surname(token.text):
            meant = self._lexicon.nearest(token.text, before, most=_SURE)
            return meant is None or self._lexicon.count(meant) < COMMON
        return False

    def _beside_name(self, tokens: Sequence[_Token], place: int) -> bool:
        near = []
        if place and tokens[place].gap == " ":
            near.append(tokens[place - 1])
        if place + 1 < len(tokens) and tokens[place + 1].gap == " ":
            near.append(tokens[place + 1])
        return any(self._is_name(token) for token in near)

    def _is_name(self, token: _Token) -> bool:
        if not self._lexicon.knows(token.text) or token.text in NO_NAME_ALONE or len(token.text) < 3:
            return False
        tag = best_tag(token.text)
        return "Patr" in tag or ("Name" in tag and (token.capital or self._lexicon.count(token.text) < 3))


_BEFORE_SURNAME = OF_A_DOCTOR | {"фамилия", "фамилию", "зовут", "имя"}


def _may_protect(text: str) -> bool:
    return any(sign in text for sign in "@./#")


def _inside(start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < stop and begin < end for begin, stop in spans)


def _tokens(text: str, protected: Sequence[tuple[int, int]]) -> list[_Token]:
    found: list[_Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        if protected and _inside(match.start(), match.end(), protected):
            continue
        raw = match.group()
        found.append(
            _Token(raw.lower().replace("ё", "е"), raw, match.start(), match.end(), text[end : match.start()])
        )
        end = match.end()
    return found


def _cased(raw: str, meant: str) -> str:
    if raw.isupper() and len(raw) > 1:
        return meant.upper()
    return meant[0].upper() + meant[1:] if raw[0].isupper() else meant
