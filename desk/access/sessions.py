"""Sessions of the staff. The cookie holds 256 random bits, the database only their hash."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.access.staff import Staff, staff_of
from desk.database import Connection, notify

LONGEST = timedelta(hours=12)
IDLE = timedelta(minutes=30)
_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class StaffSession:
    """An open session; `token_hash` names it in the database."""

    token_hash: bytes
    staff: Staff


def hash_token(token: str) -> bytes:
    # The token is random and long: a fast hash cannot be turned back.
    return hashlib.sha256(token.encode()).digest()


async def start(connection: Connection, staff_id: int, now: datetime) -> str:
    """A new session; returns the token for the cookie, which is stored nowhere else."""
    token = secrets.token_urlsafe(32)
    await connection.execute(
        "DELETE FROM desk.staff_session WHERE expires_at <= %s OR seen_at <= %s", (now, now - IDLE)
    )
    await connection.execute(
        "INSERT INTO desk.staff_session (token_hash, staff_id, seen_at, expires_at) VALUES (%s, %s, %s, %s)",
        (hash_token(token), staff_id, now, now + LONGEST),
    )
    return token


async def find(
    connection: Connection, token: str, now: datetime, *, activity: bool = True
) -> StaffSession | None:
    """The session if it is open and its account is not disabled; `activity` of its person keeps it open."""
    token_hash = hash_token(token)
    cursor = await connection.execute(
        "SELECT s.id, s.login, s.name, s.role, s.skills, s.cap, false AS disabled, t.seen_at"
        " FROM desk.staff_session t JOIN desk.staff s ON s.id = t.staff_id"
        " WHERE t.token_hash = %s AND t.expires_at > %s AND t.seen_at > %s AND s.disabled_at IS NULL",
        (token_hash, now, now - IDLE),
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    if activity and now - row["seen_at"] >= _SEEN_EVERY:
        await connection.execute(
            "UPDATE desk.staff_session SET seen_at = %s WHERE token_hash = %s", (now, token_hash)
        )
    return StaffSession(token_hash, staff_of(row))


async def end(connection: Connection, token_hash: bytes) -> None:
    """Ends the session, and its streams in every desk process."""
    cursor = await connection.execute(
        "DELETE FROM desk.staff_session WHERE token_hash = %s RETURNING staff_id", (token_hash,)
    )
    row = await cursor.fetchone()
    if row is not None:
        await notify(connection, "sessions", row["staff_id"])


async def count(connection: Connection, staff_id: int, now: datetime) -> int:
    """How many sessions of the account are open."""
    cursor = await connection.execute(
        "SELECT count(*) AS n FROM desk.staff_session"
        " WHERE staff_id = %s AND expires_at > %s AND seen_at > %s",
        (staff_id, now, now - IDLE),
    )
    row = await cursor.fetchone()
    return int(row["n"]) if row else 0
