"""One run: a patient's whole story against real processes, and what it leaves behind for the checker."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
import psycopg

from mis.port import Slot
from tests.proof.plans import Plan
from tests.proof.talk import APOLOGY, Talk, invented
from tests.proof.world import Server, World
from tests.support.fault_proxy import Case

# Longer than a turn waits for the lock of its conversation.
STOPPED_SECONDS = 7.0
_TRIES = 3
_AGAIN = (APOLOGY, "utter_booking_not_possible", "utter_move_not_possible", "utter_cancel_not_possible")

_PROOF = """
INSERT INTO clinic.identity_proof (conversation_id, phone, source, proved_at, expires_at)
VALUES (%s, %s, 'proof', now(), now() + interval '30 days') ON CONFLICT DO NOTHING
"""


@dataclass
class Run:
    """`name` begins all its conversations."""

    name: str
    plan: Plan
    case: Case
    slots: list[Slot]
    talks: list[Talk] = field(default_factory=list)
    server: Server | None = None
    killed: bool = False
    stopped: bool = False


class Player:
    """Plays runs of one wave; patients choose among the servers that are up."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._random = random.Random(seed)

    async def play(self, run: Run) -> None:
        """The whole story. Its case has no faults left when it returns."""
        watch = asyncio.create_task(self._wake(run)) if run.server is not None else None
        try:
            await self._story(run)
        finally:
            if watch is not None:
                watch.cancel()
                with suppress(asyncio.CancelledError):
                    await watch
            if run.server is not None:
                run.killed = not run.server.alive
                self._continue(run.server)
                run.server.kill()

    async def _story(self, run: Run) -> None:
        plan = run.plan
        talk = self._begin(run, "a", plan.number * 2, run.slots[:2])
        match plan.story:
            case "book":
                self._arm(run)
                await self._book(run, talk)
            case "second tap":
                self._arm(run)
                if await self._choose(run, talk):
                    await self._twice(run, talk, talk.key(), talk.key())
            case "redelivered":
                self._arm(run)
                if await self._choose(run, talk):
                    key = talk.key()
                    await self._twice(run, talk, key, key)
            case "two devices":
                self._arm(run)
                other = self._begin(run, "b", plan.number * 2, run.slots[:2])
                await asyncio.gather(self._book(run, talk), self._book(run, other))
            case "two patients":
                self._arm(run)
                other = self._begin(run, "b", plan.number * 2 + 1, run.slots[:2])
                await asyncio.gather(self._book(run, talk), self._book(run, other))
            case "changes mind":
                self._arm(run)
                if await self._choose(run, talk):
                    talk.slots["requested_slot"] = "booking__offer"
                    if await self._choose(run, talk, 2):
                        await self._confirm(run, talk)
            case "leaves":
                self._arm(run)
                if await self._choose(run, talk) and self._random.random() < 0.5:
                    await talk.give_up(self._any(run).client, talk.key())
            case "cancels":
                booking_id = await self._book_in_peace(run, talk)
                if not booking_id:
                    return
                await self._prove(talk)
                self._arm(run)
                await self._cancel(run, talk, booking_id)
            case "moves":
                booking_id = await self._book_in_peace(run, talk)
                if not booking_id:
                    return
                await self._prove(talk)
                talk.begin_move(booking_id, run.slots[2:4])
                self._arm(run)
                if await self._choose(run, talk):
                    await self._confirm(run, talk)

    # --- steps ---

    def _begin(self, run: Run, letter: str, number: int, slots: list[Slot]) -> Talk:
        talk = Talk.begin(f"{run.name}-{letter}", invented(number), slots)
        talk.not_heard = self._world.not_heard
        run.talks.append(talk)
        return talk

    def _arm(self, run: Run) -> None:
        """From here on things go wrong."""
        run.case.calls.clear()
        run.case.faults = list(run.plan.faults)

    async def _book_in_peace(self, run: Run, talk: Talk) -> int:
        """A visit that stands before the story begins; 0 when a disaster of the others came too early."""
        for spare in range(4, len(run.slots)):
            server = self._steady()
            if not talk.booking and not await talk.choose(server.client, 1, talk.key()):
                # A time whose hold got lost with its server keeps itself until the MIS lets it go.
                talk.slots = Talk.begin(talk.conversation, talk.patient, run.slots[spare:]).slots
            elif talk.booking:
                key, answer = talk.key(), APOLOGY
                for _ in range(_TRIES):
                    if answer == APOLOGY:
                        answer = await talk.confirm(self._steady().client, key)
                return talk.said[-1].booking if answer == "utter_booked" else 0
        return 0

    async def _book(self, run: Run, talk: Talk, number: int = 1) -> None:
        if await self._choose(run, talk, number):
            await self._confirm(run, talk)

    async def _choose(self, run: Run, talk: Talk, number: int = 1) -> bool:
        key = talk.key()
        for _ in range(_TRIES):
            known = len(talk.said)
            held = await talk.choose(self._any(run).client, number, key)
            if held or not self._again(run, talk, known):
                return held
            key = talk.key() if run.plan.reaction == "taps again" else key
        return False

    async def _confirm(self, run: Run, talk: Talk) -> None:
        key = talk.key()
        for _ in range(_TRIES):
            known = len(talk.said)
            await talk.confirm(self._any(run).client, key)
            if not self._again(run, talk, known):
                return
            key = talk.key() if run.plan.reaction == "taps again" else key

    async def _cancel(self, run: Run, talk: Talk, booking_id: int) -> None:
        key = talk.key()
        for _ in range(_TRIES):
            known = len(talk.said)
            await talk.cancel(self._any(run).client, key, booking_id, run.slots[0])
            if not self._again(run, talk, known):
                return
            key = talk.key() if run.plan.reaction == "taps again" else key

    async def _twice(self, run: Run, talk: Talk, first: str, second: str) -> None:
        """The same «да» to two servers at once."""
        other = talk.fork()
        run.talks.append(other)
        servers = [each for each in self._world.steady if each.alive] or [self._steady()]
        await asyncio.gather(
            talk.confirm(self._any(run).client, first), other.confirm(servers[-1].client, second)
        )

    def _again(self, run: Run, talk: Talk, known: int) -> bool:
        """Whether the patient tries once more after what was said since."""
        heard = {said.response for said in talk.said[known:]}
        return run.plan.reaction != "falls silent" and bool(heard & set(_AGAIN))

    async def _prove(self, talk: Talk) -> None:
        """The phone is proved in the conversation, as a code would have done."""
        await asyncio.to_thread(self._store_proof, talk)

    def _store_proof(self, talk: Talk) -> None:
        for _ in range(40):
            with (
                suppress(psycopg.Error),
                psycopg.connect(self._world.database, connect_timeout=3) as connection,
            ):
                connection.execute(_PROOF, (talk.conversation, talk.patient.phone))
                return
            self._world.until_database()

    # --- servers ---

    def _any(self, run: Run) -> Server:
        """The doomed server as long as it lives and runs; then one of the others."""
        if run.server is not None and run.server.alive and not run.stopped:
            return run.server
        return self._steady()

    def _steady(self) -> Server:
        alive = [each for each in self._world.steady if each.alive]
        return self._random.choice(alive or self._world.steady)

    async def _wake(self, run: Run) -> None:
        """A server that stood still at its point goes on after a while; half of them lost the database."""
        assert run.server is not None
        pid = run.server.process.pid or 0
        if run.plan.trip is None or run.plan.trip.what != "stop":
            return
        while True:
            await asyncio.sleep(0.05)
            with suppress(psutil.NoSuchProcess):
                if psutil.Process(pid).status() == psutil.STATUS_STOPPED:
                    break
        run.stopped = True
        if run.plan.number % 2:
            await asyncio.to_thread(self._world.cut_connections, pid)
        await asyncio.sleep(STOPPED_SECONDS)
        self._continue(run.server)

    @staticmethod
    def _continue(server: Server) -> None:
        with suppress(ProcessLookupError):
            os.kill(server.process.pid or 0, signal.SIGCONT)
