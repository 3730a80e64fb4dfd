"""Requests left in a chat come before people when the patient is quiet: once, with a way to the chat."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from desk import conversations
from desk.console_api import reading
from desk.conversations import briefing, operators, ownership
from desk.conversations.hours import Hours
from desk.conversations.left_requests import LEAD, QUIET, URGENT, LeftRequests
from desk.conversations.people import Outlook
from desk.database import connect
from tests.desk.conversations.staff import ANNA, BORIS, store_request
from tests.desk.pools import PoolOfOne

HOURS = Hours(time(0), time(23, 59), ZoneInfo("Europe/Moscow"))
PHONE = "+79995550123"


class Left:
    """A chat, the requests left in it, and the desk's look at them so many minutes later."""

    def __init__(self, connection, url, texts, staff, chat):
        self.connection = connection
        self.chat = chat
        self.minutes = 0
        self._url = url
        self._sweeps = LeftRequests(PoolOfOne(connection), texts, staff, HOURS, self.now)

    def now(self):
        return datetime.now(UTC) + timedelta(minutes=self.minutes)

    def ask(self, kind, **fields):
        return self.ask_in(self.chat.rasa_sender, kind, **fields)

    def ask_in(self, sender, kind, **fields):
        return store_request(self._url, sender, kind, uuid4().hex, **fields)

    async def emergency(self, **fields):
        number = self.ask("emergency", topic="emergency", **fields)
        await self.connection.execute("UPDATE clinic.request SET priority = 2 WHERE id = %s", (number,))
        return number

    async def patient_writes(self, minutes):
        await self.connection.execute(
            "UPDATE desk.conversation SET last_patient_at = clock_timestamp() + %s WHERE id = %s",
            (timedelta(minutes=minutes), self.chat.id),
        )

    async def look(self, minutes):
        """What has come before people in conversations of its own, after that many minutes."""
        self.minutes = minutes
        await self._sweeps.sweep()
        cursor = await self.connection.execute(
            "SELECT id FROM desk.conversation WHERE origin = %s ORDER BY created_at", (self.chat.id,)
        )
        return [await ownership.state_of(self.connection, row["id"]) for row in await cursor.fetchall()]


@pytest.fixture
async def left(desk_database, texts, staff):
    async with await connect(desk_database) as connection:
        chat = await conversations.open_conversation(connection, "web", f"left-{uuid4().hex}")
        await connection.execute(
            "UPDATE desk.conversation SET last_patient_at = clock_timestamp() WHERE id = %s", (chat.id,)
        )
        chat = await ownership.state_of(connection, chat.id)
        yield Left(connection, desk_database, texts, staff, chat)


SOON, LATER = QUIET / timedelta(minutes=1) - 1, QUIET / timedelta(minutes=1) + 1


async def test_a_request_waits_for_the_patient_to_be_quiet_and_comes_once(left, texts):
    number = left.ask("callback", phone=PHONE, summary="К лору\nСказано: «перезвоните»", topic="book")
    assert await left.look(SOON) == []
    [state] = await left.look(LATER)
    assert [each.id for each in await left.look(LATER + 1)] == [state.id]
    assert (state.channel, state.owner.kind, state.reason) == ("request", "queue", "left_request")
    assert (state.topic, state.priority, state.in_chat) == ("book", ownership.AFTER_OTHERS, False)
    told = await briefing.latest(left.connection, state.id)
    assert told.request_ids == [number]
    assert told.summary.splitlines() == ["К лору", "Сказано: «перезвоните»", texts["why_left_request"]]
    assert told.slots["booking__phone"] == PHONE
    chat = await ownership.state_of(left.connection, left.chat.id)
    assert (chat.owner.kind, chat.version) == ("bot", left.chat.version), "the chat stays the assistant's"


async def test_a_promised_call_comes_a_little_before_its_time(left, texts):
    start = datetime.now(UTC) + timedelta(hours=3)
    window = {"from": start.isoformat(), "to": (start + timedelta(hours=2)).isoformat()}
    left.ask("operator", phone=PHONE, details=json.dumps({"callback": window}))
    assert await left.look(3 * 60 - LEAD / timedelta(minutes=1) - 1) == []
    [state] = await left.look(3 * 60 - LEAD / timedelta(minutes=1) + 1)
    assert state.priority == ownership.IN_TURN
    told = await briefing.latest(left.connection, state.id)
    assert told.promised_until - told.created_at == pytest.approx(
        timedelta(hours=2) + LEAD, abs=timedelta(minutes=2)
    )
    assert told.summary.startswith("Обещан звонок: ")


async def test_all_that_was_left_in_a_chat_comes_as_one_with_the_urgent_first(left, texts):
    numbers = [left.ask("privacy"), await left.emergency()]
    [state] = await left.look(LATER)
    assert (state.priority, state.topic) == (ownership.AT_ONCE, "emergency")
    told = await briefing.latest(left.connection, state.id)
    assert sorted(told.request_ids) == numbers
    assert told.summary.startswith(texts["brief_no_phone"])


async def test_an_emergency_waits_for_no_silence_and_takes_nothing_else_along(left):
    calm, urgent = left.ask("callback", phone=PHONE), await left.emergency()
    at_once = URGENT / timedelta(minutes=1)
    await left.patient_writes(at_once)
    assert await left.look(at_once - 0.1) == []
    [state] = await left.look(at_once + 0.1)
    assert (state.priority, state.owner.kind) == (ownership.AT_ONCE, "queue")
    assert (await briefing.latest(left.connection, state.id)).request_ids == [urgent]
    first, second = await left.look(at_once + LATER)
    assert first.id == state.id
    assert (await briefing.latest(left.connection, second.id)).request_ids == [calm]


async def test_an_emergency_waits_for_no_promised_time(left):
    start = datetime.now(UTC) + timedelta(hours=3)
    window = {"from": start.isoformat(), "to": (start + timedelta(hours=2)).isoformat()}
    await left.emergency(phone=PHONE, details=json.dumps({"callback": window}))
    [state] = await left.look(1)
    assert state.priority == ownership.AT_ONCE


async def test_one_chat_that_fails_keeps_no_other_back(left, monkeypatch):
    # Its request is the older one, so it is looked at first.
    broken = await conversations.open_conversation(left.connection, "web", f"left-{uuid4().hex}")
    sender = (await ownership.state_of(left.connection, broken.id)).rasa_sender
    left.ask_in(sender, "callback", phone=PHONE, summary="Петрова Анна")
    left.ask("callback", phone=PHONE)
    write = briefing.write

    async def broken_write(connection, texts, state, call, *args):
        if call.summary.endswith("Петрова Анна"):
            raise ValueError(call.summary)
        await write(connection, texts, state, call, *args)

    monkeypatch.setattr(briefing, "write", broken_write)
    with capture_logs() as logs:
        assert len(await left.look(LATER)) == 1
    [failure] = [each for each in logs if each["log_level"] == "error"]
    assert (failure["event"], failure["chat"]) == ("left_request.failed", str(broken.id))
    assert "Петрова" not in str(failure)
    monkeypatch.undo()
    await left.look(LATER)
    found = await left.connection.execute("SELECT FROM desk.conversation WHERE origin = %s", (broken.id,))
    assert found.rowcount == 1, "and it comes as soon as it can"


async def test_what_people_have_is_not_repeated_and_what_they_closed_is_done(left, texts):
    left.ask("callback", phone=PHONE)
    taken = await ownership.change(left.connection, left.chat, ANNA.owner, "taken", ANNA.actor)
    assert await left.look(LATER) == []
    await ownership.change(left.connection, taken, ownership.BOT, "returned_to_bot", ANNA.actor)
    [state] = await left.look(LATER)
    await operators.take(left.connection, texts, state.id, ANNA, state.version)
    await operators.close(left.connection, texts, state.id, ANNA, state.version + 1, "book", "callback")
    assert len(await left.look(LATER * 2)) == 1
    left.ask("callback", phone=PHONE)
    assert len(await left.look(LATER * 2)) == 2, "another wish of the same patient is another request"


async def test_a_clinic_without_operators_has_its_list(left, staff):
    left.ask("callback", phone=PHONE)
    staff.now = Outlook(False)
    assert await left.look(LATER) == []


async def test_a_request_leads_to_the_chat_and_to_the_patients_other_conversations(left, texts):
    left.ask("callback", phone=PHONE)
    [state] = await left.look(LATER)
    other = await conversations.open_conversation(left.connection, "web", f"left-{uuid4().hex}")
    strange = await conversations.open_conversation(left.connection, "web", f"left-{uuid4().hex}")
    senders = [(await ownership.state_of(left.connection, each.id)).rasa_sender for each in (other, strange)]
    for sender, phone in zip((left.chat.rasa_sender, *senders), (PHONE, PHONE, "+79995550124"), strict=True):
        await left.connection.execute(
            "INSERT INTO clinic.identity_proof (conversation_id, phone, source, proved_at, expires_at)"
            " VALUES (%s, %s, 'code', now(), now() + interval '1 h')",
            (sender, phone),
        )
    of_request = {each.id for each in await reading.earlier(left.connection, state.id, 1000)}
    of_chat = {each.id for each in await reading.earlier(left.connection, left.chat.id, 1000)}
    assert {left.chat.id, other.id} <= of_request
    assert {state.id, other.id} <= of_chat
    assert strange.id not in of_request | of_chat
    assert not {state.id} & of_request
    assert await relation(left, left.chat.id, ANNA) == "bot"
    await operators.take(left.connection, texts, state.id, ANNA, state.version)
    assert await relation(left, left.chat.id, ANNA) == "earlier"
    assert await relation(left, left.chat.id, BORIS) == "bot"
    assert await relation(left, strange.id, ANNA) == "bot"
    chat = await ownership.state_of(left.connection, left.chat.id)
    await operators.take(left.connection, texts, left.chat.id, ANNA, chat.version)
    assert await relation(left, left.chat.id, ANNA) == "own"


async def relation(left, conversation_id, operator):
    row = await reading.one(left.connection, operator.id, conversation_id)
    return row.relation_to(operator.id)
