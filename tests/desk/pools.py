"""Pools for tests of one part of the desk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from desk.database import Connection


class PoolOfOne:
    """Gives the same connection each time; `asked` counts how often."""

    def __init__(self, connection: Connection) -> None:
        self.asked = 0
        self._connection = connection

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        self.asked += 1
        yield self._connection
