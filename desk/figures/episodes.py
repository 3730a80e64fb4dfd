"""Handoffs as they went, from call to end, made of the events of conversations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal
from uuid import UUID

from desk.conversations.briefing import BY_PHONE
from desk.conversations.ownership import Event

# A pause between two acts of a person counts as work up to this long.
IDLE_GAP = timedelta(seconds=60)

End = Literal["closed", "returned", "left", "nobody"]


@dataclass
class Episode:
    """One call for people. Made by `read_episodes`; then only read.

    `offered`: people were called (an operator who takes a conversation from the bot was not).
    `first_reply_at` is the first message of a person; what the service says by itself does not count.
    `promised` is the wait that the patient was told.
    `active` is the time people worked on it: the pauses between their acts, each counted up to IDLE_GAP.
    `end`: closed or returned to the bot by a person, left by the patient, or nobody was there any more.
    """

    conversation_id: UUID
    queued_at: datetime
    reason: str
    offered: bool
    topic: str = ""
    priority: int = 0
    operator_id: int | None = None
    in_queue: bool = True
    accepted_at: datetime | None = None
    first_reply_at: datetime | None = None
    last_patient_at: datetime | None = None
    callback: bool = False
    promised: timedelta | None = None
    transfers: int = 0
    returns: int = 0
    outcome: str = ""
    ended_at: datetime | None = None
    end: End | None = None
    active: timedelta = timedelta()
    waits: list[tuple[datetime, datetime]] = field(default_factory=list)

    @property
    def live(self) -> bool:
        """Whether the patient waits in a chat; a request that was left is answered by phone."""
        return self.reason not in BY_PHONE

    @property
    def wait(self) -> timedelta | None:
        """How long until the first human reply."""
        return self.first_reply_at - self.queued_at if self.first_reply_at else None


def read_episodes(events: Iterable[Event]) -> list[Episode]:
    """All episodes that begin within `events`, which may come in any order, oldest first.

    What was begun before the first event given is left out.
    """
    found: list[Episode] = []
    ordered = sorted(events, key=lambda each: (each.conversation_id, each.id))
    for _, of_one in groupby(ordered, key=lambda each: each.conversation_id):
        found += _Reader().read(of_one)
    return sorted(found, key=lambda each: (each.queued_at, each.conversation_id))


class _Reader:
    """Goes through the events of one conversation."""

    def __init__(self) -> None:
        self._done: list[Episode] = []
        self._now: Episode | None = None
        self._last_act: datetime | None = None
        self._unanswered: datetime | None = None

    def read(self, events: Iterable[Event]) -> list[Episode]:
        for event in events:
            self._step(event)
        return self._done

    def _step(self, event: Event) -> None:
        if event.kind == "handoff" or (event.kind == "taken" and self._now is None):
            self._begin(event)
        episode = self._now
        if episode is None:
            return
        self._count_work(episode, event)
        if event.to_owner is not None:
            episode.in_queue = event.to_owner.kind == "queue"
            episode.operator_id = event.to_owner.operator_id
        if event.kind in ("accepted", "taken"):
            episode.accepted_at = episode.accepted_at or event.ts
        elif event.kind == "replied" and event.actor.kind == "operator":
            episode.accepted_at = episode.accepted_at or event.ts
            episode.first_reply_at = episode.first_reply_at or event.ts
            if self._unanswered is not None:
                episode.waits.append((self._unanswered, event.ts))
                self._unanswered = None
        elif event.kind == "patient_wrote":
            episode.last_patient_at = event.ts
            self._unanswered = self._unanswered or event.ts
        elif event.kind == "promised":
            episode.promised = timedelta(seconds=int(event.data["seconds"]))
        elif event.kind == "urgent":
            episode.priority = 2
        elif event.kind in ("callback", "left_message"):
            episode.callback = True
        elif event.kind == "transferred":
            episode.transfers += 1
        elif event.kind == "requeued":
            episode.returns += 1
        self._end(episode, event)

    def _begin(self, event: Event) -> None:
        self._now = Episode(
            event.conversation_id,
            event.ts,
            event.reason,
            offered=event.kind == "handoff",
            topic=str(event.data.get("topic") or ""),
            priority=int(event.data.get("priority") or 0),
        )
        self._done.append(self._now)
        self._last_act = None
        # The message that led here waits for an answer too.
        self._unanswered = event.ts if event.kind == "handoff" else None

    def _count_work(self, episode: Episode, event: Event) -> None:
        if event.actor.kind == "operator":
            if self._last_act is not None:
                episode.active += min(event.ts - self._last_act, IDLE_GAP)
            self._last_act = event.ts
        if event.to_owner is not None and event.kind not in ("taken", "closed"):
            # What somebody else does from here on is not measured from this person's last act.
            self._last_act = None

    def _end(self, episode: Episode, event: Event) -> None:
        end: End
        if event.kind == "closed":
            end = "closed" if event.actor.kind == "operator" else "left"
        elif event.kind == "returned_to_bot":
            end = "returned"
        elif event.kind == "left_queue":
            end = "left" if event.actor.kind == "patient" else "nobody"
        else:
            return
        episode.end, episode.ended_at = end, event.ts
        episode.topic = str(event.data.get("topic") or "") or episode.topic
        episode.outcome = str(event.data.get("outcome") or "")
        self._now = None
