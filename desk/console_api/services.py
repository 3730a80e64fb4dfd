"""`/api/services`: what a service costs and how to prepare for it, with sentences for the patient."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import structlog
from fastapi import APIRouter, Depends, Query
from fastapi import Path as PathParameter
from pydantic import BaseModel

from desk.access.errors import Refused, staff_router
from desk.access.gate import Actor, Gate
from desk.access.texts import StaffTexts
from desk.appointments import Choice
from desk.price_words import PriceWords
from desk.prices import Preparation, PriceList, Prices

log = structlog.get_logger(__name__)

# The patient waits for the operator, who waits for this; a part that is not there by then is left out.
PATIENCE = 6.0
_ID = r"^[\w-]+$"
_Id = Annotated[str | None, Query(max_length=100, pattern=_ID)]

T = TypeVar("T")


class ServiceBody(BaseModel):
    """`prices` is null when nobody answered. The words are ready to be sent; null when there is nothing sure
    to say."""

    id: str
    name: str
    prices: Prices | None
    preparation: Preparation
    price_words: str | None
    preparation_words: str | None


def services_router(
    gate: Gate, texts: StaffTexts, words: PriceWords, prices: PriceList | None, patience: float = PATIENCE
) -> APIRouter:
    """The routes; without `prices` (no clinic behind this desk) they answer 503. `patience` in seconds."""
    router = staff_router("/api/services", texts)
    lists = Depends(gate.require("conversations.list"))

    def clinic() -> PriceList:
        if prices is None:
            raise Refused(503, "no_clinic")
        return prices

    async def in_time(call: Callable[..., T], *values: object) -> T | None:
        answer: Awaitable[T] = asyncio.to_thread(call, *values)
        try:
            return await asyncio.wait_for(answer, patience)
        except TimeoutError:
            log.warning("services.too_slow", call=call.__name__)
            return None

    @router.get("")
    async def services(
        text: Annotated[str, Query(min_length=1, max_length=100)], _actor: Actor = lists
    ) -> Sequence[Choice]:
        """Services for some words, the likeliest first."""
        return await asyncio.to_thread(clinic().find, text)

    @router.get("/{service_id}")
    async def service(
        service_id: Annotated[str, PathParameter(max_length=100, pattern=_ID)],
        branch: _Id = None,
        region: _Id = None,
        _actor: Actor = lists,
    ) -> ServiceBody:
        """A service at a branch, in a region or in the whole network."""
        found = clinic().service(service_id)
        if found is None:
            raise Refused(404, "not_found")
        told, how = await asyncio.gather(
            in_time(clinic().prices, service_id, branch, region),
            in_time(clinic().preparation, service_id),
        )
        preparation = how or Preparation("silent")
        return ServiceBody(
            id=found.id,
            name=found.name,
            prices=told,
            preparation=preparation,
            price_words=words.of_prices(found.name, told) if told else None,
            preparation_words=words.of_preparation(found.name, preparation),
        )

    return router
