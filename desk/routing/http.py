"""`/api/…` of presence: heartbeat, state, colleagues."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from desk.access import audit
from desk.access.errors import staff_router
from desk.access.gate import Actor, Gate
from desk.access.roles import Role
from desk.access.texts import StaffTexts
from desk.database import Pool
from desk.routing import presence


class StateChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    state: presence.State


class OwnState(BaseModel):
    """`beat_every`: how many seconds may pass between heartbeats."""

    state: presence.State
    beat_every: int = presence.BEAT_SECONDS


class Colleague(BaseModel):
    id: int
    name: str
    role: Role
    state: presence.State
    since: datetime | None


def presence_router(pool: Pool, gate: Gate, texts: StaffTexts, clock: Callable[[], datetime]) -> APIRouter:
    """The routes by which a browser says that its person is there."""
    router = staff_router("/api", texts)
    sets_presence = Depends(gate.require("presence.set"))
    beats = Depends(gate.require("presence.set", by_itself=True))
    views_colleagues = Depends(gate.require("colleagues.view"))

    @router.put("/presence")
    async def set_presence(body: StateChange, actor: Actor = sets_presence) -> OwnState:
        async with pool.connection() as connection, connection.transaction():
            if await presence.set_state(connection, actor.staff.id, body.state, "chosen", clock()):
                details = {"state": body.state}
                await audit.write(connection, actor.by, "presence.set", "staff", actor.staff.id, details)
        return OwnState(state=body.state)

    @router.post("/heartbeat")
    async def heartbeat(actor: Actor = beats) -> OwnState:
        async with pool.connection() as connection:
            return OwnState(state=await presence.beat(connection, actor.staff.id, clock()))

    @router.get("/colleagues")
    async def colleagues(_actor: Actor = views_colleagues) -> list[Colleague]:
        async with pool.connection() as connection:
            everybody = await presence.everybody(connection)
        return [
            Colleague(id=each.staff_id, name=each.name, role=each.role, state=each.state, since=each.since)
            for each in everybody
        ]

    return router
