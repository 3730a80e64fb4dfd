"""The habits of the wire, shared by all patterns.

The service turns an XML tree to JSON: every value is a string, no children is `""`, one child is an object
and not a list. Errors are sentences with any status. Moments are the branch's wall clock without a zone.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

from starlette.responses import Response

EMPTY_ID = "00000000-0000-0000-0000-000000000000"

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?))?")
_RUSSIAN = re.compile(r"(\d{2})[./-](\d{2})[./-](\d{4})(?: (\d{1,2}:\d{2}(?::\d{2})?))?")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")


class Bare(Exception):
    """The answer is a sentence and nothing else."""

    def __init__(self, text: str, status: int = 200) -> None:
        super().__init__(text)
        self.text, self.status = text, status


class Failure(Exception):
    """`Результат` is "false" and `ОписаниеОшибки` says this."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def answer(fields: object) -> dict[str, object]:
    return {"Ответ": fields}


def result(done: bool, error: str = "", **fields: str) -> dict[str, object]:
    """The answer to a write."""
    return answer({"Результат": str(done).lower(), "ОписаниеОшибки": error, **fields})


def rows(name: str, found: Sequence[object], **more: object) -> dict[str, object]:
    """The answer to a read: `{"Ответ": {}}` when nothing was found."""
    return answer({**({name: collapse(found)} if found else {}), **more})


def collapse(children: Sequence[object]) -> object:
    """What the converter makes of a list: `""`, the only child, or the list."""
    if not children:
        return ""
    return children[0] if len(children) == 1 else children


def length(minutes: int | None) -> str:
    """A length as a time of the year 1; the year 1 alone is "not set"."""
    return f"0001-01-01T{(minutes or 0) // 60:02}:{(minutes or 0) % 60:02}:00"


def read_moment(written: str) -> datetime | None:
    """A date, a time of day (on the year 1) or both, in any spelling the service takes; else `None`."""
    written = written.strip().removesuffix("Z")
    try:
        if found := _ISO.fullmatch(written):
            year, month, on, clock = found.groups()
        elif found := _RUSSIAN.fullmatch(written):
            on, month, year, clock = found.groups()
        elif _CLOCK.fullmatch(written):
            year, month, on, clock = "1", "1", "1", written
        else:
            return None
        hours = time.fromisoformat(clock.zfill(5 if clock.count(":") == 1 else 8)) if clock else time()
        return datetime.combine(date(int(year), int(month), int(on)), hours)
    except ValueError:
        return None


class Body:
    """The fields of a request. `Params` may be nested or spread over the body."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        nested = fields.get("Params")
        self._fields = {**fields, **(nested if isinstance(nested, Mapping) else {})}

    def text(self, name: str) -> str:
        value = self._fields.get(name)
        return "" if value is None else str(value).strip()

    def has(self, name: str) -> bool:
        return name in self._fields

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "истина", "1")

    def ids(self, name: str) -> list[str]:
        """A list of ids: `;` between them, spaces tolerated, or a JSON list."""
        value = self._fields.get(name)
        parts = value if isinstance(value, list) else re.split(r"[;,\s]+", self.text(name))
        return [str(part).strip().lower() for part in parts if str(part).strip()]

    def minutes(self, name: str) -> int | None:
        """A length: a time of the year 1, or a number of seconds from 300 up, of minutes below."""
        written = self.text(name)
        if written.isdigit():
            number = int(written)
            return (number // 60 if number >= 300 else number) or None
        at = read_moment(written)
        return None if at is None else at.hour * 60 + at.minute or None


def respond(value: object, status: int, about: str) -> Response:
    """`value` in bytes. Content type and byte order mark differ from one (branch, pattern) to another."""
    if isinstance(value, str):
        return Response(value.encode(), status, media_type="text/plain; charset=utf-8")
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    habit = zlib.crc32(about.encode()) % 4
    media = ("application/json; charset=utf-8", "application/json", "text/plain; charset=utf-8", "text/html")
    return Response(b"\xef\xbb\xbf" + body if habit % 2 else body, status, media_type=media[habit])
