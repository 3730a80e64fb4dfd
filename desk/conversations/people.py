"""Whether people can take conversations now, as the desk has to know it before it calls them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from desk.database import Connection


@dataclass(frozen=True)
class Outlook:
    """What somebody who joins the queue can expect.

    `staffed`: the clinic has operators at all. `on_line`: how many of them take new conversations now.
    `free`: conversations that would be taken at once. `pace_seconds`: how often a further place frees.
    """

    staffed: bool
    on_line: int = 0
    free: int = 0
    pace_seconds: float = 60.0

    @property
    def here(self) -> bool:
        return self.staffed and self.on_line > 0

    def wait_seconds(self, position: int) -> int:
        """The expected wait at `position` of the queue, counted from 1; whole seconds."""
        return math.ceil(max(0, position - self.free) * self.pace_seconds)


class People(Protocol):
    """The staff. Reads by the caller's connection, inside its transaction."""

    async def outlook(self, connection: Connection) -> Outlook: ...
