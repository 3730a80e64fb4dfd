"""Calls to a base of BIT.UMC, in either of its dialects: what its answers to reads and writes mean."""

from __future__ import annotations

from collections.abc import Mapping

from requests.auth import HTTPBasicAuth

from mis.calls import GATEWAY, Calls, OnCall, Received, Request, Timeouts
from mis.guard import Guard
from mis.port import MisRefused, MisUnavailable, OutcomeUnknown
from mis.umc_dialects import Dialect
from mis.umc_wire import describe, is_russian, symptom

_NOT_SERVED = frozenset({401, 403, 404, 405, 429})


class UmcTransport:
    """A base of BIT.UMC. Thread-safe; holds at most `pool` idle connections."""

    def __init__(
        self,
        url: str,
        user: str,
        password: str,
        dialect: Dialect,
        timeouts: Timeouts,
        *,
        ca_file: str | None = None,
        pool: int = 32,
        on_call: OnCall | None = None,
        guard: Guard | None = None,
    ) -> None:
        self._url = url.rstrip("/")
        self._dialect = dialect
        # Users of 1C have Cyrillic names, which requests cannot encode by itself.
        auth = HTTPBasicAuth(user.encode(), password.encode())
        self._calls = Calls(timeouts, auth=auth, ca_file=ca_file, pool=pool, on_call=on_call, guard=guard)

    def close(self) -> None:
        """Close all pooled connections."""
        self._calls.close()

    def read(
        self, pattern: str, branch_id: str, body: Mapping[str, object], *, directory: bool = False
    ) -> object:
        """The decoded answer of a read, or 1C's words as a string; a directory may take its time.

        Raises `MisUnavailable`.
        """

        def call() -> object:
            request = self._request(pattern, branch_id, body)
            status, answer = self._calls.read(request, self._understand, self._is_broken, directory=directory)
            if status == 200 or (status in (400, 500) and is_russian(answer)):
                return answer
            raise MisUnavailable(f"{status}, {describe(answer)}", status=status, symptom=symptom(answer))

        return self._calls.told(_operation(pattern, body), branch_id, call)

    def write(self, pattern: str, branch_id: str, body: Mapping[str, object]) -> object:
        """The decoded answer of a write that was answered with 200.

        Raises `MisUnavailable` (not done), `MisRefused` (not done) or `OutcomeUnknown`.
        """

        def call() -> object:
            status, answer = self._calls.write(self._request(pattern, branch_id, body), self._understand)
            if status == 200:
                return answer
            if status in _NOT_SERVED or 300 <= status < 400:
                raise MisUnavailable(f"{status}, {describe(answer)}")
            if 400 <= status < 500 or (status == 500 and is_russian(answer)):
                raise MisRefused(f"{status}, {describe(answer)}")
            raise OutcomeUnknown(f"{status}, {describe(answer)}")

        return self._calls.told(_operation(pattern, body), branch_id, call)

    def _request(self, pattern: str, branch_id: str, body: Mapping[str, object]) -> Request:
        asked = self._dialect.ask(pattern, branch_id, body)
        return Request("POST", self._url + asked.path, asked.headers, asked.data)

    def _understand(self, received: Received) -> tuple[int, object]:
        return received.status, self._dialect.answer(received.body)

    def _is_broken(self, answered: tuple[int, object]) -> bool:
        status, answer = answered
        return status in GATEWAY or (status == 200 and not self._dialect.is_umc(answer))


def _operation(pattern: str, body: Mapping[str, object]) -> str:
    return f"{pattern}.{body['Method']}" if "Method" in body else pattern
