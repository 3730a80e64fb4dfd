"""What the routing decides on, read from the database into the values of `decision`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from desk.access.staff import Skill
from desk.conversations import queue
from desk.database import Connection
from desk.routing.decision import Held, Operator, Rules, Waiting, weight

_PEOPLE = (
    "SELECT p.staff_id AS id, p.state, p.heartbeat_at, p.last_assigned_at, s.cap, s.skills"
    "  FROM desk.presence p JOIN desk.staff s ON s.id = p.staff_id"
    " WHERE s.disabled_at IS NULL AND p.state <> 'offline'"
)
_HELD = (
    "SELECT id, operator_id, assigned_at, accepted_at, snoozed_until, priority, waiting_since,"
    "       last_operator_at FROM desk.conversation WHERE owner_kind = 'operator'"
)
_WAITING = """
SELECT c.id, c.priority, c.queued_at, c.returned_at, c.reason, h.slots,
       ARRAY(SELECT e.from_operator FROM desk.conversation_event e
              WHERE e.conversation_id = c.id AND e.ts >= c.queued_at AND e.from_operator IS NOT NULL
                AND (e.kind = 'requeued' AND e.reason IN ('not_accepted', 'declined')
                  OR e.kind = 'transferred' AND e.to_owner = 'queue')) AS passed
  FROM desk.conversation c
  LEFT JOIN LATERAL (SELECT slots FROM desk.handoff h WHERE h.conversation_id = c.id
                      ORDER BY h.id DESC LIMIT 1) h ON true
 WHERE c.id = ANY(%s)
"""


async def people(connection: Connection, now: datetime, rules: Rules, lock: bool = False) -> list[Operator]:
    """Everybody who is not offline, with what they have now.

    With `lock` their places are locked till the end of the transaction: whoever gives conversations to
    people locks first, so that two desk processes together never exceed a cap.
    """
    cursor = await connection.execute(_PEOPLE + (" ORDER BY p.staff_id FOR UPDATE OF p" if lock else ""))
    rows = await cursor.fetchall()
    # After the lock, not with it: what another process has given meanwhile must be seen.
    return _operators(rows, await _held_rows(connection), now, rules)


async def at_work(connection: Connection, now: datetime, rules: Rules) -> tuple[list[Operator], list[Held]]:
    """Everybody who is not offline, and all conversations that people have."""
    rows = await (await connection.execute(_PEOPLE)).fetchall()
    held = await _held_rows(connection)
    found = [
        Held(row["id"], row["operator_id"], row["assigned_at"], row["accepted_at"], row["snoozed_until"])
        for row in held
    ]
    return _operators(rows, held, now, rules), found


async def waiting(connection: Connection, limit: int) -> list[Waiting]:
    """The head of the queue, locked; what another process has locked is left out."""
    ids = await queue.head(connection, limit)
    rows = await (await connection.execute(_WAITING, (ids,))).fetchall()
    return [
        Waiting(
            id=row["id"],
            priority=row["priority"],
            queued_at=row["queued_at"],
            returned_at=row["returned_at"],
            needs=needs_of(row["reason"], row["slots"] or {}),
            passed=frozenset(row["passed"]),
        )
        for row in rows
    ]


async def queue_length(connection: Connection) -> int:
    cursor = await connection.execute(
        "SELECT count(*) AS n FROM desk.conversation WHERE owner_kind = 'queue'"
    )
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0


def needs_of(reason: str, slots: Mapping[str, Any]) -> frozenset[Skill]:
    """The skills that the person should have: from why people were called and what the dialogue knew."""
    needs: set[Skill] = set()
    if reason == "complaint":
        needs.add("complaints")
    if reason == "insurance" or _field(slots, "booking__payment", "kind") == "dms":
        needs.add("dms")
    if _field(slots, "booking__for_whom", "who") == "child":
        needs.add("children")
    return frozenset(needs)


def _field(slots: Mapping[str, Any], slot: str, name: str) -> object:
    value = slots.get(slot)
    return value.get(name) if isinstance(value, Mapping) else None


async def _held_rows(connection: Connection) -> Sequence[Mapping[str, Any]]:
    return await (await connection.execute(_HELD)).fetchall()


def _operators(
    rows: Sequence[Mapping[str, Any]], held: Sequence[Mapping[str, Any]], now: datetime, rules: Rules
) -> list[Operator]:
    loads = _loads(held, now, rules)
    return [
        Operator(
            id=row["id"],
            state=row["state"],
            heartbeat_at=row["heartbeat_at"],
            cap=row["cap"],
            skills=frozenset(row["skills"]),
            open=loads.get(row["id"], (0, 0.0))[0],
            load=loads.get(row["id"], (0, 0.0))[1],
            last_assigned_at=row["last_assigned_at"],
        )
        for row in rows
    ]


def _loads(held: Sequence[Mapping[str, Any]], now: datetime, rules: Rules) -> dict[int, tuple[int, float]]:
    """For each person how many conversations are open, and their weight; snoozed ones need nobody now."""
    loads: dict[int, tuple[int, float]] = {}
    for row in held:
        if row["snoozed_until"] is not None and row["snoozed_until"] > now:
            continue
        silent = row["waiting_since"] is None and row["last_operator_at"] is not None
        silent_for = now - row["last_operator_at"] if silent else None
        number, load = loads.get(row["operator_id"], (0, 0.0))
        loads[row["operator_id"]] = (number + 1, load + weight(row["priority"], silent_for, rules))
    return loads


async def has_place(connection: Connection, operator_id: int, now: datetime, but: UUID | None = None) -> bool:
    """Whether the person's cap allows one more, their place being locked till the end of the transaction.

    `but` is a conversation that counts for nothing. Lock the place before the conversation, as the routing
    does. False for somebody who is not there.
    """
    cursor = await connection.execute(
        "SELECT s.cap FROM desk.presence p JOIN desk.staff s ON s.id = p.staff_id"
        " WHERE p.staff_id = %s AND s.disabled_at IS NULL AND p.state IN ('online', 'no_new')"
        " FOR UPDATE OF p",
        (operator_id,),
    )
    row = await cursor.fetchone()
    if row is None:
        return False
    cursor = await connection.execute(
        "SELECT count(*) AS n FROM desk.conversation WHERE owner_kind = 'operator' AND operator_id = %s"
        " AND id IS DISTINCT FROM %s AND (snoozed_until IS NULL OR snoozed_until <= %s)",
        (operator_id, but, now),
    )
    taken = await cursor.fetchone()
    return taken is not None and taken["n"] < row["cap"]
