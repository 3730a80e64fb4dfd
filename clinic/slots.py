"""Cutting a MIS's free windows into starts that can be booked. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from mis.port import Doctor, Service, Slot, Window

PLANNING_STEP = timedelta(minutes=30)


def booked_length(
    services: Sequence[Service], doctor: Doctor, planning_step: timedelta = PLANNING_STEP
) -> timedelta:
    """The length to book: the services' norms together, each else the doctor's visit, else the planning step.

    Without services it is one visit.
    """
    norms = [service.length for service in services] or [None]
    return sum((_first_known(norm, doctor.visit_length, planning_step) for norm in norms), timedelta(0))


def _first_known(*lengths: timedelta | None) -> timedelta:
    for length in lengths:
        if length is not None and length > timedelta(0):
            return length
    raise ValueError("the planning step must be longer than nothing")


def cut(
    window: Window, length: timedelta, not_before: datetime, planning_step: timedelta = PLANNING_STEP
) -> Iterator[Slot]:
    """Slots of `length` inside `window` that start after `not_before`, earliest first.

    Starts lie on the grid of the planning step counted from midnight, or of the length itself when that
    is shorter. A rest at the end of the window that is too short for a visit gives none.
    """
    grid = min(planning_step, length)
    midnight = window.start.replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight + -((midnight - window.start) // grid) * grid
    # Times of one zone are compared at a fraction of what two zones cost.
    not_before = not_before.astimezone(window.start.tzinfo)
    while start + length <= window.end:
        if start > not_before:
            yield Slot(window.branch_id, window.doctor_id, start, length)
        start += grid
