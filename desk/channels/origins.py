"""Which web pages may talk to the desk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit


class OriginCheck:
    """The listed origins and always the desk's own; a client without an origin is no browser page."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self.origins = origins

    def allowed(self, origin: str | None, environ: Mapping[str, Any]) -> bool:
        """Engine.IO's question at each connection."""
        if origin is None or origin.rstrip("/") in self.origins:
            return True
        hosts = {environ.get("HTTP_HOST"), environ.get("HTTP_X_FORWARDED_HOST")}
        return urlsplit(origin).netloc in hosts
