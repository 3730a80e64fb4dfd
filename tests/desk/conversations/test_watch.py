"""Waits longer than promised, and a queue that everybody has left."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from desk import conversations
from desk.conversations import briefing, ownership
from desk.conversations.briefing import Call
from desk.conversations.handoff import Handoffs
from desk.conversations.hours import Hours, load_hours
from desk.conversations.ownership import BOT, PATIENT
from desk.conversations.watch import QueueWatch
from desk.database import connect
from desk.outbox import read_after
from tests.desk.pools import PoolOfOne

MOSCOW = ZoneInfo("Europe/Moscow")
HOURS = Hours(time(8), time(21), MOSCOW)


class Clock:
    seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
async def waiting(desk_database, texts, staff):
    """A conversation in the queue, the watch over it, and its clock."""
    async with await connect(desk_database) as connection:
        handoffs = Handoffs(texts, staff, HOURS, 300, lambda: datetime(2026, 11, 22, 12, tzinfo=UTC))
        clock = Clock()
        watch = QueueWatch(PoolOfOne(connection), texts, handoffs, grace=60, monotonic=clock)
        count = await (await connection.execute("SELECT count(*) AS n FROM desk.conversation")).fetchone()
        found = await conversations.open_conversation(connection, "web", f"watch-{count['n']}")
        before = await ownership.state_of(connection, found.id)
        state = await handoffs.call(connection, before, Call("asked", "operator"), PATIENT)
        yield connection, state, watch, clock


async def said_in(connection, state):
    return [each.text for each in await read_after(connection, state.id, 0, 50)]


async def test_a_broken_promise_is_owned_up_to_once(waiting, texts):
    connection, state, watch, _ = waiting
    await watch.sweep()
    assert len(await said_in(connection, state)) == 1
    await connection.execute(
        "UPDATE desk.handoff SET created_at = now() - interval '2 min' WHERE conversation_id = %s",
        (state.id,),
    )
    await watch.sweep()
    await watch.sweep()
    said = await read_after(connection, state.id, 0, 50)
    assert len(said) == 2
    assert said[1].text.startswith("Простите, ждать приходится дольше")
    assert len(said[1].buttons) == 4
    told = await briefing.latest(connection, state.id)
    assert told.promise_broken_at is not None
    kinds = [event.kind for event in await ownership.events_of(connection, state.id)]
    assert kinds.count("promise_broken") == 1


async def test_who_waits_while_everybody_goes_home_gets_the_bot_back(waiting, staff, texts):
    connection, state, watch, clock = waiting
    staff.go_home()
    await watch.sweep()
    clock.seconds = 59
    await watch.sweep()
    assert (await ownership.state_of(connection, state.id)).owner.kind == "queue", "they may be back"
    staff.come()
    await watch.sweep()
    staff.go_home()
    clock.seconds = 61
    await watch.sweep()
    assert (await ownership.state_of(connection, state.id)).owner.kind == "queue", "they were back"
    clock.seconds = 121
    await watch.sweep()
    after = await ownership.state_of(connection, state.id)
    assert (after.owner, after.reset_pending) == (BOT, True)
    told = await briefing.latest(connection, state.id)
    last = (await said_in(connection, state))[-1]
    assert f"номер обращения {told.request_ids[0]}" in last
    assert "22 ноября, 16:00" in last
    row = await (
        await connection.execute("SELECT state FROM clinic.request WHERE id = %s", (told.request_ids[0],))
    ).fetchone()
    assert row["state"] == "open"
    [left] = [e for e in await ownership.events_of(connection, state.id) if e.kind == "left_queue"]
    assert left.reason == "nobody_there"


def moscow(day, hour, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("now", "starts"),
    [
        (moscow(22, 9, 10), [moscow(22, 10), moscow(22, 12), moscow(22, 14)]),
        (moscow(22, 3), [moscow(22, 8), moscow(22, 10), moscow(22, 12)]),
        (moscow(22, 19, 50), [moscow(23, 8), moscow(23, 10), moscow(23, 12)]),
        (moscow(22, 19, 20), [moscow(22, 20), moscow(23, 8), moscow(23, 10)]),
    ],
)
def test_windows_to_be_called_back_in_lie_in_working_hours(now, starts):
    windows = HOURS.windows(now)
    assert [window.start for window in windows] == starts
    assert all(window.end.time() <= HOURS.closes for window in windows)


@pytest.mark.parametrize(
    ("now", "by"),
    [
        (moscow(22, 12), moscow(22, 13)),
        (moscow(22, 3), moscow(22, 9)),
        (moscow(22, 20), moscow(22, 21)),
        (moscow(22, 20, 1), moscow(23, 9)),
        (moscow(22, 23), moscow(23, 9)),
    ],
)
def test_a_message_left_is_answered_within_an_hour_of_working_time(now, by):
    assert HOURS.answer_by(now) == by


def test_the_hours_are_those_of_the_requests(texts):
    hours = load_hours(Path("data/catalogue"), "Europe/Moscow")
    assert (hours.opens, hours.closes) == (time(8), time(21))
    words = hours.window_words(texts, hours.windows(moscow(22, 3))[0])
    assert words == "22 ноября с 08:00 до 10:00"
