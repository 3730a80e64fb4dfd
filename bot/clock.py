"""The present, which designers and measurements may fix: `NOW=2026-11-23T10:00` in the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.settings import load_settings

_fixed: ContextVar[datetime | None] = ContextVar("fixed", default=None)


def now(zone: ZoneInfo) -> datetime:
    """The present in `zone`; a fixed one without a time zone is taken as local there."""
    fixed = _fixed.get() or _set(os.environ.get("NOW"))
    if fixed is None:
        return datetime.now(zone)
    return fixed.replace(tzinfo=zone) if fixed.tzinfo is None else fixed.astimezone(zone)


@lru_cache(maxsize=2)
def _set(_text: str | None) -> datetime | None:
    """`NOW` by its text: a message asks twice, and reading all settings takes half a millisecond."""
    return load_settings().now


@contextmanager
def fixed_at(moment: datetime) -> Iterator[None]:
    """Within the block, `now` is that moment."""
    token = _fixed.set(moment)
    try:
        yield
    finally:
        _fixed.reset(token)
