"""The red flag guard: reads every inbound text before the queue, whatever is broken behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from desk.texts import TextKey


class RedFlagLike(Protocol):
    """A recognised sign of danger."""

    @property
    def id(self) -> str: ...

    @property
    def kind(self) -> str: ...


class RedFlagChecker(Protocol):
    """Pure recognition of dangerous signs in a text."""

    def check(self, text: str) -> RedFlagLike | None: ...


def notice_key(flag: RedFlagLike) -> TextKey:
    """The text that tells the patient where to call."""
    return "red_flag_suicide" if flag.kind == "suicide" else "red_flag_emergency"


def load_guard(catalogue_dir: Path) -> RedFlagChecker:
    """The guard over the catalogue's list of signs; raises on a wrong file: no desk runs without a guard."""
    from lang.red_flags import load_red_flags

    return load_red_flags(catalogue_dir / "red_flags.yml")
