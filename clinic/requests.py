"""Requests stored for a person: call back, wait list, complaint, privacy, a booking to be looked into…"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import Engine, RowMapping
from sqlalchemy.dialects.postgresql import insert

from clinic.tables import request

Kind = Literal[
    "operator",
    "callback",
    "wait_list",
    "check",
    "complaint",
    "privacy",
    "emergency",
    "insurance",
    "home_visit",
    "results",
    "other",
]


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a conversation."""

    who: Literal["patient", "maria", "operator"]
    text: str


@dataclass(frozen=True, slots=True)
class StoredRequest:
    """A request as it stands. `number` is what the patient is told.

    `topic` is the id of what it is about, `transcript` the conversation up to it, oldest first. The higher
    `priority`, the sooner somebody has to look: 0 in turn, 1 before the others, 2 at once.
    """

    id: int
    kind: Kind
    conversation_id: str
    created_at: datetime
    open: bool
    patient_name: str = ""
    phone: str = ""
    birth_date: date | None = None
    summary: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    topic: str = ""
    transcript: tuple[Line, ...] = ()
    priority: int = 0

    @property
    def number(self) -> str:
        return str(self.id)


class Requests:
    """Stores and lists requests. Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def store(
        self,
        kind: Kind,
        conversation_id: str,
        now: datetime,
        *,
        patient_name: str = "",
        phone: str = "",
        birth_date: date | None = None,
        summary: str = "",
        details: Mapping[str, Any] | None = None,
        request_key: str | None = None,
        topic: str = "",
        transcript: Sequence[Line] = (),
        priority: int = 0,
    ) -> StoredRequest:
        """Store a request; the same `request_key` again returns the first one.

        Where the desk has stored it already (an alarm is stored with the message itself), what it could not
        know is added.

        `details` is JSON: specialty, branch, wish and whatever else spares the person a question.
        """
        values = {
            "kind": kind,
            "conversation_id": conversation_id,
            "created_at": now,
            "patient_name": patient_name,
            "phone": phone,
            "birth_date": birth_date,
            "summary": summary,
            "details": dict(details or {}),
            "request_key": request_key,
            "topic": topic,
            "transcript": [{"who": line.who, "text": line.text} for line in transcript],
            "priority": priority,
        }
        later = ("patient_name", "phone", "birth_date", "summary", "details", "topic", "transcript")
        statement = insert(request).values(values | {"updated_at": now})
        statement = statement.on_conflict_do_update(
            index_elements=["request_key"],
            set_={name: statement.excluded[name] for name in (*later, "updated_at")},
            where=request.c.updated_at.is_(None),
        )
        with self._engine.begin() as connection:
            row = connection.execute(statement.returning(request)).mappings().first()
            if row is None:
                first = sa.select(request).where(request.c.request_key == request_key)
                row = connection.execute(first).mappings().one()
        return _stored(row)

    def by_key(self, request_key: str) -> StoredRequest | None:
        """The request stored under this key, if any."""
        query = sa.select(request).where(request.c.request_key == request_key)
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _stored(row)

    def open_requests(self, conversation_id: str | None = None) -> list[StoredRequest]:
        """Requests nobody has closed, the urgent first, then the oldest; of one conversation or of all."""
        query = sa.select(request).where(request.c.state == "open")
        query = query.order_by(request.c.priority.desc(), request.c.id)
        if conversation_id is not None:
            query = query.where(request.c.conversation_id == conversation_id)
        with self._engine.connect() as connection:
            return [_stored(row) for row in connection.execute(query).mappings()]

    def close(self, request_id: int) -> bool:
        """Mark a request as done. False when it was closed before or never existed."""
        done = sa.update(request).where(request.c.id == request_id, request.c.state == "open")
        with self._engine.begin() as connection:
            return connection.execute(done.values(state="closed")).rowcount == 1


def _stored(row: RowMapping) -> StoredRequest:
    return StoredRequest(
        id=row["id"],
        kind=row["kind"],
        conversation_id=row["conversation_id"],
        created_at=row["created_at"],
        open=row["state"] == "open",
        patient_name=row["patient_name"],
        phone=row["phone"],
        birth_date=row["birth_date"],
        summary=row["summary"],
        details=row["details"],
        topic=row["topic"],
        transcript=tuple(Line(line["who"], line["text"]) for line in row["transcript"]),
        priority=row["priority"],
    )
