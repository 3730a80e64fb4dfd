"""What the runs of the whole system have come to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.proof.checker import Violation


@dataclass
class WholeOutcome:
    """`kills` counts ends of processes and restarts, `points` where desks died; `deliveries` are attempts to
    hand a message over, `messages` those that the desk took. `ends` are of patients, `rows` of the ledger."""

    runs: int = 0
    seconds: float = 0
    messages: int = 0
    deliveries: int = 0
    violations: list[Violation] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    stories: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
