"""`reports/proof.json`: what was run and what was found, in figures that were measured."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.proof.campaign import Outcome
from tests.proof.race import Race
from tests.proof.whole.outcome import WholeOutcome

# With no violation in n runs their rate is below 3/n with 95 % confidence.
RULE_OF_THREE = 3.0


def write_report(
    path: Path,
    *,
    seed: int,
    outcome: Outcome,
    race: Race | None,
    caught: Mapping[str, Mapping[str, Any]],
    machine: Mapping[str, int],
    whole: WholeOutcome | None,
    left_out: Sequence[str],
    seconds: float,
) -> dict[str, Any]:
    """Write and return the report. `runs` are those of real action servers; other kinds stand apart."""
    runs = outcome.runs
    report = {
        "written": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": seed,
        "seconds": round(seconds),
        "runs": runs,
        "violations": len(outcome.violations),
        "violations_by_rule": _counted([violation.rule for violation in outcome.violations]),
        "rate_below_with_95_percent": round(RULE_OF_THREE / runs, 6)
        if runs and not outcome.violations
        else None,
        "faults": dict(sorted(outcome.faults.items())),
        "processes": dict(sorted(outcome.events.items())),
        "stories": dict(sorted(outcome.stories.items())),
        "crash_points": dict(sorted(outcome.points.items())),
        "ends": dict(sorted(outcome.ends.items())),
        "race": None
        if race is None
        else {
            "rounds": race.rounds,
            "one_winner": race.one_winner,
            "doubles": race.doubles,
            "seconds": round(race.seconds),
        },
        "state_machine_in_process": dict(machine),
        "whole_system": None if whole is None else _whole(whole),
        "planted_bugs": {bug: dict(facts) for bug, facts in caught.items()},
        "left_out": list(left_out),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return report


def _whole(whole: WholeOutcome) -> dict[str, Any]:
    return {
        "runs": whole.runs,
        "violations": len(whole.violations),
        "violations_by_rule": _counted([violation.rule for violation in whole.violations]),
        "seconds": round(whole.seconds),
        "messages": whole.messages,
        "deliveries": whole.deliveries,
        "processes": dict(sorted(whole.kills.items())),
        "crash_points": dict(sorted(whole.points.items())),
        "faults": dict(sorted(whole.faults.items())),
        "stories": dict(sorted(whole.stories.items())),
        "patients_ended_with": dict(sorted(whole.ends.items())),
        "ends": dict(sorted(whole.rows.items())),
    }


def _counted(names: list[str]) -> dict[str, int]:
    return {name: names.count(name) for name in sorted(set(names))}
