"""Session ids of the web chat: 128 random bits, signed, so that nobody can make one up."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets


class SessionSigner:
    """Issues and checks ids of the form `<random>.<signature>`."""

    def __init__(self, secret_key: str) -> None:
        # A key of its own: a signature made for another purpose never opens a session.
        self._key = hmac.digest(secret_key.encode(), b"desk session id", hashlib.sha256)

    def new(self) -> str:
        """The bare random part, which names the conversation in the database."""
        return secrets.token_urlsafe(16)

    def sign(self, bare: str) -> str:
        """The id that the browser keeps."""
        digest = hmac.digest(self._key, bare.encode(), hashlib.sha256)
        return f"{bare}.{base64.urlsafe_b64encode(digest[:24]).decode()}"

    def verify(self, session_id: object) -> str | None:
        """The bare part of an id that this desk signed, else None."""
        if not isinstance(session_id, str) or len(session_id) > 200 or not session_id.isascii():
            return None
        bare, dot, _ = session_id.partition(".")
        if not (bare and dot) or not hmac.compare_digest(self.sign(bare), session_id):
            return None
        return bare
