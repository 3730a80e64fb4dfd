"""Who gets whom, as a pure function: the least busy of those who can, the longest waiting first.

Order of the queue: the higher priority, then what came back from a person, then who waits longest.
Order of the people: the lighter load, then who has got nothing for longest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from desk.access.staff import Skill
from desk.conversations.ownership import AT_ONCE
from desk.routing.presence import State


@dataclass(frozen=True)
class Rules:
    """The desk's patience. What is given to one person is with another within `accept_within` and a round,
    whoever falls silent is found out within `heartbeat_lost` and a round.

    `skill_patience`: how long a patient waits for somebody with the skill, `other_patience`: for another
    person than the one who did not accept, while others are there and have no place.
    """

    accept_within: timedelta = timedelta(seconds=30)
    heartbeat_lost: timedelta = timedelta(seconds=20)
    skill_patience: timedelta = timedelta(seconds=60)
    other_patience: timedelta = timedelta(seconds=30)
    silent_after: timedelta = timedelta(minutes=10)


@dataclass(frozen=True)
class Waiting:
    """A conversation in the queue. `passed` are those who had it and did not accept it."""

    id: UUID
    priority: int
    queued_at: datetime
    returned_at: datetime | None = None
    needs: frozenset[Skill] = frozenset()
    passed: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Operator:
    """Somebody of the staff. `open` counts against `cap`; `load` is the same weighed (see `weight`)."""

    id: int
    state: State
    heartbeat_at: datetime
    cap: int
    skills: frozenset[Skill] = frozenset()
    open: int = 0
    load: float = 0.0
    last_assigned_at: datetime | None = None


Fit = Literal["chosen", "fits", "full", "passed", "skills", "no_new", "break", "offline", "heartbeat_lost"]


@dataclass(frozen=True)
class Candidate:
    """How one person stood when the choice was made."""

    operator_id: int
    fit: Fit
    open: int
    cap: int
    load: float
    idle_seconds: int | None


@dataclass(frozen=True)
class Decision:
    """What was decided about one conversation, and why.

    `because`: least_busy, or no_skill (the skill was given up) or again (to one who did not accept it, for
    want of others) where somebody was chosen; nobody, full, waits_for_skill, waits_for_other where not.
    """

    conversation_id: UUID
    operator_id: int | None
    because: Literal[
        "least_busy", "no_skill", "again", "nobody", "full", "waits_for_skill", "waits_for_other"
    ]
    candidates: tuple[Candidate, ...]


def weight(priority: int, silent_for: timedelta | None, rules: Rules) -> float:
    """How heavy one open conversation is: urgent 2, usual 1, one whose patient has long been silent ½.

    `silent_for` is how long ago the person wrote who waits for the patient's answer; None: the patient waits.
    """
    if priority >= AT_ONCE:
        return 2.0
    return 0.5 if silent_for is not None and silent_for >= rules.silent_after else 1.0


def queue_order(waiting: Sequence[Waiting]) -> list[Waiting]:
    """Who is next."""
    return sorted(
        waiting, key=lambda each: (-each.priority, each.returned_at is None, each.queued_at, each.id)
    )


def absence(operator: Operator, now: datetime, rules: Rules) -> Fit | None:
    """Why the person gets nothing new whatever waits; None for somebody who is there."""
    if operator.state != "online":
        return operator.state
    return "heartbeat_lost" if now - operator.heartbeat_at > rules.heartbeat_lost else None


def decide(
    waiting: Sequence[Waiting], operators: Sequence[Operator], now: datetime, rules: Rules
) -> list[Decision]:
    """One decision for each waiting conversation, in the order of the queue.

    Each sees the choices before it: nobody gets more than their cap. A conversation that must wait for
    somebody does not hold up those behind it.
    """
    people = {each.id: each for each in operators}
    decisions = []
    for conversation in queue_order(waiting):
        decision = _decide_one(conversation, people, now, rules)
        decisions.append(decision)
        if decision.operator_id is not None:
            chosen = people[decision.operator_id]
            people[chosen.id] = replace(
                chosen,
                open=chosen.open + 1,
                load=chosen.load + weight(conversation.priority, None, rules),
                last_assigned_at=now,
            )
    return decisions


def _decide_one(
    conversation: Waiting, people: Mapping[int, Operator], now: datetime, rules: Rules
) -> Decision:
    fits = {each.id: absence(each, now, rules) for each in people.values()}
    present = [each for each in people.values() if fits[each.id] is None]
    skilled = [each for each in present if conversation.needs <= each.skills]
    because: Literal["least_busy", "no_skill", "again"] = "least_busy"
    pool = skilled
    ready = [each for each in skilled if each.open < each.cap and each.id not in conversation.passed]
    if len(skilled) < len(present) and not ready:
        patient = now - conversation.queued_at < rules.skill_patience and conversation.priority < AT_ONCE
        if not (skilled and patient):
            pool, because = present, "no_skill"
    free = [each for each in pool if each.open < each.cap]
    fresh = [each for each in free if each.id not in conversation.passed]
    if not fresh and free:
        others = [each for each in present if each.id not in conversation.passed]
        since = conversation.returned_at or conversation.queued_at
        if not others or now - since >= rules.other_patience:
            fresh, because = free, "again"
    for each in present:
        if each.open >= each.cap:
            fits[each.id] = "full"
        elif each not in pool:
            fits[each.id] = "skills"
        else:
            fits[each.id] = "fits" if each in fresh else "passed"
    chosen = min(fresh, key=lambda each: _busyness(each, now), default=None)
    if chosen is not None:
        fits[chosen.id] = "chosen"
    return Decision(
        conversation.id,
        chosen.id if chosen else None,
        because if chosen else _why_nobody(present, pool, free),
        tuple(_candidate(each, fits[each.id], now) for each in people.values()),
    )


def _why_nobody(
    present: Sequence[Operator], pool: Sequence[Operator], free: Sequence[Operator]
) -> Literal["nobody", "full", "waits_for_skill", "waits_for_other"]:
    if not present:
        return "nobody"
    if free:
        return "waits_for_other"
    somebody_has_a_place = any(each.open < each.cap for each in present)
    return "waits_for_skill" if somebody_has_a_place and len(pool) < len(present) else "full"


def _busyness(operator: Operator, now: datetime) -> tuple[float, float, int]:
    idle = (now - operator.last_assigned_at).total_seconds() if operator.last_assigned_at else float("inf")
    return (operator.load, -idle, operator.id)


def _candidate(operator: Operator, fit: Fit | None, now: datetime) -> Candidate:
    since = operator.last_assigned_at
    return Candidate(
        operator.id,
        fit or "fits",
        operator.open,
        operator.cap,
        operator.load,
        max(0, int((now - since).total_seconds())) if since else None,
    )


@dataclass(frozen=True)
class Held:
    """A conversation that a person has, or was given and has not accepted yet."""

    id: UUID
    operator_id: int
    assigned_at: datetime
    accepted_at: datetime | None
    snoozed_until: datetime | None = None


ReturnReason = Literal["not_accepted", "heartbeat_lost", "break", "logout"]


def to_return(
    held: Sequence[Held], people: Mapping[int, Operator], now: datetime, rules: Rules
) -> dict[UUID, ReturnReason]:
    """The conversations that must go back to the head of the queue, and why.

    Somebody who takes no new ones keeps their own. A snoozed conversation stays till its time comes.
    """
    found: dict[UUID, ReturnReason] = {}
    for each in held:
        if each.snoozed_until is not None and each.snoozed_until > now:
            continue
        reason = _gone(people.get(each.operator_id), now, rules)
        if reason is None and each.accepted_at is None and now - each.assigned_at >= rules.accept_within:
            reason = "not_accepted"
        if reason is not None:
            found[each.id] = reason
    return found


def _gone(operator: Operator | None, now: datetime, rules: Rules) -> ReturnReason | None:
    if operator is None or operator.state == "offline":
        return "logout"
    if operator.state == "break":
        return "break"
    return "heartbeat_lost" if now - operator.heartbeat_at > rules.heartbeat_lost else None
