"""Which version of which document a patient has agreed to, and when."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert

from clinic.tables import consent


class Consents:
    """Thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, conversation_id: str, document: str, version: str, now: datetime) -> None:
        """Store a consent; the first moment counts when it is given again."""
        values = {
            "conversation_id": conversation_id,
            "document": document,
            "version": version,
            "given_at": now,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(consent).values(values).on_conflict_do_nothing())

    def given_at(self, conversation_id: str, document: str, version: str) -> datetime | None:
        """When this version was agreed to, `None` if never."""
        query = sa.select(consent.c.given_at).where(
            consent.c.conversation_id == conversation_id,
            consent.c.document == document,
            consent.c.version == version,
        )
        with self._engine.connect() as connection:
            found: datetime | None = connection.scalar(query)
        return found
