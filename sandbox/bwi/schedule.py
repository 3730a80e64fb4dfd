"""Pattern `Schedule`: windows of free time, never slots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from sandbox.bwi.wire import Bare, Body, Failure, collapse, length, read_moment, rows
from sandbox.network import Branch, Doctor
from sandbox.timetable import Span, subtract
from sandbox.world import World, minute_of

# The manual spells it both ways, and live bots send the right one.
_COARSE = ("GetEnlargmenetSchedule", "GetEnlargementSchedule")
_FREE_TIME, _BREAK = "d4f1c0de-6b32-11ec-8127-00155d0d4407", "d4f1c0df-6b32-11ec-8127-00155d0d4407"

# Thousands of periods stand in one answer, and strftime was most of its time.
_CLOCKS = tuple(f"{minute // 60:02}:{minute % 60:02}:00" for minute in range(24 * 60 + 1))

Key = tuple[str, str, date]


@dataclass(frozen=True, slots=True)
class _Shape:
    coarse: bool
    only_free: bool
    periods_name_clinic: bool


def schedule(world: World, body: Body) -> dict[str, object]:
    """Answer `GetSchedule20` (the default), `GetSchedule` and the coarse schedule.

    An unknown `Clinic` does not fail: the schedule of all clinics comes, with an `ОшибкаПараметров` last.
    """
    method = body.text("Method") or "GetSchedule20"
    if method not in ("GetSchedule20", "GetSchedule", *_COARSE):
        raise Failure(world.texts["unknown_method"].format(value=method))
    first, last = _date(world, body, "StartDate"), _date(world, body, "FinishDate")
    branches: Iterable[Branch] = world.network.branches.values()
    wanted: frozenset[str] = frozenset()
    errors: dict[str, object] = {}
    if method == "GetSchedule20":
        if clinic := body.text("Clinic").lower():
            branch = world.network.by_mis_id.get(clinic)
            if branch is None:
                errors["ОшибкаПараметров"] = world.texts["unknown_branch"].format(value=clinic)
            else:
                branches = (branch,)
        wanted = frozenset(body.ids("Employees"))
    shape = _Shape(
        coarse=method in _COARSE,
        only_free=method == "GetSchedule20" and body.flag("OnlyFreeTime"),
        periods_name_clinic=method == "GetSchedule20",
    )
    busy = {} if shape.coarse else _busy(world, first, last)
    found: list[object] = []
    for branch in branches:
        days = world.days(branch, first, last)
        for doctor in world.network.by_branch[branch.id]:
            if not wanted or doctor.id in wanted:
                found.extend(_rows(world, branch, doctor, days, busy, shape))
    return rows("ГрафикДляСайта", found, **errors)


def _date(world: World, body: Body, name: str) -> date:
    written = body.text(name)
    found = read_moment(written)
    if found is None:
        raise Bare(world.texts["bad_date"].format(value=written), 500)
    return found.date()


def _busy(world: World, first: date, last: date) -> Mapping[Key, list[Span]]:
    """Holds and visits by doctor, branch and local day."""
    edge = timedelta(days=1)
    since = datetime.combine(first, time(), timezone.utc) - edge
    until = datetime.combine(last, time(), timezone.utc) + 2 * edge
    found: dict[Key, list[Span]] = {}
    for place in world.store.busy(since, until, world.clock.now()):
        branch = world.network.branches.get(place.branch_id)
        if branch is None:
            continue
        start, end = place.starts_at.astimezone(branch.zone), place.ends_at.astimezone(branch.zone)
        span = (minute_of(start), minute_of(end) or 24 * 60)
        found.setdefault((place.doctor_id, place.branch_id, start.date()), []).append(span)
    return found


def _rows(
    world: World,
    branch: Branch,
    doctor: Doctor,
    days: list[date],
    busy: Mapping[Key, list[Span]],
    shape: _Shape,
) -> Iterator[dict[str, object]]:
    """The rows of a doctor in a branch: none without work there, two for those the base keeps twice."""
    working = [on for on in days if world.timetable.day(doctor.id, branch.id, on) is not None]
    if doctor.second_specialty is None:
        parts = [(doctor.mis_specialty, working)]
    else:
        parts = [
            (doctor.mis_specialty, [on for on in working if on.toordinal() % 2]),
            (doctor.second_specialty, [on for on in working if not on.toordinal() % 2]),
        ]
    for specialty, part in parts:
        if not part:
            continue
        free: list[object] = []
        taken: list[object] = []
        for on in part:
            _periods(world, branch, doctor, on, busy.get((doctor.id, branch.id, on), ()), shape, free, taken)
        row: dict[str, object] = {
            "Клиника": branch.mis_id,
            "СотрудникФИО": str(doctor.person),
            "СотрудникID": doctor.id,
            "Специализация": specialty,
        }
        if shape.only_free:
            row["ПериодГрафика"] = collapse(free)
        else:
            row["ПериодыГрафика"] = {
                "СвободноеВремя": {"ПериодГрафика": collapse(free)} if free else "",
                "ЗанятоеВремя": {"ПериодГрафика": collapse(taken)} if taken else "",
            }
        row["ДлительностьПриема"] = length(doctor.declared)
        yield row


def _periods(
    world: World,
    branch: Branch,
    doctor: Doctor,
    on: date,
    visits: Iterable[Span],
    shape: _Shape,
    free: list[object],
    taken: list[object],
) -> None:
    plan = world.timetable.day(doctor.id, branch.id, on)
    if plan is None:
        return
    if shape.coarse:
        free.append(_period(branch, on, plan.shift, _FREE_TIME, shape))
        return
    visits = tuple(visits)
    left = subtract(plan.free, visits) if visits else plan.free
    free.extend(_period(branch, on, span, _FREE_TIME, shape) for span in left)
    if not shape.only_free:
        occupied = sorted(
            [*((span, "") for span in (*plan.taken, *visits)), *((b, _BREAK) for b in plan.breaks)]
        )
        taken.extend(_period(branch, on, span, kind, shape) for span, kind in occupied)


def _period(branch: Branch, on: date, span: Span, kind: str, shape: _Shape) -> dict[str, str]:
    day = on.isoformat()
    times = {
        "Дата": f"{day}T00:00:00",
        "ВремяНачала": f"{day}T{_CLOCKS[span[0]]}",
        "ВремяОкончания": f"{day}T{_CLOCKS[span[1]]}",
    }
    return {"Клиника": branch.mis_id, **times, "ВидВремени": kind} if shape.periods_name_clinic else times
