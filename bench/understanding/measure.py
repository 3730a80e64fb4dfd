"""Run the model over the evaluation sets: `python -m bench.understanding.measure [model]`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bench.understanding.noise import noisy
from bench.understanding.rows import (
    Row,
    nonsense_rows,
    red_flag_rows,
    service_rows,
    specialty_rows,
    symptom_rows,
    topic_rows,
    wish_rows,
)
from bench.understanding.sets import Sets, load_sets
from bot.clock import fixed_at
from bot.understanding import MODEL, Reader, Understood, understood

ZONE = ZoneInfo("Europe/Moscow")
# A Monday; wishes have a present of their own.
PRESENT = datetime(2026, 11, 23, 10, tzinfo=ZONE)


async def measure(reader: Reader, sets: Sets) -> list[Row]:
    """Every row of the table, and beside it what the set was understood as."""

    async def read(texts: Sequence[str]) -> list[Understood]:
        with fixed_at(PRESENT):
            return [understood(parsed) for parsed in await reader.read_all(texts)]

    topics = await read([case.text for case in sets.topics])
    wishes = []
    for case in sets.wishes:
        with fixed_at(case.now.replace(tzinfo=ZONE)):
            wishes += [understood(parsed) for parsed in await reader.read_all([case.text])]
    flags = [item.red_flag for item in await read([case.text for case in sets.red_flags])]
    return [
        *topic_rows(sets.topics, topics, await read([noisy(case.text) for case in sets.topics])),
        *specialty_rows(sets.specialties, await read([case.text for case in sets.specialties])),
        *service_rows(sets.services, await read([case.text for case in sets.services])),
        *wish_rows(sets.wishes, wishes),
        *red_flag_rows(sets.red_flags, flags, sets.topics, [item.red_flag for item in topics]),
        *symptom_rows(sets.symptoms, await read([case.text for case in sets.symptoms])),
        *nonsense_rows(sets.nonsense, await read([case.text for case in sets.nonsense])),
    ]


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table with their targets."""
    lines = ["| what | measured | target | |", "|---|--:|--:|---|"]
    for row in rows:
        sign = "≤" if row.at_most else "≥"
        target = "" if row.target is None else f"{sign} {row.target:.1%}"
        verdict = "" if row.target is None else "ok" if row.met else "missed"
        note = f", {row.note}" if row.note else ""
        lines.append(f"| {row.name} | {row.value:.1%} (n {row.count}{note}) | {target} | {verdict} |")
    return "\n".join(lines)


def main() -> int:
    model = Path(sys.argv[1]) if len(sys.argv) > 1 else MODEL
    print(table(asyncio.run(measure(Reader(model), load_sets()))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
