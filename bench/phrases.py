"""What the invented patients write: texts from `phrases.yml`, filled from the network's own catalogue."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from lang.catalogue import BranchFacts, Catalogue, Region, Specialty
from lang.grammar import inflect

PHRASES = Path(__file__).with_name("phrases.yml")
WEEKS = 3
WARM_UP_WEEK = 3


@dataclass(frozen=True)
class Phrases:
    """The texts; see the comments of `phrases.yml`."""

    greeting: str
    turns: list[str]
    burst: list[str]
    search: str
    place: dict[str, str]
    when: dict[str, str]
    booking: dict[str, str]
    person: str
    to_people: list[str]


def load_phrases() -> Phrases:
    """Raises `TypeError` when a key is missing or unknown."""
    return Phrases(**yaml.safe_load(PHRASES.read_text(encoding="utf-8")))


def searches(phrases: Phrases, catalogue: Catalogue, now: datetime, seed: int) -> list[str]:
    """Requests for a time, each for another specialty or another region than all before it.

    A search reads every branch of the region for the doctors of the specialty over one of the weeks in
    which schedules are read, so no two of these are answered from the same cached schedule.
    """
    chance = random.Random(seed)
    pairs = [(one, region) for one in catalogue.specialties.values() for region in catalogue.regions.values()]
    chance.shuffle(pairs)
    found = []
    for number, (specialty, region) in enumerate(pairs):
        branches = [branch for branch in catalogue.branches.values() if branch.region == region.id]
        branch = chance.choice(branches)
        where = _branch(phrases, branch) if number % 2 else _region(phrases, region)
        found.append(_search(phrases, specialty, where, _when(phrases, branch, now, number % WEEKS)))
    return found


def warm_up_searches(phrases: Phrases, catalogue: Catalogue, now: datetime) -> list[str]:
    """One request for each region, over a week that no measured one asks for."""
    specialty = next(iter(catalogue.specialties.values()))
    first_branches = {branch.region: branch for branch in reversed(catalogue.branches.values())}
    return [
        _search(
            phrases,
            specialty,
            _region(phrases, region),
            _when(phrases, first_branches[region.id], now, WARM_UP_WEEK),
        )
        for region in catalogue.regions.values()
    ]


def _search(phrases: Phrases, specialty: Specialty, where: str, when: str) -> str:
    whom = inflect(specialty.name, "dative")
    return phrases.search.format(whom=whom, where=where, when=when)


def _region(phrases: Phrases, region: Region) -> str:
    return phrases.place["region"].format(region=inflect(region.cities[0], "prepositional"))


def _branch(phrases: Phrases, branch: BranchFacts) -> str:
    return phrases.place["branch"].format(branch=branch.name)


def _when(phrases: Phrases, branch: BranchFacts, now: datetime, week: int) -> str:
    """Week 0 is asked for as the soonest time; the others by their days, counted from the branch's today."""
    if week == 0:
        return phrases.when["soonest"]
    first = now.astimezone(ZoneInfo(branch.timezone)).date() + timedelta(weeks=week)
    last = first + timedelta(days=6)
    return phrases.when["week"].format(first=f"{first:%d.%m}", last=f"{last:%d.%m}")
