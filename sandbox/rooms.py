"""Rooms and equipment, kept among the employees as 1C bases do: a timetable and services, no person."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.data_files import DataError, load, section


@dataclass(frozen=True, slots=True)
class RoomKind:
    """`closes` is an hour of the day or `None` for the branch's own closing time."""

    id: str
    name: str
    mis_specialty: str
    branches: int
    count: int
    busy: float
    minutes: int
    closes: int | None
    folders: tuple[str, ...]

    def title(self, nth: int) -> str:
        """«Кабинет МРТ», of several «Кабинет забора крови № 2»."""
        return f"{self.name} № {nth + 1}" if self.count > 1 else self.name

    def length(self, chance: random.Random) -> int | None:
        """What the base tells of the usual length: half of the rooms have nothing filled in."""
        return self.minutes if chance.random() < 0.5 else None


def load_room_kinds(path: Path) -> Sequence[RoomKind]:
    """Read `rooms.yml`. Raises `DataError` that names the room."""
    found = []
    for room_id, facts in section(load(path), "rooms", path).items():
        try:
            kind = RoomKind(id=room_id, **{**facts, "folders": tuple(facts["folders"])})
        except (KeyError, TypeError) as error:
            raise DataError(f"{path}: room «{room_id}»: {error}") from error
        if not 0.3 <= kind.busy <= 0.95 or min(kind.branches, kind.count) < 1:
            allowed = "busy is 0.30 to 0.95, branches and count at least 1"
            raise DataError(f"{path}: room «{room_id}»: {allowed}")
        found.append(kind)
    return found
