"""`/api/conversations/…/pictures/…`: a patient's picture for whoever may see its conversation."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from desk.access import audit
from desk.access.errors import Refused, staff_router
from desk.access.gate import Actor, Gate
from desk.access.texts import StaffTexts
from desk.console_api import reading
from desk.console_api.reading import may_see
from desk.database import Pool
from desk.pictures import store
from desk.pictures.serving import RESPONSES, PictureResponse
from desk.pictures.store import Size

# A window that shows the thread again leaves a line so often, not at every look.
_VIEW_LASTS = timedelta(minutes=15)


def pictures_router(pool: Pool, gate: Gate, staff_texts: StaffTexts) -> APIRouter:
    """The picture itself and its thumbnail."""
    router = staff_router("/api/conversations", staff_texts)
    may_view = gate.require("conversation.view")
    may_read_on = gate.require("conversation.view", by_itself=True)

    async def looks(request: Request) -> Actor:
        # The window fetches thumbnails by itself as the patient sends them.
        by_itself = request.query_params.get("size") == "thumbnail"
        return await (may_read_on if by_itself else may_view)(request)

    lookers = Depends(looks)

    @router.get("/{conversation_id}/pictures/{picture_id}", response_class=Response, responses=RESPONSES)
    async def picture(
        conversation_id: UUID, picture_id: UUID, size: Size = "full", actor: Actor = lookers
    ) -> Response:
        """The JPEG; each size of it that is looked at is logged."""
        async with pool.connection() as connection, connection.transaction():
            row = await reading.one(connection, actor.staff.id, conversation_id)
            if row is None or not may_see(actor, row):
                raise Refused(404, "not_found")
            jpeg = await store.read(connection, conversation_id, picture_id, size)
            if jpeg is None:
                raise Refused(404, "not_found")
            details = {"session": actor.session, "conversation": str(conversation_id), "size": size}
            await audit.write_unless_lately(
                connection, actor.by, "picture.view", "picture", picture_id, details, within=_VIEW_LASTS
            )
        return PictureResponse(jpeg)

    return router
