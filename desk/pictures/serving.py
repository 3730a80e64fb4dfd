"""The answer that carries a picture: personal health data, shown to one reader and kept nowhere."""

from __future__ import annotations

from typing import Any

from fastapi import Response

from desk.pictures.cleaning import MEDIA_TYPE

_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Disposition": 'inline; filename="photo.jpg"',
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# For the OpenAPI of routes that give a picture.
RESPONSES: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPE: {}}, "description": "JPEG"}}


class PictureResponse(Response):
    """A JPEG with the headers that it needs."""

    media_type = MEDIA_TYPE

    def __init__(self, jpeg: bytes, status_code: int = 200) -> None:
        super().__init__(jpeg, status_code, _HEADERS)
