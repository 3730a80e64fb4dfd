"""What changes, pushed to the windows that may see it: Server-Sent Events.

An event says that a conversation is not as it was, by its `version`, `last_seq` and `changed`, which only
grow; the window reads what it has not got. So a missed or repeated event costs nothing, and after a break the
list that every stream begins with is enough to catch up.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from pydantic import TypeAdapter

from desk.access.errors import Refused, staff_router
from desk.access.gate import Actor, Gate
from desk.access.texts import StaffTexts
from desk.console_api import reading
from desk.console_api.bodies import ConversationBody, conversation_body
from desk.console_api.reading import Row, may_see
from desk.database import STORAGE_ERRORS, Connection, Pool
from desk.routing import presence

log = structlog.get_logger(__name__)

# Proxies close silent streams. As often it is asked whether the session still stands.
BEAT_SECONDS = 15.0
# So many changes unread and the stream begins anew with the whole list.
_MOST_UNREAD = 1000
# Conversations whose last state is kept for the windows that have not read it yet.
_MOST_KNOWN = 5000
_BODY = TypeAdapter(ConversationBody)
_PEOPLE: Literal["people"] = "people"
_ALL: Literal["all"] = "all"


@dataclass(frozen=True)
class _Signal:
    """The patient of the conversation is writing, or has got what an operator wrote."""

    kind: Literal["writing", "delivered"]
    conversation_id: UUID


_Change = UUID | _Signal | Literal["people", "all"]


class Feed:
    """The streams of this process. The listener's handlers are `conversation`, `patient_writes`,
    `delivered`, `people`, `sessions` and `everything`. `monotonic` gives seconds."""

    def __init__(self, pool: Pool, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._pool = pool
        self._monotonic = monotonic
        self._streams: set[_Stream] = set()
        self._rows = _Rows(pool)

    def conversation(self, conversation_id: UUID) -> None:
        """Something was said in it or it changed hands."""
        self._rows.changed(conversation_id)
        self._tell(conversation_id)

    def patient_writes(self, conversation_id: UUID) -> None:
        """The patient is writing just now."""
        self._tell(_Signal("writing", conversation_id))

    def delivered(self, conversation_id: UUID) -> None:
        """The patient's side has got words of an operator."""
        self._tell(_Signal("delivered", conversation_id))

    def people(self) -> None:
        """Somebody of the staff came or went."""
        self._tell(_PEOPLE)

    def sessions(self, staff_id: int) -> None:
        """Sessions of this account were ended: its streams ask at once whether theirs is among them."""
        for stream in self._streams:
            if stream.actor.staff.id == staff_id:
                stream.doubt()

    def everything(self) -> None:
        """Changes may have been missed."""
        self._rows.forget()
        for stream in self._streams:
            stream.doubt()
        self._tell(_ALL)

    def close(self) -> None:
        """Ends all streams; their windows come back to whichever desk answers."""
        for stream in self._streams:
            stream.end()

    def _tell(self, change: _Change) -> None:
        for stream in self._streams:
            stream.note(change)

    async def events(self, actor: Actor, again: Callable[[], Awaitable[Actor | None]]) -> AsyncIterator[str]:
        """The stream of one window; `again` gives its person as of now, None once the session has ended."""
        stream = _Stream(self._pool, self._rows, actor)
        self._streams.add(stream)
        proved = self._monotonic()
        try:
            stream.note(_ALL)
            while not stream.ended:
                try:
                    changes = await stream.wait(BEAT_SECONDS)
                    if stream.ended:
                        return
                    # By the clock: in a busy clinic there is always something to tell.
                    if not changes or stream.doubted or self._monotonic() - proved >= BEAT_SECONDS:
                        stream.doubted = False
                        now = await again()
                        if now is None:
                            yield _event("ended", {})
                            return
                        stream.actor, proved = now, self._monotonic()
                    for text in await stream.describe(changes):
                        yield text
                    if not changes:
                        yield ": beat\n\n"
                except STORAGE_ERRORS:
                    log.warning("feed.storage_lost")
                    stream.doubt()
                    stream.note(_ALL)
                    await asyncio.sleep(1)
        finally:
            self._streams.discard(stream)


class _Rows:
    """Conversations as they are now, each change read once for all windows of this process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        # A number that no other change has ever had: what was read before it is never taken for it.
        self._changes: dict[UUID, int] = {}
        self._numbers = itertools.count(1)
        self._known: dict[UUID, tuple[int, Row]] = {}
        self._reading = asyncio.Lock()

    def changed(self, conversation_id: UUID) -> None:
        """Call it after the change was committed."""
        # The newest last: the oldest are forgotten first.
        self._changes.pop(conversation_id, None)
        self._changes[conversation_id] = next(self._numbers)
        if len(self._changes) > _MOST_KNOWN:
            oldest = next(iter(self._changes))
            del self._changes[oldest]
            self._known.pop(oldest, None)

    def forget(self) -> None:
        """What is known may be old."""
        self._changes.clear()
        self._known.clear()

    async def of(self, ids: Sequence[UUID]) -> list[Row]:
        """Those that exist. Raises psycopg.Error."""
        async with self._reading:
            # A change that comes while they are read has another number and is read with the next call.
            now = {each: self._changes.get(each) for each in ids}
            rows = {
                each: self._known[each][1]
                for each in ids
                if each in self._known and self._known[each][0] == now[each]
            }
            if old := [each for each in ids if each not in rows]:
                async with self._pool.connection() as connection:
                    for row in await reading.some(connection, old):
                        rows[row.id] = row
                        if (number := now[row.id]) is not None:
                            self._known[row.id] = (number, row)
        return [rows[each] for each in ids if each in rows]


class _Stream:
    """One window: what has changed and was not told yet, and what it was told to be there."""

    def __init__(self, pool: Pool, rows: _Rows, actor: Actor) -> None:
        self._pool = pool
        self._rows = rows
        self.actor = actor
        self._unread: dict[_Change, None] = {}
        self._woken = asyncio.Event()
        self.ended = False
        # The session was proved before the stream could hear of its end.
        self.doubted = True
        self._shown: set[UUID] = set()

    def note(self, change: _Change) -> None:
        if change == _ALL or len(self._unread) >= _MOST_UNREAD:
            self._unread = {_ALL: None}
        else:
            self._unread[change] = None
        self._woken.set()

    def doubt(self) -> None:
        """Nothing more is told before it is asked whether the session still stands."""
        self.doubted = True
        self._woken.set()

    def end(self) -> None:
        self.ended = True
        self._woken.set()

    async def wait(self, seconds: float) -> list[_Change]:
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except TimeoutError:
            return []
        self._woken.clear()
        changes, self._unread = list(self._unread), {}
        return changes

    async def describe(self, changes: Iterable[_Change]) -> list[str]:
        changed = list(changes)
        # What has been written meanwhile comes after it.
        told = [
            _event(each.kind, {"id": str(each.conversation_id)})
            for each in changed
            if isinstance(each, _Signal) and each.conversation_id in self._shown
        ]
        ids = [each for each in changed if isinstance(each, UUID)]
        if ids and _ALL not in changed:
            told += [text for row in await self._rows.of(ids) if (text := self._change(row))]
        if _PEOPLE not in changed and _ALL not in changed:
            return told
        async with self._pool.connection() as connection:
            if _ALL in changed:
                rows = await self._everything(connection)
                self._shown = {row.id for row in rows}
                told.append(_event("all", {"conversations": [self._row(row) for row in rows]}))
            people = await presence.everybody(connection)
            told.append(_event("people", {"people": [_person(each) for each in people]}))
        return told

    async def _everything(self, connection: Connection) -> list[Row]:
        me = self.actor.staff.id
        rows = [*await reading.mine(connection, me), *await reading.waiting(connection)]
        if self.actor.may("conversations.list", "other"):
            rows += [row for row in await reading.with_people(connection) if row.operator_id != me]
        return rows

    def _change(self, row: Row) -> str | None:
        live = row.owner in ("queue", "operator")
        if live and self.actor.may("conversations.list", row.relation_to(self.actor.staff.id)):
            self._shown.add(row.id)
            return _event("conversation", self._row(row))
        # It went to somebody else or to nobody: the window takes it from its lists.
        if row.id in self._shown:
            self._shown.discard(row.id)
            return _event("gone", self._row(row) if may_see(self.actor, row) else {"id": str(row.id)})
        return None

    def _row(self, row: Row) -> dict[str, Any]:
        told: dict[str, Any] = _BODY.dump_python(conversation_body(row, self.actor.staff.id), mode="json")
        return told


def _person(each: presence.Presence) -> dict[str, Any]:
    return {"id": each.staff_id, "name": each.name, "role": each.role, "state": each.state}


def _event(kind: str, data: dict[str, Any]) -> str:
    return f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def feed_router(feed: Feed, gate: Gate, texts: StaffTexts) -> APIRouter:
    """`GET /api/events`."""
    router = staff_router("/api", texts)
    may_list = gate.require("conversations.list", by_itself=True)
    lists = Depends(may_list)

    @router.get("/events")
    async def events(request: Request, actor: Actor = lists) -> StreamingResponse:
        """Events `all`, `conversation`, `gone`, `writing`, `delivered`, `people`, `ended`; a comment each 15
        seconds."""

        async def again() -> Actor | None:
            try:
                return await may_list(request)
            except Refused:
                return None

        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(feed.events(actor, again), media_type="text/event-stream", headers=headers)

    return router
