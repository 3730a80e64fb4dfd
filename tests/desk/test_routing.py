"""The routing over a real database. The classic faults of desks are named in the tests."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio
from psycopg.rows import dict_row

from desk import conversations
from desk.conversations import ownership
from desk.conversations.ownership import CLOSED, PATIENT, QUEUE, Actor
from desk.database import make_pool
from desk.routing import presence, reading
from desk.routing.decision import Rules
from desk.routing.outlook import StaffPeople
from desk.routing.rounds import Rounds
from tests.desk.staff import Browser, add_account

RULES = Rules()


@pytest_asyncio.fixture
async def rounds(desk_database, texts):
    pool = make_pool(desk_database, 4)
    await pool.open()
    yield Rounds(pool, texts, RULES)
    await pool.close()


@pytest.fixture
def come_online(connection, desk_database):
    async def come(now=None, **account) -> int:
        staff_id, _ = add_account(desk_database, **account)
        await presence.set_state(connection, staff_id, "online", "chosen", now or datetime.now(UTC))
        return staff_id

    return come


@pytest.fixture
def wait_in_queue(connection):
    async def wait(reason="asked", priority=0) -> ownership.State:
        opened = await conversations.open_conversation(connection, "web", f"r-{uuid4().hex}")
        state = await ownership.state_of(connection, opened.id)
        state = await ownership.change(connection, state, QUEUE, "handoff", PATIENT, reason)
        await connection.execute(
            "UPDATE desk.conversation SET priority = %s WHERE id = %s", (priority, state.id)
        )
        return state

    return wait


async def accept(connection, state) -> None:
    await connection.execute(
        "UPDATE desk.conversation SET accepted_at = clock_timestamp() WHERE id = %s", (state.id,)
    )


async def owner(connection, state) -> int | None:
    return (await ownership.state_of(connection, state.id)).owner.operator_id


async def test_the_decision_is_stored_with_its_candidates(
    connection, rounds, come_online, wait_in_queue, rows
):
    busy, idle = await come_online(), await come_online()
    first = await wait_in_queue()
    await rounds.run(datetime.now(UTC))
    second = await wait_in_queue()
    await rounds.run(datetime.now(UTC))
    assert {await owner(connection, first), await owner(connection, second)} == {busy, idle}
    (row,) = rows("SELECT * FROM desk.routing_decision WHERE conversation_id = %s", second.id)
    fits = {each["operator_id"]: (each["fit"], each["open"]) for each in row["candidates"]}
    assert fits[await owner(connection, first)] == ("fits", 1)
    assert fits[await owner(connection, second)] == ("chosen", 0)
    assert row["because"] == "least_busy"


async def test_chatwoot_10583_queue_not_drained_when_a_place_frees(
    connection, rounds, come_online, wait_in_queue
):
    staff_id = await come_online(cap=1)
    first, second = await wait_in_queue(), await wait_in_queue()
    await rounds.run(datetime.now(UTC))
    assert (await owner(connection, first), await owner(connection, second)) == (staff_id, None)
    state = await ownership.state_of(connection, first.id)
    await ownership.change(connection, state, CLOSED, "closed", Actor("operator", staff_id))
    await rounds.run(datetime.now(UTC))
    assert await owner(connection, second) == staff_id


async def test_chatwoot_10685_queue_not_drained_when_somebody_comes_online(
    connection, rounds, come_online, wait_in_queue
):
    state = await wait_in_queue()
    assert (await rounds.run(datetime.now(UTC))).assigned == ()
    staff_id = await come_online()
    assert (await rounds.run(datetime.now(UTC))).assigned == ((state.id, staff_id),)


async def test_chatwoot_7204_stuck_on_somebody_who_went_offline(
    connection, rounds, come_online, wait_in_queue, rows
):
    staff_id = await come_online()
    state = await wait_in_queue()
    await rounds.run(datetime.now(UTC))
    await accept(connection, state)
    later = await wait_in_queue()
    # Within 30 seconds of the last heartbeat, a round every two seconds included.
    now = datetime.now(UTC) + timedelta(seconds=28)
    other = await come_online(now)
    done = await rounds.run(now)
    assert done.returned == (state.id,)
    # At the head of the queue: before the one that has waited less.
    assert done.assigned == ((state.id, other), (later.id, other))
    (event,) = rows(
        "SELECT reason, from_operator FROM desk.conversation_event"
        " WHERE conversation_id = %s AND kind = 'requeued'",
        state.id,
    )
    assert event == {"reason": "heartbeat_lost", "from_operator": staff_id}
    assert await presence.beat(connection, staff_id, now) == "offline"


async def test_what_is_not_accepted_in_30_seconds_goes_to_another_person(
    connection, rounds, come_online, wait_in_queue
):
    first, second = await come_online(cap=1), await come_online(cap=1)
    state = await wait_in_queue()
    await rounds.run(datetime.now(UTC))
    one = await owner(connection, state)
    now = (await ownership.state_of(connection, state.id)).assigned_at + timedelta(seconds=31)
    for staff_id in (first, second):
        await presence.beat(connection, staff_id, now)
    await rounds.run(now)
    assert {one, await owner(connection, state)} == {first, second}


async def test_who_has_accepted_keeps_it(connection, rounds, come_online, wait_in_queue):
    staff_id = await come_online()
    state = await wait_in_queue()
    await rounds.run(datetime.now(UTC))
    await accept(connection, state)
    now = datetime.now(UTC) + timedelta(hours=1)
    await presence.beat(connection, staff_id, now)
    assert (await rounds.run(now)).returned == ()


@pytest.mark.parametrize(("state", "reason"), [("break", "break"), ("offline", "logout")])
async def test_break_and_logout_give_all_conversations_back(
    connection, rounds, come_online, wait_in_queue, rows, state, reason
):
    staff_id = await come_online()
    mine = [await wait_in_queue() for _ in range(3)]
    await rounds.run(datetime.now(UTC))
    await accept(connection, mine[0])
    await presence.set_state(connection, staff_id, state, "chosen", datetime.now(UTC))
    other = await come_online()
    await rounds.run(datetime.now(UTC))
    assert {await owner(connection, each) for each in mine} == {other}
    told = rows("SELECT DISTINCT reason FROM desk.conversation_event WHERE from_operator = %s", staff_id)
    assert told == [{"reason": reason}]


async def test_no_new_keeps_the_own_and_gets_no_others(connection, rounds, come_online, wait_in_queue):
    staff_id = await come_online()
    mine = await wait_in_queue()
    await rounds.run(datetime.now(UTC))
    await presence.set_state(connection, staff_id, "no_new", "chosen", datetime.now(UTC))
    other = await wait_in_queue()
    done = await rounds.run(datetime.now(UTC))
    assert (done.returned, done.assigned) == ((), ())
    assert (await owner(connection, mine), await owner(connection, other)) == (staff_id, None)


async def test_skills_come_from_the_reason_and_from_what_the_dialogue_knew(
    connection, rounds, come_online, wait_in_queue
):
    await come_online()
    skilled = await come_online(skills=("complaints",))
    states = [await wait_in_queue("complaint") for _ in range(3)]
    await rounds.run(datetime.now(UTC))
    assert {await owner(connection, each) for each in states} == {skilled}
    slots = {"booking__for_whom": {"who": "child"}, "booking__payment": {"kind": "dms"}}
    assert reading.needs_of("asked", slots) == {"children", "dms"}
    assert reading.needs_of("asked", {"booking__payment": "dms"}) == frozenset()


async def test_processes_together_never_exceed_a_cap_nor_give_one_conversation_twice(
    connection, desk_database, texts, come_online, wait_in_queue, rows, monkeypatch
):
    # Else the first process would lock the whole queue, and the others could do no wrong.
    monkeypatch.setattr("desk.routing.rounds._LOOK_FURTHER", 0)
    people = [await come_online(cap=2) for _ in range(3)]
    states = [await wait_in_queue() for _ in range(12)]
    pools = [make_pool(desk_database, 2) for _ in range(4)]
    for pool in pools:
        await pool.open()
    try:
        routers = [Rounds(pool, texts, RULES) for pool in pools]
        now = datetime.now(UTC)
        done = await asyncio.gather(*(router.run(now) for router in routers for _ in range(3)))
    finally:
        for pool in pools:
            await pool.close()
    given = [pair for each in done for pair in each.assigned]
    assert len(given) == len({conversation for conversation, _ in given}) == 6
    loads = rows(
        "SELECT operator_id, count(*) AS n FROM desk.conversation WHERE owner_kind = 'operator' GROUP BY 1"
    )
    assert {row["operator_id"]: row["n"] for row in loads} == dict.fromkeys(people, 2)
    assert [await owner(connection, each) for each in states].count(None) == 6


async def test_a_conversation_locked_by_another_process_is_looked_at_again(
    connection, desk_database, rounds, come_online, wait_in_queue
):
    staff_id = await come_online()
    locked, free = await wait_in_queue(), await wait_in_queue()
    with psycopg.connect(desk_database, row_factory=dict_row) as other:
        other.execute("SELECT 1 FROM desk.conversation WHERE id = %s FOR UPDATE", (locked.id,))
        done = await rounds.run(datetime.now(UTC))
    assert (done.assigned, done.again) == (((free.id, staff_id),), True)
    assert (await rounds.run(datetime.now(UTC))).assigned == ((locked.id, staff_id),)


async def test_a_place_is_locked_for_who_takes_one_by_hand(connection, come_online, wait_in_queue, rounds):
    staff_id = await come_online(cap=1)
    async with connection.transaction():
        assert await reading.has_place(connection, staff_id, datetime.now(UTC))
    state = await wait_in_queue()
    await rounds.run(datetime.now(UTC))
    async with connection.transaction():
        assert not await reading.has_place(connection, staff_id, datetime.now(UTC))
        assert await reading.has_place(connection, staff_id, datetime.now(UTC), but=state.id)


async def test_what_a_patient_can_be_promised(connection, come_online, wait_in_queue, rounds):
    people = StaffPeople(RULES, lambda: datetime.now(UTC))
    add = await come_online(cap=3)
    outlook = await people.outlook(connection)
    assert (outlook.staffed, outlook.on_line, outlook.free) == (True, 1, 3)
    assert outlook.wait_seconds(3) == 0 < outlook.wait_seconds(4)
    await presence.set_state(connection, add, "break", "chosen", datetime.now(UTC))
    outlook = await people.outlook(connection)
    assert (outlook.staffed, outlook.here) == (True, False)


async def test_a_running_desk_assigns_at_once_and_takes_back_after_logout(
    open_desk, connection, desk_database, wait_in_queue
):
    async with open_desk() as url:
        one, other = Browser(url), Browser(url)
        people = {}
        for browser in (one, other):
            staff_id, login = add_account(desk_database)
            people[staff_id] = browser
            await browser.login(login)
            await browser.call("PUT", "/api/presence", {"state": "online"})
        state = await wait_in_queue()
        first = await until(connection, state, lambda found: found is not None)
        assert (await people[first].call("POST", "/api/logout")).status_code == 204
        second = await until(connection, state, lambda found: found not in (None, first))
        assert {first, second} == people.keys()
        await asyncio.gather(one.close(), other.close())


async def until(connection, state, good) -> int:
    async with asyncio.timeout(20):
        while not good(found := await owner(connection, state)):
            await asyncio.sleep(0.02)
    return found
