"""The operations of the BIT.UMC adapter: what is sent, and what the answers mean."""

from __future__ import annotations

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
    OutcomeUnknown,
    VisitStatus,
)
from mis.umc import Umc
from mis.umc_dialects import JsonDialect
from mis.umc_transport import UmcTransport
from tests.mis.fake_umc import (
    FakeUmc,
    Reply,
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
    SLOT,
    URAL,
    YEKATERINBURG,
    answer,
    employee,
    item,
    period,
    schedule,
)
from tests.mis.umc_answers import BOOK, CUT_JSON, DONE, FALSE, GARBAGE, SCHEDULE, TEXT_500


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


def test_a_hold_without_an_id_is_unknown(fake: FakeUmc, umc: Umc) -> None:
    fake.on("Reservation", json_reply(answer({"Результат": "true", "УИД": ""})))
    with pytest.raises(OutcomeUnknown):
        umc.hold(SLOT)


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


def test_callback_is_written_in_the_words_of_the_clinic(fake: FakeUmc, umc: Umc) -> None:
    fake.on("AppointmentCreate.FastBookAnAppointment", DONE)
    wished = datetime(2026, 11, 24, 22, 30, tzinfo=MOSCOW)
    request = CallbackRequest("ural", "ent", FullName("Петров", "Илья"), "+79161234567", wished, "вечером")
    assert umc.request_callback(request) == HOLD_ID
    body = fake.requests[0].body
    assert body["Specialization"] == "Оториноларингология"
    assert wished.astimezone(YEKATERINBURG).hour == 0
    assert (body["Date"], body["TimeBegin"]) == ("2026-11-25T00:00:00", "0001-01-01T00:30:00")


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
