"""Patients, operators and their faults in random order over a real database: what always holds."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from desk.conversations import operators, ownership
from desk.conversations.operators import Operator
from desk.conversations.ownership import CLOSED, PATIENT, OwnershipError
from desk.database import connect, make_pool
from desk.routing import presence, reading, rounds
from desk.routing.decision import Rules
from desk.routing.rounds import Rounds
from tests.desk.staff import add_account, finish_all, queued

RULES = Rules()
PEOPLE = 3
which = st.integers(0, PEOPLE - 1)
# By hand; heartbeats are lost by letting time pass.
STATES = st.sampled_from(["break", "offline", "no_new", "online"])


def machine(database_url: str, texts: Any, looked: Counter[str]) -> type[RuleBasedStateMachine]:
    class Desk(RuleBasedStateMachine):
        """Time passes by making everything stored older, so that the database's own clock may go on."""

        def __init__(self) -> None:
            super().__init__()
            self.runner = asyncio.Runner()
            self.run(self.open())

        def run(self, work: Any) -> Any:
            return self.runner.run(work)

        async def open(self) -> None:
            self.pools = [make_pool(database_url, 2) for _ in range(2)]
            for pool in self.pools:
                await pool.open()
            self.rounds = [Rounds(pool, texts, RULES) for pool in self.pools]
            self.connection = await connect(database_url)
            await self.connection.execute("UPDATE desk.presence SET state = 'offline'")
            await finish_all(self.connection)
            self.caps = dict(enumerate((1, 2, 4)))
            made = [add_account(database_url, cap=cap) for cap in self.caps.values()]
            self.people = [Operator(staff_id, login) for staff_id, login in made]
            for person in self.people:
                await presence.set_state(self.connection, person.id, "online", "chosen", datetime.now(UTC))
            for _ in range(PEOPLE):
                await queued(self.connection)

        def teardown(self) -> None:
            async def close() -> None:
                await finish_all(self.connection)
                await self.connection.close()
                for pool in self.pools:
                    await pool.close()

            self.run(close())
            self.runner.close()

        @rule(reason=st.sampled_from(["asked", "complaint", "insurance"]), priority=st.integers(0, 2))
        def a_patient_calls(self, reason: str, priority: int) -> None:
            async def call() -> None:
                state = await queued(self.connection, reason)
                await self.connection.execute(
                    "UPDATE desk.conversation SET priority = %s WHERE id = %s", (priority, state.id)
                )

            self.run(call())

        @rule(who=which, state=STATES)
        def somebody_changes_their_state(self, who: int, state: Any) -> None:
            now = datetime.now(UTC)
            self.run(presence.set_state(self.connection, self.people[who].id, state, "chosen", now))

        @rule(seconds=st.sampled_from([1, 10, 19, 31, 61, 120]), silent=st.sets(which))
        def time_passes(self, seconds: int, silent: set[int]) -> None:
            """Those who are `silent` have sent no heartbeat meanwhile."""

            async def age() -> None:
                await self.connection.execute(
                    "UPDATE desk.conversation SET assigned_at = assigned_at - %(by)s,"
                    " accepted_at = accepted_at - %(by)s, queued_at = queued_at - %(by)s,"
                    " returned_at = returned_at - %(by)s WHERE owner_kind IN ('queue', 'operator')",
                    {"by": timedelta(seconds=seconds)},
                )
                for number in silent:
                    await self.connection.execute(
                        "UPDATE desk.presence SET heartbeat_at = heartbeat_at - %s WHERE staff_id = %s",
                        (timedelta(seconds=seconds), self.people[number].id),
                    )

            self.run(age())

        @rule(who=which, what=st.sampled_from(["accept", "decline", "close", "hand back"]))
        def an_operator_works(self, who: int, what: str) -> None:
            async def work() -> None:
                me = self.people[who]
                rows = await self.fetch(
                    "SELECT id, version FROM desk.conversation WHERE operator_id = %s ORDER BY id LIMIT 1",
                    me.id,
                )
                for row in rows:
                    async with self.connection.transaction():
                        await self.step(what, row["id"], me, row["version"])

            self.run(work())

        async def step(self, what: str, conversation_id: Any, me: Operator, version: int) -> None:
            args = (self.connection, texts, conversation_id, me, version)
            if what == "accept":
                await operators.accept(*args)
            elif what == "decline":
                await operators.decline(*args)
            elif what == "close":
                await operators.close(*args, "тема", "answered")
            else:
                await operators.transfer(*args, None, "не моё")

        @rule(who=which)
        def an_operator_takes_one_by_hand(self, who: int) -> None:
            async def take() -> None:
                me = self.people[who]
                rows = await self.fetch(
                    "SELECT id, version FROM desk.conversation WHERE owner_kind = 'queue' LIMIT 1"
                )
                for row in rows:
                    async with self.connection.transaction():
                        if await reading.has_place(self.connection, me.id, datetime.now(UTC)):
                            await operators.take(self.connection, texts, row["id"], me, row["version"])

            self.run(take())

        @rule()
        def a_patient_leaves(self) -> None:
            async def leave() -> None:
                for row in await self.fetch(
                    "SELECT id FROM desk.conversation WHERE owner_kind IN ('queue', 'operator') LIMIT 1"
                ):
                    state = await ownership.state_of(self.connection, row["id"])
                    try:
                        await ownership.change(self.connection, state, CLOSED, "closed", PATIENT)
                    except OwnershipError:
                        return

            self.run(leave())

        async def fetch(self, query: str, *values: object) -> list[dict[str, Any]]:
            return await (await self.connection.execute(query, values)).fetchall()

        async def go_round(self) -> None:
            """Two desk processes at once."""
            now = datetime.now(UTC)
            done = await asyncio.gather(*(each.run(now) for each in self.rounds))
            given = [conversation for each in done for conversation, _ in each.assigned]
            assert len(given) == len(set(given)), "one conversation was given twice in one moment"
            # What one process had locked the other looks at again.
            while (await self.rounds[0].run(now)).again:
                pass

        @invariant()
        def no_cap_is_exceeded(self) -> None:
            rows = self.run(
                self.fetch(
                    "SELECT operator_id, count(*) AS n FROM desk.conversation"
                    " WHERE owner_kind = 'operator' GROUP BY 1"
                )
            )
            caps = {person.id: self.caps[number] for number, person in enumerate(self.people)}
            assert all(row["n"] <= caps[row["operator_id"]] for row in rows), rows
            looked["states"] += 1
            looked["held"] += len(rows)

        @invariant()
        def after_a_round_nobody_is_forgotten(self) -> None:
            self.run(self.go_round())
            self.no_cap_is_exceeded()
            now = datetime.now(UTC)
            people = self.run(reading.people(self.connection, now, RULES))
            there = {each.id for each in people if each.state in ("online", "no_new")}
            rows = self.run(
                self.fetch(
                    "SELECT owner_kind, operator_id, assigned_at, accepted_at, queued_at, returned_at"
                    " FROM desk.conversation WHERE owner_kind IN ('queue', 'operator')"
                )
            )
            free = [each for each in people if each.state == "online" and each.open < each.cap]
            for row in rows:
                if row["owner_kind"] == "operator":
                    assert row["operator_id"] in there, "held by somebody who is gone"
                    waits = now - row["assigned_at"]
                    assert row["accepted_at"] or waits < RULES.accept_within, "not accepted, not taken back"
                    continue
                since = row["returned_at"] or row["queued_at"]
                patient = now - row["queued_at"] < RULES.skill_patience or now - since < RULES.other_patience
                # All of these people can do all there is to do, except what they have passed on.
                assert patient or not free, "somebody waits while somebody has a place"

    return Desk


def test_random_days(
    desk_database: str, texts: Any, monkeypatch: pytest.MonkeyPatch, proved: Callable[[str], None]
) -> None:
    # So that the two processes take different ends of a short queue.
    monkeypatch.setattr(rounds, "_LOOK_FURTHER", 0)
    looked = Counter[str]()
    run_state_machine_as_test(
        machine(desk_database, texts, looked),
        settings=settings(
            max_examples=8,
            stateful_step_count=15,
            # A failure is told as it was found: to shrink it would take minutes.
            phases=[Phase.generate],
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert looked["held"]
    proved(
        f"routing: {looked['states']} states of random days with two desk processes: no cap exceeded, nobody"
        " forgotten, nothing given twice, nobody kept by somebody who is gone"
    )
