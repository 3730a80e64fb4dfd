"""One round of the routing in the database: who is gone, what goes back, who gets what. Safe to run anywhere,
at any time, in any number of processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

import structlog
from psycopg.types.json import Jsonb

from desk.conversations import ownership, queue
from desk.conversations.ownership import OwnershipError, State
from desk.database import Connection, Pool
from desk.routing import presence, reading
from desk.routing.decision import Decision, Held, Operator, Rules, absence, decide, to_return
from desk.texts import Texts

log = structlog.get_logger(__name__)

# Those who wait for somebody special must not hide those behind them.
_LOOK_FURTHER = 50


@dataclass(frozen=True)
class Round:
    """What one round has done. `again`: something was locked by somebody else, look again soon."""

    returned: tuple[UUID, ...]
    assigned: tuple[tuple[UUID, int], ...]
    again: bool


class Rounds:
    """Runs rounds over the pool's connections."""

    def __init__(self, pool: Pool, texts: Texts, rules: Rules) -> None:
        self._pool = pool
        self._texts = texts
        self._rules = rules

    async def run(self, now: datetime) -> Round:
        """Takes back what must go back, then gives the queue to whoever has a place."""
        async with self._pool.connection() as connection:
            everybody, held = await reading.at_work(connection, now, self._rules)
            people = {each.id: each for each in everybody}
            for lost in await self._find_the_lost(connection, everybody, now):
                del people[lost]
            returned = await self._take_back(connection, held, people, now)
            assigned, again = await self._assign(connection, now)
        return Round(returned, assigned, again)

    async def _find_the_lost(
        self, connection: Connection, people: Iterable[Operator], now: datetime
    ) -> list[int]:
        found = []
        for person in people:
            if now - person.heartbeat_at <= self._rules.heartbeat_lost:
                continue
            # What they had goes back for the same reason, whatever state they were in.
            if await presence.lose(connection, person.id, now - self._rules.heartbeat_lost, now):
                log.warning("routing.heartbeat_lost", operator=person.id)
                found.append(person.id)
        return found

    async def _take_back(
        self, connection: Connection, held: Sequence[Held], people: Mapping[int, Operator], now: datetime
    ) -> tuple[UUID, ...]:
        due = to_return(held, people, now, self._rules)
        if not due:
            return ()
        lost = await presence.lost(connection)
        returned = []
        for conversation_id in due:
            async with connection.transaction():
                state = await ownership.lock(connection, conversation_id)
                now_held = _held(state)
                # It may have been accepted, closed or passed on since it was read.
                reason = to_return([now_held], people, now, self._rules).get(state.id) if now_held else None
                if reason is None:
                    continue
                if reason == "logout" and state.owner.operator_id in lost:
                    reason = "heartbeat_lost"
                await queue.requeue(connection, self._texts, state, reason)
            returned.append(conversation_id)
            log.info("routing.returned", conversation=str(conversation_id), reason=reason)
        return tuple(returned)

    async def _assign(
        self, connection: Connection, now: datetime
    ) -> tuple[tuple[tuple[UUID, int], ...], bool]:
        length = await reading.queue_length(connection)
        if not length:
            return (), False
        async with connection.transaction():
            people = await reading.people(connection, now, self._rules, lock=True)
            present = [each for each in people if absence(each, now, self._rules) is None]
            places = sum(max(0, each.cap - each.open) for each in present)
            if not places:
                return (), False
            waiting = await reading.waiting(connection, places + _LOOK_FURTHER)
            decisions = decide(waiting, people, now, self._rules)
            assigned = await self._carry_out(connection, decisions, now)
        for conversation_id, operator_id in assigned:
            log.info("routing.assigned", conversation=str(conversation_id), operator=operator_id)
        seen_all = len(waiting) >= min(length, places + _LOOK_FURTHER)
        return tuple(assigned), not seen_all and len(assigned) < places

    async def _carry_out(
        self, connection: Connection, decisions: Sequence[Decision], now: datetime
    ) -> list[tuple[UUID, int]]:
        assigned = []
        for decision in decisions:
            operator_id = decision.operator_id
            if operator_id is None:
                continue
            state = await ownership.state_of(connection, decision.conversation_id)
            try:
                after = await queue.assign(connection, state, operator_id, {"because": decision.because})
            except OwnershipError:
                continue
            await connection.execute(
                "INSERT INTO desk.routing_decision"
                " (conversation_id, version, operator_id, because, candidates, decided_at)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                (
                    state.id,
                    after.version,
                    operator_id,
                    decision.because,
                    Jsonb([asdict(each) for each in decision.candidates]),
                    now,
                ),
            )
            await connection.execute(
                "UPDATE desk.presence SET last_assigned_at = %s WHERE staff_id = %s", (now, operator_id)
            )
            assigned.append((state.id, operator_id))
        return assigned


def _held(state: State) -> Held | None:
    if state.owner.operator_id is None or state.assigned_at is None:
        return None
    return Held(state.id, state.owner.operator_id, state.assigned_at, state.accepted_at, state.snoozed_until)
