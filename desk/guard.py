"""The red flag guard: reads every inbound text before the queue, whatever is broken behind it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Protocol

from desk.buttons import is_token
from desk.texts import TextKey
from desk.words import storable
from lang.alarms import load_alarms
from lang.in_danger import is_somebody_else

# A text of this length takes milliseconds; a longer one may hold up everybody else's messages.
_SHORT = 300


class RedFlagLike(Protocol):
    """A recognised sign of danger."""

    @property
    def id(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def title(self) -> str: ...


class RedFlagChecker(Protocol):
    """Pure recognition of dangerous signs in a text."""

    def check(self, text: str) -> RedFlagLike | None: ...


class Guard:
    """Looks at inbound texts; needs neither database nor network."""

    def __init__(self, checker: RedFlagChecker) -> None:
        self._checker = checker

    async def check(self, text: str | None) -> RedFlagLike | None:
        """The sign of danger in a text, None when there is none or the text is a button's token."""
        # Chance letters: one token in ten thousand reads like a cry for help.
        if not text or is_token(text):
            return None
        kept = storable(text)
        if len(kept) <= _SHORT:
            return self._checker.check(kept)
        return await asyncio.to_thread(self._checker.check, kept)


def notice_key(flag: RedFlagLike, text: str | None) -> TextKey:
    """The text that tells where to call, for whoever is in danger by `text`: the writer or somebody near."""
    if flag.kind != "suicide":
        return "red_flag_emergency"
    return "red_flag_suicide_other" if text and is_somebody_else(text) else "red_flag_suicide"


def load_checker(catalogue_dir: Path, model: Path) -> RedFlagChecker:
    """The list of signs and the net under it; raises on a wrong file: no desk runs without a guard."""
    return load_alarms(catalogue_dir, model)
