"""The measures of a contact centre over episodes. Each function's docstring is its formula.

A request from the site is a handoff whose patient waits for a call (`Episode.live` is False): it counts in
the queue, the topics and the promises, and not where replies and the time for them are measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import mean
from uuid import UUID

from desk.conversations.briefing import BY_PHONE
from desk.conversations.ownership import Event
from desk.figures.episodes import Episode

REPLY_WITHIN = timedelta(seconds=60)
SHORT_ABANDON = timedelta(seconds=10)
GONE_AFTER = timedelta(minutes=15)
BREACH_SOON = timedelta(seconds=15)

Working = Callable[[datetime], bool]


@dataclass(frozen=True)
class Share:
    """`part` of `whole`; nothing is known of a share of nothing. `missing` are the others, to look at."""

    part: int
    whole: int
    missing: tuple[UUID, ...] = ()

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True)
class Times:
    """Durations in seconds: how many, their mean, median and 90th percentile; None of none."""

    count: int
    mean: float | None
    p50: float | None
    p90: float | None


@dataclass(frozen=True)
class Queue:
    """Who waits now. `soon_late`: those whose first reply will be late in BREACH_SOON."""

    waiting: int
    longest_seconds: float | None
    soon_late: int
    conversations: tuple[UUID, ...]


def queue_now(episodes: Iterable[Episode], now: datetime) -> Queue:
    """In queue: episodes whose owner is the queue. Longest wait: now − queued_at of the oldest live one.

    Soon late: without a first human reply, in the queue or not, with REPLY_WITHIN over in BREACH_SOON.
    """
    open_ones = [each for each in episodes if each.end is None]
    waiting = sorted((each for each in open_ones if each.in_queue), key=lambda each: each.queued_at)
    late = [
        each
        for each in open_ones
        if each.live
        and each.first_reply_at is None
        and timedelta() < each.queued_at + REPLY_WITHIN - now <= BREACH_SOON
    ]
    return Queue(
        len(waiting),
        next(((now - each.queued_at).total_seconds() for each in waiting if each.live), None),
        len(late),
        tuple(each.conversation_id for each in waiting),
    )


def within(episodes: Iterable[Episode], since: datetime, until: datetime) -> list[Episode]:
    """The episodes that people were called for at `since` or later and before `until`."""
    return [each for each in episodes if each.offered and since <= each.queued_at < until]


def is_abandoned(episode: Episode, now: datetime) -> bool:
    """No human reply, and: the patient went back to the assistant or ended the chat, or has waited longer
    than REPLY_WITHIN and then written nothing for GONE_AFTER. An agreed call back is no loss. Whom the desk
    itself sent back because nobody was there any more counts too: people were promised."""
    if episode.first_reply_at is not None or episode.callback:
        return False
    if episode.end in ("left", "nobody"):
        return True
    last = max(episode.queued_at, episode.last_patient_at or episode.queued_at)
    until = episode.ended_at or now
    return until - episode.queued_at > REPLY_WITHIN and until - last >= GONE_AFTER


def service_level(episodes: Iterable[Episode], now: datetime, working: Working) -> Share:
    """SL = handoffs with the first human reply ≤ 60 s after queued_at / (handoffs offered in working hours −
    those the patient gave up within 10 s). One that has no reply yet and waits less than 60 s is not decided
    and stands on neither side."""
    good, missed = 0, []
    for each in episodes:
        if not each.offered or not each.live or not working(each.queued_at):
            continue
        gave_up = is_abandoned(each, now) and each.ended_at is not None
        if gave_up and each.ended_at is not None and each.ended_at - each.queued_at <= SHORT_ABANDON:
            continue
        if each.wait is not None and each.wait <= REPLY_WITHIN:
            good += 1
        elif each.end is not None or each.wait is not None or now - each.queued_at > REPLY_WITHIN:
            missed.append(each.conversation_id)
    return Share(good, good + len(missed), tuple(missed))


def speed_of_answer(episodes: Iterable[Episode]) -> Times:
    """ASA = mean(first_reply_at − queued_at) of the answered handoffs; median and p90 beside it."""
    waits = [each.wait for each in episodes if each.offered and each.live]
    return _times([each for each in waits if each is not None])


def reply_time(episodes: Iterable[Episode]) -> Share:
    """Replies ≤ 60 s after the first patient message they answer / all such replies: beside SL, which knows
    only the first."""
    waits = [(each, until - since) for each in episodes for since, until in each.waits]
    late = dict.fromkeys(each.conversation_id for each, wait in waits if wait > REPLY_WITHIN)
    return Share(sum(wait <= REPLY_WITHIN for _, wait in waits), len(waits), tuple(late))


def abandonment(episodes: Iterable[Episode], now: datetime) -> Share:
    """AR = abandoned / offered; see `is_abandoned`. `missing` are the abandoned here."""
    offered = [each for each in episodes if each.offered and each.live]
    lost = [each.conversation_id for each in offered if is_abandoned(each, now)]
    return Share(len(lost), len(offered), tuple(lost))


def promises_kept(episodes: Iterable[Episode], now: datetime) -> Share:
    """Handoffs with the first human reply within the wait that was promised / all handoffs with a promise.
    Waits are promised in whole minutes, at least one. Who sent a request from the site has had the answer
    when a person closed it. A call back that was agreed on, and a wait that is not over yet, stand on neither
    side."""
    good, broken = 0, []
    for each in episodes:
        if each.promised is None:
            continue
        told = max(timedelta(minutes=1), timedelta(minutes=-(-each.promised // timedelta(minutes=1))))
        wait = each.wait if each.live or each.ended_at is None else each.ended_at - each.queued_at
        if wait is not None and wait <= told:
            good += 1
        elif wait is not None or (not each.callback and (each.ended_at or now) - each.queued_at > told):
            broken.append(each.conversation_id)
    return Share(good, good + len(broken), tuple(broken))


def handling_time(episodes: Iterable[Episode]) -> Times:
    """AHT = active work, wrap-up included / handled. Handled: ended by a person who had taken it up.
    Active: the pauses between the acts of people, each counted up to 60 s, so that chats handled side by
    side are not counted twice."""
    return _times([each.active for each in episodes if _handled(each)])


def open_to_close(episodes: Iterable[Episode]) -> Times:
    """From queued_at to the end, of the handled: what the patient lived through."""
    return _times([each.ended_at - each.queued_at for each in episodes if _handled(each) and each.ended_at])


def topics(episodes: Iterable[Episode], most: int = 10) -> list[tuple[str, int]]:
    """The topics of the handoffs, the frequent first: set at the close, else suggested by the assistant."""
    counted = Counter(topic_of(each) for each in episodes)
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:most]


def topic_of(episode: Episode) -> str:
    """The topic, or for want of one why people were called."""
    return episode.topic or episode.reason


def done_by_bot(events: Iterable[Event], since: datetime, until: datetime) -> Share:
    """Conversations begun, or begun again, in the time and not handed to people in it / all begun in it.
    Requests from the site never met the assistant and stand on neither side."""
    begun: set[UUID] = set()
    handed: set[UUID] = set()
    for event in events:
        if not since <= event.ts < until:
            continue
        if event.kind == "handoff" and event.reason in BY_PHONE:
            begun.discard(event.conversation_id)
        elif event.kind in ("opened", "reopened"):
            begun.add(event.conversation_id)
        elif event.kind in ("handoff", "taken", "nobody_there"):
            handed.add(event.conversation_id)
    missing = tuple(sorted(begun & handed))
    return Share(len(begun) - len(missing), len(begun), missing)


def loads(episodes: Iterable[Episode]) -> dict[int, int]:
    """How many conversations each person has now."""
    return dict(
        Counter(each.operator_id for each in episodes if each.end is None and each.operator_id is not None)
    )


def _handled(episode: Episode) -> bool:
    return episode.live and episode.end in ("closed", "returned") and episode.accepted_at is not None


def _times(values: Sequence[timedelta]) -> Times:
    seconds = sorted(each.total_seconds() for each in values)
    if not seconds:
        return Times(0, None, None, None)
    return Times(len(seconds), mean(seconds), _percentile(seconds, 0.5), _percentile(seconds, 0.9))


def _percentile(ordered: Sequence[float], share: float) -> float:
    """The nearest rank: a value that was measured, none in between."""
    rank = -int(-share * len(ordered) // 1)
    return ordered[max(rank, 1) - 1]
