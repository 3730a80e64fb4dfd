"""Many runs in waves: faults while patients talk, recovery afterwards, then the checker reads everything."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.proof.checker import Entry, Histories, Row, Told, Violation, check
from tests.proof.plans import Planner
from tests.proof.runs import Player, Run
from tests.proof.talk import Talk
from tests.proof.world import World
from tests.support.fault_proxy import Case

WAVE = 60
# Seconds from now at which the recovery comes round: after its patience with the MIS, after the holds have
# run out, after what is unclear has to be admitted, and once more for news that a dead round has not told.
ROUNDS = (25, 840, 1900, 2000)


@dataclass
class Outcome:
    """What a campaign has come to. `faults` counts runs that met each kind."""

    runs: int = 0
    seconds: float = 0
    violations: list[Violation] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    stories: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)


class Campaign:
    """Plays runs of `planner` on `world` in waves; PostgreSQL is restarted in each `restart_every`-th."""

    def __init__(
        self,
        world: World,
        planner: Planner,
        seed: int,
        *,
        kill_steady: float = 0.25,
        # Of the waves without a restart: twenty of three thousand runs.
        kill_backend: float = 0.8,
        restart_every: int = 2,
        recovery_trip: float = 0.5,
        lax: float = 0.15,
        stop_at_first: bool = False,
        wave: int = WAVE,
        say: Callable[[str], None] = print,
    ) -> None:
        self._world, self._planner, self._seed = world, planner, seed
        self._shares = {"server": kill_steady, "backend": kill_backend}
        self._restart_every = restart_every
        self._recovery_trip = recovery_trip
        self._lax, self._size = lax, wave
        self._stop_at_first = stop_at_first
        self._say = say
        self.outcome = Outcome()

    def play(self, runs: int, deadline: float | None = None) -> Outcome:
        started = time.monotonic()
        wave = 0
        while self.outcome.runs < runs and (deadline is None or time.monotonic() < deadline):
            if self._stop_at_first and self.outcome.violations:
                break
            wave += 1
            self._wave(wave, min(self._size, runs - self.outcome.runs))
            self.outcome.seconds = time.monotonic() - started
            self._say(
                f"{self.outcome.runs} runs, {len(self.outcome.violations)} violations,"
                f" {self.outcome.seconds:.0f} s"
            )
        self.outcome.events.update(self._world.counts)
        self._world.counts.clear()
        return self.outcome

    # --- a wave ---

    def _wave(self, wave: int, size: int) -> None:
        runs, doctors = [], set[str]()
        for _ in range(size):
            plan = self._planner.plan()
            slots = self._world.take_slots(8, doctors)
            doctors.add(slots[0].doctor_id)
            case = Case({slots[0].doctor_id.encode()})
            run = Run(f"r{plan.number}", plan, case, slots)
            if plan.trip is not None:
                run.server = self._world.start_server(plan.trip)
            self._world.proxy.add(case)
            runs.append(run)
        for run in runs:
            if run.server is not None:
                self._world.until_up(run.server)
        lax = self._planner.chance(self._lax)
        if lax:
            self._world.be_lax(registrar=self._planner.chance(0.3))
            self.outcome.faults["a lax MIS"] += len(runs)
        asyncio.run(self._storm(wave, runs))
        if lax:
            self._world.be_strict()
        self._recover(runs)
        self._judge(runs)
        for run in runs:
            self._world.proxy.remove(run.case)

    async def _storm(self, wave: int, runs: list[Run]) -> None:
        for server in self._world.steady:
            server.renew()
        for run in runs:
            if run.server is not None:
                run.server.renew()
        player = Player(self._world, self._seed * 1000 + wave)
        disaster = asyncio.create_task(self._disasters(wave))
        await asyncio.gather(*(player.play(run) for run in runs))
        await disaster
        for run in runs:
            self._note(run)

    async def _disasters(self, wave: int) -> None:
        """What strikes all patients of a wave at once."""
        chance, between = self._planner.chance, self._planner.between
        if chance(self._shares["server"]):
            await asyncio.sleep(between(0.1, 2.5))
            self._world.steady[0].kill()
            self._world.count("kills of the action server at a random moment")
            await asyncio.to_thread(self._world.revive)
            self._world.steady[0].renew()
        if self._restart_every and wave % self._restart_every == 0:
            await asyncio.sleep(between(0.1, 1.5))
            await asyncio.to_thread(self._world.restart_database)
        elif chance(self._shares["backend"]):
            await asyncio.sleep(between(0.1, 1.5))
            await asyncio.to_thread(self._world.kill_backend)

    def _note(self, run: Run) -> None:
        outcome, plan = self.outcome, run.plan
        outcome.runs += 1
        outcome.stories[plan.story] += 1
        outcome.faults.update(set(run.case.met))
        if run.killed and plan.trip is not None and plan.trip.what == "kill":
            outcome.points[plan.trip.point] += 1
            outcome.events["kills of the action server at a named point"] += 1
        if run.stopped:
            outcome.events["stops of the action server for longer than the lock"] += 1

    def _recover(self, runs: list[Run]) -> None:
        """Let the storm pass: late requests arrive, the recovery comes round, timers run out."""
        deadline = time.monotonic() + 20
        while self._world.proxy.busy and time.monotonic() < deadline:
            time.sleep(0.02)
        self._world.revive()
        for number, ahead in enumerate(ROUNDS):
            if number == 1:
                for run in runs:
                    run.case.faults = []
            trip = None
            if number < 3 and self._planner.chance(self._recovery_trip):
                trip = self._planner.recovery_trip()
            if not self._world.recover(ahead, trip) and trip is not None:
                self.outcome.events["kills of the recovery at a named point"] += 1
                self.outcome.points[f"recovery {trip.point}"] += 1
                self._world.recover(ahead)

    def _judge(self, runs: list[Run]) -> None:
        histories = read_histories(self._world, runs)
        self.outcome.ends.update(row.state for row in histories.rows)
        found = check(histories)
        for violation in found:
            self._say(f"  VIOLATION {violation.rule}: {violation.run}: {violation.shown}")
            run = next((run for run in runs if run.name == violation.run), None)
            if run is not None:
                self._say(f"    {run.plan}")
                self._say(f"    calls {run.case.calls}, met {run.case.met}")
                for talk in run.talks:
                    self._say(f"    {[(said.response, said.booking) for said in talk.said]}")
        self.outcome.violations += found


def read_histories(world: World, runs: list[Run]) -> Histories:
    """The three histories of `runs`."""
    names = [run.name for run in runs]
    with psycopg.connect(world.database, row_factory=dict_row) as connection:
        rows = connection.execute(
            "SELECT * FROM clinic.booking WHERE split_part(conversation_id, '-', 1) = ANY(%s) ORDER BY id",
            (names,),
        ).fetchall()
        events: dict[int, list[tuple[str | None, str]]] = {}
        for event in connection.execute(
            "SELECT * FROM clinic.booking_event WHERE booking_id = ANY(%s) ORDER BY id",
            ([row["id"] for row in rows],),
        ):
            events.setdefault(event["booking_id"], []).append((event["from_state"], event["to_state"]))
        queued = connection.execute(
            "SELECT (details->>'booking_id')::bigint AS id FROM clinic.request WHERE kind = 'check'"
        ).fetchall()
    phones = {talk.patient.phone: run.name for run in runs for talk in run.talks}
    entries = [entry_of(row) for row in world.mis_rows() if row["phone"] in phones or row["state"] == "held"]
    conversations = {talk.conversation for run in runs for talk in run.talks}
    return Histories(
        told=[
            Told(run.name, said.conversation, said.response, said.booking, said.claims)
            for run in runs
            for talk in run.talks
            for said in talk.said
        ],
        news=[
            (news["conversation"], news["booking"], news["outcome"])
            for news in world.news()
            if news["conversation"] in conversations
        ],
        rows=[
            row_of(row, row["conversation_id"].split("-")[0], tuple(events.get(row["id"], ())))
            for row in rows
        ],
        entries=entries,
        queued=frozenset(row["id"] for row in queued if row["id"] is not None),
        unanswered={run.name: sum(_unanswered(talk) for talk in run.talks) for run in runs},
        phones=phones,
    )


def _unanswered(talk: Talk) -> int:
    return talk.asked - talk.answered


def row_of(row: dict[str, Any], run: str, history: tuple[tuple[str | None, str], ...]) -> Row:
    """A row of the table `booking`, for the checker."""
    return Row(
        id=row["id"],
        run=run,
        state=row["state"],
        conversation=row["conversation_id"],
        phone=row["phone"] or "",
        hold_id=row["hold_id"],
        visit_id=row["visit_id"],
        sent=row["sent_at"] is not None,
        outcome=row["outcome"],
        replaces=row["replaces"],
        replaced_by=row["replaced_by"],
        cancelled_by=row["cancelled_by"],
        history=history,
    )


def entry_of(row: dict[str, Any]) -> Entry:
    """A line of the MIS's own list, for the checker."""
    return Entry(
        id=row["id"],
        state=row["state"],
        doctor=row["doctor_id"],
        phone=row["phone"],
        start=datetime.fromisoformat(row["starts_at"]),
        end=datetime.fromisoformat(row["ends_at"]),
    )
