"""A patient who does not want to wait: back to the assistant, or a time to be called back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from desk.conversations import briefing, ownership
from desk.conversations.handoff import Handoffs
from desk.conversations.hours import Window
from desk.conversations.ownership import BOT, PATIENT, State
from desk.database import Connection
from desk.outbox import Draft
from desk.texts import Texts
from lang.phones import PhoneMatch, find_phone


async def leave_queue(connection: Connection, texts: Texts, state: State) -> Draft:
    """The patient goes on with the assistant; what was asked of people stays in the clinic's list."""
    await ownership.change(connection, state, BOT, "left_queue", PATIENT, "patient")
    return Draft(texts["owner_bot_again"], "notice", "owner")


async def choose(
    connection: Connection, texts: Texts, handoffs: Handoffs, state: State, payload: Mapping[str, Any]
) -> Draft:
    """Stores the chosen time with the request, and asks for a phone if none is known.

    `payload` is what the button holds: request, from, to. Who waited in the queue leaves it.
    """
    request: int = payload["request"]
    window = Window(datetime.fromisoformat(payload["from"]), datetime.fromisoformat(payload["to"]))
    phone = await _known_phone(connection, state)
    await connection.execute(
        "SELECT clinic.ask_callback(%s, %s, %s, %s)", (request, phone, window.start, window.end)
    )
    data = {"request": request, "from": payload["from"], "to": payload["to"]}
    await ownership.record(connection, state, "callback", PATIENT, data=data)
    if state.owner.kind == "queue":
        await ownership.change(connection, state, BOT, "left_queue", PATIENT, "callback")
    words = handoffs.window_words(window)
    if phone:
        return Draft(texts.say("callback_stored", window=words, number=request), "notice", "owner")
    await briefing.await_phone(connection, state.id, request)
    return Draft(texts.say("callback_ask_phone", window=words), "notice", "owner")


async def take_phone(connection: Connection, texts: Texts, state: State, text: str) -> Draft | None:
    """The answer to «напишите номер»; None when none was asked for, or the text has none or says more: a
    birth date beside it answers another question."""
    request = state.awaits_phone
    if request is None:
        return None
    await connection.execute("UPDATE desk.conversation SET awaits_phone = NULL WHERE id = %s", (state.id,))
    found = find_phone(text)
    if not isinstance(found, PhoneMatch):
        return None
    if any(each.isdigit() for each in text[: found.start] + text[found.end :]):
        return None
    await connection.execute("SELECT clinic.ask_callback(%s, %s, NULL, NULL)", (request, found.e164))
    return Draft(texts.say("callback_phone_stored", number=request), "notice", "owner")


async def _known_phone(connection: Connection, state: State) -> str:
    cursor = await connection.execute("SELECT clinic.known_phone(%s) AS phone", (state.rasa_sender,))
    row = await cursor.fetchone()
    return row["phone"] if row else ""
