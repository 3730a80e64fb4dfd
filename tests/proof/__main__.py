"""`python -m tests.proof`: play many runs, print what was found, write reports/proof.json."""

from __future__ import annotations

import argparse
import sys
import time

from tests.proof.campaign import Campaign
from tests.proof.plans import Planner
from tests.proof.world import open_world


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--bug", default="")
    arguments = parser.parse_args()
    deadline = time.monotonic() + arguments.minutes * 60 if arguments.minutes else None
    with open_world(arguments.bug, seed=arguments.seed) as world:
        campaign = Campaign(world, Planner(arguments.seed), arguments.seed, stop_at_first=bool(arguments.bug))
        outcome = campaign.play(arguments.runs, deadline)
        print((world.folder / "children.log").read_text()[-3000:])
    print(outcome)
    return 1 if outcome.violations else 0


if __name__ == "__main__":
    sys.exit(main())
