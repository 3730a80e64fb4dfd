"""Hears the NOTIFYs of all desk processes and passes them on inside this one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from uuid import UUID

import psycopg
import structlog

from desk.database import NOTIFY_CHANNEL, connect
from desk.outbox import DELIVERED
from desk.writing import OPERATOR_WRITES, PATIENT_WRITES

log = structlog.get_logger(__name__)
Handler = Callable[[UUID], None]


class Listener:
    """Calls `inbound`, `outbound` and `owners` handlers; `resumed` after a lost connection, when some were
    missed. `owners`: a conversation has changed hands. `presences`: somebody of the staff came or went.
    `sessions`: sessions of this member of the staff were ended. `operator_writes`, `patient_writes`: they are
    writing in it just now. `deliveries`: the patient's side has got words of an operator.
    """

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self.inbound: list[Handler] = []
        self.outbound: list[Handler] = []
        self.owners: list[Handler] = []
        self.presences: list[Callable[[], None]] = []
        self.sessions: list[Callable[[int], None]] = []
        self.operator_writes: list[Handler] = []
        self.patient_writes: list[Handler] = []
        self.deliveries: list[Handler] = []
        self.resumed: list[Callable[[], None]] = []
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns once it listens, so that nothing stored afterwards is missed."""
        listening = asyncio.Event()
        self._task = asyncio.create_task(self._run(listening))
        waiter = asyncio.create_task(listening.wait())
        await asyncio.wait({self._task, waiter}, return_when=asyncio.FIRST_COMPLETED, timeout=5)
        waiter.cancel()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self, listening: asyncio.Event) -> None:
        while True:
            try:
                connection = await connect(self._database_url)
                async with connection:
                    await connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
                    if listening.is_set():
                        for resumed in self.resumed:
                            resumed()
                    listening.set()
                    async for note in connection.notifies():
                        self._dispatch(note.payload)
            except psycopg.Error:
                log.warning("listener.lost")
            await asyncio.sleep(0.5)

    def _dispatch(self, payload: str) -> None:
        kind, _, name = payload.partition(":")
        if kind == "presence":
            for came_or_went in self.presences:
                came_or_went()
            return
        if kind == "sessions":
            for ended in self.sessions:
                ended(int(name))
            return
        handlers = {
            "in": self.inbound,
            "out": self.outbound,
            "owner": self.owners,
            OPERATOR_WRITES: self.operator_writes,
            PATIENT_WRITES: self.patient_writes,
            DELIVERED: self.deliveries,
        }
        for handler in handlers.get(kind, []):
            handler(UUID(name))
