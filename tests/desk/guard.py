"""A guard that knows two signs: the real list has its own tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Flag:
    id: str
    kind: str
    title: str = "Боль в груди"


class Guard:
    def check(self, text: str) -> Flag | None:
        if "болит в груди" in text:
            return Flag("chest_pain", "emergency")
        return Flag("suicide", "suicide") if "не хочу жить" in text or "умереть" in text else None
