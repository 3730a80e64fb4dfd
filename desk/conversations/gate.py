"""The silence gate: what happens to a patient's message while people have the conversation."""

from __future__ import annotations

from desk.conversations import ownership, queue
from desk.conversations.handoff import Handoffs, minutes
from desk.conversations.ownership import PATIENT, SERVICE, State
from desk.database import Connection
from desk.texts import Texts


def closed_to_the_bot(state: State) -> bool:
    """Whether the assistant may neither read nor answer."""
    return state.owner.kind != "bot"


async def keep_for_people(connection: Connection, state: State) -> None:
    """A patient's message was stored for people: it counts, and wakes what was put off."""
    await connection.execute(
        "UPDATE desk.conversation SET waiting_since = COALESCE(waiting_since, clock_timestamp()),"
        " snoozed_until = NULL WHERE id = %s",
        (state.id,),
    )
    await ownership.record(connection, state, "patient_wrote", PATIENT)
    if state.snoozed_until is not None:
        await ownership.record(connection, state, "woken", SERVICE, "patient_wrote")


async def status_line(connection: Connection, texts: Texts, handoffs: Handoffs, state: State) -> str | None:
    """Who has the message, for channels that answer in the same call; None while the bot answers."""
    if state.owner.kind == "operator":
        if state.accepted_at is not None:
            return texts.say("status_operator", name=await _name(connection, state))
        return texts.say("status_queue", position=1, minutes=1)
    if state.owner.kind == "queue":
        place = await queue.position(connection, state.id)
        wait = (await handoffs.outlook(connection)).wait_seconds(place)
        return texts.say("status_queue", position=place, minutes=minutes(wait))
    return None


async def _name(connection: Connection, state: State) -> str:
    """The operator's name as the patient was told it."""
    cursor = await connection.execute(
        "SELECT author_name FROM desk.message WHERE conversation_id = %s AND author_name IS NOT NULL"
        " ORDER BY seq DESC LIMIT 1",
        (state.id,),
    )
    row = await cursor.fetchone()
    return row["author_name"] if row else ""
