"""Turns the catalogue into phrases to look for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lang.catalogue import BranchFacts, Catalogue
from lang.phrases import Phrase, phrase
from lang.text import normalise
from lang.words import is_known

GENERIC_PLACE_WORDS = frozenset(
    {
        *("улица", "проспект", "площадь", "шоссе", "бульвар", "переулок", "набережная", "метро", "станция"),
        *("район", "микрорайон", "филиал", "клиника", "город", "дом", "остановка", "отделение", "адрес"),
    }
)
_DOCTOR_WORDS = ("врач", "доктор", "специалист", "врачиха")
# How patients spell an abbreviation out: «тэ тэ гэ», «эф гэ дэ эс».
_LETTER_NAMES = {
    **{"б": ("бэ",), "в": ("вэ",), "г": ("гэ",), "д": ("дэ",), "ж": ("жэ",), "з": ("зэ",), "к": ("ка", "кэ")},
    **{"л": ("эль", "эл"), "м": ("эм", "мэ"), "н": ("эн",), "п": ("пэ",), "р": ("эр", "рэ"), "т": ("тэ",)},
    **{"с": ("эс", "сэ"), "ф": ("эф", "фэ"), "х": ("ха",), "ц": ("цэ",), "ч": ("че", "чэ"), "щ": ("ща",)},
}


def catalogue_phrases(catalogue: Catalogue) -> list[Phrase]:
    """Every way the catalogue knows to name its specialties, services, groups, branches and regions."""
    found: list[Phrase | None] = []
    for specialty in catalogue.specialties.values():
        for text in (specialty.name, specialty.title, *specialty.synonyms, *specialty.lay):
            found += [_doctor_phrase(specialty.id, variant) for variant in _bracketed(text)]
    found += [phrase("unknown_doctor", name, name, 0) for name in catalogue.unknown_doctors]
    for service in catalogue.services.values():
        # «Консультация кардиолога» is asked for by its doctor: the specialty must stay visible.
        if service.kind != "consultation":
            names = (service.name, *service.synonyms)
            found += [phrase("service", service.id, text, 2) for text in names]
            found += [_spelled_out("service", service.id, text) for text in names]
    for group in catalogue.groups.values():
        names = (group.name, *group.synonyms)
        found += [phrase("group", group.id, text, 0) for text in names]
        found += [_spelled_out("group", group.id, text) for text in names]
    for branch in catalogue.branches.values():
        found += [phrase("branch", branch.id, text, 1) for text in _branch_names(branch)]
    for region in catalogue.regions.values():
        found += [
            phrase("region", region.id, text, 0) for text in (region.name, *region.cities, *region.synonyms)
        ]
    return [item for item in found if item is not None]


def _bracketed(text: str) -> Iterator[str]:
    """«мануальный терапевт (остеопат)» names the doctor twice."""
    match = re.fullmatch(r"(.+?)\s*\((.+)\)", text)
    yield from (match.groups() if match else (text,))


def _doctor_phrase(specialty: str, text: str) -> Phrase | None:
    """«врач по почкам» is a «доктор по почкам» too."""
    said = phrase("specialty", specialty, text, 0)
    if said is None or len(said.words) == 1:
        return said
    words = tuple(_DOCTOR_WORDS if {*_DOCTOR_WORDS} & {*keys} else keys for keys in said.words)
    return Phrase(said.kind, said.value, words, said.gap)


def _spelled_out(kind: str, value: str, text: str) -> Phrase | None:
    """An abbreviation letter by letter: «э к г», «тэ тэ гэ»; None for any other text."""
    short = normalise(text)
    if not re.fullmatch("[а-я]{2,4}", short) or is_known(short):
        return None
    plain = len(short) > 2
    words = tuple((*(letter if plain else ""), *_LETTER_NAMES.get(letter, (letter,))) for letter in short)
    return Phrase(kind, value, words, 0)


def _branch_names(branch: BranchFacts) -> Iterator[str]:
    yield branch.name
    yield from branch.metro
    yield from branch.synonyms
    street = branch.address.split(",")[0]
    if len(street.split()) > 1:
        yield street
    if re.search(r"район", branch.district, re.IGNORECASE):
        yield branch.district
