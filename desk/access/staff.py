"""Accounts of the staff in PostgreSQL. Every change is written to the audit log with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import psycopg

from desk.access import audit
from desk.access.audit import By
from desk.access.roles import Role
from desk.database import Connection, notify

Skill = Literal["dms", "children", "complaints"]
SKILLS: tuple[Skill, ...] = get_args(Skill)
ROLES: tuple[Role, ...] = get_args(Role)
DEFAULT_CAP = 4
MAX_CAP = 20
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_COLUMNS = "id, login, name, role, skills, cap, disabled_at IS NOT NULL AS disabled"


class LoginTaken(ValueError):
    """Another account has this login."""


class BadLogin(ValueError):
    """A login is 2–40 Latin letters, figures, dots, dashes and underscores."""


class LastAdministrator(ValueError):
    """The change would leave nobody who can administer the staff."""


@dataclass(frozen=True)
class Staff:
    """One account. `name` is shown to patients and colleagues, `cap` is how many conversations at once."""

    id: int
    login: str
    name: str
    role: Role
    skills: frozenset[Skill]
    cap: int
    disabled: bool = False


@dataclass(frozen=True)
class Change:
    """What to change of an account; None leaves a field as it is."""

    name: str | None = None
    role: Role | None = None
    skills: frozenset[Skill] | None = None
    cap: int | None = None
    disabled: bool | None = None
    password_hash: str | None = None


def normal_login(text: str) -> str:
    """The login as it is stored; raises BadLogin."""
    login = text.strip().casefold()
    if not _LOGIN.fullmatch(login):
        raise BadLogin(text)
    return login


async def add(
    connection: Connection,
    by: By,
    *,
    login: str,
    name: str,
    role: Role,
    password_hash: str,
    skills: frozenset[Skill] = frozenset(),
    cap: int = DEFAULT_CAP,
) -> Staff:
    """A new account; raises BadLogin and LoginTaken."""
    try:
        async with connection.transaction():
            cursor = await connection.execute(
                "INSERT INTO desk.staff (login, name, role, skills, cap, password_hash)"
                f" VALUES (%s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}",
                (normal_login(login), name.strip(), role, sorted(skills), cap, password_hash),
            )
            row = await cursor.fetchone()
            if row is None:
                raise RuntimeError("INSERT … RETURNING gave no row")
            added = staff_of(row)
            details = {"login": added.login, "role": role, "skills": sorted(skills), "cap": cap}
            await audit.write(connection, by, "staff.added", "staff", added.id, details)
    except psycopg.errors.UniqueViolation:
        raise LoginTaken(login) from None
    return added


async def change(connection: Connection, by: By, staff_id: int, wanted: Change) -> Staff | None:
    """The account after the change; None when there is none. Raises LastAdministrator.

    A new password, another role and a disabled account end all sessions of the account.
    """
    values: dict[str, Any] = {
        name: value
        for name, value in (
            ("name", wanted.name),
            ("role", wanted.role),
            ("skills", None if wanted.skills is None else sorted(wanted.skills)),
            ("cap", wanted.cap),
            ("password_hash", wanted.password_hash),
        )
        if value is not None
    }
    async with connection.transaction():
        # All administrators are locked: two of them must not disable each other at once.
        await connection.execute(
            "SELECT 1 FROM desk.staff WHERE id = %s OR role = 'administrator' ORDER BY id FOR UPDATE",
            (staff_id,),
        )
        before = await find(connection, staff_id)
        if before is None:
            return None
        sets = ["disabled_at = CASE WHEN %(disabled)s THEN COALESCE(disabled_at, now()) END"]
        sets += [f"{name} = %({name})s" for name in values]
        disabled = before.disabled if wanted.disabled is None else wanted.disabled
        await connection.execute(
            f"UPDATE desk.staff SET {', '.join(sets)} WHERE id = %(id)s",
            {**values, "disabled": disabled, "id": staff_id},
        )
        was_administrator = before.role == "administrator" and not before.disabled
        if was_administrator and not await _has_administrator(connection):
            raise LastAdministrator
        if wanted.password_hash or disabled or (wanted.role and wanted.role != before.role):
            await connection.execute("DELETE FROM desk.staff_session WHERE staff_id = %s", (staff_id,))
            await notify(connection, "sessions", staff_id)
        told = {name: value for name, value in values.items() if name != "password_hash"}
        if wanted.disabled is not None:
            told["disabled"] = wanted.disabled
        if wanted.password_hash:
            told["password"] = "changed"
        await audit.write(connection, by, "staff.changed", "staff", staff_id, told)
        return await find(connection, staff_id)


async def find(connection: Connection, staff_id: int) -> Staff | None:
    cursor = await connection.execute(f"SELECT {_COLUMNS} FROM desk.staff WHERE id = %s", (staff_id,))
    row = await cursor.fetchone()
    return staff_of(row) if row else None


async def find_by_login(connection: Connection, login: str) -> Staff | None:
    cursor = await connection.execute(f"SELECT {_COLUMNS} FROM desk.staff WHERE login = %s", (login,))
    row = await cursor.fetchone()
    return staff_of(row) if row else None


async def password_of(connection: Connection, staff_id: int) -> str | None:
    """The stored hash of an account that may come in."""
    cursor = await connection.execute(
        "SELECT password_hash FROM desk.staff WHERE id = %s AND disabled_at IS NULL", (staff_id,)
    )
    row = await cursor.fetchone()
    return row["password_hash"] if row else None


async def replace_hash(connection: Connection, staff_id: int, old: str, new: str) -> None:
    """The same password hashed with newer parameters."""
    await connection.execute(
        "UPDATE desk.staff SET password_hash = %s WHERE id = %s AND password_hash = %s", (new, staff_id, old)
    )


async def everybody(connection: Connection) -> Sequence[Staff]:
    """All accounts by name."""
    cursor = await connection.execute(f"SELECT {_COLUMNS} FROM desk.staff ORDER BY name, login")
    return [staff_of(row) for row in await cursor.fetchall()]


async def _has_administrator(connection: Connection) -> bool:
    cursor = await connection.execute(
        "SELECT 1 FROM desk.staff WHERE role = 'administrator' AND disabled_at IS NULL LIMIT 1"
    )
    return await cursor.fetchone() is not None


def staff_of(row: dict[str, Any]) -> Staff:
    return Staff(
        row["id"],
        row["login"],
        row["name"],
        row["role"],
        frozenset(row["skills"]),
        row["cap"],
        row["disabled"],
    )
