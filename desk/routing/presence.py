"""Who of the staff is there. A browser's heartbeat proves it; the person or the desk changes the state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from desk.access.roles import Role
from desk.database import NOTIFY_CHANNEL, Connection

# online: gets conversations · no_new: keeps the own ones, gets no others · break, offline: has none.
State = Literal["online", "no_new", "break", "offline"]
STATES: tuple[State, ...] = get_args(State)
BEAT_SECONDS = 5
Reason = Literal["chosen", "logout", "heartbeat_lost", "disabled"]


@dataclass(frozen=True)
class Presence:
    """One member of the staff as colleagues see them; who never came in is offline since ever (None)."""

    staff_id: int
    name: str
    role: Role
    state: State
    since: datetime | None
    cap: int


async def set_state(
    connection: Connection, staff_id: int, state: State, reason: Reason, now: datetime
) -> bool:
    """Changes the state, which counts as a heartbeat; False when it was that already.

    Every desk process is told: what this person had goes back, or what waits may come.
    """
    async with connection.transaction():
        cursor = await connection.execute(
            "SELECT state FROM desk.presence WHERE staff_id = %s FOR UPDATE", (staff_id,)
        )
        row = await cursor.fetchone()
        changed = (row["state"] if row else "offline") != state
        await connection.execute(
            "INSERT INTO desk.presence (staff_id, state, since, heartbeat_at)"
            " VALUES (%(id)s, %(state)s, %(now)s, %(now)s)"
            " ON CONFLICT (staff_id) DO UPDATE SET state = %(state)s, heartbeat_at = %(now)s,"
            "   since = CASE WHEN presence.state = %(state)s THEN presence.since ELSE %(now)s END",
            {"id": staff_id, "state": state, "now": now},
        )
        if changed:
            await _tell(connection, staff_id, state, reason, now)
    return changed


async def beat(connection: Connection, staff_id: int, now: datetime) -> State:
    """One heartbeat; returns the state as the desk has it.

    It does not bring back whom the desk has put offline: their conversations are with others by now, so the
    person has to come online knowingly.
    """
    cursor = await connection.execute(
        "UPDATE desk.presence SET heartbeat_at = %s WHERE staff_id = %s RETURNING state", (now, staff_id)
    )
    row = await cursor.fetchone()
    return row["state"] if row else "offline"


async def lose(connection: Connection, staff_id: int, silent_since: datetime, now: datetime) -> bool:
    """Puts offline who has not been heard since `silent_since`; False when a heartbeat came after all."""
    async with connection.transaction():
        cursor = await connection.execute(
            "UPDATE desk.presence SET state = 'offline', since = %s"
            " WHERE staff_id = %s AND state <> 'offline' AND heartbeat_at < %s RETURNING staff_id",
            (now, staff_id, silent_since),
        )
        if await cursor.fetchone() is None:
            return False
        await _tell(connection, staff_id, "offline", "heartbeat_lost", now)
    return True


async def lost(connection: Connection) -> frozenset[int]:
    """Those who are offline because their heartbeat was lost."""
    cursor = await connection.execute(
        "SELECT p.staff_id FROM desk.presence p WHERE p.state = 'offline' AND 'heartbeat_lost' = ("
        "SELECT e.reason FROM desk.presence_event e WHERE e.staff_id = p.staff_id ORDER BY e.id DESC LIMIT 1)"
    )
    return frozenset(row["staff_id"] for row in await cursor.fetchall())


async def _tell(connection: Connection, staff_id: int, state: State, reason: Reason, now: datetime) -> None:
    await connection.execute(
        "INSERT INTO desk.presence_event (staff_id, state, reason, at) VALUES (%s, %s, %s, %s)",
        (staff_id, state, reason, now),
    )
    await connection.execute("SELECT pg_notify(%s, %s)", (NOTIFY_CHANNEL, f"presence:{staff_id}"))


async def state_of(connection: Connection, staff_id: int) -> State:
    cursor = await connection.execute("SELECT state FROM desk.presence WHERE staff_id = %s", (staff_id,))
    row = await cursor.fetchone()
    return row["state"] if row else "offline"


async def everybody(connection: Connection) -> Sequence[Presence]:
    """All accounts that are not disabled, by name."""
    cursor = await connection.execute(
        "SELECT s.id AS staff_id, s.name, s.role, COALESCE(p.state, 'offline') AS state, p.since, s.cap"
        " FROM desk.staff s LEFT JOIN desk.presence p ON p.staff_id = s.id"
        " WHERE s.disabled_at IS NULL ORDER BY s.name, s.login"
    )
    return [Presence(**row) for row in await cursor.fetchall()]
