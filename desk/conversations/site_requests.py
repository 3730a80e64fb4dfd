"""A request from the form of the site: a conversation of a channel of its own that begins in the queue.

The patient reads nothing that is written there and is called by phone; see `ownership.State.in_chat`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from desk import conversations, outbox
from desk.conversations import briefing, ownership, queue
from desk.conversations.briefing import Call
from desk.conversations.ownership import AFTER_OTHERS, AT_ONCE, PATIENT, QUEUE, SERVICE
from desk.database import Connection
from desk.guard import RedFlagLike
from desk.outbox import Draft
from desk.texts import Texts

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class SiteRequest:
    """What was filled in, in normal form; `phone` is E.164. The same `key` is the same request.

    `patient` is the name in its parts, in the shape of the dialogue's slot.
    """

    key: str
    name: str
    phone: str
    what: str
    patient: Mapping[str, str]


@dataclass(frozen=True)
class Taken:
    """A stored request: its number, and until when the patient was promised a call."""

    number: int
    until: datetime


async def find(connection: Connection, key: str) -> Taken | None:
    """The request of this key if it was taken before."""
    conversation = await conversations.find(connection, "request", key)
    if conversation is None:
        return None
    told = await briefing.latest(connection, conversation.id)
    if told is None or told.promised_until is None:
        return None
    return Taken(told.request_ids[0], told.promised_until)


async def take(
    connection: Connection,
    texts: Texts,
    request: SiteRequest,
    consent_version: str,
    answer_by: datetime,
    flag: RedFlagLike | None,
) -> tuple[Taken, bool]:
    """Stores the request with its consent and puts it into the queue, whoever is there; once for each key.
    And whether it was new.

    Runs in the caller's transaction. `answer_by` is the promise. Until half of the promised time is over it
    comes after those who wait in a chat (`desk.conversations.watch`); with a sign of danger it comes first.
    """
    conversation = await conversations.open_conversation(connection, "request", request.key)
    state = await ownership.lock(connection, conversation.id)
    known = await find(connection, request.key)
    if known is not None:
        return known, False
    await outbox.add(connection, state.id, [Draft(request.what, "patient", "typed")], None)
    priority = AT_ONCE if flag is not None else AFTER_OTHERS
    cursor = await connection.execute(
        "SELECT clinic.store_site_request(%s, %s, %s, %s, %s, %s::smallint, %s) AS id,"
        " ceil(extract(epoch FROM %s - clock_timestamp()))::int AS seconds",
        (
            state.rasa_sender,
            request.name,
            request.phone,
            texts.say("brief_said", said=request.what),
            f"site:{request.key}",
            max(priority, 0),
            consent_version,
            answer_by,
        ),
    )
    row = await cursor.fetchone()
    if row is None:
        raise RuntimeError("clinic.store_site_request gave no row")
    await connection.execute(
        "UPDATE desk.conversation SET priority = %s, last_patient_at = clock_timestamp() WHERE id = %s",
        (priority, state.id),
    )
    data = {"topic": "", "priority": priority}
    after = await ownership.change(connection, state, QUEUE, "handoff", PATIENT, "site_request", data)
    call = Call(
        "site_request",
        summary="\n".join(_summary(texts, request, flag)),
        slots={"booking__patient": request.patient, "booking__phone": request.phone},
        request_ids=(row["id"],),
    )
    place = await queue.position(connection, state.id)
    await briefing.write(connection, texts, after, call, place, row["seconds"])
    promise = {"position": place, "seconds": row["seconds"]}
    await ownership.record(connection, after, "promised", SERVICE, data=promise)
    if flag is not None:
        await ownership.record(connection, after, "urgent", PATIENT, flag.id)
        log.warning("guard.red_flag", conversation=str(state.id), flag=flag.id)
    log.info("site_request", conversation=str(state.id), position=place)
    taken = await find(connection, request.key)
    if taken is None:
        raise RuntimeError("the request just stored is not there")
    return taken, True


def _summary(texts: Texts, request: SiteRequest, flag: RedFlagLike | None) -> list[str]:
    lines = [texts.say("brief_call", name=request.name, number=request.phone)]
    lines += [flag.title] if flag is not None else []
    return [*lines, texts.say("brief_said", said=" ".join(request.what.split()))]
