"""Stands before every route of the staff: the session's cookie, the page it comes from, the role's right."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from fastapi import Request, Response

from desk.access import sessions
from desk.access.audit import By
from desk.access.errors import Refused
from desk.access.roles import Relation, Right, has_right, relations
from desk.access.staff import Staff
from desk.database import Pool

CSRF_HEADER = "X-CSRF-Token"
_SAFE_METHODS = ("GET", "HEAD")


@dataclass(frozen=True)
class Actor:
    """Who makes this call."""

    staff: Staff
    token_hash: bytes
    address: str
    csrf: str

    @property
    def by(self) -> By:
        return By(self.staff.id, self.address)

    @property
    def session(self) -> str:
        """Tells the sessions of one account apart in the log, and opens none."""
        return self.token_hash.hex()[:12]

    def may(self, right: Right, relation: Relation) -> bool:
        """Whether the role may do this to a conversation that stands so to the caller."""
        return relation in relations(self.staff.role, right)

    def demand(self, right: Right, relation: Relation) -> None:
        """Raises Refused as if the object did not exist: that it does is nobody else's business."""
        if not self.may(right, relation):
            if self.may("conversation.view", relation):
                raise Refused(403, "no_right")
            raise Refused(404, "not_found")


class Gate:
    """Makes the dependencies of routes. `public_url` is the address that browsers see."""

    def __init__(
        self, pool: Pool, secret_key: str, public_url: str, secure: bool, clock: Callable[[], datetime]
    ) -> None:
        self._pool = pool
        self._key = hmac.digest(secret_key.encode(), b"desk staff csrf", hashlib.sha256)
        self._public = urlsplit(public_url).netloc
        self._secure = secure
        self._clock = clock
        # A `__Host-` cookie cannot be set by a neighbour domain, but needs TLS, which development has not.
        self.cookie = "__Host-maria-staff" if secure else "maria-staff"

    def require(self, right: Right, *, by_itself: bool = False) -> Callable[[Request], Awaitable[Actor]]:
        """A dependency: the caller, if the role has the right; raises Refused 401 or 403.

        What a window does `by_itself` tells nothing of its person, and does not keep the session open.
        """

        async def actor(request: Request) -> Actor:
            found = await self._actor(request, activity=not by_itself)
            if not has_right(found.staff.role, right):
                raise Refused(403, "no_right")
            return found

        return actor

    async def actor(self, request: Request) -> Actor:
        """The caller of an open session; a changing call must carry the session's CSRF token."""
        return await self._actor(request, activity=True)

    async def _actor(self, request: Request, activity: bool) -> Actor:
        self.check_page(request)
        token = request.cookies.get(self.cookie, "")
        if not token or len(token) > 100 or not token.isascii():
            raise Refused(401, "not_logged_in")
        async with self._pool.connection() as connection:
            session = await sessions.find(connection, token, self._clock(), activity=activity)
        if session is None:
            raise Refused(401, "not_logged_in")
        csrf = self.csrf_of(token)
        if request.method not in _SAFE_METHODS:
            given = request.headers.get(CSRF_HEADER, "")
            if not hmac.compare_digest(given.encode(), csrf.encode()):
                raise Refused(403, "foreign_page")
        return Actor(session.staff, session.token_hash, address_of(request), csrf)

    def check_page(self, request: Request) -> None:
        """Refuses what a page of another site sends: the browser itself says where it comes from."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Refused(403, "foreign_page")
        origin = request.headers.get("origin")
        ours = (request.headers.get("host"), self._public)
        if origin is not None and urlsplit(origin).netloc not in ours:
            raise Refused(403, "foreign_page")

    def csrf_of(self, token: str) -> str:
        """Belongs to one session and need not be stored."""
        digest = hmac.digest(self._key, token.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode()

    def give_cookie(self, response: Response, token: str) -> None:
        response.set_cookie(
            self.cookie,
            token,
            max_age=int(sessions.LONGEST.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )

    def take_cookie(self, response: Response) -> None:
        response.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="strict")


def address_of(request: Request) -> str:
    return request.client.host if request.client else "unknown"
