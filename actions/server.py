"""The action server over HTTP: Rasa's calls, `/health`, and `/metrics` for the clinic's monitoring."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import HTTPResponse, Request, Sanic, response

from actions.context import Context
from actions.registry import ACTIONS

# Each patient whose turn waits for the MIS or the database occupies one. The default of asyncio is six on
# a machine with two cores.
THREADS = 64
# The server listens after so many seconds, whether the MIS has told its directories or not.
DIRECTORY_SECONDS = 3.0
_TICK_SECONDS = 0.1
_LAG_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Executor(ActionExecutor):
    """Runs actions for Rasa 3.6, which neither sends a digest of the domain nor retries with the domain."""

    def update_and_return_domain(self, payload: dict[str, Any], action_name: str) -> dict[str, Any]:
        return payload.get("domain") or {}


def create_server(opened: Context, registry: CollectorRegistry) -> Sanic:
    """The application with every action; it shows what is in `registry`, its own series among it."""
    executor = Executor()
    for action in ACTIONS:
        executor.register_action(action(opened))
    app = create_app(executor, cors_origins=[])
    lag = Histogram(
        "maria_loop_lag_seconds",
        "How late the event loop comes back to a timer: what blocks it delays every patient",
        buckets=_LAG_BUCKETS,
        registry=registry,
    )

    @app.get("/metrics")
    async def metrics(_: Request) -> HTTPResponse:
        return response.raw(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    @app.before_server_start
    async def start(started: Sanic) -> None:
        threads = ThreadPoolExecutor(THREADS, thread_name_prefix="action")
        asyncio.get_running_loop().set_default_executor(threads)
        # Once read, the directory is in memory, and no action waits for it on the loop.
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(opened.clinic.directory.refresh), DIRECTORY_SECONDS)
        started.ctx.loop_watch = asyncio.create_task(_watch_loop(lag))

    @app.before_server_stop
    async def stop(stopped: Sanic) -> None:
        stopped.ctx.loop_watch.cancel()

    return app


async def _watch_loop(lag: Histogram) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _TICK_SECONDS
        await asyncio.sleep(_TICK_SECONDS)
        lag.observe(max(loop.time() - due, 0.0))
