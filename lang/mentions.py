"""What a message names: specialties, services, branches, regions, doctors; canonical ids with their spans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lang.catalogue import Catalogue
from lang.corrections import says_again, takes_back
from lang.doctors import DoctorFound, DoctorIndex, DoctorName
from lang.mention_context import (
    child_at,
    is_negated,
    may_be_name,
    stands_as_analysis,
    stands_as_doctor,
    stands_as_place,
)
from lang.mention_phrases import catalogue_phrases
from lang.mention_roles import only_told_of
from lang.other_cities import other_city
from lang.phrases import Found, PhraseIndex, Reading
from lang.services import ServiceGuesser, ServiceNeighbours
from lang.text import parses
from lang.words import Word, split_words

__all__ = ["DoctorName", "Mention", "Recogniser"]

Kind = Literal["specialty", "service", "branch", "region", "doctor", "unknown_doctor", "unknown_city"]


@dataclass(frozen=True)
class Mention:
    """`value` is a canonical id (a doctor's surname in the nominative, an unknown doctor's name); `ids`
    has all that fit, best first: doctors of that surname, up to three services, branches of one name.

    `score` is 1 for a plain mention and falls with typos and doubt. `negated`: «не к хирургу», taken back
    («к окулисту, ой нет, к лору») or only told of («хирург направил к неврологу»). `child`: «детский лор».
    `group`: the value is a service group, not a service. `city`: the city that a region was named by.
    `others`: for a service, up to two more that the same words may mean, best first. An `unknown_city` is a
    city without a branch, in the nominative.
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
    others: tuple[str, ...] = ()


_PRIORITY = {"specialty": 0, "unknown_doctor": 0, "branch": 1, "service": 2, "region": 3, "group": 4}
_DOCTORS = frozenset({"specialty", "unknown_doctor"})
_FAMILIES = {
    "specialty": "what",
    "unknown_doctor": "what",
    "doctor": "what",
    "service": "what",
    "branch": "where",
    "region": "where",
    "unknown_city": "where",
}
_CANDIDATES = 3
_BLOOD = frozenset({"lab", "checkup"})


class Recogniser:
    """Finds what the catalogue and the directory know in a message.

    Building takes some seconds; `find` about a millisecond. Safe to share between threads.
    """

    def __init__(self, catalogue: Catalogue, doctors: Sequence[DoctorName] = ()) -> None:
        self.catalogue = catalogue
        phrases = catalogue_phrases(catalogue)
        self._index = PhraseIndex(phrases)
        self._guesser = ServiceGuesser(catalogue, phrases)
        self._neighbours = ServiceNeighbours(catalogue, phrases)
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
        readings = [self._index.read(word, not may_be_name(words, i)) for i, word in enumerate(words)]
        found = self._index.find(words, readings)
        exact = frozenset(
            position
            for match in found
            if match.edits == 0 and match.phrase.kind in _DOCTORS
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
        mentions = [self._with_others(mention, words, readings) for mention in mentions]
        mentions += [
            self._doctor(doctor, words, text)
            for doctor in doctors
            if doctor.sure or not busy & {*doctor.positions}
        ]
        mentions += self._strangers(words, readings, taken | busy, text)
        mentions += self._other_cities(words, taken | busy, text)
        ordered = sorted(mentions, key=lambda mention: (mention.start, mention.end))
        return _without_told(_settled(ordered, words, text), words)

    @staticmethod
    def _stands(match: Found, words: Sequence[Word], asked: bool) -> bool:
        # «13.01.1966» is no «13 %»: figures alone are dates, numbers of variants, phones.
        if not any(char.isalpha() for position in match.positions for char in words[position].text):
            return False
        if match.phrase.kind in {"branch", "region"}:
            return stands_as_place(match, words, asked)
        if match.phrase.kind in _DOCTORS:
            return stands_as_doctor(match, words)
        if match.phrase.value == "group_lab" and len(match.positions) == 1:
            return stands_as_analysis(words, match.positions[0])
        return True

    def _with_others(self, mention: Mention, words: Sequence[Word], readings: Sequence[Reading]) -> Mention:
        """A service with the next best services for the same words."""
        if mention.kind != "service":
            return mention
        said = tuple(
            tuple(readings[i].keys)
            for i, word in enumerate(words)
            if mention.start <= word.start and word.end <= mention.end and word.content
        )
        if mention.group:
            kind = self.catalogue.groups[mention.value].kind
        else:
            kind = self.catalogue.services[mention.value].kind
        ranked = (*mention.ids[1:], *self._neighbours.ranked(said, kind))
        others = tuple(dict.fromkeys(service for service in ranked if service != mention.value))
        return replace(mention, others=others[: _CANDIDATES - 1])

    def _choose(
        self, words: Sequence[Word], found: Sequence[Found], taken: set[int]
    ) -> list[tuple[Found, tuple[int, ...]]]:
        """Longest matches without overlap, with the positions each owns. Services may share their head word
        («узи печени и почек» names two)."""
        chosen: list[tuple[Found, tuple[int, ...]]] = []
        owner: dict[int, Found] = {}
        ordered = sorted(found, key=_order)
        for match in ordered:
            if taken & {*match.positions}:
                continue
            own = tuple(position for position in match.positions if position not in owner)
            shared = [owner[position] for position in match.positions if position in owner]
            if shared:
                services = match.phrase.kind == "service" and all(o.phrase.kind == "service" for o in shared)
                later = own and min(own) > max(position for o in shared for position in o.positions)
                later = later and all(o.phrase.value != match.phrase.value for o in shared)
                later = later and not all(_is_verb(words[position]) for position in own)
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
            child, first = child_at(words, first, last)
        start, end = words[first].start, words[last].end
        score = max(0.3, 1.0 - 0.12 * match.edits)
        city = ""
        if kind == "region":
            named = {lemma for position in own for lemma in words[position].lemmas}
            city = next((name for key, name in self._cities.items() if key in named), "")
        return Mention(
            kind="service" if kind == "group" else kind,  # type: ignore[arg-type]  # of the two kinds left
            value=value,
            start=start,
            end=end,
            text=text[start:end],
            score=score,
            ids=(value,),
            negated=is_negated(words, first, last),
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
        if specific & _BLOOD:
            specific |= _BLOOD
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
            negated=is_negated(words, first, last),
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
                negated = is_negated(words, position, position)
                yield Mention(
                    "unknown_doctor", name, word.start, word.end, said, 0.5, (name,), negated=negated
                )

    @staticmethod
    def _other_cities(words: Sequence[Word], busy: set[int], text: str) -> Iterator[Mention]:
        for position in range(len(words)):
            named = None if position in busy else other_city(words, position)
            if named is not None:
                city, first = named
                start, end = words[first].start, words[position].end
                negated = is_negated(words, first, position)
                yield Mention(
                    "unknown_city", city, start, end, text[start:end], 0.6, (city,), negated=negated
                )


def _order(match: Found) -> tuple[float, ...]:
    length, edits, disorder, gaps, forms, weight, first = match.rank
    if match.phrase.kind in _DOCTORS:
        # «зубной врач ребёнку»: of two titles the one that begins earlier.
        forms = weight = 0.0
    return (length, edits, _PRIORITY[match.phrase.kind], disorder, gaps, forms, weight, first)


def _is_verb(word: Word) -> bool:
    return parses(word.text)[0].tag.POS in {"INFN", "VERB"}


def _settled(mentions: Sequence[Mention], words: Sequence[Word], text: str) -> list[Mention]:
    """Without what is said twice in a row, and with what was taken back marked as not wanted."""
    settled: list[Mention] = []
    for mention in mentions:
        before = settled[-1] if settled else None
        if before is not None and before.end <= mention.start:
            between = [w for w in words if before.end <= w.start and w.end <= mention.start]
            same = (before.kind, before.value, before.negated) == (
                mention.kind,
                mention.value,
                mention.negated,
            )
            if same and mention.kind in {"specialty", "service"} and says_again(between):
                settled[-1] = replace(
                    before,
                    end=mention.end,
                    text=text[before.start : mention.end],
                    child=before.child or mention.child,
                )
                continue
            family = _FAMILIES[before.kind] == _FAMILIES[mention.kind]
            if family and not before.negated and not mention.negated and takes_back(between):
                settled[-1] = replace(before, negated=True)
        settled.append(mention)
    return settled


def _without_told(mentions: list[Mention], words: Sequence[Word]) -> list[Mention]:
    """With the doctors who are only told of marked as not wanted, as long as another one is wanted."""
    wanted = [mention for mention in mentions if mention.kind == "specialty" and not mention.negated]
    if len({mention.value for mention in wanted}) < 2:
        return mentions
    told = []
    for mention in wanted:
        inside = [i for i, word in enumerate(words) if mention.start <= word.start < mention.end]
        if only_told_of(words, inside[0], inside[-1]):
            told.append(mention)
    if len(told) == len(wanted):
        return mentions
    return [replace(mention, negated=True) if mention in told else mention for mention in mentions]


def group_by_kind(mentions: Sequence[Mention]) -> dict[str, list[Mention]]:
    """Mentions that are wanted (not negated), by kind, in order."""
    result: dict[str, list[Mention]] = defaultdict(list)
    for mention in mentions:
        if not mention.negated:
            result[mention.kind].append(mention)
    return dict(result)
