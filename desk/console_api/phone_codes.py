"""`/api/conversations/{id}/phone-code`: the conversation's owner has a code sent and checks it.

Phones and codes never come into the log.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, StringConstraints

from desk.access import audit
from desk.access.errors import Refused, staff_router
from desk.access.gate import Actor, Gate
from desk.access.texts import StaffTextKey, StaffTexts
from desk.console_api import reading
from desk.database import Pool
from desk.phone_codes import CodeAsked, CodeChecked, PhoneCodes


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Phone(_Body):
    phone: Annotated[str, StringConstraints(min_length=1, max_length=30)]


class Code(_Body):
    code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]


@dataclass(frozen=True)
class AskedBody(CodeAsked):
    """`message` says it to the operator."""

    message: str = field(kw_only=True)


@dataclass(frozen=True)
class CheckedBody(CodeChecked):
    """`message` says it to the operator."""

    message: str = field(kw_only=True)


def phone_codes_router(pool: Pool, gate: Gate, texts: StaffTexts, codes: PhoneCodes | None) -> APIRouter:
    """The routes; without `codes` (no clinic behind this desk) they answer 503."""
    router = staff_router("/api/conversations/{conversation_id}/phone-code", texts)
    changes = Depends(gate.require("visits.change"))

    async def sender_of(actor: Actor, conversation_id: UUID) -> str:
        async with pool.connection() as connection:
            row = await reading.one(connection, actor.staff.id, conversation_id)
        if row is None:
            raise Refused(404, "not_found")
        actor.demand("visits.change", row.relation_to(actor.staff.id))
        return row.rasa_sender

    async def log(actor: Actor, conversation_id: UUID, action: str, outcome: str) -> None:
        async with pool.connection() as connection:
            details = {"outcome": outcome}
            await audit.write(connection, actor.by, action, "conversation", conversation_id, details)

    def behind() -> PhoneCodes:
        if codes is None:
            raise Refused(503, "no_clinic")
        return codes

    @router.post("")
    async def send(conversation_id: UUID, body: Phone, actor: Actor = changes) -> AskedBody:
        """A code to the phone that the patient has named."""
        sender = await sender_of(actor, conversation_id)
        asked = await asyncio.to_thread(behind().send, sender, body.phone)
        await log(actor, conversation_id, "phone_code.send", asked.outcome)
        key: StaffTextKey = f"code_{asked.outcome}"  # type: ignore[assignment]  # every outcome has its text
        return AskedBody(**vars(asked), message=texts[key])

    @router.post("/check")
    async def check(conversation_id: UUID, body: Code, actor: Actor = changes) -> CheckedBody:
        """The code that the patient has read out; the right one opens their visits to the owner."""
        sender = await sender_of(actor, conversation_id)
        checked = await asyncio.to_thread(behind().check, sender, body.code)
        await log(actor, conversation_id, "phone_code.check", checked.outcome)
        key: StaffTextKey = f"code_{checked.outcome}"  # type: ignore[assignment]  # every outcome has its text
        return CheckedBody(**vars(checked), message=texts[key])

    return router
