"""A golden log of events whose figures are known exactly, and single rules of the formulas."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest

from desk.conversations.ownership import BOT, CLOSED, PATIENT, QUEUE, SERVICE, Actor, Event, Owner
from desk.figures import measures
from desk.figures.episodes import read_episodes
from desk.figures.measures import Queue, Share, Times

DAY = datetime(2026, 11, 23, tzinfo=UTC)
ANNA, BORIS = 1, 2


def at(clock: str) -> datetime:
    return datetime.combine(DAY, time.fromisoformat(clock), UTC)


class Log:
    """Writes events as the desk does, in a few words."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._ids = itertools.count(1)

    def add(self, number, clock, kind, actor=SERVICE, to=None, reason="", **data):
        self.events.append(
            Event(next(self._ids), UUID(int=number), 0, kind, actor, reason, None, to, data, at(clock))
        )

    def opened(self, number, clock):
        self.add(number, clock, "opened", PATIENT, BOT)

    def handoff(self, number, clock, reason="asked", **data):
        self.add(number, clock, "handoff", PATIENT, QUEUE, reason, **data)

    def promised(self, number, clock, seconds):
        self.add(number, clock, "promised", position=1, seconds=seconds)

    def given(self, number, clock, operator):
        self.add(number, clock, "assigned", SERVICE, Owner("operator", operator))

    def accepted(self, number, clock, operator):
        self.add(number, clock, "accepted", Actor("operator", operator))

    def replied(self, number, clock, operator):
        self.add(number, clock, "replied", Actor("operator", operator))

    def wrote(self, number, clock):
        self.add(number, clock, "patient_wrote", PATIENT)

    def closed(self, number, clock, operator, topic):
        self.add(
            number, clock, "closed", Actor("operator", operator), CLOSED, topic=topic, outcome="answered"
        )


@pytest.fixture(scope="module")
def golden() -> Log:
    log = Log()
    # 1: answered after 20 s; acts at 0:10, 0:20, 1:20 (patient 1:00), closed 4:20: 10 + 60 + 60 of work.
    log.opened(1, "09:00:00")
    log.handoff(1, "10:00:00")
    log.given(1, "10:00:00", ANNA)
    log.accepted(1, "10:00:10", ANNA)
    log.replied(1, "10:00:20", ANNA)
    log.wrote(1, "10:01:00")
    log.replied(1, "10:01:20", ANNA)
    log.closed(1, "10:04:20", ANNA, "запись")
    # 2: not accepted by Anna, Boris answers after 61 s: a second too late. Work: 5 + 30.
    log.opened(2, "09:30:00")
    log.handoff(2, "10:10:00")
    log.given(2, "10:10:00", ANNA)
    log.add(2, "10:10:30", "requeued", SERVICE, QUEUE, "not_accepted")
    log.given(2, "10:10:31", BORIS)
    log.accepted(2, "10:10:56", BORIS)
    log.replied(2, "10:11:01", BORIS)
    log.closed(2, "10:11:31", BORIS, "запись")
    # 3: the patient changes their mind after 8 s: a short abandon, out of SL but in AR.
    log.opened(3, "10:15:00")
    log.handoff(3, "10:20:00")
    log.add(3, "10:20:08", "left_queue", PATIENT, BOT)
    # 4: gives up after 90 s: missed and abandoned.
    log.opened(4, "10:15:00")
    log.handoff(4, "10:25:00")
    log.add(4, "10:26:30", "left_queue", PATIENT, BOT)
    # 5: takes a call back after 2 minutes: missed, but not abandoned.
    log.opened(5, "10:15:00")
    log.handoff(5, "10:30:00", "insurance")
    log.add(5, "10:32:00", "callback", PATIENT)
    log.add(5, "10:32:00", "left_queue", PATIENT, BOT)
    # 6: outside working hours: in AR and ASA, not in SL.
    log.opened(6, "05:50:00")
    log.handoff(6, "06:00:00")
    log.given(6, "06:00:00", ANNA)
    log.accepted(6, "06:04:00", ANNA)
    log.replied(6, "06:05:00", ANNA)
    log.add(6, "06:05:30", "returned_to_bot", Actor("operator", ANNA), BOT)
    # 7: the assistant alone.
    log.opened(7, "11:00:00")
    # 8: Anna has it now; answered after 60 s exactly.
    log.opened(8, "11:40:00")
    log.handoff(8, "11:50:00", "complaint")
    log.given(8, "11:50:00", ANNA)
    log.accepted(8, "11:50:30", ANNA)
    log.replied(8, "11:51:00", ANNA)
    # 9 and 10: in the queue now, the first for 3 minutes, the other for 50 s: late in 10 s.
    log.opened(9, "11:56:00")
    log.handoff(9, "11:57:00")
    log.opened(10, "11:58:00")
    log.handoff(10, "11:59:10", "red_flag")
    # 11: in the queue since long and silent for 20 minutes: abandoned by the written rule.
    log.opened(11, "11:00:00")
    log.handoff(11, "11:30:00")
    log.wrote(11, "11:40:00")
    return log


NOW = at("12:00:00")


def working(moment: datetime) -> bool:
    return time(8) <= moment.time() < time(20)


def numbers(conversations) -> list[int]:
    return [each.int for each in conversations]


def test_today(golden):
    episodes = read_episodes(golden.events)
    today = measures.within(episodes, DAY, NOW)
    # Good: 1, 8. Missed: 2, 4, 5, 9, 11. Not decided: 10. Short: 3. Not in working hours: 6.
    level = measures.service_level(today, NOW, working)
    assert (level.part, level.whole, level.value) == (2, 7, 2 / 7)
    assert sorted(numbers(level.missing)) == [2, 4, 5, 9, 11]
    # Waits 20, 61, 300, 60.
    assert measures.speed_of_answer(today) == Times(4, 110.25, 60.0, 300.0)
    lost = measures.abandonment(today, NOW)
    assert (lost.part, lost.whole, sorted(numbers(lost.missing))) == (3, 10, [3, 4, 11])
    # Work: 130 s, 35 s, 60 + 30 s.
    assert measures.handling_time(today) == Times(3, 85.0, 90.0, 130.0)
    assert measures.open_to_close(today) == Times(3, (260 + 91 + 330) / 3, 260.0, 330.0)
    # Begun today: 11; handed: all but 7.
    assert measures.done_by_bot(golden.events, DAY, NOW).part == 1
    assert measures.done_by_bot(golden.events, DAY, NOW).whole == 11
    assert measures.topics(today, 3) == [("asked", 5), ("запись", 2), ("complaint", 1)]


def test_now(golden):
    episodes = read_episodes(golden.events)
    queue = measures.queue_now(episodes, NOW)
    assert queue == Queue(3, 1800.0, 1, (UUID(int=11), UUID(int=9), UUID(int=10)))
    assert measures.loads(episodes) == {ANNA: 1}


def test_the_last_half_hour(golden):
    recent = measures.within(read_episodes(golden.events), NOW - timedelta(minutes=30), NOW)
    level = measures.service_level(recent, NOW, working)
    assert (level.part, level.whole) == (1, 3)
    assert numbers(level.missing) == [11, 9]


def test_each_message_is_measured_too(golden):
    # 1: 20 and 20 s; 2: 61; 6: 300; 8: 60.
    share = measures.reply_time(measures.within(read_episodes(golden.events), DAY, NOW))
    assert (share.part, share.whole, sorted(numbers(share.missing))) == (3, 5, [2, 6])


def test_nothing_is_known_of_nothing():
    assert Share(0, 0).value is None
    assert measures.speed_of_answer([]) == Times(0, None, None, None)
    assert measures.service_level([], NOW, working).value is None
    assert measures.queue_now([], NOW) == Queue(0, None, 0, ())
    assert measures.done_by_bot([], DAY, NOW).value is None


def test_the_order_of_the_rows_does_not_matter(golden):
    assert read_episodes(reversed(golden.events)) == read_episodes(golden.events)


def test_an_automatic_answer_is_no_reply():
    log = Log()
    log.handoff(1, "10:00:00")
    log.add(1, "10:00:05", "promised", SERVICE, position=1, seconds=0)
    log.add(1, "10:00:06", "replied", SERVICE)
    (episode,) = read_episodes(log.events)
    assert episode.first_reply_at is None


def test_two_calls_of_one_conversation_are_two():
    log = Log()
    log.handoff(1, "10:00:00")
    log.given(1, "10:00:01", ANNA)
    log.replied(1, "10:00:30", ANNA)
    log.closed(1, "10:01:00", ANNA, "цены")
    log.add(1, "11:00:00", "reopened", PATIENT, BOT)
    log.handoff(1, "11:05:00")
    first, second = read_episodes(log.events)
    assert (first.end, first.topic, first.operator_id) == ("closed", "цены", None)
    assert (second.end, second.in_queue, second.first_reply_at) == (None, True, None)


def test_a_conversation_taken_from_the_assistant_was_not_offered():
    log = Log()
    log.add(1, "10:00:00", "taken", Actor("operator", ANNA), Owner("operator", ANNA))
    log.replied(1, "10:00:10", ANNA)
    log.closed(1, "10:00:40", ANNA, "цены")
    episodes = read_episodes(log.events)
    assert measures.within(episodes, DAY, NOW) == []
    assert measures.handling_time(episodes) == Times(1, 40.0, 40.0, 40.0)


def test_what_was_handed_on_is_not_work():
    log = Log()
    log.handoff(1, "10:00:00")
    log.given(1, "10:00:00", ANNA)
    log.accepted(1, "10:00:00", ANNA)
    log.add(1, "10:00:10", "transferred", Actor("operator", ANNA), Owner("operator", BORIS))
    log.accepted(1, "10:00:50", BORIS)
    log.replied(1, "10:01:00", BORIS)
    log.closed(1, "10:01:05", BORIS, "цены")
    (episode,) = read_episodes(log.events)
    assert episode.active == timedelta(seconds=10 + 10 + 5)
    assert episode.transfers == 1


def test_the_promised_wait_is_compared_with_the_real_one():
    log = Log()
    # Told «меньше минуты»: in time, late. Told 3 minutes (130 s): in time, not over yet, over without a word.
    for number, seconds, reply in (
        (1, 0, "10:01:00"),
        (2, 0, "10:01:01"),
        (3, 130, "10:03:00"),
        (4, 130, None),
        (5, 0, None),
    ):
        log.handoff(number, "10:00:00")
        log.promised(number, "10:00:00", seconds)
        if reply is not None:
            log.replied(number, reply, ANNA)
    log.handoff(6, "10:00:00")
    log.promised(6, "10:00:00", 0)
    log.add(6, "10:00:30", "callback", PATIENT)
    log.handoff(7, "10:00:00")
    kept = measures.promises_kept(read_episodes(log.events), at("10:02:30"))
    assert kept == Share(2, 4, (UUID(int=2), UUID(int=5)))


def test_a_request_from_the_site_is_measured_by_its_promise_only():
    log = Log()
    for number, closes in ((1, "10:40:00"), (2, "11:30:00")):
        log.opened(number, "10:00:00")
        log.handoff(number, "10:00:00", "site_request")
        log.promised(number, "10:00:00", 3600)
        log.given(number, "10:20:00", ANNA)
        log.accepted(number, "10:20:10", ANNA)
        log.closed(number, closes, ANNA, "book")
    log.opened(3, "10:00:00")
    log.handoff(3, "10:00:00", "site_request")
    episodes = read_episodes(log.events)
    now = at("11:45:00")
    assert measures.service_level(episodes, now, working) == Share(0, 0)
    assert measures.abandonment(episodes, now) == Share(0, 0)
    assert measures.speed_of_answer(episodes).count == 0
    assert measures.handling_time(episodes).count == 0
    assert measures.done_by_bot(log.events, DAY, now) == Share(0, 0)
    assert measures.promises_kept(episodes, now) == Share(1, 2, (UUID(int=2),))
    assert measures.queue_now(episodes, now) == Queue(1, None, 0, (UUID(int=3),))
