"""Calls to BIT.UMC: who asks, what is repeated, how long is waited, what is logged."""

from __future__ import annotations

import base64
import logging

import pytest

from mis.calls import Timeouts
from mis.port import (
    BadAnswer,
    MisRefused,
    MisUnavailable,
    OutcomeUnknown,
    SlotTaken,
)
from mis.umc import Umc
from tests.mis.fake_umc import (
    Answer,
    Close,
    Cut,
    Drip,
    FakeUmc,
    Hang,
    Reply,
    Reset,
    free_port,
    json_reply,
)
from tests.mis.support import (
    DAY,
    HOLD,
    HOLD_ID,
    PATIENT,
    REFUSAL,
    SLOT,
    answer,
    open_umc,
    period,
    schedule,
)
from tests.mis.umc_answers import BOOK, CUT_JSON, DONE, FALSE, GARBAGE, HTML, SCHEDULE, TEXT_500

HASTY = Timeouts(connect=5, read_total=0.4, directory_total=0.4, write_total=1.0)

HALF = Cut(DONE.body)


def test_every_call_carries_basic_auth_and_the_key_of_its_branch(fake: FakeUmc) -> None:
    fake.on(SCHEDULE, json_reply(answer({})))
    umc = open_umc(fake.url, user="Сайт")
    umc.windows("centre", DAY, DAY)
    umc.windows("ural", DAY, DAY)
    keys = [request.body["Key"] for request in fake.requests]
    assert keys == ["key-centre", "key-ural"]
    kind, _, secret = fake.requests[0].headers["Authorization"].partition(" ")
    assert (kind, base64.b64decode(secret).decode()) == ("Basic", "Сайт:bwi")


def test_an_answer_with_a_byte_order_mark_and_a_wrong_type_is_read(fake: FakeUmc, umc: Umc) -> None:
    body = json_reply(answer({"ГрафикДляСайта": schedule(ПериодГрафика=period("09:00", "10:00"))})).body
    fake.on(SCHEDULE, Reply(b"\xef\xbb\xbf" + body, 200, "text/html; charset=windows-1251"))
    assert len(umc.windows("centre", DAY, DAY)) == 1


@pytest.mark.parametrize("fault", [Reset(), Close(), HALF, GARBAGE, CUT_JSON, Reply(b"busy", 503)])
def test_a_read_is_repeated_once(fake: FakeUmc, umc: Umc, fault: Answer) -> None:
    fake.on(SCHEDULE, fault, json_reply(answer({})))
    assert umc.windows("centre", DAY, DAY) == ()
    assert len(fake.asked(SCHEDULE)) == 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Reset(), MisUnavailable),
        (Close(), MisUnavailable),
        (HALF, MisUnavailable),
        (Reply(b"", 503), MisUnavailable),
        (Reply(b"", 401), MisUnavailable),
        (Reply(b"Not Found", 404), MisUnavailable),
        (Reply(b"", 302, headers={"Location": "/login"}), MisUnavailable),
        (Reply(b"Internal Server Error", 500), MisUnavailable),
        (TEXT_500, BadAnswer),
        (GARBAGE, BadAnswer),
        (CUT_JSON, BadAnswer),
        (HTML, BadAnswer),
        (Reply(b""), BadAnswer),
    ],
)
def test_a_read_that_stays_broken(fake: FakeUmc, umc: Umc, fault: Answer, error: type[Exception]) -> None:
    fake.on(SCHEDULE, fault)
    with pytest.raises(error):
        umc.windows("centre", DAY, DAY)
    assert len(fake.requests) <= 2


def test_a_read_ends_at_its_deadline(fake: FakeUmc) -> None:
    fake.on(SCHEDULE, Hang())
    with pytest.raises(MisUnavailable):
        open_umc(fake.url, timeouts=HASTY).windows("centre", DAY, DAY)
    assert len(fake.requests) <= 1


def test_a_body_that_drips_ends_at_the_deadline_too(fake: FakeUmc) -> None:
    body = json_reply(answer({"Пусто": "x" * 5000})).body
    fake.on(SCHEDULE, Drip(body, lambda: fake.over.wait(0.05) and None))
    with pytest.raises(MisUnavailable):
        open_umc(fake.url, timeouts=HASTY).windows("centre", DAY, DAY)


def test_nobody_listens() -> None:
    umc = open_umc(f"http://127.0.0.1:{free_port()}/umc/hs/bwi")
    with pytest.raises(MisUnavailable):
        umc.windows("centre", DAY, DAY)
    with pytest.raises(MisUnavailable):
        umc.hold(SLOT)
    with pytest.raises(MisUnavailable):
        umc.book(HOLD, PATIENT)
    with pytest.raises(MisUnavailable):
        umc.cancel("ural", HOLD_ID)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (TEXT_500, MisRefused),
        (FALSE, MisRefused),
        (Reply(REFUSAL.encode()), MisRefused),
        (Reply(b"bad request", 400), MisRefused),
        (Reply(b"Error"), MisRefused),
        (Reply(b"", 401), MisUnavailable),
        (Reply(b"Not Found", 404), MisUnavailable),
        (Reply(b"", 307, headers={"Location": "/elsewhere"}), MisUnavailable),
        (Reply(b"Internal Server Error", 500), OutcomeUnknown),
        (Reply(b"", 500), OutcomeUnknown),
        (Reply(b"<html>502</html>", 502), OutcomeUnknown),
        (Reply(b"", 504), OutcomeUnknown),
        (HTML, OutcomeUnknown),
        (GARBAGE, OutcomeUnknown),
        (CUT_JSON, OutcomeUnknown),
        (Reply(b""), OutcomeUnknown),
        (json_reply(answer({})), OutcomeUnknown),
        (json_reply(answer({"Результат": ""})), OutcomeUnknown),
        (HALF, OutcomeUnknown),
        (Reset(), OutcomeUnknown),
        (Close(), OutcomeUnknown),
    ],
)
@pytest.mark.parametrize("operation", ["hold", "book"])
def test_a_write_is_sent_once_and_its_outcome_is_named(
    fake: FakeUmc, umc: Umc, fault: Answer, error: type[Exception], operation: str
) -> None:
    fake.on("Reservation", fault)
    fake.on(BOOK, fault)
    with pytest.raises(error) as caught:
        umc.hold(SLOT) if operation == "hold" else umc.book(HOLD, PATIENT)
    assert type(caught.value) is error
    assert not isinstance(caught.value, SlotTaken)
    assert len(fake.requests) == 1


def test_a_write_without_an_answer_in_time_is_unknown(fake: FakeUmc) -> None:
    fake.on(BOOK, Hang())
    with pytest.raises(OutcomeUnknown):
        open_umc(fake.url, timeouts=HASTY).book(HOLD, PATIENT)
    assert len(fake.requests) <= 1


def test_writes_never_ride_on_a_kept_connection(fake: FakeUmc, umc: Umc) -> None:
    fake.on("Reservation", DONE)
    umc.hold(SLOT)
    assert fake.requests[0].headers["Connection"] == "close"


def test_no_words_of_the_mis_and_of_the_patient_in_log_and_error(
    fake: FakeUmc, umc: Umc, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.on(BOOK, TEXT_500)
    with pytest.raises(MisRefused) as caught:
        umc.book(HOLD, PATIENT)
    told = caplog.text + str(caught.value)
    assert "{ОбщийМодуль.ВебИнтеграция.Модуль(358)}" in told
    for secret in ("Сидоров", "Петров", "79161234567", "1990", "key-ural"):
        assert secret not in told


def test_every_call_is_told_once(fake: FakeUmc) -> None:
    calls: list[tuple[str, str, str | None]] = []

    def on_call(operation: str, branch_id: str, seconds: float, error_kind: str | None) -> None:
        assert seconds >= 0
        calls.append((operation, branch_id, error_kind))

    umc = open_umc(fake.url, on_call=on_call)
    fake.on(SCHEDULE, Reset(), json_reply(answer({})))
    fake.on("Reservation", TEXT_500)
    umc.windows("centre", DAY, DAY)
    with pytest.raises(MisRefused):
        umc.hold(SLOT)
    assert calls == [(SCHEDULE, "centre", None), ("Reservation", "ural", "MisRefused")]


def test_a_cancellation_whose_answer_is_lost_is_unknown(fake: FakeUmc, umc: Umc) -> None:
    fake.on("AppointmentCancel", Reset())
    with pytest.raises(OutcomeUnknown):
        umc.cancel("ural", HOLD_ID)
    assert len(fake.requests) == 1
