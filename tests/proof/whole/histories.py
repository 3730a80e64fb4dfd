"""The histories of patients who wrote to the desk: what they read, our ledger, the MIS's list, the inbox."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from tests.proof.campaign import entry_of, row_of
from tests.proof.checker import Histories, Told
from tests.proof.talk import CLAIM
from tests.proof.whole.processes import TOKEN, Whole
from tests.proof.whole.visitor import Heard, Visitor
from tests.proof.whole.words import WORDS

_CANCELLED = ("utter_visit_cancelled", "utter_cancel_")
_ROW = re.compile(r"booking:(\d+):(\w+)")


@dataclass(frozen=True)
class InboxRow:
    """A message as the desk has stored it; `attempt` is how often it was taken up since last wanted."""

    id: int
    key: str
    state: str
    seq: int
    attempt: int


@dataclass(frozen=True)
class Talk:
    """One patient's conversation: `heard` by the public history, `of_row` the inbox row of each answer.

    `sent` are the moments at which a booking or its cancelling went out to the MIS.
    """

    visitor: Visitor
    heard: Sequence[Heard]
    inbox: Sequence[InboxRow]
    of_row: Mapping[int, int]
    sent: Sequence[datetime]


def read_talks(whole: Whole, visitors: Sequence[Visitor]) -> tuple[Histories, list[Talk]]:
    """What the checker needs; everything must be quiet."""
    heard = asyncio.run(_read_all(whole.url, visitors))
    names = [visitor.name for visitor in visitors]
    with psycopg.connect(whole.base.database, row_factory=dict_row) as connection:

        def rows(query: str, *values: Any) -> list[dict[str, Any]]:
            return connection.execute(query, values).fetchall()

        senders = {
            row["rasa_sender"]: row["external_id"]
            for row in rows(
                "SELECT rasa_sender, external_id FROM desk.conversation WHERE external_id = ANY(%s)", names
            )
        }
        bookings = rows(
            "SELECT * FROM clinic.booking WHERE conversation_id = ANY(%s) ORDER BY id", list(senders)
        )
        changes = rows(
            "SELECT * FROM clinic.booking_event WHERE booking_id = ANY(%s) ORDER BY id",
            [row["id"] for row in bookings],
        )
        queued = rows(
            "SELECT (details->>'booking_id')::bigint AS id FROM clinic.request WHERE kind = 'check'"
        )
        inbox = rows(
            "SELECT c.external_id AS name, i.* FROM desk.inbox i JOIN desk.conversation c"
            " ON c.id = i.conversation_id WHERE c.external_id = ANY(%s) ORDER BY i.id",
            names,
        )
        messages = rows(
            "SELECT c.external_id AS name, m.seq, m.inbox_id, m.client_msg_id FROM desk.message m"
            " JOIN desk.conversation c ON c.id = m.conversation_id WHERE c.external_id = ANY(%s)"
            " ORDER BY m.seq",
            names,
        )
    events: dict[int, list[tuple[str | None, str]]] = {}
    for change in changes:
        events.setdefault(change["booking_id"], []).append((change["from_state"], change["to_state"]))
    of_name: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for booking in bookings:
        of_name[senders[booking["conversation_id"]]].append(booking)
    keys = {(row["name"], row["seq"]): row["client_msg_id"] or "" for row in messages}
    talks = [
        Talk(
            visitor,
            heard[visitor.name],
            [_inbox_row(row) for row in inbox if row["name"] == visitor.name],
            {row["seq"]: row["inbox_id"] for row in messages if row["name"] == visitor.name},
            [
                moment
                for booking in of_name[visitor.name]
                for moment in (booking["sent_at"], booking["cancel_asked_at"])
                if moment is not None
            ],
        )
        for visitor in visitors
    ]
    phones = {visitor.phone: visitor.name for visitor in visitors}
    entries = [
        entry_of(row)
        for row in whole.base.mis_rows()
        if row["phone"] in phones or row["state"] == "held"
    ]  # fmt: skip
    histories = Histories(
        told=[told for talk in talks for told in _told(talk, of_name[talk.visitor.name])],
        news=[
            (talk.visitor.name, int(found[1]), found[2])
            for talk in talks
            for each in talk.heard
            if each.kind == "settled" and (found := _ROW.match(keys[talk.visitor.name, each.seq]))
        ],
        rows=[
            row_of(row, senders[row["conversation_id"]], tuple(events.get(row["id"], ()))) for row in bookings
        ],
        entries=entries,
        queued=frozenset(row["id"] for row in queued if row["id"] is not None),
        phones=phones,
    )
    return histories, talks


async def _read_all(url: str, visitors: Sequence[Visitor]) -> dict[str, list[Heard]]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=url, timeout=30, headers=headers, trust_env=False) as client:
        return {visitor.name: await visitor.read(client) for visitor in visitors}


def _inbox_row(row: Mapping[str, Any]) -> InboxRow:
    return InboxRow(row["id"], row["external_id"], row["state"], row["seq"], row["attempt"])


def _told(talk: Talk, bookings: Sequence[Mapping[str, Any]]) -> list[Told]:
    """What the dialogue said about visits, each with the row that it is about."""
    found: list[Told] = []
    booked: set[int] = set()
    for each in talk.heard:
        if each.author == "patient" or each.kind == "settled":
            continue
        number = WORDS.number(each.text)
        if not number:
            earlier = [row for row in bookings if row["created_at"] <= each.ts]
            of_visit = each.name.startswith(_CANCELLED)
            about = [row["id"] for row in earlier if (row["id"] in booked) == of_visit]
            number = about[-1] if about else 0
        if each.name in ("utter_booked", "utter_moved", "utter_moved_old_stands"):
            booked.add(number)
        claims = each.author == "bot" and bool(CLAIM.search(each.text))
        found.append(Told(talk.visitor.name, talk.visitor.name, each.name, number, claims))
    return found
