"""Measure speed and size of the whole system and print them beside their targets.

Starts the product on free ports in a temporary folder and stops it at the end. A missed target is a line
that says «over» and no error; the exit code is 1 when something could not be measured.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType

from bench import contact_centre, failover, footprint, latency, mis_speed
from bench.figures import Figure, NotMeasured, table
from bench.phrases import Phrases, load_phrases, searches
from lang.catalogue import Catalogue, load_catalogue
from tools.bootstrap import ROOT
from tools.running import LeftRunning, NotReady, System, running_system

# Without the training. On a machine too slow for it there are fewer samples.
TOTAL_SECONDS = 780
SECOND_START_SECONDS = 100
LEAST_SECONDS = 5
START_SECONDS = 150
# Patients who book at the same moment.
TOGETHER = 50
# The bench is one address that writes all the time; the desk's limits are for people.
UNLIMITED = {
    "DESK_MESSAGE_RATE": "1000 per second",
    "DESK_ADDRESS_RATE": "1000 per second",
    "DESK_SESSION_RATE": "1000 per second",
}
DEVELOPMENT = {"ENVIRONMENT": "development", "REST_TOKEN": "dev"}


class _Bench:
    """Collects figures; what fails becomes a line of the table and does not stop the rest."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.complete = True
        self._deadline = time.monotonic() + TOTAL_SECONDS

    def left(self, reserve: float = 0) -> float:
        """Seconds of the whole time that are left, `reserve` kept for what comes later."""
        return max(self._deadline - time.monotonic() - reserve, LEAST_SECONDS)

    def add(self, what: str, measure: Callable[[], list[Figure]]) -> None:
        started = time.monotonic()
        try:
            self.figures += measure()
            _say(f"{what}: {time.monotonic() - started:.0f} s")
        except NotMeasured as failure:
            self.missing(what, str(failure))
        except Exception as failure:
            self.missing(what, f"{type(failure).__name__}: {failure}")

    def missing(self, what: str, reason: str) -> None:
        _say(f"{what}: not measured: {reason}")
        self.figures.append(Figure(what, f"not measured: {reason.strip().splitlines()[0]}", "", None))
        self.complete = False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-train", action="store_true", help="leave the training out (minutes)")
    parser.add_argument(
        "--samples", type=int, default=60, help="slot searches; the other counts follow from it (default: 60)"
    )
    arguments = parser.parse_args()
    if arguments.samples < 1:
        parser.error("--samples: at least 1")
    signal.signal(signal.SIGTERM, _interrupt)
    bench = _Bench()
    try:
        with tempfile.TemporaryDirectory(prefix="maria-bench-") as folder:
            _measure_system(bench, Path(folder) / "var", arguments.samples)
        bench.add("web widget", footprint.widget)
        if not arguments.no_train:
            _say("training …")
            bench.add("training", footprint.training)
    except KeyboardInterrupt:
        _say("stopped")
        return 130
    print(table(bench.figures))
    return 0 if bench.complete else 1


def _measure_system(bench: _Bench, var_dir: Path, samples: int) -> None:
    phrases = load_phrases()
    catalogue = load_catalogue(ROOT / "data/catalogue")
    _say("starting the system …")
    try:
        with running_system(var_dir, START_SECONDS, **DEVELOPMENT, **UNLIMITED) as system:
            _say(f"ready after {system.ready_seconds:.0f} s")
            _measure_running(bench, system, phrases, catalogue, samples)
        _say("starting it again …")
        seconds = max(bench.left(), SECOND_START_SECONDS)
        with running_system(var_dir, seconds, **DEVELOPMENT, **UNLIMITED) as system:
            bench.add("second start", lambda: footprint.second_start(system))
    except (NotReady, LeftRunning) as failure:
        bench.missing("the whole system", str(failure))


def _measure_running(
    bench: _Bench, system: System, phrases: Phrases, catalogue: Catalogue, samples: int
) -> None:
    now = datetime.now(timezone.utc)
    desk = system.desk

    def seconds(most: float) -> float:
        return min(most, bench.left(reserve=SECOND_START_SECONDS))

    bench.add("turns", lambda: latency.turns(desk, phrases, 2 * samples, seconds(30)))
    bench.add(
        "slot search", lambda: latency.slot_searches(desk, phrases, catalogue, now, samples, seconds(75))
    )
    bench.add("first answer", lambda: latency.first_answers(desk, phrases, max(samples // 2, 1), seconds(25)))
    bench.add("burst", lambda: latency.bursts(desk, phrases, max(samples // 6, 1), seconds(30)))
    bench.add(
        "search of the whole network",
        lambda: mis_speed.whole_network(system, catalogue, max(samples // 3, 1), seconds(30)),
    )
    bench.add(
        "search with a slow MIS",
        lambda: mis_speed.through_the_desk(
            system, phrases, catalogue, now, max(samples // 3, 1), seconds(45)
        ),
    )
    bench.add(
        "from yes to booked",
        lambda: mis_speed.from_yes_to_booked(
            system, phrases, catalogue, now, max(samples // 6, 1), seconds(45)
        ),
    )
    bench.add(
        "bookings at once",
        lambda: mis_speed.together(system, phrases, catalogue, now, TOGETHER, seconds(150)),
    )
    # From the other end of the list: no schedule that the searches have left in the cache.
    unseen = searches(phrases, catalogue, now, seed=samples)[::-1]
    kills = min(max(samples // 20, 1), 3)
    bench.add(
        "killed desk", lambda: failover.killed_desk(system, phrases.greeting, unseen, kills, seconds(60))
    )
    bench.add("memory", lambda: footprint.memory(system))
    bench.add("contact centre", lambda: contact_centre.busy(system, phrases, seconds(60)))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
