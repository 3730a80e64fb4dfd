"""A check in print: a table of branches, and what the administrator has to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from mis.check_findings import Finding, Weight, usable
from mis.check_reading import BaseReading, BranchReading, Reading
from mis.check_texts import COLUMNS, CheckTexts
from mis.port import Doctor

_MOST_NAMES = 6


def report(
    bases: Sequence[BaseReading], found: Sequence[Finding], texts: CheckTexts, file: str
) -> Iterator[str]:
    """The lines to be printed. No secrets, no patients and no words of 1C are among them."""
    branches = [read for base in bases for read in base.branches]
    yield texts.title.format(file=file, bases=len(bases), branches=len(branches))
    silent = {one.base for one in found if one.weight is Weight.STOPS and not one.where}
    for base in bases:
        yield ""
        address = urlsplit(base.config.url)
        host = f"{address.hostname or ''}{f':{address.port}' if address.port else ''}{address.path}"
        yield texts.base.format(base=base.config.name, transport=base.config.transport, host=host)
        yield from _table([_row(read, texts) for read in base.branches], texts)
    for weight in Weight:
        some = [one for one in found if one.weight is weight]
        if some:
            yield ""
            yield texts.headings[weight.value]
        for number, one in enumerate(some, 1):
            yield from _advice(number, one, bases, texts)
    for base in bases:
        yield from _quirks(base, texts)
        if base.config.name not in silent:
            yield from _gaps(base, texts)
    yield ""
    yield _verdict(found, bases, len(branches), texts)


def _row(read: BranchReading, texts: CheckTexts) -> Sequence[str]:
    made = list(read.reads.values())
    good = [reading for reading in made if reading.error is None]
    reached = "none" if not good else "whole" if len(good) == len(made) else "part"
    services = read.services.value if read.services else None
    doctors = read.doctors.value if read.doctors else None
    windows = read.windows.value
    priced = sum(service.price is not None for service in services or ())
    unmeasured = sum(service.length is None for service in services or ())
    figures: Mapping[str, str | None] = {
        "branch": read.branch.name,
        "reached": texts.reached[reached],
        "seconds": _seconds(read.status),
        "schedule": _seconds(read.windows),
        "doctors": _count(doctors, rooms=False),
        "rooms": _count(doctors, rooms=True),
        "services": None if services is None else texts.of.format(part=priced, whole=len(services)),
        "lengths": None if services is None else str(unmeasured),
        "days": None if windows is None else str(len({window.start.date() for window in windows})),
        "quirks": str(len(read.quirks or {})) if good else None,
    }
    return [figures[name] or texts.unknown for name in COLUMNS]


def _seconds(reading: Reading[object] | None) -> str | None:
    good = reading is not None and reading.error is None
    return f"{reading.seconds:.1f}".replace(".", ",") if reading is not None and good else None


def _count(doctors: Sequence[Doctor] | None, *, rooms: bool) -> str | None:
    return None if doctors is None else str(sum((doctor.room is not None) is rooms for doctor in doctors))


def _table(rows: Sequence[Sequence[str]], texts: CheckTexts) -> Iterator[str]:
    lines = [[texts.columns[name] for name in COLUMNS], *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    for number, line in enumerate(lines):
        # Names stand to the left, figures to the right.
        cells = [
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        yield "  " + "  ".join(cells).rstrip()
        if number == 0:
            yield "  " + "  ".join("─" * width for width in widths)


def _advice(number: int, one: Finding, bases: Sequence[BaseReading], texts: CheckTexts) -> Iterator[str]:
    words = texts.problems[one.kind]
    operations = [texts.operations[name] for name in texts.operations if name in one.names]
    names = operations or sorted(one.names)
    figures = {key: texts.operations.get(value, value) for key, value in one.figures.items()}
    filled = figures | {
        "where": _where(one.where, one.base, bases, texts),
        "base": one.base,
        "count": str(one.count),
        "names": ", ".join(names),
    }
    yield f"  {number}. {words.what.format_map(filled)}"
    yield f"     {words.do.format_map(filled)}"


def _where(names: Sequence[str], base: str, bases: Sequence[BaseReading], texts: CheckTexts) -> str:
    branches = [read for one in bases if one.config.name == base for read in one.branches]
    if len(names) == len(branches) > 1:
        return texts.all_branches
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    if set(names) == {read.branch.name for read in branches if read.windows.error is None}:
        return texts.all_answered
    return texts.and_more.format(names=", ".join(names[:_MOST_NAMES]), count=len(names) - _MOST_NAMES)


def _quirks(base: BaseReading, texts: CheckTexts) -> Iterator[str]:
    lines = []
    for name, words in texts.quirks.items():
        counts = {read.branch.name: (read.quirks or {}).get(name, 0) for read in base.branches}
        where = [branch for branch, count in counts.items() if count]
        if where:
            places = _where(where, base.config.name, [base], texts)
            lines.append(f"  · {words.format(count=sum(counts.values()), where=places)}")
    if lines:
        yield ""
        yield texts.headings["quirks"].format(base=base.config.name)
        yield from lines


def _gaps(base: BaseReading, texts: CheckTexts) -> Iterator[str]:
    lines = [f"  · {words}" for name, words in texts.gaps.items() if not getattr(base.capabilities, name)]
    if lines:
        yield ""
        yield texts.headings["gaps"].format(base=base.config.name)
        yield from lines


def _verdict(found: Sequence[Finding], bases: Sequence[BaseReading], branches: int, texts: CheckTexts) -> str:
    if usable(found):
        return texts.verdict["usable"]
    stopped: set[tuple[str, str]] = set()
    for one in found:
        if one.weight is Weight.STOPS:
            own = (base for base in bases if base.config.name == one.base)
            whole = [read.branch.name for base in own for read in base.branches]
            stopped.update((one.base, name) for name in one.where or whole)
    return texts.verdict["unusable"].format(count=len(stopped), branches=branches)
