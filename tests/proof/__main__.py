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
from tests.proof.machine import play_machine
from tests.proof.plans import Planner
from tests.proof.planted import BUGS
from tests.proof.race import race
from tests.proof.report import write_report
from tests.proof.whole.leg import play_whole
from tests.proof.whole.outcome import WholeOutcome
from tests.proof.world import World, open_world
from tools.bootstrap import ROOT

REPORT = ROOT / "reports/proof.json"
# One round of the race for so many runs.
RUNS_PER_ROUND = 3
# One example of the state machine for so many runs.
RUNS_PER_EXAMPLE = 10
# A run takes eight times of one doctor, and a doctor has times for about seven of them.
LEAST_DOCTORS, RUNS_PER_DOCTOR = 120, 4
_BUG_RUNS, _BUG_WAVE = 120, 30
_BUG_SECONDS = 240
_FIRST_OF_BUGS = 100_000
# Of the time that is left when their turn comes.
_RACE_SHARE, _BUGS_SHARE, _MACHINE_SHARE, _WHOLE_SHARE = 0.12, 0.25, 0.08, 0.4


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=600, help="end earlier, with fewer runs")
    parser.add_argument("--system", type=int, default=0, help="patients of the whole system")
    arguments = parser.parse_args()
    # So that what was started is stopped also when this process is told to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    started = time.monotonic()
    ends = started + arguments.minutes * 60
    runs, seed = arguments.runs, arguments.seed
    patients = arguments.system
    left_out = [] if patients else ["the whole system: --system N plays N patients"]
    later = _RACE_SHARE + _BUGS_SHARE + _MACHINE_SHARE + (_WHOLE_SHARE if patients else 0)
    with open_world(doctors=max(LEAST_DOCTORS, runs // RUNS_PER_DOCTOR), seed=seed) as world:
        campaign = Campaign(world, Planner(seed), seed, say=_say)
        outcome = campaign.play(runs, ends - _share(ends, later))
        ran = race(world, max(runs // RUNS_PER_ROUND, 1), _share(ends, _RACE_SHARE))
        _say(f"race: {ran}")
        bugs_end = ends - _share(ends, 1 - _BUGS_SHARE / (later - _RACE_SHARE))
        caught = {bug: _planted(world, bug, seed, bugs_end) for bug in BUGS}
        _say(f"planted bugs: {caught}")
    before = ends - _share(ends, _WHOLE_SHARE / (_WHOLE_SHARE + _MACHINE_SHARE)) if patients else ends
    machine = play_machine(max(runs // RUNS_PER_EXAMPLE, 1), seed, before, _say)
    _say(f"state machine in this process: {machine}")
    if outcome.runs < runs:
        left_out.append(f"{runs - outcome.runs} of {runs} runs: the time was up")

    def write(whole: WholeOutcome | None, left_out: list[str]) -> None:
        write_report(
            REPORT,
            seed=seed,
            outcome=outcome,
            race=ran,
            caught=caught,
            machine=machine,
            whole=whole,
            left_out=left_out,
            seconds=time.monotonic() - started,
        )

    # First what is known by now: the second leg has more that may break.
    unfinished = ["the whole system: it did not come to its end"] if patients else []
    write(None, left_out + unfinished)
    whole = play_whole(patients, seed, ends, _say) if patients else None
    if whole is not None:
        if whole.runs < patients:
            missing = patients - whole.runs
            left_out.append(f"{missing} of {patients} patients of the whole system: the time was up")
        write(whole, left_out)
    for what in left_out:
        _say(f"left out: {what}")
    # Where the time was up before a bug had its runs, the report says so and nothing is concluded.
    missed = [bug for bug, facts in caught.items() if not facts["caught"] and facts["runs"] >= _BUG_RUNS]
    violations = len(outcome.violations) + (len(whole.violations) if whole else 0) + machine["violations"]
    _say(f"{outcome.runs} runs, {violations} violations, missed bugs: {missed or 'none'}: {REPORT}")
    return 1 if violations or missed or ran.one_winner < ran.rounds else 0


def _share(ends: float, share: float) -> float:
    return max(ends - time.monotonic(), 0) * share


def _planted(world: World, bug: str, seed: int, ends: float) -> dict[str, Any]:
    """Whether the checker notices, after how many runs, and by which rule."""
    world.plant(bug)
    campaign = Campaign(
        world,
        Planner(seed, first=_FIRST_OF_BUGS * (BUGS.index(bug) + 1)),
        seed,
        restart_every=0,
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
