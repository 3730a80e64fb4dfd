"""One turn of the dialogue, asked from Rasa over its desk channel."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

# In `unreachable` and `actions_unavailable` nothing was booked; in `unknown` and `timeout` nobody can tell.
FailureReason = Literal["unreachable", "actions_unavailable", "unknown", "timeout"]


class RasaFailure(Exception):
    """Rasa gave no usable answer; `reason` says which words the patient gets."""

    def __init__(self, reason: FailureReason) -> None:
        super().__init__(reason)
        self.reason: FailureReason = reason


@dataclass(frozen=True)
class TurnRequest:
    """What the dialogue needs to know about one message; a repeated `turn_id` is never run twice."""

    turn_id: UUID
    sender_id: str
    text: str
    payload: Mapping[str, Any] | None
    metadata: Mapping[str, Any] = field(default_factory=dict)


class RasaButton(BaseModel):
    title: str
    payload: str


class RasaMessage(BaseModel):
    """One bubble of the bot's answer."""

    text: str | None = None
    buttons: list[RasaButton] = []
    image: str | None = None
    custom: Any = None

    @property
    def visible(self) -> bool:
        return bool((self.text and self.text.strip()) or self.buttons or self.image or self.custom)


# An intent that every Rasa model has.
_RESTART = "restart"
_MESSAGES = TypeAdapter(list[RasaMessage])


class RasaClient:
    """Pooled HTTP connections to the channel `desk` inside Rasa."""

    def __init__(self, base_url: str, secret: str, give_up: float) -> None:
        self._give_up = give_up
        self._http = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {secret}"},
            timeout=httpx.Timeout(give_up, connect=2.0),
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20),
            trust_env=False,
        )

    async def turn(self, request: TurnRequest) -> tuple[RasaMessage, ...]:
        """At least one visible message; raises RasaFailure after `give_up` seconds at the latest."""
        body = {
            "turn_id": str(request.turn_id),
            "sender_id": request.sender_id,
            "text": request.text,
            "payload": request.payload,
            "metadata": dict(request.metadata),
        }
        try:
            async with asyncio.timeout(self._give_up):
                response = await self._http.post("/webhooks/desk/turn", json=body)
        except (TimeoutError, httpx.ReadTimeout):
            raise RasaFailure("timeout") from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise RasaFailure("unreachable") from None
        except httpx.HTTPError:
            raise RasaFailure("unknown") from None
        if response.status_code == 503:
            no_actions = _error_of(response) == "actions_unavailable"
            raise RasaFailure("actions_unavailable" if no_actions else "unreachable")
        if response.status_code in (401, 422):
            raise RasaFailure("unreachable")
        if response.status_code != 200:
            raise RasaFailure("unknown")
        try:
            messages = _MESSAGES.validate_python(response.json()["messages"])
        except (ValueError, KeyError, TypeError, ValidationError):
            raise RasaFailure("unknown") from None
        visible = tuple(message for message in messages if message.visible)
        if not visible:
            raise RasaFailure("unknown")
        return visible

    async def reset(self, turn_id: UUID, sender_id: str) -> None:
        """Makes the dialogue forget what it was doing: no form, no slots. Raises RasaFailure.

        Rasa restarts a conversation without a word, which its channel reports as an empty reply.
        """
        body = {
            "turn_id": str(turn_id),
            "sender_id": sender_id,
            "text": _RESTART,
            "payload": {"intent": _RESTART, "entities": {}},
            "metadata": {},
        }
        try:
            async with asyncio.timeout(self._give_up):
                response = await self._http.post("/webhooks/desk/turn", json=body)
        except (TimeoutError, httpx.HTTPError):
            raise RasaFailure("unreachable") from None
        if response.status_code == 500 and _error_of(response) == "empty_reply":
            return
        if response.status_code != 200:
            raise RasaFailure("unreachable")

    async def ready(self) -> bool:
        """Whether Rasa has its model loaded."""
        try:
            response = await self._http.get("/webhooks/desk/", timeout=2.0)
        except httpx.HTTPError:
            return False
        return response.status_code == 200

    async def close(self) -> None:
        await self._http.aclose()


def parse_payload(payload: str, title: str) -> dict[str, Any]:
    """What a button means: `{"intent", "entities"}`, or `{"text"}` for a payload that is plain words."""
    if not payload.startswith("/"):
        return {"text": payload or title}
    intent, brace, rest = payload[1:].partition("{")
    if not brace:
        return {"intent": intent.strip(), "entities": {}}
    try:
        entities = json.loads(brace + rest)
    except ValueError:
        return {"text": title}
    return {"intent": intent.strip(), "entities": entities}


def _error_of(response: httpx.Response) -> str | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body.get("error") if isinstance(body, dict) else None
