"""What a measurement gives, and the table of all of them."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


class NotMeasured(Exception):
    """There is no figure; the message says why in one line."""


@dataclass(frozen=True)
class Figure:
    """One line of the table. `within` is None when there is no target, or nothing was measured."""

    what: str
    measured: str
    target: str
    within: bool | None

    @property
    def verdict(self) -> str:
        return {True: "ok", False: "over", None: ""}[self.within]


def at_most(what: str, value: float, target: float, unit: str, note: str = "") -> Figure:
    """A figure whose target is an upper limit, both in `unit`."""
    measured = f"{_number(value)} {unit}" + (f" ({note})" if note else "")
    return Figure(what, measured, f"≤ {_number(target)} {unit}", value <= target)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all do not exceed. Needs at least one."""
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def rounds(count: int, seconds: float) -> Iterator[int]:
    """Numbers from 0 to `count` - 1, cut short when `seconds` have passed."""
    deadline = time.monotonic() + seconds
    for number in range(count):
        if time.monotonic() > deadline:
            return
        yield number


def table(figures: Sequence[Figure]) -> str:
    """Aligned columns with a heading."""
    rows = [("what", "measured", "target", "")]
    rows += [(each.what, each.measured, each.target, each.verdict) for each in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    rows.insert(1, tuple("─" * max(width, 4) for width in widths))  # type: ignore[arg-type]  # as many columns as every row
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")
