"""A check of all bases of a network before patients meet them: reads everything, writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from lang.catalogue import BranchFacts, Catalogue
from mis.check_base import Expected
from mis.check_findings import findings, usable
from mis.check_reading import DAYS, DEADLINE_SECONDS, read_network
from mis.check_report import report
from mis.check_texts import CheckTexts
from mis.config import MisConfig, load_config
from mis.port import Branch


def check(
    file: Path,
    catalogue: Catalogue,
    texts: CheckTexts,
    clock: Callable[[], datetime],
    environ: Mapping[str, str],
    say: Callable[[str], None],
    *,
    deadline: float = DEADLINE_SECONDS,
) -> bool:
    """Say what the bases of `file` are like; True when every branch of the catalogue can be booked.

    `clock` gives aware datetimes. Raises `mis.config.ConfigError` when the file cannot be used.
    """
    config = load_config(file, list(catalogue.branches), environ)
    read = read_network(config, expected_of(catalogue, config), clock, deadline=deadline)
    articles = (service.article for service in catalogue.services.values())
    hours = {branch.id: span for branch in catalogue.branches.values() if (span := widest(branch))}
    found = findings(read, hours, articles, DAYS)
    for line in report(read, found, texts, file.name):
        say(line)
    return usable(found)


def expected_of(catalogue: Catalogue, config: MisConfig) -> Expected:
    """Branches and spellings that the catalogue has, with the zones of their bases."""
    return Expected(
        [
            Branch(
                facts.id,
                facts.mis_id,
                facts.name,
                ZoneInfo(facts.timezone),
                config.base_of(facts.id).timezone,
            )
            for facts in catalogue.branches.values()
        ],
        {name: one.id for one in catalogue.specialties.values() for name in one.mis_names},
        {name: room.id for room in catalogue.rooms.values() for name in room.mis_names},
    )


def widest(branch: BranchFacts) -> tuple[time, time] | None:
    """From the earliest opening to the latest closing of the week; `None` for a branch that never opens.

    A closing at midnight is 00:00.
    """
    spans = [hours.split("-") for hours in branch.hours.values() if hours]
    if not spans:
        return None
    opens, closes = min(span[0] for span in spans), max(span[1] for span in spans)
    return time.fromisoformat(opens), time.fromisoformat("00:00" if closes == "24:00" else closes)
