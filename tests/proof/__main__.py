"""`python -m tests.proof`: play many runs, plant bugs and see them caught, write reports/proof.json.

The exit code is 1 when a rule was broken, a planted bug was not caught, or a round of the race had not
exactly one winner.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from typing import Any

from tests.proof.campaign import Campaign
from tests.proof.plans import Planner
from tests.proof.planted import BUGS
from tests.proof.race import race
from tests.proof.report import write_report
from tests.proof.world import World, open_world
from tools.bootstrap import ROOT

REPORT = ROOT / "reports/proof.json"
# One round of the race for so many runs.
RUNS_PER_ROUND = 3
# A run takes eight times of one doctor, and a doctor has times for about seven of them.
LEAST_DOCTORS, RUNS_PER_DOCTOR = 120, 4
_BUG_RUNS, _BUG_WAVE = 120, 30
_BUG_SECONDS = 240
_FIRST_OF_BUGS = 100_000
# Of the time that is left when their turn comes.
_RACE_SHARE, _BUGS_SHARE = 0.12, 0.25


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=600, help="end earlier, with fewer runs")
    arguments = parser.parse_args()
    # So that what was started is stopped also when this process is told to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    ends = started + arguments.minutes * 60
    doctors = max(LEAST_DOCTORS, arguments.runs // RUNS_PER_DOCTOR)
    with open_world(doctors=doctors, seed=arguments.seed) as world:
        campaign = Campaign(world, Planner(arguments.seed), arguments.seed, say=_say)
        outcome = campaign.play(arguments.runs, ends - _share(ends, _RACE_SHARE + _BUGS_SHARE))
        ran = race(world, max(arguments.runs // RUNS_PER_ROUND, 1), _share(ends, _RACE_SHARE))
        _say(f"race: {ran}")
        caught = {bug: _planted(world, bug, arguments.seed, ends) for bug in BUGS}
        _say(f"planted bugs: {caught}")
    report = write_report(
        REPORT,
        seed=arguments.seed,
        outcome=outcome,
        race=ran,
        caught=caught,
        machine={},
        seconds=time.monotonic() - started,
    )
    # Where the time was up before a bug had its runs, the report says so and nothing is concluded.
    missed = [bug for bug, facts in caught.items() if not facts["caught"] and facts["runs"] >= _BUG_RUNS]
    _say(
        f"{report['runs']} runs, {report['violations']} violations, missed bugs: {missed or 'none'}: {REPORT}"
    )
    return 1 if outcome.violations or missed or ran.one_winner < ran.rounds else 0


def _share(ends: float, share: float) -> float:
    return max(ends - time.monotonic(), 0) * share


def _planted(world: World, bug: str, seed: int, ends: float) -> dict[str, Any]:
    """Whether the checker notices, after how many runs, and by which rule."""
    world.plant(bug)
    campaign = Campaign(
        world,
        Planner(seed, first=_FIRST_OF_BUGS * (BUGS.index(bug) + 1)),
        seed,
        restart=0,
        # Where a base checks, a second booking of one time is refused and the first is undone.
        lax=float(bug == "blind resend"),
        stop_at_first=True,
        wave=_BUG_WAVE,
        say=_quiet,
    )
    outcome = campaign.play(_BUG_RUNS, min(ends, time.monotonic() + _BUG_SECONDS))
    world.plant("")
    rules = sorted({violation.rule for violation in outcome.violations})
    return {"caught": bool(rules), "runs": outcome.runs, "rules": rules}


def _quiet(_: str) -> None:
    pass


def _say(text: str) -> None:
    print(f"proof: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
