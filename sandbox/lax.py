"""A base that checks too little, as real ones do: switched on for a request by the fault `lax`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lax:
    """What a request does in such a base.

    The doctor's other visits and holds are not looked at: overlapping ones succeed. What any other check
    refuses is written all the same, in the state «Отменена», and the answer says that it was done.
    `registrar`: just before our booking somebody at the front desk books the time that we hold.
    """

    registrar: bool = False


_LAX: ContextVar[Lax | None] = ContextVar("lax", default=None)


def lax() -> Lax | None:
    """How the request that is being handled goes; `None` for a base that checks."""
    return _LAX.get()


@contextmanager
def handled_laxly(how: Lax | None) -> Iterator[None]:
    """Whatever is handled inside is handled so."""
    token = _LAX.set(how)
    try:
        yield
    finally:
        _LAX.reset(token)
