"""Finds doctors of the directory in a message: surname in any case, initials, given name and patronymic."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from lang.phrases import Reading
from lang.spelling import Speller
from lang.surnames import decline, is_male, looks_like_surname, nominatives
from lang.text import normalise, parses
from lang.words import Word, has_tag, is_known

_TITLES = frozenset({"доктор", "врач", "профессор", "доцент", "специалист"})
_TO = {"к": "datv", "ко": "datv", "у": "gent", "от": "gent"}
_FEMALE_PATRONYMIC = re.compile(r"(.*(?:вн|чн|шн|инич))(?:а|ы|е|у|ой)$")
_MALE_PATRONYMIC = re.compile(r"(.*(?:ович|евич|ьич|мич|кич|нич|тич))(?:а|у|ем|ом|е)?$")


@dataclass(frozen=True)
class DoctorName:
    """A doctor of the directory, names in the nominative."""

    id: str
    surname: str
    given: str
    patronymic: str


@dataclass(frozen=True)
class DoctorFound:
    """`value` is the surname («Анна Сергеевна» if several doctors share it); `ids` is empty when the network
    has no such doctor. `sure`: said as a doctor («к Ивановой»), not a bare surname."""

    value: str
    ids: tuple[str, ...]
    positions: tuple[int, ...]
    edits: float
    sure: bool


@dataclass(frozen=True)
class _Near:
    """The words around a surname that tell of which person it is."""

    positions: tuple[int, ...] = ()
    initials: str = ""
    given: tuple[str, ...] = ()
    patronymic: str = ""


class DoctorIndex:
    """Look-up of 2,000 doctors by form of surname: slow to build, some microseconds a word to ask."""

    def __init__(self, doctors: Sequence[DoctorName]) -> None:
        self._by_key: dict[str, list[DoctorName]] = defaultdict(list)
        self._by_names: dict[tuple[str, str], list[DoctorName]] = defaultdict(list)
        self._givens: set[str] = set()
        forms: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for doctor in doctors:
            surname, given = normalise(doctor.surname), normalise(doctor.given)
            male = is_male(given, normalise(doctor.patronymic))
            key = f"{surname}|{'m' if male else 'f'}"
            self._by_key[key].append(doctor)
            self._givens.add(given)
            self._by_names[given, _patronymic(normalise(doctor.patronymic))].append(doctor)
            for part in dict.fromkeys((surname, *surname.split("-"))):
                if len(part) > 1:
                    # Patients decline women's «Мороз» too: «к Морозу».
                    both = not male and re.search(r"[бвгдзклмнпрстфхжчшщцйь]$", part)
                    for form, case in (*decline(part, male), *(decline(part, True) if both else ())):
                        forms[form][key].add(case)
        self._forms = {
            form: {key: frozenset(cases) for key, cases in keys.items()} for form, keys in forms.items()
        }
        self._speller = Speller({form: list(keys) for form, keys in self._forms.items()})

    def find(
        self, words: Sequence[Word], readings: Sequence[Reading], specialties: frozenset[int]
    ) -> list[DoctorFound]:
        """Doctors in order; `specialties` are the positions that are surely words of a specialty."""
        found: list[DoctorFound] = []
        taken: set[int] = set()
        for position, word in enumerate(words):
            if position not in taken and word.text.isalpha() and len(word.text) > 1:
                match = self._surname(words, position, readings[position], specialties, taken)
                if match is not None:
                    found.append(match)
                    taken.update(match.positions)
        for position in range(len(words) - 1):
            if not taken & {position, position + 1}:
                match = self._by_given_and_patronymic(words, position)
                if match is not None:
                    found.append(match)
                    taken.update(match.positions)
        return sorted(found, key=lambda match: min(match.positions))

    def _surname(
        self,
        words: Sequence[Word],
        position: int,
        reading: Reading,
        specialties: frozenset[int],
        taken: set[int],
    ) -> DoctorFound | None:
        word = words[position]
        title = _title_before(words, position, specialties)
        near = self._near(words, position, taken)
        preposition = _preposition(words, position, near, specialties)
        strong = title or preposition in {"к", "ко"} or bool(near.initials) or bool(near.patronymic)
        plain = strong or len(words) <= 2 or _stands_alone(words, position, preposition)
        cases = _cases(words, position, preposition, title)
        keys, edits = self._keys_of(word.text, cases, reading, title, plain), 0.0
        if keys is None:
            repaired = self._repair(word, reading, strong)
            keys, edits = repaired if repaired is not None else ((), 0.0)
        if keys:
            common = position in specialties or _is_common(word.text)
            placed = title or near.positions or (word.capital and (position > 0 or len(words) <= 2))
            if common and not placed and not _stands_alone(words, position, preposition):
                return None
            if position in specialties and not (title and word.capital):
                return None
            doctors = [doctor for key in keys for doctor in self._by_key[key]]
            narrowed = [doctor for doctor in doctors if _fits(doctor, near)]
            names = tuple(dict.fromkeys(doctor.surname for doctor in narrowed or doctors))
            second = self._second_half(words, position, keys)
            return DoctorFound(
                names[0],
                tuple(dict.fromkeys(doctor.id for doctor in (narrowed or doctors))),
                (position, *second, *near.positions),
                edits if narrowed else edits + 1,
                strong or preposition == "у",
            )
        return _stranger(words, position, title, preposition, near, specialties)

    def _keys_of(
        self, text: str, wanted: frozenset[str], reading: Reading, title: bool, strong: bool
    ) -> tuple[str, ...] | None:
        """Keys of an exact form; () when it means an ordinary word here, None when there is no such form."""
        entries = self._forms.get(text)
        if entries is None:
            return None
        if reading.keys and min(reading.keys.values()) == 0 and not strong:
            return ()
        agreeing = tuple(key for key, cases in entries.items() if wanted & cases)
        if wanted and not agreeing and not title and _is_common(text):
            return ()
        return agreeing or tuple(entries)

    def _second_half(self, words: Sequence[Word], position: int, keys: tuple[str, ...]) -> tuple[int, ...]:
        """«Петровой-Водкиной» is one surname in two words."""
        if position + 1 >= len(words) or words[position + 1].start != words[position].end + 1:
            return ()
        same = self._forms.get(words[position + 1].text, {}).keys() & {*keys}
        return (position + 1,) if any("-" in key for key in same) else ()

    def _repair(self, word: Word, reading: Reading, strong: bool) -> tuple[tuple[str, ...], float] | None:
        if word.known or word.skipped or not strong or len(word.text) < 6:
            return None
        nearest = self._speller.nearest(word.text)
        if nearest is None or nearest[0] > (1 if len(word.text) < 9 else 2) + 0.1:
            return None
        if reading.keys and min(reading.keys.values()) <= nearest[0]:
            return None
        return nearest[1], nearest[0]

    def _near(self, words: Sequence[Word], position: int, taken: set[int]) -> _Near:
        after = self._names_at(words, position + 1, taken, 1)
        if after.positions:
            return after
        return self._names_at(words, position - 1, taken, -1)

    def _names_at(self, words: Sequence[Word], start: int, taken: set[int], step: int) -> _Near:
        """Initials («А.С.») or given name and patronymic, read outwards from the surname."""
        pair = [start, start + step][::step] if step == 1 else [start - 1, start]
        inside = [i for i in pair if 0 <= i < len(words) and i not in taken and not words[i].comma]
        letters = [i for i in inside if len(words[i].text) == 1 and words[i].capital]
        if letters and start in letters:
            return _Near(tuple(letters), "".join(words[i].text for i in letters))
        if start in inside and re.fullmatch(r"[а-я]{2}", words[start].text) and step == 1:
            word = words[start]
            if word.capital and not word.known:
                return _Near((start,), word.text)
        if len(inside) == 2:
            given, patronymic = self._given(words[inside[0]]), _patronymic(words[inside[1]].text)
            if given and patronymic and has_tag(words[inside[1]].text, "Patr"):
                return _Near((inside[0], inside[1]), "", given, patronymic)
        if start in inside:
            given = self._given(words[start])
            if given and (has_tag(words[start].text, "Name")):
                return _Near((start,), "", given)
        return _Near()

    def _given(self, word: Word) -> tuple[str, ...]:
        return tuple(lemma for lemma in word.lemmas if lemma in self._givens)

    def _by_given_and_patronymic(self, words: Sequence[Word], position: int) -> DoctorFound | None:
        givens = self._given(words[position])
        if not givens or position + 1 >= len(words) or not has_tag(words[position + 1].text, "Patr"):
            return None
        patronymic = _patronymic(words[position + 1].text)
        doctors = [doctor for given in givens for doctor in self._by_names.get((given, patronymic), ())]
        if not doctors:
            return None
        preposition = words[position - 1].text if position else ""
        surnames = tuple(dict.fromkeys(doctor.surname for doctor in doctors))
        value = surnames[0] if len(surnames) == 1 else f"{doctors[0].given} {doctors[0].patronymic}"
        sure = preposition in _TO or _title_before(words, position, frozenset())
        ids = tuple(doctor.id for doctor in doctors)
        return DoctorFound(value, ids, (position, position + 1), 0.0, sure)


def _cases(words: Sequence[Word], position: int, preposition: str, title: bool) -> frozenset[str]:
    """Cases that the words before a surname ask for: «к» the dative, «доктора» what «доктора» can be."""
    if preposition:
        return frozenset({_TO[preposition]})
    if title:
        return frozenset(str(r.tag.case) for r in parses(words[position - 1].text) if r.tag.case)
    return frozenset({"nomn"}) if len(words) <= 2 else frozenset()


def _patronymic(text: str) -> str:
    for pattern in (_FEMALE_PATRONYMIC, _MALE_PATRONYMIC):
        match = pattern.fullmatch(text)
        if match:
            return match.group(1)
    return text


def _title_before(words: Sequence[Word], position: int, specialties: frozenset[int]) -> bool:
    if position == 0 or words[position].breaks or words[position].comma:
        return False
    before = words[position - 1]
    return position - 1 in specialties or before.lemmas[0] in _TITLES


def _preposition(words: Sequence[Word], position: int, near: _Near, specialties: frozenset[int]) -> str:
    start = min((position, *near.positions)) - 1
    while start >= 0 and (words[start].lemmas[0] in _TITLES or start in specialties):
        start -= 1
    return words[start].text if start >= 0 and words[start].text in _TO else ""


def _stands_alone(words: Sequence[Word], position: int, preposition: str) -> bool:
    """«у белой есть время?», not «у белой стены»."""
    if not preposition:
        return False
    after = words[position + 1 : position + 2]
    return not after or after[0].breaks or after[0].comma or not has_tag(after[0].text, "NOUN")


def _is_common(text: str) -> bool:
    """A form that is an ordinary word too («морозу», «белой»); plain surnames of the dictionary are not."""
    return is_known(text) and "Surn" not in parses(text)[0].tag


def _fits(doctor: DoctorName, near: _Near) -> bool:
    given, patronymic = normalise(doctor.given), normalise(doctor.patronymic)
    if near.initials:
        return given.startswith(near.initials[0]) and (
            len(near.initials) < 2 or patronymic.startswith(near.initials[1])
        )
    if near.given and given not in near.given:
        return False
    return not near.patronymic or _patronymic(patronymic) == near.patronymic


def _stranger(
    words: Sequence[Word],
    position: int,
    title: bool,
    preposition: str,
    near: _Near,
    specialties: frozenset[int],
) -> DoctorFound | None:
    """A surname that no doctor of the network has, when the message surely means a doctor."""
    word = words[position]
    surname = has_tag(word.text, "Surn") if word.known else looks_like_surname(word.text)
    named = bool(near.initials or near.patronymic)
    said = preposition in {"к", "ко", "у"}
    if not surname or not (title or (said and (named or word.known))):
        return None
    if position in specialties and not (title and word.capital):
        return None
    if len(word.text) < 3 or any(has_tag(word.text, tag) for tag in ("Name", "Patr", "Geox")):
        return None
    if word.known and not word.capital and not all(_only_surname(word.text)):
        return None
    value = next(nominatives(word.text)).capitalize()
    return DoctorFound(value, (), (position, *near.positions), 0.0, True)


def _only_surname(text: str) -> list[bool]:
    return ["Surn" in reading.tag for reading in parses(text)]
