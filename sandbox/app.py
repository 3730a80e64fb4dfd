"""The application: the 1C services, the clinic's reference, the control panel."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from sandbox.bwi.service import bwi_router
from sandbox.control import control_router
from sandbox.faults import FaultMiddleware
from sandbox.reference import reference_router
from sandbox.settings import Settings
from sandbox.soap.service import soap_router
from sandbox.world import build_world


def create_app(settings: Settings) -> ASGIApp:
    """The sandbox on its database. Raises `sandbox.data_files.DataError` on bad data."""
    world = build_world(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(world.store.__enter__)
        try:
            yield
        finally:
            await run_in_threadpool(world.store.__exit__)

    app = FastAPI(
        title="Sandbox MIS", lifespan=lifespan, docs_url="/sandbox/docs", openapi_url="/sandbox/openapi.json"
    )
    for router in (bwi_router(world), soap_router(world), reference_router(world), control_router(world)):
        app.include_router(router)
    # Outside of all of FastAPI's own layers: only there a connection can be cut.
    return FaultMiddleware(app, world)
