"""Patients, operators and the routing at random: one owner, complete events, silence, nobody forgotten."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from desk import conversations
from desk.channels.socket import history_item
from desk.conversations import operators, ownership, queue
from desk.conversations.handoff import Handoffs
from desk.conversations.hours import load_hours
from desk.conversations.ownership import OwnershipError, State
from desk.conversations.people import Outlook
from desk.database import connect
from desk.inbox import Inbound, Inbox
from desk.outbox import read_after
from desk.rasa_client import RasaMessage
from desk.turns import Turns
from desk.unheard import Unheard
from tests.desk.conversations.staff import ANNA, BORIS, MANY, Staff, store_request
from tests.desk.guard import Guard

PEOPLE = st.sampled_from([ANNA, BORIS])
WORDS = st.sampled_from(["к лору", "да", "/restart", "спасибо", "болит в груди", "позовите", ""])


class OnePool:
    """The one connection of the machine in the place of a pool."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def connection(self) -> OnePool:
        return self

    async def __aenter__(self) -> Any:
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        return None


class Locks:
    async def acquire(self, _conversation: UUID) -> bool:
        return True

    async def release(self, _conversation: UUID) -> None:
        return None


class Waits:
    def forget(self, _inbox: int) -> None:
        return None


class Rasa:
    """Notes who had the conversation when it was asked. `meanwhile` happens while it thinks."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.meanwhile: Any = None
        self.asked = 0

    async def turn(self, request: Any) -> tuple[RasaMessage, ...]:
        state = await self.machine.now()
        assert state.owner.kind == "bot", "a message of a patient reached Rasa while people had it"
        assert not state.reset_pending, "the dialogue did not begin anew"
        self.asked += 1
        if self.meanwhile is not None:
            await self.meanwhile()
        if request.text == "позовите":
            store_request(self.machine.url, request.sender_id, "operator", str(request.turn_id))
        return (RasaMessage(text=f"ответ на {request.text}"),)

    async def reset(self, _turn_id: UUID, _sender: str) -> None:
        assert (await self.machine.now()).owner.kind == "bot"


class Machine(RuleBasedStateMachine):
    url = ""
    texts: Any = None
    looked: Counter[str]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.staff = Staff()

    def run(self, awaitable: Any) -> Any:
        return self.loop.run_until_complete(awaitable)

    @initialize()
    def begin(self) -> None:
        self.connection = self.run(connect(self.url))
        pool: Any = OnePool(self.connection)
        found = self.run(conversations.open_conversation(self.connection, "web", str(uuid4())))
        self.id = found.id
        hours = load_hours(Path("data/catalogue"), "Europe/Moscow")
        handoffs = Handoffs(self.texts, self.staff, hours, 300, lambda: datetime.now(UTC))
        self.inbox = Inbox(pool, self.texts, handoffs)
        self.rasa = Rasa(self)
        rasa: Any = self.rasa
        locks: Any = Locks()
        waits: Any = Waits()
        self.turns = Turns(pool, locks, rasa, self.texts, waits, handoffs, Unheard(pool, None))

    async def now(self) -> State:
        return await ownership.state_of(self.connection, self.id)

    def teardown(self) -> None:
        if hasattr(self, "connection"):
            self.run(self.connection.close())
        self.loop.close()

    def accept(self, text: str) -> None:
        message = Inbound(self.id, text, Guard().check(text))
        before = self.run(self.now())
        self.run(self.inbox.accept(message))
        if message.flag is not None:
            messages = self.run(read_after(self.connection, self.id, before.last_seq, 50))
            assert any(each.kind == "red_flag" for each in messages), "danger is answered at once"
            after = self.run(self.now())
            assert after.priority == 2 or after.owner.kind == "bot"

    def drain(self) -> None:
        self.run(self.turns._run_all(self.id))

    @rule(text=WORDS)
    def the_patient_writes(self, text: str) -> None:
        self.accept(text)

    @rule()
    def the_bot_works(self) -> None:
        self.drain()

    @rule(who=PEOPLE)
    def the_bot_is_overtaken(self, who: Any) -> None:
        """A person takes the conversation while Rasa thinks."""
        before = self.run(self.now())
        self.accept("к лору")
        taken: list[bool] = []

        async def take() -> None:
            state = await self.now()
            await operators.take(self.connection, self.texts, self.id, who, state.version)
            taken.append(True)

        self.rasa.meanwhile = take
        self.drain()
        self.rasa.meanwhile = None
        if taken:
            messages = self.run(read_after(self.connection, self.id, before.last_seq, 50))
            joined = next(each.seq for each in messages if each.author_name)
            assert not [each for each in messages if each.author == "bot" and each.seq > joined]

    @rule(
        who=PEOPLE, old=st.booleans(), what=st.sampled_from(["take", "accept", "decline", "return", "close"])
    )
    def an_operator_acts(self, who: Any, old: bool, what: str) -> None:
        """Also on a version that is over, which must change nothing."""
        before = self.run(self.now())
        version = before.version - 1 if old else before.version
        given = (self.connection, self.texts, self.id, who, version)
        step = {
            "take": lambda: operators.take(*given),
            "accept": lambda: operators.accept(*given),
            "decline": lambda: operators.decline(*given),
            "return": lambda: operators.return_to_bot(*given, "заметка"),
            "close": lambda: operators.close(*given, "price", "answered"),
        }[what]
        try:
            self.run(self._together(step))
        except OwnershipError:
            assert self.run(self.now()) == before
        else:
            assert not old

    async def _together(self, step: Any) -> Any:
        async with self.connection.transaction():
            return await step()

    @rule(who=PEOPLE)
    def an_operator_speaks(self, who: Any) -> None:
        owner = self.run(self.now()).owner
        key = str(uuid4())
        try:
            say = operators.say(self.connection, self.texts, self.id, who, "здравствуйте", key)
            self.run(self._together(lambda: say))
        except OwnershipError:
            assert owner != who.owner
        else:
            assert owner == who.owner

    @rule(who=PEOPLE)
    def the_routing_assigns(self, who: Any) -> None:
        state = self.run(self.now())
        if state.owner.kind == "queue":
            self.run(queue.assign(self.connection, state, who.id))
        elif state.owner.kind == "operator":
            self.run(queue.requeue(self.connection, self.texts, state, "heartbeat_lost"))

    @rule(outlook=st.sampled_from([Outlook(False), Outlook(True), Outlook(True, 2, MANY)]))
    def people_come_and_go(self, outlook: Outlook) -> None:
        self.staff.now = outlook

    @rule()
    def the_patient_taps_what_is_offered(self) -> None:
        last = self.run(self.now()).last_seq
        messages = self.run(read_after(self.connection, self.id, max(0, last - 3), 10))
        offered = [reply for each in messages for reply in history_item(each).get("quick_replies", [])]
        if offered:
            self.accept(offered[-1]["payload"])

    @invariant()
    def events_tell_the_owner(self) -> None:
        """Each change is an event, they form a chain, and its end is the present owner."""
        if not hasattr(self, "id"):
            return
        state = self.run(self.now())
        changes = [
            event for event in self.run(ownership.events_of(self.connection, self.id)) if event.to_owner
        ]
        assert [event.version for event in changes] == list(range(state.version + 1))
        for earlier, later in pairwise(changes):
            assert later.from_owner == earlier.to_owner
            assert later.ts >= earlier.ts
        assert changes[-1].to_owner == state.owner
        Machine.looked["states"] += 1
        Machine.looked["changes"] += len(changes)

    @invariant()
    def nobody_is_forgotten(self) -> None:
        """What a patient wrote either waits for the bot, was answered by it, or is people's."""
        if not hasattr(self, "id"):
            return
        state = self.run(self.now())
        row = self.run(self._open())
        if state.owner.kind != "bot":
            assert row == 0, "a message waits for a bot that may not answer"
        if state.owner.kind == "queue":
            assert state.queued_at is not None and state.queued_at > datetime.now(UTC) - timedelta(hours=1)

    async def _open(self) -> int:
        cursor = await self.connection.execute(
            "SELECT count(*) AS n FROM desk.inbox WHERE conversation_id = %s"
            " AND state IN ('received', 'running')",
            (self.id,),
        )
        row = await cursor.fetchone()
        number: int = row["n"]
        return number


@pytest.mark.parametrize("steps", [30])
def test_random_patients_operators_and_routing(desk_database, texts, steps, proved):
    Machine.url, Machine.texts, Machine.looked = desk_database, texts, Counter()
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Machine.looked["changes"] > Machine.looked["states"]
    proved(
        f"ownership: {Machine.looked['states']} states of random patients, operators and routing: one owner,"
        " each change an event, no message waits for a bot that may not answer"
    )
