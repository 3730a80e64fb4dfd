"""One owner at a time: compare-and-set, an event for each change, a history nobody can edit."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import psycopg
import pytest

from desk import conversations
from desk.conversations import ownership, queue
from desk.conversations.ownership import BOT, CLOSED, PATIENT, QUEUE, SERVICE, Actor, NotAllowed, Owner, Stale
from desk.database import connect

RACER = """
import asyncio, sys
from uuid import UUID
from desk.conversations import ownership
from desk.conversations.ownership import Owner, Stale, Actor
from desk.database import connect

async def main(url, me, *ids):
    connection = await connect(url)
    print("ready", flush=True)
    won = 0
    for each in ids:
        sys.stdin.readline()
        before = await ownership.state_of(connection, UUID(each))
        print("read", flush=True)
        sys.stdin.readline()
        try:
            async with connection.transaction():
                to = Owner("operator", int(me))
                await ownership.change(connection, before, to, "taken", Actor("operator", int(me)))
            won += 1
        except Stale:
            pass
        print("done", flush=True)
    print(won, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def connection(desk_database):
    async with await connect(desk_database) as made:
        yield made


@pytest.fixture
async def new_state(connection):
    async def make(name="p"):
        numbers = await (await connection.execute("SELECT count(*) AS n FROM desk.conversation")).fetchone()
        found = await conversations.open_conversation(connection, "web", f"{name}-{numbers['n']}")
        return await ownership.state_of(connection, found.id)

    return make


async def test_every_change_is_an_event_with_actor_and_reason(connection, new_state):
    state = await new_state()
    state = await ownership.change(connection, state, QUEUE, "handoff", PATIENT, "asked")
    state = await queue.assign(connection, state, 7, {"candidates": [7, 8]})
    state = await ownership.change(connection, state, CLOSED, "closed", Actor("operator", 7), "done")
    state = await ownership.change(connection, state, BOT, "reopened", PATIENT)
    events = await ownership.events_of(connection, state.id)
    assert [(e.version, e.kind, e.actor, e.reason) for e in events] == [
        (0, "opened", PATIENT, ""),
        (1, "handoff", PATIENT, "asked"),
        (2, "assigned", SERVICE, ""),
        (3, "closed", Actor("operator", 7), "done"),
        (4, "reopened", PATIENT, ""),
    ]
    assert [e.to_owner for e in events] == [BOT, QUEUE, Owner("operator", 7), CLOSED, BOT]
    assert [e.from_owner for e in events[1:]] == [e.to_owner for e in events[:-1]]
    assert events[2].data == {"candidates": [7, 8]}
    assert (state.owner, state.version, state.priority, state.reset_pending) == (BOT, 4, 0, True)


async def test_a_decision_on_an_old_state_changes_nothing(connection, new_state):
    state = await new_state()
    after = await ownership.change(connection, state, QUEUE, "handoff", PATIENT, "asked")
    with pytest.raises(Stale):
        await ownership.change(connection, state, QUEUE, "handoff", PATIENT, "asked")
    assert await ownership.state_of(connection, state.id) == after
    assert len(await ownership.events_of(connection, state.id)) == 2


async def test_steps_start_where_they_may(connection, new_state):
    state = await new_state()
    with pytest.raises(NotAllowed):
        await queue.assign(connection, state, 7)
    with pytest.raises(NotAllowed):
        await ownership.change(connection, state, BOT, "handoff", PATIENT)


async def test_the_database_itself_refuses_a_change_without_version_or_event(connection, new_state):
    state = await new_state()
    for query in (
        "UPDATE desk.conversation SET owner_kind = 'queue' WHERE id = %s",
        "UPDATE desk.conversation SET owner_kind = 'queue', version = version + 1 WHERE id = %s",
        "UPDATE desk.conversation SET owner_kind = 'operator' WHERE id = %s",
        "UPDATE desk.conversation_event SET reason = 'x' WHERE conversation_id = %s",
        "DELETE FROM desk.conversation_event WHERE conversation_id = %s",
    ):
        with pytest.raises(psycopg.Error):
            await connection.execute(query, (state.id,))
    with pytest.raises(psycopg.Error):
        await connection.execute("TRUNCATE desk.conversation_event")
    assert await ownership.state_of(connection, state.id) == state


async def test_of_two_processes_exactly_one_wins(desk_database, connection, new_state):
    """Both have read the same version before either writes: 40 rounds, two processes."""
    rounds = 40
    states = []
    for _ in range(rounds):
        state = await new_state()
        states.append(await ownership.change(connection, state, QUEUE, "handoff", PATIENT, "asked"))
    ids = [str(state.id) for state in states]
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, desk_database, me, *ids],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for me in ("1", "2")
    ]

    async def all_say(word: str) -> None:
        for racer in racers:
            assert (await asyncio.to_thread(racer.stdout.readline)).strip() == word

    def go() -> None:
        for racer in racers:
            racer.stdin.write("\n")
            racer.stdin.flush()

    try:
        await all_say("ready")
        for _ in range(rounds):
            go()
            await all_say("read")
            go()
            await all_say("done")
        won = [int(racer.stdout.readline()) for racer in racers]
    finally:
        for racer in racers:
            racer.kill()
            racer.communicate()
    assert sum(won) == rounds
    for state in states:
        taken = [e for e in await ownership.events_of(connection, state.id) if e.kind == "taken"]
        now = await ownership.state_of(connection, state.id)
        assert [e.to_owner for e in taken] == [now.owner]


async def test_the_queue_is_ordered_and_shared_without_meeting(connection, new_state, desk_database):
    waiting = []
    for _ in range(4):
        state = await new_state("order")
        waiting.append(await ownership.change(connection, state, QUEUE, "handoff", PATIENT, "asked"))
    first, second, urgent, returned = waiting
    await connection.execute("UPDATE desk.conversation SET priority = 2 WHERE id = %s", (urgent.id,))
    back = await queue.assign(connection, returned, 7)
    await ownership.change(connection, back, QUEUE, "requeued", SERVICE, "not_accepted")
    mine = {state.id for state in waiting}
    order = [found for found in await queue.head(connection, 1000) if found in mine]
    assert order == [urgent.id, returned.id, first.id, second.id]
    places = [await queue.position(connection, each) for each in order]
    assert places == sorted(places)
    async with await connect(desk_database) as other, connection.transaction():
        [mine_now] = await queue.head(connection)
        async with other.transaction():
            assert mine_now not in await queue.head(other, 1000)
