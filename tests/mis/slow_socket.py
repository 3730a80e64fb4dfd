"""A network in which time passes only as a test says: answers come in pieces, each after its seconds."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pytest


class Timer:
    """Seconds that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class _Pieces(io.RawIOBase):
    def __init__(self, sock: SlowSocket) -> None:
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._sock.receive(buffer)


class SlowSocket:
    """Gives one piece of the answer to each read, and waits for it no longer than its timeout allows."""

    def __init__(self, timer: Timer, pieces: Sequence[tuple[float, bytes]]) -> None:
        self._timer = timer
        self._pieces = list(pieces)
        self._timeout: float | None = None
        self.timeouts: list[float | None] = []
        self.sent = b""

    def settimeout(self, seconds: float | None) -> None:
        self._timeout = seconds
        self.timeouts.append(seconds)

    def gettimeout(self) -> float | None:
        return self._timeout

    def sendall(self, data: bytes) -> None:
        self.sent += data

    def makefile(self, _mode: str, buffering: int = -1) -> io.IOBase:
        return _Pieces(self) if buffering == 0 else io.BufferedReader(_Pieces(self))

    def shutdown(self, _how: int) -> None:
        pass

    def close(self) -> None:
        pass

    def receive(self, buffer: Any) -> int:
        seconds, piece = self._pieces.pop(0) if self._pieces else (3600.0, b"")
        if self._timeout is not None and seconds > self._timeout:
            self._timer.now += self._timeout
            raise TimeoutError("timed out")
        self._timer.now += seconds
        buffer[: len(piece)] = piece
        return len(piece)


def connect_to(
    sock: SlowSocket, monkeypatch: pytest.MonkeyPatch, timer: Timer, connecting: float = 0.0
) -> None:
    """Every connection is `sock` from now on, and takes `connecting` seconds to open."""

    def create_connection(*_args: Any, timeout: Any = None, **_kwargs: Any) -> SlowSocket:
        timer.now += connecting
        return sock

    monkeypatch.setattr("urllib3.util.connection.create_connection", create_connection)
