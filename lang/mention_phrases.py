"""Turns the catalogue into phrases to look for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lang.catalogue import BranchFacts, Catalogue
from lang.phrases import Phrase, phrase

GENERIC_PLACE_WORDS = frozenset(
    {
        *("улица", "проспект", "площадь", "шоссе", "бульвар", "переулок", "набережная", "метро", "станция"),
        *("район", "микрорайон", "филиал", "клиника", "город", "дом", "остановка", "отделение", "адрес"),
    }
)


def catalogue_phrases(catalogue: Catalogue) -> list[Phrase]:
    """Every way the catalogue knows to name its specialties, services, groups, branches and regions."""
    found: list[Phrase | None] = []
    for specialty in catalogue.specialties.values():
        for text in (specialty.name, specialty.title, *specialty.synonyms, *specialty.lay):
            found += [phrase("specialty", specialty.id, variant, 0) for variant in _bracketed(text)]
    found += [phrase("unknown_doctor", name, name, 0) for name in catalogue.unknown_doctors]
    for service in catalogue.services.values():
        # «Консультация кардиолога» is asked for by its doctor: the specialty must stay visible.
        if service.kind != "consultation":
            found += [phrase("service", service.id, text, 2) for text in (service.name, *service.synonyms)]
    for group in catalogue.groups.values():
        found += [phrase("group", group.id, text, 0) for text in (group.name, *group.synonyms)]
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


def _branch_names(branch: BranchFacts) -> Iterator[str]:
    yield branch.name
    yield from branch.metro
    yield from branch.synonyms
    street = branch.address.split(",")[0]
    if len(street.split()) > 1:
        yield street
    if re.search(r"район", branch.district, re.IGNORECASE):
        yield branch.district
