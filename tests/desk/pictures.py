"""Pictures for tests: drawn here, sent as the web chat sends them, or put into a conversation."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import httpx
from PIL import Image

from desk import outbox
from desk.database import Connection
from desk.outbox import Draft
from desk.pictures import store
from desk.pictures.cleaning import clean


def photo(form: str = "JPEG", size: tuple[int, int] = (320, 240), **options: Any) -> bytes:
    """A picture with something in it."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    out = BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


async def upload(
    url: str, session_id: str | None, data: bytes, client_msg_id: str = "", **headers: str
) -> httpx.Response:
    """Sends a picture as a browser does."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
        return await http.post(
            "/pictures",
            params={"client_msg_id": client_msg_id or uuid4().hex},
            content=data,
            headers={"Authorization": f"Bearer {session_id}", **headers},
        )


async def put_picture(connection: Connection, conversation_id: UUID) -> UUID:
    """A picture that the patient of this conversation has sent."""
    picture = clean(photo(), uuid4())
    about = {"id": str(picture.id), "width": picture.width, "height": picture.height}
    draft = Draft("[фото]", "patient", "picture", extra={"picture": about})
    async with connection.transaction():
        (seq,) = await outbox.add(connection, conversation_id, [draft], None)
        await store.add(connection, conversation_id, seq, picture)
    return picture.id
