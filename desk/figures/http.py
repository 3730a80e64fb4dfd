"""`/api/figures`: the live page of a supervisor, and the conversations behind each number."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from desk.access import audit
from desk.access.errors import staff_router
from desk.access.gate import Actor, Gate
from desk.access.texts import StaffTexts
from desk.database import Pool
from desk.figures.board import Behind, Board, OperatorNow, Period, PeriodFigures, Snapshot
from desk.figures.episodes import End, Episode
from desk.figures.measures import Share, Times
from desk.figures.names import FigureKey, FigureName
from desk.routing.presence import State

_MOST = 200


class ShareBody(BaseModel):
    """`value` = part / whole, from 0 to 1; null where the whole is nothing."""

    value: float | None
    part: int
    whole: int


class TimesBody(BaseModel):
    """Seconds; null where nothing was measured."""

    count: int
    mean: float | None
    p50: float | None
    p90: float | None


class TopicBody(BaseModel):
    topic: str
    count: int


class PeriodBody(BaseModel):
    since: datetime
    offered: int
    service_level: ShareBody
    reply_time: ShareBody
    speed_of_answer: TimesBody
    abandonment: ShareBody
    promises_kept: ShareBody
    handling_time: TimesBody
    open_to_close: TimesBody
    done_by_bot: ShareBody
    topics: list[TopicBody]


class QueueBody(BaseModel):
    """`soon_late`: first replies that will be late in 15 seconds."""

    waiting: int
    longest_seconds: float | None
    soon_late: int


class OperatorBody(BaseModel):
    id: int
    name: str
    state: State
    since: datetime | None
    load: int
    cap: int


class NameBody(BaseModel):
    name: str
    formula: str


class FiguresBody(BaseModel):
    at: datetime
    queue: QueueBody
    periods: dict[Period, PeriodBody]
    operators: list[OperatorBody]
    names: dict[FigureKey, NameBody]


class EpisodeBody(BaseModel):
    """One handoff; `wait_seconds` until the first human reply, null while there is none."""

    conversation_id: UUID
    queued_at: datetime
    reason: str
    topic: str
    operator_id: int | None
    wait_seconds: float | None
    end: End | None


def figures_router(
    pool: Pool, gate: Gate, texts: StaffTexts, board: Board, names: Mapping[FigureKey, FigureName]
) -> APIRouter:
    """The figures for supervisors; looking into them is logged, the numbers themselves are not."""
    router = staff_router("/api/figures", texts)
    views_figures = Depends(gate.require("figures.view"))

    @router.get("")
    async def figures(_actor: Actor = views_figures) -> FiguresBody:
        return _body(await board.snapshot(), names)

    @router.get("/{figure}")
    async def behind(
        figure: Behind,
        period: Period = "today",
        topic: str | None = Query(None, max_length=200),
        actor: Actor = views_figures,
    ) -> list[EpisodeBody]:
        """The newest two hundred handoffs behind a number: those in the queue, those missed or lost, those of
        a topic."""
        found = await board.behind(figure, period, topic)
        async with pool.connection() as connection:
            await audit.write(connection, actor.by, "figures.viewed", "figure", figure)
        return [_episode(each) for each in found[-_MOST:]]

    return router


def _body(now: Snapshot, names: Mapping[FigureKey, FigureName]) -> FiguresBody:
    queue = now.queue
    return FiguresBody(
        at=now.at,
        queue=QueueBody(
            waiting=queue.waiting, longest_seconds=queue.longest_seconds, soon_late=queue.soon_late
        ),
        periods={period: _period(figures) for period, figures in now.periods.items()},
        operators=[_operator(each) for each in now.operators],
        names={key: NameBody(name=each.name, formula=each.formula) for key, each in names.items()},
    )


def _period(figures: PeriodFigures) -> PeriodBody:
    return PeriodBody(
        since=figures.since,
        offered=figures.offered,
        service_level=_share(figures.service_level),
        reply_time=_share(figures.reply_time),
        speed_of_answer=_times(figures.speed_of_answer),
        abandonment=_share(figures.abandonment),
        promises_kept=_share(figures.promises_kept),
        handling_time=_times(figures.handling_time),
        open_to_close=_times(figures.open_to_close),
        done_by_bot=_share(figures.done_by_bot),
        topics=[TopicBody(topic=topic, count=count) for topic, count in figures.topics],
    )


def _share(share: Share) -> ShareBody:
    return ShareBody(value=share.value, part=share.part, whole=share.whole)


def _times(times: Times) -> TimesBody:
    return TimesBody(count=times.count, mean=times.mean, p50=times.p50, p90=times.p90)


def _operator(each: OperatorNow) -> OperatorBody:
    return OperatorBody(
        id=each.id, name=each.name, state=each.state, since=each.since, load=each.load, cap=each.cap
    )


def _episode(each: Episode) -> EpisodeBody:
    return EpisodeBody(
        conversation_id=each.conversation_id,
        queued_at=each.queued_at,
        reason=each.reason,
        topic=each.topic,
        operator_id=each.operator_id,
        wait_seconds=each.wait.total_seconds() if each.wait else None,
        end=each.end,
    )
