"""Patients who write through the desk's REST channel."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import yaml

from bench.figures import NotMeasured

TOKEN = "dev"
TIMEOUT_SECONDS = 30
DESK_TEXTS = Path("data/catalogue/desk_texts.yml")
_APOLOGIES = ("late", "storage_down", "too_many", "failed_")
_OFFER = re.compile(r"\d\d\.\d\d")


@dataclass(frozen=True)
class Said:
    """The whole answer to one message, and how long it took from sending to the last byte."""

    milliseconds: float
    replies: list[dict[str, Any]]

    @property
    def offers(self) -> int:
        """How many times can be chosen: buttons whose title begins with a date."""
        buttons = (button for reply in self.replies for button in reply.get("buttons") or [])
        return sum(bool(_OFFER.match(button["title"])) for button in buttons)


class Rest:
    """One trusted caller with a kept connection, speaking for many patients."""

    def __init__(self, desk: str) -> None:
        self._http = httpx.Client(
            base_url=desk,
            headers={"Authorization": f"Bearer {TOKEN}"},
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
        )
        self._apologies = _apologies()

    def __enter__(self) -> Rest:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def say(self, sender: str, message: str) -> Said:
        """Raises `NotMeasured` when the desk apologises instead of answering: that is fast, but no answer."""
        started = time.perf_counter()
        try:
            answer = self._http.post("/webhooks/rest/webhook", json={"sender": sender, "message": message})
        except httpx.HTTPError as error:
            raise NotMeasured(f"«{message}»: {type(error).__name__}") from error
        milliseconds = (time.perf_counter() - started) * 1000
        if answer.status_code != 200:
            raise NotMeasured(f"«{message}»: the desk answers {answer.status_code}")
        replies = answer.json()
        if not replies:
            raise NotMeasured(f"«{message}»: an empty answer")
        if any(str(reply.get("text", "")).startswith(self._apologies) for reply in replies):
            raise NotMeasured(f"«{message}»: the desk apologises")
        return Said(milliseconds, replies)


def new_sender() -> str:
    """A patient nobody has met."""
    return f"bench-{uuid.uuid4().hex}"


def _apologies() -> tuple[str, ...]:
    """The beginnings, up to the first value to be filled in, of what the desk says in place of an answer."""
    texts: Mapping[str, str] = yaml.safe_load(DESK_TEXTS.read_text(encoding="utf-8"))["texts"]
    return tuple(text.split("{")[0] for key, text in texts.items() if key.startswith(_APOLOGIES))
