"""What a message names: specialties, services, branches, regions, doctors; canonical ids with their spans."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lang.catalogue import Catalogue
from lang.doctors import DoctorFound, DoctorIndex, DoctorName
from lang.mention_phrases import GENERIC_PLACE_WORDS, catalogue_phrases
from lang.phrases import Found, PhraseIndex, Reading
from lang.services import ServiceGuesser
from lang.surnames import looks_like_surname
from lang.text import parses
from lang.words import Word, has_tag, split_words

__all__ = ["DoctorName", "Mention", "Recogniser"]

Kind = Literal["specialty", "service", "branch", "region", "doctor", "unknown_doctor"]


@dataclass(frozen=True)
class Mention:
    """`value` is a canonical id (a doctor's surname in the nominative, an unknown doctor's name); `ids`
    has all that fit, best first: doctors of that surname, up to three services, branches of one name.

    `score` is 1 for a plain mention and falls with typos and doubt. `negated`: «не к хирургу».
    `child`: «детский лор». `group`: the value is a service group, not a service. `city`: the city that
    a region was named by.
    """

    kind: Kind
    value: str
    start: int
    end: int
    text: str
    score: float
    ids: tuple[str, ...] = ()
    negated: bool = False
    child: bool = False
    group: bool = False
    city: str = ""


_PRIORITY = {"specialty": 0, "unknown_doctor": 0, "branch": 1, "service": 2, "region": 3, "group": 4}
_NEGATIONS = frozenset({"не", "кроме", "вместо", "ни"})
_REFUSALS = frozenset({"нужен", "надо", "хотеть", "нужный", "подходить", "хотеться", "устраивать"})
_LINKS = frozenset({"врач", "доктор", "прием", "записать", "запись", "надо", "нужно", "нужный", "филиал"})
_CHILD = frozenset({"детский", "ребенок", "дети"})
_PLACE_BEFORE = frozenset(
    ["на", "в", "во", "у", "около", "возле", "метро", "м", "филиал", "рядом", "район", "от", "до"]
)
_SURE_TAGS = ("Geox", "Surn", "Orgn")


class Recogniser:
    """Finds what the catalogue and the directory know in a message.

    Building takes about a second; `find` about a millisecond. Safe to share between threads.
    """

    def __init__(self, catalogue: Catalogue, doctors: Sequence[DoctorName] = ()) -> None:
        self.catalogue = catalogue
        phrases = catalogue_phrases(catalogue)
        self._index = PhraseIndex(phrases)
        self._guesser = ServiceGuesser(catalogue, phrases)
        self._cities = {city.lower(): city for region in catalogue.regions.values() for city in region.cities}
        self._doctors = DoctorIndex(doctors)

    def with_doctors(self, doctors: Sequence[DoctorName]) -> Recogniser:
        """A recogniser of the same catalogue with another directory; only the directory is indexed anew."""
        other = object.__new__(Recogniser)
        other.__dict__.update(self.__dict__)
        other._doctors = DoctorIndex(doctors)
        return other

    def find(self, text: str) -> list[Mention]:
        """All mentions in the order of the text."""
        words = split_words(text)
        readings = [self._index.read(word, not _may_be_name(words, i)) for i, word in enumerate(words)]
        found = self._index.find(words, readings)
        exact = frozenset(
            position
            for match in found
            if match.edits == 0 and match.phrase.kind in {"specialty", "unknown_doctor"}
            for position in match.positions
        )
        named = {
            p for match in found if len(match.positions) > 1 and not match.edits for p in match.positions
        }
        doctors = [
            doctor
            for doctor in self._doctors.find(words, readings, exact)
            if doctor.ids or not named & {*doctor.positions}
        ]
        taken = {position for doctor in doctors if doctor.sure for position in doctor.positions}
        asked = bool(exact) or any(match.phrase.kind == "service" and not match.edits for match in found)
        standing = [match for match in found if self._stands(match, words, asked)]
        chosen = self._choose(words, standing, taken)
        busy = {position for match, _ in chosen for position in match.positions}
        mentions = [self._mention(match, own, words, text) for match, own in chosen]
        mentions = self._refine_services(mentions, chosen, words, readings, text, taken | busy)
        mentions += [
            self._doctor(doctor, words, text)
            for doctor in doctors
            if doctor.sure or not busy & {*doctor.positions}
        ]
        mentions += self._strangers(words, readings, taken | busy, text)
        return sorted(mentions, key=lambda mention: (mention.start, mention.end))

    def _stands(self, match: Found, words: Sequence[Word], asked: bool) -> bool:
        """Whether a one-word place that is an ordinary word too («красный», «сокол») is meant as a place.

        `asked`: a doctor or a service stands beside it («кардиолог сокол завтра»), so a plain noun will do.
        """
        if match.phrase.kind not in {"branch", "region"} or len(match.positions) > 1:
            return True
        position = match.positions[0]
        word = words[position]
        if match.edits and position and words[position - 1].text in {"к", "ко"}:
            return False
        after = words[position + 1 : position + 2]
        if after and not after[0].breaks and _describes(word, after[0]):
            return False
        if not word.known or any(has_tag(word.text, tag) for tag in _SURE_TAGS) or len(words) <= 2:
            return True
        before = words[position - 1] if position else None
        if before is not None and (before.text in _PLACE_BEFORE or before.lemmas[0] in GENERIC_PLACE_WORDS):
            return True
        if asked and not match.edits and has_tag(word.text, "NOUN"):
            return True
        return word.capital and position > 0

    def _choose(
        self, words: Sequence[Word], found: Sequence[Found], taken: set[int]
    ) -> list[tuple[Found, tuple[int, ...]]]:
        """Longest matches without overlap, with the positions each owns. Services may share their head word
        («узи печени и почек» names two)."""
        chosen: list[tuple[Found, tuple[int, ...]]] = []
        owner: dict[int, Found] = {}
        ordered = sorted(found, key=lambda m: (m.rank[0], m.rank[1], _PRIORITY[m.phrase.kind], *m.rank[2:]))
        for match in ordered:
            if taken & {*match.positions}:
                continue
            own = tuple(position for position in match.positions if position not in owner)
            shared = [owner[position] for position in match.positions if position in owner]
            if shared:
                services = match.phrase.kind == "service" and all(o.phrase.kind == "service" for o in shared)
                later = own and min(own) > max(position for o in shared for position in o.positions)
                if not (services and later and match.edits == 0):
                    continue
            chosen.append((match, own))
            for position in own:
                owner[position] = match
        return chosen

    def _mention(self, match: Found, own: tuple[int, ...], words: Sequence[Word], text: str) -> Mention:
        kind, value = match.phrase.kind, match.phrase.value
        first, last = own[0], own[-1]
        child = False
        if kind in {"specialty", "unknown_doctor"}:
            child, first = _child(words, first, last)
        start, end = words[first].start, words[last].end
        score = max(0.3, 1.0 - 0.12 * match.edits)
        city = ""
        if kind == "region":
            named = {lemma for position in own for lemma in words[position].lemmas}
            city = next((name for key, name in self._cities.items() if key in named), "")
        return Mention(
            kind="service" if kind == "group" else kind,  # type: ignore[arg-type]
            value=value,
            start=start,
            end=end,
            text=text[start:end],
            score=score,
            ids=(value,),
            negated=_negated(words, first, last),
            child=child,
            group=kind == "group",
            city=city,
        )

    def _refine_services(
        self,
        mentions: list[Mention],
        chosen: Sequence[tuple[Found, tuple[int, ...]]],
        words: Sequence[Word],
        readings: Sequence[Reading],
        text: str,
        busy: set[int],
    ) -> list[Mention]:
        """A group followed by words of one of its services becomes that service; a group beside a service of
        its kind is dropped."""
        result: list[Mention] = []
        specific = {
            self.catalogue.services[m.value].kind for m in mentions if m.kind == "service" and not m.group
        }
        for mention, (_match, own) in zip(mentions, chosen, strict=True):
            if not mention.group:
                result.append(mention)
                continue
            guess = self._guesser.guess(mention.value, own, words, readings, busy)
            if guess is not None:
                start = min(mention.start, words[guess.first].start)
                end = max(mention.end, words[guess.last].end)
                result.append(
                    replace(
                        mention,
                        value=guess.ids[0],
                        ids=guess.ids,
                        start=start,
                        end=end,
                        text=text[start:end],
                        score=guess.score,
                        group=False,
                    )
                )
            elif self.catalogue.groups[mention.value].kind not in specific:
                result.append(mention)
        return result

    @staticmethod
    def _doctor(doctor: DoctorFound, words: Sequence[Word], text: str) -> Mention:
        first, last = min(doctor.positions), max(doctor.positions)
        start, end = words[first].start, words[last].end
        if end < len(text) and text[end] == "." and len(words[last].text) == 1:
            end += 1
        score = (0.95 if doctor.sure else 0.6) - 0.12 * doctor.edits
        return Mention(
            "doctor",
            doctor.value,
            start,
            end,
            text[start:end],
            max(0.3, score if doctor.ids else min(score, 0.5)),
            doctor.ids,
            negated=_negated(words, first, last),
        )

    @staticmethod
    def _strangers(
        words: Sequence[Word], readings: Sequence[Reading], busy: set[int], text: str
    ) -> Iterator[Mention]:
        """«к вампирологу»: a doctor that nobody has."""
        for position, word in enumerate(words):
            if position in busy or readings[position].keys or position == 0 or len(word.text) < 7:
                continue
            before = words[position - 1]
            if before.text not in {"к", "ко"} and before.lemmas[0] not in {"врач", "доктор"}:
                continue
            if word.text.endswith(("олог", "олога", "ологу", "ологом", "терапевту", "атру", "веду")):
                name, said = word.lemmas[0], text[word.start : word.end]
                negated = _negated(words, position, position)
                yield Mention(
                    "unknown_doctor", name, word.start, word.end, said, 0.5, (name,), negated=negated
                )


def _describes(word: Word, noun: Word) -> bool:
    """«красном лице» is no place, «Ленинском терапевт» and «красном проспекте» are."""
    if noun.lemmas[0] in GENERIC_PLACE_WORDS or parses(noun.text)[0].tag.POS != "NOUN":
        return False
    cases = {r.tag.case for r in parses(word.text) if r.tag.POS == "ADJF"}
    return any(r.tag.case in cases for r in parses(noun.text) if r.tag.POS == "NOUN")


def _may_be_name(words: Sequence[Word], position: int) -> bool:
    """«к доктору Хирургову»: after a title a word that ends like a surname is a name, not a typo."""
    word = words[position]
    if not position or words[position - 1].lemmas[0] not in {"доктор", "врач"}:
        return False
    return looks_like_surname(word.text) and not re.search(r"(?:олог|атр|евт|ист|ург)[а-я]?$", word.text)


def _child(words: Sequence[Word], first: int, last: int) -> tuple[bool, int]:
    """Whether the doctor is asked for a child, and the first word with «детский» taken in."""
    if first and words[first - 1].lemmas[0] == "детский":
        return True, first - 1
    inside = any(words[i].lemmas[0] in _CHILD for i in range(first, last + 1))
    after = [w for w in words[last + 1 : last + 3] if not w.breaks and not w.comma]
    follows = bool(after) and (
        after[0].lemmas[0] in _CHILD
        or (len(after) > 1 and after[0].text in {"для", "с"} and after[1].lemmas[0] in _CHILD)
    )
    return inside or follows, first


def _negated(words: Sequence[Word], first: int, last: int) -> bool:
    """«не к хирургу», «только не на Ленинском», «вместо лора», «хирурга не надо»."""
    position = first - 1
    for _ in range(3):
        if position < 0 or words[position + 1].breaks or words[position + 1].comma:
            break
        word = words[position]
        if word.text in _NEGATIONS:
            return True
        if word.content and word.lemmas[0] not in _LINKS:
            break
        position -= 1
    after = words[last + 1 : last + 3]
    return (
        len(after) == 2
        and after[0].text == "не"
        and not any(word.breaks or word.comma for word in after)
        and after[1].lemmas[0] in _REFUSALS | {"нужно"}
    )


def group_by_kind(mentions: Sequence[Mention]) -> dict[str, list[Mention]]:
    """Mentions that are wanted (not negated), by kind, in order."""
    result: dict[str, list[Mention]] = defaultdict(list)
    for mention in mentions:
        if not mention.negated:
            result[mention.kind].append(mention)
    return dict(result)
