"""Whose phone it is: codes that work once, for a while, for a few tries, and only where they were asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from threading import Barrier

import pytest
from sqlalchemy import Engine, text

from clinic.identity import (
    CodeExpired,
    CodeSent,
    Identity,
    NoCode,
    NotSent,
    Proved,
    TooMany,
    WrongCode,
)
from clinic.sms import SmsError, SmsUnclear, load_code_text
from tests.clinic.conftest import NOW, Clock

PHONE, OTHER = "+79161234567", "+79990000000"


@dataclass
class FakeSms:
    sent: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    def send(self, phone: str, text: str) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append((phone, text))


@dataclass
class Stage:
    identity: Identity
    sms: FakeSms
    clock: Clock
    engine: Engine

    def sent(self, conversation: str = "c1", phone: str = PHONE, address: str = "") -> None:
        assert isinstance(self.identity.send_code(conversation, phone, address), CodeSent)


def codes() -> Iterator[str]:
    return (f"{number:06d}" for number in count(100_001))


@pytest.fixture
def stage(empty_ledger: Engine) -> Stage:
    clock, sms, numbers = Clock(), FakeSms(), codes()
    identity = Identity(
        empty_ledger, sms, clock, lambda code, lifetime: f"{code} {lifetime}", new_code=lambda: next(numbers)
    )
    return Stage(identity, sms, clock, empty_ledger)


def test_the_right_code_proves_the_phone_in_this_conversation_only(stage: Stage) -> None:
    assert stage.identity.send_code("c1", PHONE) == CodeSent(NOW + timedelta(minutes=1))
    assert stage.sms.sent == [(PHONE, "100001 0:05:00")]
    assert stage.identity.proved_phone("c1") is None
    assert stage.identity.check("c1", "100001") == Proved(PHONE)
    assert stage.identity.proved_phone("c1") == PHONE
    assert stage.identity.proved_phone("c2") is None


def test_a_message_can_have_other_words(stage: Stage) -> None:
    stage.identity.send_code("c1", PHONE, text=lambda code, lifetime: f"сотруднику {code}")
    assert stage.sms.sent == [(PHONE, "сотруднику 100001")]
    assert stage.identity.check("c1", "100001") == Proved(PHONE)


@pytest.mark.parametrize("typed", ["100 001", "100-001", " 100001 ", "1 0 0 0 0 1", "100\u00a0001"])
def test_blanks_and_dashes_do_not_matter(stage: Stage, typed: str) -> None:
    stage.sent()
    assert stage.identity.check("c1", typed) == Proved(PHONE)


def test_a_code_of_another_conversation_is_none(stage: Stage) -> None:
    stage.sent("c1")
    assert stage.identity.check("c2", "100001") == NoCode()
    stage.sent("c2", OTHER)
    assert stage.identity.check("c2", "100001") == WrongCode(4)


def test_five_wrong_codes_make_the_right_one_worthless(stage: Stage) -> None:
    stage.sent()
    left = [stage.identity.check("c1", f"{number:06d}") for number in range(5)]
    assert left == [WrongCode(4), WrongCode(3), WrongCode(2), WrongCode(1), WrongCode(0)]
    assert stage.identity.check("c1", "100001") == WrongCode(0)
    assert stage.identity.proved_phone("c1") is None
    stage.clock.forward(minutes=1)
    stage.sent()
    assert stage.identity.check("c1", "100002") == Proved(PHONE)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "сто", "１００００１", "10000a", "²00001"])
def test_what_is_not_a_code_costs_no_try(stage: Stage, typed: str) -> None:
    stage.sent()
    assert stage.identity.check("c1", typed) == WrongCode(5)
    assert stage.identity.check("c1", "000000") == WrongCode(4)


@pytest.mark.parametrize(("seconds", "expected"), [(299, Proved(PHONE)), (300, CodeExpired())])
def test_a_code_lasts_five_minutes(stage: Stage, seconds: int, expected: object) -> None:
    stage.sent()
    stage.clock.forward(seconds=seconds)
    assert stage.identity.check("c1", "100001") == expected


def test_a_new_code_makes_the_old_one_worthless(stage: Stage) -> None:
    stage.sent()
    stage.clock.forward(minutes=1)
    stage.sent()
    assert stage.identity.check("c1", "100001") == WrongCode(4)
    assert stage.identity.check("c1", "100002") == Proved(PHONE)


def test_a_code_works_once(stage: Stage) -> None:
    stage.sent()
    stage.identity.check("c1", "100001")
    assert stage.identity.check("c1", "100001") == Proved(PHONE), "the same message delivered twice"
    stage.identity.forget("c1")
    assert stage.identity.proved_phone("c1") is None
    assert stage.identity.check("c1", "100001") == NoCode()


def test_a_proof_lasts_an_hour(stage: Stage) -> None:
    assert stage.identity.accept_verified("c1", PHONE, "telegram") == Proved(PHONE)
    stage.clock.forward(minutes=59)
    assert stage.identity.proved_phone("c1") == PHONE
    stage.clock.forward(minutes=1)
    assert stage.identity.proved_phone("c1") is None


def test_a_later_proof_takes_the_place_of_the_earlier(stage: Stage) -> None:
    stage.identity.accept_verified("c1", OTHER, "telegram")
    stage.sent()
    assert stage.identity.check("c1", "100001") == Proved(PHONE)
    assert stage.identity.proved_phone("c1") == PHONE


def test_the_next_code_is_a_minute_away(stage: Stage) -> None:
    stage.sent()
    assert stage.identity.send_code("c1", PHONE) == TooMany(NOW + timedelta(minutes=1))
    assert stage.identity.send_code("c2", PHONE) == TooMany(NOW + timedelta(minutes=1))
    assert stage.identity.send_code("c1", OTHER) == TooMany(NOW + timedelta(minutes=1))
    assert len(stage.sms.sent) == 1


def ask(stage: Stage, times: int, who: Callable[[int], tuple[str, str, str]]) -> object:
    """Ask for codes two minutes apart; the first answer that is not a code."""
    for number in range(times):
        answer = stage.identity.send_code(*who(number))
        if not isinstance(answer, CodeSent):
            return number, answer
        stage.clock.forward(minutes=2)
    return None


@pytest.mark.parametrize(
    ("who", "allowed", "until"),
    [
        (lambda n: (f"c{n}", PHONE, f"a{n}"), 3, timedelta(minutes=30)),
        (lambda n: ("c1", f"+7900000000{n}", f"a{n}"), 5, timedelta(hours=1)),
        (lambda n: (f"c{n}", f"+790000000{n:02d}", "a"), 10, timedelta(hours=1)),
    ],
    ids=["phone", "conversation", "address"],
)
def test_limits(
    stage: Stage, who: Callable[[int], tuple[str, str, str]], allowed: int, until: timedelta
) -> None:
    assert ask(stage, 12, who) == (allowed, TooMany(NOW + until))
    stage.clock.now = NOW + until
    assert isinstance(stage.identity.send_code(*who(allowed)), CodeSent)


def test_an_unknown_address_has_no_limit_of_its_own(stage: Stage) -> None:
    assert ask(stage, 12, lambda n: (f"c{n}", f"+790000000{n:02d}", "")) is None


def test_six_codes_a_day_for_one_phone(stage: Stage) -> None:
    for number in range(6):
        stage.sent(f"c{number}")
        stage.clock.forward(minutes=31)
    assert stage.identity.send_code("c9", PHONE) == TooMany(NOW + timedelta(days=1))


def test_a_message_that_was_not_sent_counts_nothing_and_proves_nothing(stage: Stage) -> None:
    stage.sms.faults = [SmsError("no money")]
    assert stage.identity.send_code("c1", PHONE) == NotSent()
    assert stage.identity.check("c1", "100001") == NoCode()
    stage.sent()
    assert stage.identity.check("c1", "100002") == Proved(PHONE)


def test_a_message_that_may_have_been_sent_works_if_it_comes(stage: Stage) -> None:
    stage.sms.faults = [SmsUnclear("no answer")]
    stage.sent()
    assert stage.identity.check("c1", "100001") == Proved(PHONE)


def test_eight_requests_at_once_send_one_code(stage: Stage) -> None:
    barrier = Barrier(8, timeout=60)

    def request(number: int) -> object:
        barrier.wait()
        return stage.identity.send_code(f"c{number % 2}", PHONE, "a")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(request, range(8)))
    assert sum(isinstance(answer, CodeSent) for answer in answers) == 1
    assert len(stage.sms.sent) == 1


def test_guesses_at_once_are_all_counted(stage: Stage) -> None:
    stage.sent()
    barrier = Barrier(8, timeout=60)

    def guess(number: int) -> object:
        barrier.wait()
        return stage.identity.check("c1", f"{number:06d}")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(8)))
    assert sorted(answer.tries_left for answer in answers) == [0, 0, 0, 0, 1, 2, 3, 4]  # type: ignore[attr-defined]
    assert stage.identity.check("c1", "100001") == WrongCode(0)


def test_no_code_stands_in_the_database_or_in_the_log(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.sms.faults = [SmsUnclear("no answer")]
    stage.sent()
    with stage.engine.connect() as connection:
        stored = str(connection.execute(text("SELECT * FROM clinic.identity_code")).all())
    assert "100001" not in stored
    assert PHONE not in caplog.text and "100001" not in caplog.text


def test_codes_are_six_digits_and_not_always_the_same(empty_ledger: Engine) -> None:
    sms, clock = FakeSms(), Clock()
    identity = Identity(empty_ledger, sms, clock, lambda code, lifetime: code, limits=())
    for number in range(20):
        assert isinstance(identity.send_code(f"c{number}", PHONE), CodeSent)
    written = [code for _, code in sms.sent]
    assert all(len(code) == 6 and code.isdigit() for code in written)
    assert len(set(written)) > 10


def test_the_message_names_the_code_and_how_long_it_works() -> None:
    message = load_code_text()("012345", timedelta(minutes=5))
    assert "012345" in message
    assert "5 мин" in message
    assert len(message) <= 134, "two messages at most in Cyrillic"
