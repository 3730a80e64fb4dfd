"""How a refusal looks on the staff's side: `{"error": code, "message": Russian words}`, never an echo."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from desk.access.texts import StaffTextKey, StaffTexts
from desk.database import STORAGE_ERRORS

log = structlog.get_logger(__name__)


class Refused(Exception):
    """A call that is not done; `values` fill the text."""

    def __init__(self, status: int, error: StaffTextKey, **values: object) -> None:
        super().__init__(error)
        self.status = status
        self.error: StaffTextKey = error
        self.values = values


class RefusalBody(BaseModel):
    """What every refusal and fault looks like; `fields` names those of an invalid call."""

    error: str
    message: str
    fields: list[str] = []


_STATUSES = (401, 403, 404, 409, 422, 429, 503)


def staff_router(prefix: str, texts: StaffTexts) -> APIRouter:
    """An empty router for the staff: refusals and faults in words, nothing is cached."""
    responses: dict[int | str, dict[str, Any]] = {status: {"model": RefusalBody} for status in _STATUSES}
    return APIRouter(prefix=prefix, route_class=_staff_route(texts), responses=responses)


def _staff_route(texts: StaffTexts) -> type[APIRoute]:
    class StaffRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            handle = super().get_route_handler()

            async def handled(request: Request) -> Response:
                try:
                    response = await handle(request)
                except Refused as refused:
                    message = texts[refused.error].format_map(refused.values)
                    response = JSONResponse({"error": refused.error, "message": message}, refused.status)
                except RequestValidationError as invalid:
                    # Where, but not what: a password must not come back in an answer or in a log.
                    fields = sorted({str(error["loc"][-1]) for error in invalid.errors()})
                    body = {"error": "invalid", "message": texts["invalid"], "fields": fields}
                    response = JSONResponse(body, 422)
                except HTTPException as unread:
                    # FastAPI raises it for a body that is no text at all.
                    if unread.status_code != 400:
                        raise
                    body = {"error": "invalid", "message": texts["invalid"], "fields": ["body"]}
                    response = JSONResponse(body, 422)
                except STORAGE_ERRORS:
                    log.error("staff.storage_lost", path=self.path, exc_info=True)
                    body = {"error": "storage_down", "message": texts["storage_down"]}
                    response = JSONResponse(body, 503)
                response.headers.setdefault("Cache-Control", "no-store")
                return response

            return handled

    return StaffRoute
