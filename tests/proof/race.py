"""Many processes meet at a barrier and want one time of one doctor: exactly one may get it, each round."""

from __future__ import annotations

import os
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import BrokenBarrierError
from typing import Any

from clinic.network import open_network_clinic
from clinic.outcomes import Confirmed, Held
from mis.port import Slot
from tests.proof.children import CATALOGUE, Life, be_born
from tests.proof.talk import invented
from tests.proof.world import FORK, World

PROCESSES = 32
_FIRST_PATIENT = 500_000
_PATIENCE = 120


@dataclass(frozen=True)
class Race:
    """`rounds` that were run, how many of them had exactly one winner, and the times with more than one."""

    rounds: int
    one_winner: int
    doubles: int
    seconds: float


def race(world: World, rounds: int, seconds: float, processes: int = PROCESSES) -> Race:
    """At most `rounds` rounds within about `seconds`."""
    slots = [slot for times in world.free.values() for slot in times[-2:]][:rounds]
    # The first round that is not run: a runner late from the barrier of one round is still to run that one.
    barrier, end = FORK.Barrier(processes + 1), FORK.Value("i", len(slots))
    life = world.life()
    runners = [
        FORK.Process(target=_run, args=(life, number, slots, barrier, end), daemon=True)
        for number in range(processes)
    ]
    for runner in runners:
        runner.start()
    started, done = time.monotonic(), 0
    try:
        for place, _ in enumerate(slots):
            if time.monotonic() - started > seconds:
                end.value = place
            barrier.wait(_PATIENCE)
            if place == end.value:
                break
            done += 1
        for runner in runners:
            runner.join(_PATIENCE)
    except BrokenBarrierError:
        # Somebody did not come in time: the rounds before that count.
        done = max(done - 1, 0)
    finally:
        for runner in runners:
            if runner.is_alive():
                runner.kill()
    wanted = {(slot.doctor_id, slot.start) for slot in slots[:done]}
    won = Counter(
        (row["doctor_id"], datetime.fromisoformat(row["starts_at"]))
        for row in world.mis_rows()
        if row["state"] == "booked"
    )
    wins = [won[each] for each in wanted]
    return Race(done, sum(win == 1 for win in wins), sum(win > 1 for win in wins), time.monotonic() - started)


def _run(life: Life, number: int, slots: list[Slot], barrier: Any, end: Any) -> None:
    be_born(life)
    opened = open_network_clinic(
        os.environ["DATABASE_URL"],
        Path(os.environ["MIS_CONFIG"]),
        CATALOGUE,
        lambda: datetime.now(UTC),
        os.environ,
    )
    for place, slot in enumerate(slots):
        barrier.wait(_PATIENCE)
        if place == end.value:
            break
        # Another person each round: nobody is asked whether a second visit at one time is meant.
        patient = invented(_FIRST_PATIENT + place * PROCESSES + number)
        key = f"race{number}-{place}"
        try:
            held = opened.bookings.hold(key, slot, [], key)
            if isinstance(held, Held):
                assert isinstance(opened.bookings.confirm(held.booking_id, patient, "1.0"), Confirmed)
        except Exception as error:
            print(f"race {number}: {type(error).__name__}", flush=True)
    opened.close()
    os._exit(0)
