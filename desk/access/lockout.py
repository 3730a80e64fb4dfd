"""Repeated wrong passwords close the door for a while: for the account and for the address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.database import Connection

_LOCK = 0x6D61726961_02  # attempts are counted one after another, over all processes


@dataclass(frozen=True)
class LockoutRules:
    """So many failures within `window` lock until the oldest of them is `window` old."""

    account_failures: int = 5
    address_failures: int = 20
    window: timedelta = timedelta(minutes=15)


async def begin_attempt(
    connection: Connection, login: str, address: str, now: datetime, rules: LockoutRules
) -> datetime | None:
    """Counts an attempt as failed until `succeeded`; when locked counts nothing and says until when.

    Counting before the password is looked at leaves no room for many tries at once. Logins that nobody
    has are counted too, so that a lock tells nothing about who has an account.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        await connection.execute("DELETE FROM desk.login_failure WHERE at <= %s", (now - rules.window,))
        until = None
        for column, value, most in (
            ("login", login, rules.account_failures),
            ("address", address, rules.address_failures),
        ):
            cursor = await connection.execute(
                f"SELECT at FROM desk.login_failure WHERE {column} = %s ORDER BY at DESC LIMIT 1 OFFSET %s",
                (value, most - 1),
            )
            row = await cursor.fetchone()
            if row is not None:
                until = max(until or now, row["at"] + rules.window)
        if until is None:
            await connection.execute(
                "INSERT INTO desk.login_failure (login, address, at) VALUES (%s, %s, %s)",
                (login, address, now),
            )
        return until


async def forget(connection: Connection, login: str) -> None:
    """The account's failures are forgotten: the right password came, or an administrator unlocks it."""
    await connection.execute("DELETE FROM desk.login_failure WHERE login = %s", (login,))
