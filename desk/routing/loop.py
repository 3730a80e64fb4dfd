"""Keeps the queue moving: a round whenever a place may be free or a patient may have come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from desk.database import STORAGE_ERRORS
from desk.routing.rounds import Rounds

log = structlog.get_logger(__name__)

# The net under missed NOTIFYs, and what finds out who fell silent or did not accept.
ROUND_SECONDS = 2.0
_AGAIN_SECONDS = 0.05


class RoutingLoop:
    """One in each desk process. `wake` is called for every change of an owner and of a presence."""

    def __init__(self, rounds: Rounds, clock: Callable[[], datetime]) -> None:
        self._rounds = rounds
        self._clock = clock
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self, _of: object = None) -> None:
        """Something may have become possible."""
        self._woken.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            again = False
            try:
                again = (await self._rounds.run(self._clock())).again
            except STORAGE_ERRORS:
                log.warning("routing.storage_lost")
            except Exception:
                # One conversation that cannot be given must not stop all others for good.
                log.error("routing.failed", exc_info=True)
            try:
                await asyncio.wait_for(self._woken.wait(), _AGAIN_SECONDS if again else ROUND_SECONDS)
            except TimeoutError:
                continue
