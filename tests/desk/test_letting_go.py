"""When people take a conversation over, what its dialogue held is given back by the next round."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from desk import conversations
from desk.conversations import ownership
from desk.conversations.ownership import PATIENT, QUEUE, Actor, Owner
from desk.database import connect, make_pool
from desk.visits import VisitNews


class Clinic:
    def __init__(self, fails: bool = False) -> None:
        self.let_go_of: list[tuple[str, datetime]] = []
        self.fails = fails
        self.held: set[str] = set()
        self.lock = threading.Lock()

    def settle(self):
        return []

    def holding(self):
        return frozenset(self.held)

    def let_go(self, sender, before):
        with self.lock:
            self.let_go_of.append((sender, before))
        if self.fails:
            raise RuntimeError("another turn is going on")


@pytest.fixture
async def pool(desk_database):
    async with make_pool(desk_database, 2) as made:
        yield made


async def handed_over(desk_database: str, name: str) -> str:
    async with await connect(desk_database) as connection:
        found = await conversations.open_conversation(connection, "web", name)
        state = await ownership.state_of(connection, found.id)
        if name.startswith("queue"):
            await ownership.change(connection, state, QUEUE, "handoff", PATIENT)
        elif name.startswith("operator"):
            await ownership.change(connection, state, Owner("operator", 1), "taken", Actor("operator", 1))
        sender = await connection.execute(
            "SELECT rasa_sender FROM desk.conversation WHERE id = %s", (found.id,)
        )
        return (await sender.fetchone())["rasa_sender"]


@pytest.mark.parametrize("fails", [False, True])
async def test_what_was_held_before_people_took_over_is_given_back(desk_database, pool, fails):
    clinic = Clinic(fails)
    begun = datetime.now(UTC)
    queued = await handed_over(desk_database, f"queue-{fails}")
    taken = await handed_over(desk_database, f"operator-{fails}")
    kept = await handed_over(desk_database, f"bot-{fails}")
    without = await handed_over(desk_database, f"queue-without-{fails}")
    clinic.held = {queued, taken, kept}
    await VisitNews(pool, clinic).settle()
    senders = dict(clinic.let_go_of)
    assert set(senders) == {queued, taken}, "nobody is asked of what holds nothing"
    assert without not in senders
    slack = timedelta(seconds=5)
    for sender in (queued, taken):
        assert begun - slack < senders[sender] < datetime.now(UTC) + slack
