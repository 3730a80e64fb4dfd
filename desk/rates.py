"""Limits on how often one conversation or one address may write, kept in this process."""

from __future__ import annotations

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter


class Rates:
    """Moving windows for messages of a conversation, messages of an address, new sessions of an address,
    requests from the site of an address and for a phone, pictures of a conversation and of an address."""

    def __init__(self, message: str, address: str, session: str, request: str, picture: str) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._message, self._address, self._session = parse(message), parse(address), parse(session)
        self._request, self._picture = parse(request), parse(picture)

    def message_allowed(self, conversation: str, address: str | None) -> bool:
        """Counts one message; `address` is None for trusted systems that speak for many patients."""
        own = self._limiter.hit(self._message, "message", conversation)
        return own and (address is None or self._limiter.hit(self._address, "address", address))

    def picture_allowed(self, conversation: str, address: str) -> bool:
        """Counts one picture; an address, behind which many may stand, has ten times the limit."""
        own = self._limiter.hit(self._picture, "picture", conversation)
        shared = type(self._picture)(10 * self._picture.amount, self._picture.multiples)
        return own and self._limiter.hit(shared, "pictures", address)

    def session_allowed(self, address: str) -> bool:
        """Counts one new session."""
        return self._limiter.hit(self._session, "session", address)

    def request_allowed(self, address: str, phone: str) -> bool:
        """Counts one request from the site."""
        own = self._limiter.hit(self._request, "request", address)
        return own and self._limiter.hit(self._request, "request for", phone)
