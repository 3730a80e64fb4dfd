"""`/sandbox/*`: the strings of the puppet, for tests and demonstrations. Loopback only."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from sandbox.faults import Fault, Kind
from sandbox.store import Taken, Visit
from sandbox.world import World


class NewFault(BaseModel):
    """See `sandbox.faults.Fault`. `branch` is a catalogue id; `registrar` goes with `lax` only."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    latency_ms: int = Field(default=0, ge=0, le=120_000)
    pattern: str | None = None
    method: str | None = None
    branch: str | None = None
    count: int | None = Field(default=None, ge=1)
    registrar: bool = False

    @model_validator(mode="after")
    def _goes_together(self) -> NewFault:
        if self.registrar and self.kind is not Kind.LAX:
            raise ValueError("registrar is for a lax fault")
        if self.kind is Kind.LATENCY and not self.latency_ms:
            raise ValueError("a latency fault needs latency_ms")
        return self


class NewClock(BaseModel):
    """Exactly one of the three. `set` carries an offset; `frozen` stops the clock at it."""

    model_config = ConfigDict(extra="forbid")

    set: AwareDatetime | None = None
    frozen: bool = False
    advance_seconds: float | None = Field(default=None, ge=0)
    real: bool = False

    @model_validator(mode="after")
    def _one_wish(self) -> NewClock:
        if (self.set is not None) + (self.advance_seconds is not None) + self.real != 1:
            raise ValueError("give one of set, advance_seconds, real")
        return self


class Stranger(BaseModel):
    """`start` is the branch's wall clock, or any moment with an offset.

    `over`: as at the front desk of a lax base, over whatever holds and visits have the time.
    """

    model_config = ConfigDict(extra="forbid")

    branch_id: str
    doctor_id: str
    start: datetime
    minutes: int = Field(default=30, ge=5, le=480)
    over: bool = False


def _loopback(request: Request) -> None:
    host = request.client.host if request.client else ""
    try:
        allowed = ipaddress.ip_address(host).is_loopback
    except ValueError:
        allowed = False
    if not allowed:
        raise HTTPException(403)


def control_router(world: World) -> APIRouter:
    router = APIRouter(prefix="/sandbox", dependencies=[Depends(_loopback)])
    _rows(router, world)
    _faults(router, world)
    _clock(router, world)
    return router


def _rows(router: APIRouter, world: World) -> None:
    @router.get("/ready")
    def ready() -> dict[str, int]:
        return {"branches": len(world.network.branches), "doctors": len(world.network.doctors)}

    @router.get("/visits")
    def visits(
        branch_id: str | None = None, doctor_id: str | None = None, phone: str | None = None
    ) -> list[dict[str, Any]]:
        """Everything but holds: visits, cancelled ones, strangers', the wait list; oldest first."""
        wanted = {"branch_id": branch_id, "doctor_id": doctor_id, "phone": phone}
        return [
            _shown(world, visit)
            for visit in world.store.all()
            if visit.state != "held"
            and all(want is None or getattr(visit, name) == want for name, want in wanted.items())
        ]

    @router.get("/holds")
    def holds(everything: Annotated[bool, "expired ones too"] = False) -> list[dict[str, Any]]:
        """Holds that still keep their time."""
        now = world.clock.now()
        held = [visit for visit in world.store.all() if visit.state == "held"]
        return [_shown(world, visit) for visit in held if everything or visit.code(now) != 5]

    @router.get("/requests")
    def requests() -> list[dict[str, Any]]:
        """What was asked since the last reset, by pattern, method and branch."""
        return [
            {"pattern": pattern, "method": method, "branch": branch, "count": count}
            for (pattern, method, branch), count in world.journal.counts().items()
        ]

    @router.post("/reset")
    def reset() -> dict[str, bool]:
        """Back to the seed: no bookings, no faults, no requests counted, real time."""
        world.store.reset()
        world.journal.clear()
        world.faults.clear()
        world.clock.real()
        return {"reset": True}

    @router.post("/book-stranger", status_code=201)
    def book_stranger(stranger: Stranger) -> dict[str, Any]:
        """Take a time as the front desk would. 404: no such branch or doctor; 409: it is not free."""
        branch = world.network.branches.get(stranger.branch_id)
        doctor = world.network.staff.get(stranger.doctor_id)
        if branch is None or doctor is None:
            raise HTTPException(404, "no such branch or doctor")
        start = stranger.start
        if start.tzinfo is not None:
            start = start.astimezone(branch.zone).replace(tzinfo=None)
        if not world.is_open(branch, doctor, start, stranger.minutes):
            raise HTTPException(409, "the time is not free")
        try:
            place = world.place(branch, doctor, start, stranger.minutes)
            return _shown(world, world.store.book_stranger(place, world.clock.now(), over=stranger.over))
        except Taken as error:
            raise HTTPException(409, "the time is not free") from error


def _faults(router: APIRouter, world: World) -> None:
    @router.get("/faults")
    def faults() -> list[dict[str, Any]]:
        return [_fault(fault) for fault in world.faults.all()]

    @router.post("/faults", status_code=201)
    def add_fault(fault: NewFault) -> dict[str, Any]:
        if fault.branch is not None and fault.branch not in world.network.branches:
            raise HTTPException(404, "no such branch")
        return _fault(world.faults.add(**fault.model_dump()))

    @router.delete("/faults")
    def clear_faults() -> list[dict[str, Any]]:
        world.faults.clear()
        return []

    @router.delete("/faults/{fault_id}")
    def clear_fault(fault_id: int) -> list[dict[str, Any]]:
        world.faults.clear(fault_id)
        return faults()


def _clock(router: APIRouter, world: World) -> None:
    @router.get("/clock")
    def clock() -> dict[str, Any]:
        return {"now": world.clock.now().isoformat(), "real": world.clock.is_real}

    @router.post("/clock")
    def set_clock(wish: NewClock) -> dict[str, Any]:
        if wish.set is not None:
            world.clock.set(wish.set, frozen=wish.frozen)
        elif wish.advance_seconds is not None:
            world.clock.advance(timedelta(seconds=wish.advance_seconds))
        else:
            world.clock.real()
        return clock()


def _shown(world: World, visit: Visit) -> dict[str, Any]:
    """A row for people: times on the branch's clock with its offset."""
    branch = world.network.branches.get(visit.branch_id)
    doctor = world.network.staff.get(visit.doctor_id)
    shown = {name: getattr(visit, name) for name in Visit.__slots__}
    zone = branch.zone if branch else None
    for name in ("starts_at", "ends_at", "created_at", "expires_at", "booked_at"):
        shown[name] = shown[name] and shown[name].astimezone(zone).isoformat()
    return {
        **shown,
        "id": str(visit.id),
        "services": list(visit.services),
        "status": visit.code(world.clock.now()),
        "branch": branch.name if branch else "",
        "doctor": str(doctor.person) if doctor else "",
        "minutes": int((visit.ends_at - visit.starts_at).total_seconds() // 60),
    }


def _fault(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in Fault.__slots__} | {"kind": fault.kind.value}
