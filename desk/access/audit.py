"""The log of what people did and looked at. The database itself refuses to change or delete a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from desk.database import Connection


@dataclass(frozen=True)
class By:
    """Who acts and from where; no `staff_id` is the command line or somebody who is not known."""

    staff_id: int | None = None
    address: str | None = None


COMMAND_LINE = By()


@dataclass(frozen=True)
class Line:
    """One line of the log. `details` holds ids and settings, never what a patient wrote or is called."""

    id: int
    at: datetime
    staff_id: int | None
    action: str
    object_kind: str
    object_id: str
    details: Mapping[str, Any]
    address: str | None


async def write(
    connection: Connection,
    by: By,
    action: str,
    object_kind: str = "",
    object_id: object = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Adds a line inside the caller's transaction: no change without its line, and no line without it."""
    await connection.execute(
        "INSERT INTO desk.audit (staff_id, action, object_kind, object_id, details, address)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (by.staff_id, action, object_kind, str(object_id), Jsonb(dict(details or {})), by.address),
    )


async def write_unless_lately(
    connection: Connection,
    by: By,
    action: str,
    object_kind: str,
    object_id: object,
    details: Mapping[str, Any],
    within: timedelta,
) -> None:
    """Adds the line unless the log has one within that time that is alike in all but its time and address."""
    cursor = await connection.execute(
        "SELECT 1 FROM desk.audit WHERE object_id = %s AND object_kind = %s AND action = %s"
        " AND staff_id = %s AND details = %s AND at > clock_timestamp() - %s LIMIT 1",
        (str(object_id), object_kind, action, by.staff_id, Jsonb(dict(details)), within),
    )
    if await cursor.fetchone() is None:
        await write(connection, by, action, object_kind, object_id, details)


async def read(
    connection: Connection,
    *,
    before: int | None = None,
    staff_id: int | None = None,
    object_id: str | None = None,
    limit: int = 100,
) -> Sequence[Line]:
    """The newest lines first; `before` is the id where the last page ended."""
    cursor = await connection.execute(
        "SELECT id, at, staff_id, action, object_kind, object_id, details, address FROM desk.audit"
        " WHERE (%(before)s::bigint IS NULL OR id < %(before)s)"
        "   AND (%(staff)s::bigint IS NULL OR staff_id = %(staff)s)"
        "   AND (%(object)s::text IS NULL OR object_id = %(object)s)"
        " ORDER BY id DESC LIMIT %(limit)s",
        {"before": before, "staff": staff_id, "object": object_id, "limit": limit},
    )
    return [Line(**row) for row in await cursor.fetchall()]
