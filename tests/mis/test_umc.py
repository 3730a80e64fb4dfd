from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from mis.calls import Timeouts
from mis.port import (
    BadAnswer,
    CallbackRequest,
    FullName,
    Hold,
    MisRefused,
    MisUnavailable,
    OutcomeUnknown,
    SlotTaken,
    VisitStatus,
)
from mis.umc import Umc
from mis.umc_dialects import JsonDialect
from mis.umc_transport import UmcTransport
from tests.mis.fake_umc import (
    Answer,
    Close,
    Cut,
    Drip,
    FakeUmc,
    Hang,
    Reply,
    Reset,
    fake_umc,
    free_port,
    json_reply,
)
from tests.mis.support import (
    ANNA,
    CENTRE,
    DAY,
    HOLD,
    HOLD_ID,
    MOSCOW,
    NO_SUCH_VISIT,
    NOW,
    OLEG,
    PATIENT,
    REFUSAL,
    SLOT,
    URAL,
    YEKATERINBURG,
    answer,
    employee,
    item,
    open_umc,
    period,
    schedule,
)

SCHEDULE = "Schedule.GetSchedule20"
BOOK = "AppointmentCreate.BookAnAppointmentWithParams"
HASTY = Timeouts(connect=5, read_total=0.4, directory_total=0.4, write_total=0.4)

DONE = json_reply(answer({"Результат": "true", "ОписаниеОшибки": " ", "УИД": HOLD_ID}))
HTML = Reply("<html><body>Сервис не опубликован</body></html>".encode(), 200, "text/html")
GARBAGE = Reply(b"\x00\x01PK garbage")
CUT_JSON = Reply('{"Ответ":{"Результат":"tr'.encode(), 200, "text/html")
TEXT_500 = Reply(REFUSAL.encode(), 500, "text/plain; charset=utf-8")
HALF = Cut(DONE.body)


@pytest.fixture
def fake() -> Iterator[FakeUmc]:
    with fake_umc() as server:
        yield server


@pytest.fixture
def umc(fake: FakeUmc) -> Umc:
    return open_umc(fake.url)


def test_every_call_carries_basic_auth_and_the_key_of_its_branch(fake: FakeUmc) -> None:
    fake.on(SCHEDULE, json_reply(answer({})))
    umc = open_umc(fake.url, user="Сайт")
    umc.windows("centre", DAY, DAY)
    umc.windows("ural", DAY, DAY)
    keys = [request.body["Key"] for request in fake.requests]
    assert keys == ["key-centre", "key-ural"]
    kind, _, secret = fake.requests[0].headers["Authorization"].partition(" ")
    assert (kind, base64.b64decode(secret).decode()) == ("Basic", "Сайт:bwi")


def test_windows_ask_for_free_time_of_the_branch(fake: FakeUmc, umc: Umc) -> None:
    fake.on(
        SCHEDULE, json_reply(answer({"ГрафикДляСайта": schedule(ПериодГрафика=period("09:00", "10:00"))}))
    )
    (window,) = umc.windows("centre", DAY, DAY + timedelta(days=6), [ANNA, OLEG])
    assert window.start == datetime(2026, 11, 24, 9, tzinfo=MOSCOW)
    (request,) = fake.requests
    assert request.body == {
        "Key": "key-centre",
        "Method": "GetSchedule20",
        "StartDate": "2026-11-24T00:00:00",
        "FinishDate": "2026-11-30T00:00:00",
        "Clinic": CENTRE.mis_id,
        "Employees": f"{ANNA};{OLEG}",
        "OnlyFreeTime": "true",
        "Format": "JSON",
    }


def test_an_answer_with_a_byte_order_mark_and_a_wrong_type_is_read(fake: FakeUmc, umc: Umc) -> None:
    body = json_reply(answer({"ГрафикДляСайта": schedule(ПериодГрафика=period("09:00", "10:00"))})).body
    fake.on(SCHEDULE, Reply(b"\xef\xbb\xbf" + body, 200, "text/html; charset=windows-1251"))
    assert len(umc.windows("centre", DAY, DAY)) == 1


def test_another_branchs_schedule_is_a_failure_not_an_offer(fake: FakeUmc, umc: Umc) -> None:
    rows = [schedule(ПериодГрафика=period("09:00", "10:00")), {"ОшибкаПараметров": "Филиал не найден"}]
    fake.on(SCHEDULE, json_reply(answer({"ГрафикДляСайта": rows})))
    with pytest.raises(BadAnswer):
        umc.windows("centre", DAY, DAY)


def test_directories(fake: FakeUmc, umc: Umc) -> None:
    clinics = [{"Наименование": "Центр", "УИД": CENTRE.mis_id.upper()}, {"УИД": "other"}]
    fake.on("DictionaryData.GetListClinic", json_reply(answer({"Клиника": clinics})))
    fake.on("DictionaryData.GetListEmployees", json_reply(answer({"Сотрудник": employee()})))
    fake.on("DictionaryData.GetNomenclatureAndPrices", json_reply(answer({"Каталог": item("s-1")})))
    fake.on(SCHEDULE, json_reply(answer({"ГрафикДляСайта": schedule(ПериодыГрафика="")})))
    assert list(umc.branches()) == [CENTRE]
    assert [doctor.specialty for doctor in umc.doctors("centre")] == ["ent"]
    assert [service.article for service in umc.services("centre")] == ["B-ENT-1"]


def test_doctors_who_are_booked_up_or_away_are_found(fake: FakeUmc, umc: Umc) -> None:
    fake.on(
        "DictionaryData.GetListEmployees", json_reply(answer({"Сотрудник": [employee(), employee(OLEG)]}))
    )
    booked_up, away = schedule(ПериодыГрафика=""), schedule(OLEG, ПериодГрафика="")
    fake.on(
        SCHEDULE,
        json_reply(answer({"ГрафикДляСайта": booked_up})),
        json_reply(answer({"ГрафикДляСайта": away})),
    )
    assert [doctor.id for doctor in umc.doctors("centre")] == [ANNA, OLEG]
    asked = [request.body for request in fake.asked(SCHEDULE)]
    spans = [(body["StartDate"][:10], body["FinishDate"][:10], body["OnlyFreeTime"]) for body in asked]
    assert spans == [("2026-11-22", "2026-11-28", "false"), ("2026-11-29", "2026-12-26", "true")]


def test_a_base_that_knows_none_of_our_branches_is_a_bad_answer(fake: FakeUmc, umc: Umc) -> None:
    fake.on("DictionaryData.GetListClinic", json_reply(answer({})))
    with pytest.raises(BadAnswer):
        umc.branches()


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


def test_hold_speaks_the_time_of_the_branch(fake: FakeUmc, umc: Umc) -> None:
    fake.on("Reservation", DONE)
    in_moscow = replace(SLOT, start=SLOT.start.astimezone(MOSCOW))
    assert umc.hold(in_moscow) == Hold(HOLD_ID, in_moscow, NOW)
    (request,) = fake.requests
    assert request.body == {
        "Key": "key-ural",
        "Clinic": URAL.mis_id,
        "EmployeeID": ANNA,
        "Date": "2026-11-24T00:00:00",
        "TimeBegin": "0001-01-01T10:30:00",
        "Duration": "0001-01-01T00:30:00",
    }


def test_book_changes_the_hold(fake: FakeUmc, umc: Umc) -> None:
    fake.on(BOOK, DONE)
    visit = umc.book(HOLD, PATIENT, ["s-1", "s-2"], "ДМС: страховая, полис 123")
    assert (visit.id, visit.slot) == (HOLD_ID, SLOT)
    assert not visit.status.booked
    (request,) = fake.requests
    assert request.body["GUID"] == HOLD_ID
    assert request.body["TimeBegin"] == "0001-01-01T10:30:00"
    assert (request.body["PatientSurname"], request.body["PatientName"]) == ("Петров", "Илья")
    assert (request.body["PatientFatherName"], request.body["Phone"]) == ("Олегович", "+79161234567")
    assert request.body["Comment"] == "ДМС: страховая, полис 123"
    assert request.body["Birthday"] == "1990-05-17T00:00:00"
    assert request.body["Services"] == "s-1;s-2"


def test_book_is_done_when_the_base_says_only_ok(fake: FakeUmc, umc: Umc) -> None:
    fake.on(BOOK, Reply(b"Ok"))
    assert umc.book(HOLD, PATIENT).id == HOLD_ID


FALSE = json_reply(answer({"Результат": "false", "ОписаниеОшибки": "Занято"}))


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


def test_a_hold_without_an_id_is_unknown(fake: FakeUmc, umc: Umc) -> None:
    fake.on("Reservation", json_reply(answer({"Результат": "true", "УИД": ""})))
    with pytest.raises(OutcomeUnknown):
        umc.hold(SLOT)


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


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (json_reply(answer({"Результат": "2", "ОписаниеРезультата": "Обработана"})), VisitStatus.PROCESSED),
        (
            json_reply(answer({"Результат": 6, "ОписаниеРезультата": "Резерв времени"})),
            VisitStatus.BEING_MADE,
        ),
        (json_reply(answer({"Результат": "9"})), VisitStatus.HELD),
        (json_reply(answer({"Результат": "0"})), VisitStatus.ERROR),
        (Reply(NO_SUCH_VISIT.encode()), VisitStatus.ERROR),
        (Reply(NO_SUCH_VISIT.encode(), 500), VisitStatus.ERROR),
        (json_reply(answer({"Результат": "false", "ОписаниеОшибки": NO_SUCH_VISIT})), VisitStatus.ERROR),
    ],
)
def test_status(fake: FakeUmc, umc: Umc, reply: Reply, status: VisitStatus) -> None:
    fake.on("AppointmentStatus", reply)
    assert umc.status("ural", HOLD_ID) is status
    assert fake.requests[0].body == {"Key": "key-ural", "GUID": HOLD_ID}


@pytest.mark.parametrize(
    "reply",
    [
        json_reply(answer({"Результат": "7"})),
        json_reply(answer({"Результат": "true"})),
        json_reply(answer({})),
        Reply("Сервис занят".encode()),
        TEXT_500,
        GARBAGE,
        CUT_JSON,
    ],
)
def test_what_is_no_status_is_never_taken_for_one(fake: FakeUmc, umc: Umc, reply: Reply) -> None:
    fake.on("AppointmentStatus", reply)
    with pytest.raises(BadAnswer):
        umc.status("ural", HOLD_ID)


def test_cancel(fake: FakeUmc, umc: Umc) -> None:
    fake.on("AppointmentCancel", json_reply(answer({"Результат": "true", "ОписаниеОшибки": ""})))
    umc.cancel("ural", HOLD_ID, "пациент передумал")
    (request,) = fake.requests
    assert request.body == {
        "Key": "key-ural",
        "GUID": HOLD_ID,
        "Reason": "пациент передумал",
        "AdditionalInformation": "",
    }


@pytest.mark.parametrize("refusal", [FALSE, TEXT_500])
def test_cancelling_what_is_cancelled_is_no_error(fake: FakeUmc, umc: Umc, refusal: Reply) -> None:
    fake.on("AppointmentCancel", refusal)
    fake.on("AppointmentStatus", json_reply(answer({"Результат": "5"})))
    umc.cancel("ural", HOLD_ID)


@pytest.mark.parametrize("status", ["2", "3", "0"])
def test_a_refused_cancellation_of_a_living_visit_is_refused(fake: FakeUmc, umc: Umc, status: str) -> None:
    fake.on("AppointmentCancel", FALSE)
    fake.on("AppointmentStatus", json_reply(answer({"Результат": status})))
    with pytest.raises(MisRefused):
        umc.cancel("ural", HOLD_ID)


def test_a_cancellation_whose_answer_is_lost_is_unknown(fake: FakeUmc, umc: Umc) -> None:
    fake.on("AppointmentCancel", Reset())
    with pytest.raises(OutcomeUnknown):
        umc.cancel("ural", HOLD_ID)
    assert len(fake.requests) == 1


def test_callback_is_written_in_the_words_of_the_clinic(fake: FakeUmc, umc: Umc) -> None:
    fake.on("AppointmentCreate.FastBookAnAppointment", DONE)
    wished = datetime(2026, 11, 24, 22, 30, tzinfo=MOSCOW)
    request = CallbackRequest("ural", "ent", FullName("Петров", "Илья"), "+79161234567", wished, "вечером")
    assert umc.request_callback(request) == HOLD_ID
    body = fake.requests[0].body
    assert body["Specialization"] == "Оториноларингология"
    assert wished.astimezone(YEKATERINBURG).hour == 0
    assert (body["Date"], body["TimeBegin"]) == ("2026-11-25T00:00:00", "0001-01-01T00:30:00")


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


def test_a_branch_that_is_not_ours_is_a_mistake_of_the_caller(umc: Umc) -> None:
    with pytest.raises(KeyError):
        umc.windows("nowhere", DAY, DAY)


def test_a_base_on_another_clock_is_read_and_written_on_its_own(fake: FakeUmc) -> None:
    """Moscow keeps the time of all branches: 10:30 in Yekaterinburg is 08:30 there."""
    moved = replace(URAL, base_timezone=MOSCOW)
    transport = UmcTransport(fake.url, "bwi", "bwi", JsonDialect({"ural": "key"}), Timeouts(10, 20, 20, 20))
    umc = Umc(transport, [moved], {}, lambda: NOW)
    rows = [
        period("08:30", "09:00", Клиника=URAL.mis_id),
        period("23:00", "23:30", day="2026-11-23", Клиника=URAL.mis_id),
    ]
    fake.on(
        SCHEDULE, json_reply(answer({"ГрафикДляСайта": schedule(clinic=URAL.mis_id, ПериодГрафика=rows)}))
    )
    late, window = umc.windows("ural", DAY, DAY)
    assert window.start == SLOT.start
    assert window.start.tzinfo is YEKATERINBURG
    assert late.start == datetime(2026, 11, 24, 1, tzinfo=YEKATERINBURG)
    asked = fake.requests[0].body
    assert (asked["StartDate"], asked["FinishDate"]) == ("2026-11-23T00:00:00", "2026-11-24T00:00:00")
    fake.on("Reservation", DONE)
    umc.hold(SLOT)
    assert fake.requests[-1].body["TimeBegin"] == "0001-01-01T08:30:00"
