"""The breaker and the limit of connections of one base."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from threading import Event, Semaphore

import pytest

from mis.deadline import within
from mis.guard import BaseDown, Guard, Limits, Passage, TooBusy
from mis.port import MisRefused, MisUnavailable, OutcomeUnknown
from tests.mis.fake_umc import Close, FakeUmc, Hang, Reply, Request, Reset, free_port, json_reply
from tests.mis.slow_socket import Timer
from tests.mis.support import DAY, HOLD, HOLD_ID, PATIENT, REFUSAL, SLOT, answer, open_umc
from tests.mis.umc_answers import DONE, SCHEDULE

LIMITS = Limits(failures=3, pause=2.0, trial=5.0, connections=4, wait=0.05)
PATIENCE = Limits(failures=3, pause=2.0, trial=5.0, connections=4, wait=30)


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
def guard(timer: Timer) -> Guard:
    return Guard("first", LIMITS, timer=timer)


def call(guard: Guard, answered: bool | None) -> Passage:
    with guard.passage(5) as passage:
        passage.answered = answered
    return passage


def open_it(guard: Guard) -> None:
    for _ in range(LIMITS.failures):
        call(guard, False)
    assert guard.state == "open"


@contextmanager
def inside(guard: Guard, answered: bool | None) -> Iterator[None]:
    """A call of another thread that is under way while the block runs."""
    entered, go_on = Event(), Event()

    def slow() -> None:
        with guard.passage(30) as passage:
            entered.set()
            assert go_on.wait(30)
            passage.answered = answered

    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(slow)
        assert entered.wait(30)
        try:
            yield
        finally:
            go_on.set()
            under_way.result(30)


def test_failures_in_a_row_open_it_and_then_nobody_is_let_through(guard: Guard) -> None:
    for answered in (False, False, True, False, False, None):
        call(guard, answered)
    assert guard.state == "closed"
    call(guard, False)
    assert guard.state == "open"
    with pytest.raises(BaseDown), guard.passage(5):
        raise AssertionError("let through")


def test_after_the_pause_one_call_tries_and_an_answer_closes_it(guard: Guard, timer: Timer) -> None:
    open_it(guard)
    timer.now += LIMITS.pause - 0.1
    with pytest.raises(BaseDown), guard.passage(5):
        raise AssertionError("let through")
    timer.now += 0.1
    assert call(guard, True).seconds == LIMITS.trial
    assert guard.state == "closed"
    assert call(guard, False).seconds is None
    assert guard.state == "closed"


def test_a_trial_that_nobody_waits_for_has_all_its_time(guard: Guard, timer: Timer) -> None:
    """A price list takes longer than a schedule: cut short, it would never close the breaker."""
    open_it(guard)
    timer.now += LIMITS.pause
    with guard.passage(20, hurried=False) as passage:
        assert passage.seconds is None
        passage.answered = True
    assert guard.state == "closed"


def test_a_failed_trial_opens_it_for_another_pause(guard: Guard, timer: Timer) -> None:
    open_it(guard)
    timer.now += LIMITS.pause
    call(guard, False)
    timer.now += LIMITS.pause - 0.1
    with pytest.raises(BaseDown), guard.passage(5):
        raise AssertionError("let through")
    timer.now += 0.1
    call(guard, True)
    assert guard.state == "closed"


def test_a_trial_that_learns_nothing_leaves_the_trying_to_the_next(guard: Guard, timer: Timer) -> None:
    open_it(guard)
    timer.now += LIMITS.pause
    with pytest.raises(ZeroDivisionError), guard.passage(5):
        raise ZeroDivisionError
    assert guard.state == "half-open"
    call(guard, True)
    assert guard.state == "closed"


def test_during_a_trial_the_others_are_turned_away(guard: Guard, timer: Timer) -> None:
    open_it(guard)
    timer.now += LIMITS.pause
    with inside(guard, True), pytest.raises(BaseDown), guard.passage(5):
        raise AssertionError("let through")
    assert guard.state == "closed"


def test_a_good_trial_lets_those_through_who_waited_for_it(timer: Timer) -> None:
    guard = Guard("first", PATIENCE, timer=timer)
    open_it(guard)
    timer.now += LIMITS.pause
    with ThreadPoolExecutor(3) as pool:
        with inside(guard, True):
            waiting = [pool.submit(call, guard, True) for _ in range(3)]
        assert [one.result(30).seconds for one in waiting] == [None] * 3


def test_a_bad_trial_turns_those_away_who_waited_for_it(timer: Timer) -> None:
    guard = Guard("first", PATIENCE, timer=timer)
    open_it(guard)
    timer.now += LIMITS.pause
    with ThreadPoolExecutor(3) as pool:
        with inside(guard, False):
            waiting = [pool.submit(call, guard, True) for _ in range(3)]
        for one in waiting:
            with pytest.raises(BaseDown):
                one.result(30)


@pytest.mark.parametrize("late", [True, False])
def test_what_began_before_it_opened_tells_nothing_new(guard: Guard, timer: Timer, late: bool) -> None:
    with inside(guard, late):
        open_it(guard)
        timer.now += LIMITS.pause
    assert guard.state == "open"
    call(guard, True)
    assert guard.state == "closed"


def test_a_call_that_gets_no_connection_is_given_up(guard: Guard) -> None:
    with ExitStack() as all_in_use:
        for _ in range(LIMITS.connections):
            all_in_use.enter_context(inside(guard, True))
        with pytest.raises(TooBusy), guard.passage(5):
            raise AssertionError("let through")
    call(guard, True)
    assert guard.state == "closed"


def test_what_nobody_waits_for_leaves_connections_free(fake: FakeUmc) -> None:
    guard = Guard("first", Limits(connections=4, wait=0))
    umc = open_umc(fake.url, guard=guard)
    asked, go_on = Semaphore(0), Event()

    def slow(_: Request) -> Reply:
        asked.release()
        assert go_on.wait(30)
        return json_reply(answer({}))

    fake.on("DictionaryData.GetNomenclatureAndPrices", slow)
    fake.on(SCHEDULE, json_reply(answer({})))
    with ThreadPoolExecutor(8) as pool:
        reading = [pool.submit(umc.services, "centre") for _ in range(8)]
        assert asked.acquire(timeout=30) and asked.acquire(timeout=30)
        assert list(umc.windows("centre", DAY, DAY)) == []
        assert len(fake.asked("DictionaryData.GetNomenclatureAndPrices")) == 2
        go_on.set()
        assert [list(one.result(30)) for one in reading] == [[]] * 8


def test_the_wait_for_a_connection_ends_with_the_time_of_the_call(timer: Timer) -> None:
    guard = Guard("first", Limits(connections=1, wait=3600), timer=timer)
    with inside(guard, True), pytest.raises(TooBusy), guard.passage(0.01):
        raise AssertionError("let through")


def test_all_waits_together_end_with_the_time_of_the_call(
    timer: Timer, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    class Busy:
        """Becomes free at the last moment, if it is waited for so long."""

        def __init__(self, _: int) -> None:
            pass

        def acquire(self, timeout: float) -> bool:
            waited.append(timeout)
            timer.now += min(timeout, 0.7)
            return timeout >= 0.7

        def release(self) -> None:
            pass

    monkeypatch.setattr("mis.guard.Places", Busy)
    guard = Guard("first", Limits(wait=3600), timer=timer)
    with pytest.raises(TooBusy), guard.passage(1.0, hurried=False):
        raise AssertionError("let through")
    assert waited == pytest.approx([1.0, 0.3])


def test_a_call_that_broke_gives_its_connection_back(guard: Guard) -> None:
    for _ in range(LIMITS.connections + 1):
        with pytest.raises(ZeroDivisionError), guard.passage(5):
            raise ZeroDivisionError


def test_opening_and_closing_is_told_once_to_the_log(
    guard: Guard, timer: Timer, caplog: pytest.LogCaptureFixture
) -> None:
    open_it(guard)
    for _ in range(5):
        with pytest.raises(BaseDown), guard.passage(5):
            raise AssertionError("let through")
    timer.now += LIMITS.pause
    call(guard, True)
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.WARNING]


# --- in front of a base that fails ---


@pytest.mark.parametrize("fault", [Reset(), Close(), Reply(b"<html>", 503), Reply(b"<html>", 502)])
def test_a_dead_base_is_left_alone(fake: FakeUmc, guard: Guard, timer: Timer, fault: Reset) -> None:
    umc = open_umc(fake.url, guard=guard)
    fake.on(SCHEDULE, fault)
    for _ in range(LIMITS.failures):
        with pytest.raises(MisUnavailable):
            umc.windows("centre", DAY, DAY)
    asked = len(fake.requests)
    for read in (lambda: umc.windows("ural", DAY, DAY), lambda: umc.hold(SLOT)):
        with pytest.raises(BaseDown):
            read()
    assert len(fake.requests) == asked
    fake.on(SCHEDULE, json_reply(answer({})))
    timer.now += LIMITS.pause
    assert list(umc.windows("centre", DAY, DAY)) == []
    assert list(umc.windows("ural", DAY, DAY)) == []


def test_a_base_nobody_listens_at_is_left_alone(guard: Guard) -> None:
    umc = open_umc(f"http://127.0.0.1:{free_port()}/umc/hs/bwi", guard=guard)
    for _ in range(LIMITS.failures):
        with pytest.raises(MisUnavailable):
            umc.hold(SLOT)
    with pytest.raises(BaseDown):
        umc.hold(SLOT)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(REFUSAL.encode(), 500), MisRefused),
        (json_reply(answer({"Результат": "false", "ОписаниеОшибки": "Занято"})), MisRefused),
        (Reply(b"", 401), MisUnavailable),
        (Reply(b"<html>", 404, "text/html"), MisUnavailable),
    ],
)
def test_what_the_base_itself_says_is_no_fault_of_it(
    fake: FakeUmc, guard: Guard, reply: Reply, error: type[Exception]
) -> None:
    umc = open_umc(fake.url, guard=guard)
    fake.on("AppointmentCreate.BookAnAppointmentWithParams", reply)
    for _ in range(LIMITS.failures + 1):
        with pytest.raises(error):
            umc.book(HOLD, PATIENT)
    assert guard.state == "closed"


def test_a_write_without_an_answer_is_a_fault_and_is_sent_once(fake: FakeUmc, guard: Guard) -> None:
    umc = open_umc(fake.url, guard=guard)
    fake.on("AppointmentCreate.BookAnAppointmentWithParams", Close())
    for _ in range(LIMITS.failures):
        with pytest.raises(OutcomeUnknown):
            umc.book(HOLD, PATIENT)
    assert len(fake.requests) == LIMITS.failures
    assert guard.state == "open"
    with pytest.raises(BaseDown):
        umc.book(HOLD, PATIENT)
    assert len(fake.requests) == LIMITS.failures


def test_a_full_pool_fails_before_anything_is_sent(fake: FakeUmc) -> None:
    guard = Guard("first", Limits(connections=1, wait=0.01))
    umc = open_umc(fake.url, guard=guard)
    with inside(guard, True):
        with pytest.raises(TooBusy):
            umc.windows("centre", DAY, DAY)
        with pytest.raises(TooBusy):
            umc.hold(SLOT)
    assert fake.requests == []
    fake.on("Reservation", DONE)
    assert umc.hold(SLOT).id == HOLD_ID


# --- the end of the turn ---


def test_when_the_turn_is_over_nothing_is_begun(fake: FakeUmc) -> None:
    umc = open_umc(fake.url)
    with within(0):
        with pytest.raises(MisUnavailable):
            umc.windows("centre", DAY, DAY)
        with pytest.raises(MisUnavailable):
            umc.hold(SLOT)
    assert fake.requests == []
    fake.on(SCHEDULE, json_reply(answer({})))
    assert list(umc.windows("centre", DAY, DAY)) == []


def test_too_late_in_the_turn_for_a_write(fake: FakeUmc) -> None:
    with within(0.9), pytest.raises(MisUnavailable):
        open_umc(fake.url).hold(SLOT)
    assert fake.requests == []


def test_a_call_ends_with_the_turn_and_that_is_no_fault_of_the_base(
    fake: FakeUmc, guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The calls could take twenty seconds each by themselves."""
    umc = open_umc(fake.url, guard=guard)
    fake.on(SCHEDULE, Hang())
    fake.on("Reservation", Hang())
    for _ in range(LIMITS.failures):
        with within(0.05), pytest.raises(MisUnavailable):
            umc.windows("centre", DAY, DAY)
    assert guard.state == "closed"
    monkeypatch.setattr("mis.calls.LEAST_WRITE_SECONDS", 0.01)
    with within(0.5), pytest.raises(OutcomeUnknown):
        umc.hold(SLOT)
    assert guard.state == "closed"


def test_the_sooner_of_two_deadlines_counts(fake: FakeUmc) -> None:
    with within(0), within(60), pytest.raises(MisUnavailable):
        open_umc(fake.url).windows("centre", DAY, DAY)
    assert fake.requests == []
