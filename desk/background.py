"""Work that no message starts: bookings with an unknown outcome are settled and the patient is told."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import DeleteJobCondition

from desk.migrate import TASK_SCHEMA

log = structlog.get_logger(__name__)


class Background:
    """A worker of the task queue inside the desk process; among several desks each task runs in one."""

    def __init__(self, database_url: str, settle: Callable[[], Awaitable[None]]) -> None:
        connector = PsycopgConnector(
            conninfo=database_url,
            kwargs={"options": f"-c search_path={TASK_SCHEMA}", "connect_timeout": 3},
            min_size=1,
            max_size=3,
        )
        self._app = App(connector=connector)
        self._worker: asyncio.Task[None] | None = None

        # No `lock`: a killed worker would hold it. Settling is safe when it runs twice.
        @self._app.periodic(cron="* * * * *")
        @self._app.task(name="settle_bookings", queueing_lock="settle_bookings", pass_context=False)
        async def settle_bookings(timestamp: int) -> None:
            await settle()

        self._settle = settle_bookings

    async def start(self) -> None:
        """Starts the worker and settles at once what an earlier life left open."""
        await self._app.open_async()
        with contextlib.suppress(AlreadyEnqueued):
            await self._settle.configure(task_kwargs={"timestamp": 0}).defer_async()
        self._worker = asyncio.create_task(
            self._app.run_worker_async(
                name="desk",
                install_signal_handlers=False,
                delete_jobs=DeleteJobCondition.ALWAYS,
                shutdown_graceful_timeout=3,
            )
        )
        self._worker.add_done_callback(_report)

    async def stop(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        await self._app.close_async()


def _report(worker: asyncio.Task[None]) -> None:
    if not worker.cancelled() and worker.exception() is not None:
        log.error("background.stopped", exc_info=worker.exception())
