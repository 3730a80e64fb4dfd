"""What a client of BIT.UMC stumbles over, one by one, that no other file of tests has."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from mis.calls import Timeouts
from mis.http import open_session
from mis.port import (
    BadAnswer,
    MisError,
    MisRefused,
    MisUnavailable,
    OutcomeUnknown,
    Symptom,
    VisitStatus,
)
from mis.umc import Umc
from mis.umc_dialects import _OPERATIONS, JsonDialect, SoapDialect
from mis.umc_transport import UmcTransport
from tests.mis.fake_umc import Answer, Close, FakeUmc, Reply, json_reply, soap_reply
from tests.mis.support import (
    ANNA,
    CENTRE,
    DAY,
    HOLD,
    HOLD_ID,
    NO_SUCH_VISIT,
    NOW,
    PATIENT,
    REFUSAL,
    SLOT,
    SPECIALTIES,
    URAL,
    answer,
    open_umc,
)

PATIENCE = Timeouts(10, 20, 20, 20)
CERTIFICATE = Path(__file__).parent / "self_signed.pem"
NO_SETTING = json_reply(
    answer(
        {
            "Результат": "false",
            "ОписаниеОшибки": "Не обнаружена настройка обмена с сайтом для данной клиники!",
        }
    )
)
FAULT = (
    '<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body><soap:Fault><soap:Reason>'
    f"<soap:Text>{REFUSAL}</soap:Text></soap:Reason></soap:Fault></soap:Body></soap:Envelope>"
).encode()


def over_soap(url: str) -> Umc:
    return Umc(
        UmcTransport(url, "bwi", "bwi", SoapDialect(), PATIENCE), [CENTRE, URAL], SPECIALTIES, lambda: NOW
    )


def document(inside: str, root: str = "ОтветНаЗаписьССайта", space: str = "S1") -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{space}">{inside}</{root}>'


# --- SOAP: a string that is a document, a word or a sentence ---


@pytest.mark.parametrize(
    ("said", "result"),
    [
        (soap_reply("Ok"), None),
        (soap_reply(document(f"<Результат>true</Результат><УИД>{HOLD_ID}</УИД>")), None),
        (soap_reply(document("<Результат>true</Результат><ОписаниеОшибки> </ОписаниеОшибки>")), None),
        (soap_reply("Error"), MisRefused),
        (soap_reply("Не удалось записать документ Заявка"), MisRefused),
        (soap_reply(document("<Результат>false</Результат>")), MisRefused),
        (Reply(FAULT, 500), MisRefused),
        (soap_reply(""), OutcomeUnknown),
        (soap_reply("Сервис временно занят"), OutcomeUnknown),
        (soap_reply(document("")), OutcomeUnknown),
        (Reply(b"<html><body>502</body></html>", 502), OutcomeUnknown),
        (Reply("<html><body>Вход</body></html>".encode()), OutcomeUnknown),
        (Close(), OutcomeUnknown),
        (Reply(b"", 401), MisUnavailable),
    ],
)
def test_a_booking_over_soap_with_every_answer(
    fake: FakeUmc, said: Answer, result: type[Exception] | None
) -> None:
    fake.on("BookAnAppointmentWithParams", said)
    umc = over_soap(fake.url)
    if result is None:
        assert umc.book(HOLD, PATIENT, ["s-1"]).id == HOLD_ID
    else:
        with pytest.raises(MisError) as caught:
            umc.book(HOLD, PATIENT, ["s-1"])
        assert type(caught.value) is result
        assert "Сидоров" not in str(caught.value)
    (sent,) = fake.requests
    assert sent.body["GUID"] == HOLD_ID
    assert sent.body["Duration"] == "0001-01-01T00:30:00"


@pytest.mark.parametrize("said", ["Ok", "", document("<Результат>true</Результат>")])
def test_a_hold_over_soap_without_an_id_is_unknown(fake: FakeUmc, said: str) -> None:
    fake.on("GetReserve", soap_reply(said))
    with pytest.raises(OutcomeUnknown):
        over_soap(fake.url).hold(SLOT)


@pytest.mark.parametrize("code", list(VisitStatus))
def test_every_status_code_over_both_transports(fake: FakeUmc, code: VisitStatus) -> None:
    fake.on("AppointmentStatus", json_reply(answer({"Результат": str(code.value)})))
    said = document(f"<Результат>{code.value}</Результат>", "ОтветНаЗапросСтатусаЗаявки")
    fake.on("GetAppointmentStatus", soap_reply(said))
    assert open_umc(fake.url).status("ural", HOLD_ID) is code
    assert over_soap(fake.url).status("ural", HOLD_ID) is code


def test_only_two_states_are_a_visit_that_stands() -> None:
    assert {code.value for code in VisitStatus if code.booked} == {1, 2}
    assert {code.value for code in VisitStatus if code.held} == {6, 9}


def test_an_unknown_visit_over_soap_is_a_bare_sentence(fake: FakeUmc) -> None:
    fake.on("GetAppointmentStatus", soap_reply(NO_SUCH_VISIT))
    assert over_soap(fake.url).status("ural", HOLD_ID) is VisitStatus.ERROR


def test_several_rows_and_no_lengths_over_soap(fake: FakeUmc) -> None:
    def row(start: str, end: str) -> str:
        spans = "".join(
            f"<{name}>2026-11-24T{clock}:00</{name}>"
            for name, clock in (("ВремяНачала", start), ("ВремяОкончания", end))
        )
        return (
            f"<ГрафикДляСайта><Клиника>{CENTRE.mis_id}</Клиника><СотрудникФИО>Иванова Анна</СотрудникФИО>"
            f"<СотрудникID>{ANNA}</СотрудникID><Специализация>ЛОР</Специализация><ПериодыГрафика>"
            f"<СвободноеВремя><ПериодГрафика><Дата>2026-11-24T00:00:00</Дата>{spans}</ПериодГрафика>"
            "</СвободноеВремя><ЗанятоеВремя/></ПериодыГрафика>"
            "<ДлительностьПриема>0001-01-01T00:00:00</ДлительностьПриема></ГрафикДляСайта>"
        )

    schedule = document(row("09:00", "10:00") + row("10:00", "11:00"), "ГрафикиДляСайта")
    fake.on("GetSchedule20", soap_reply(schedule))
    fake.on("GetListEmployees", soap_reply(document("", "Сотрудники", "S2")))
    umc = over_soap(fake.url)
    (window,) = umc.windows("centre", DAY, DAY)
    assert (window.start.hour, window.end.hour) == (9, 11)
    (doctor,) = umc.doctors("centre")
    assert (doctor.specialty, doctor.visit_length) == ("ent", None)


# --- Operations ---


def test_the_enlarged_schedule_is_never_asked_for() -> None:
    """Busy time is not taken out of it: its slots are not free."""
    assert not [name for name, *_ in _OPERATIONS.values() if "Enlarg" in name]


def test_a_branch_without_an_exchange_setting_hides_no_other(fake: FakeUmc) -> None:
    clinics = json_reply(answer({"Клиника": [{"УИД": CENTRE.mis_id}, {"УИД": URAL.mis_id}]}))
    fake.on("DictionaryData.GetListClinic", NO_SETTING, clinics)
    assert open_umc(fake.url).branches() == [CENTRE, URAL]
    assert [request.body["Key"] for request in fake.requests] == ["key-centre", "key-ural"]


@pytest.mark.parametrize(
    "read",
    [
        Umc.branches,
        lambda umc: umc.services("centre"),
        lambda umc: umc.doctors("centre"),
        lambda umc: umc.windows("centre", DAY, DAY),
        lambda umc: umc.status("centre", HOLD_ID),
    ],
)
def test_no_exchange_setting_is_told_apart(fake: FakeUmc, read: Callable[[Umc], object]) -> None:
    for operation in ("GetListClinic", "GetListEmployees", "GetNomenclatureAndPrices"):
        fake.on(f"DictionaryData.{operation}", NO_SETTING)
    fake.on("Schedule.GetSchedule20", NO_SETTING)
    fake.on("AppointmentStatus", NO_SETTING)
    with pytest.raises(BadAnswer) as caught:
        read(open_umc(fake.url))
    assert caught.value.symptom is Symptom.NO_SETTING


@pytest.mark.parametrize("operation", ["hold", "book"])
def test_a_home_made_services_error_with_200_is_no_success(fake: FakeUmc, operation: str) -> None:
    said = json_reply({"status": "error", "error": "Извините, это время уже занято."})
    fake.on("Reservation", said)
    fake.on("AppointmentCreate.BookAnAppointmentWithParams", said)
    umc = open_umc(fake.url)
    with pytest.raises(OutcomeUnknown):
        umc.hold(SLOT) if operation == "hold" else umc.book(HOLD, PATIENT)


def test_an_empty_or_unreadable_birth_date_is_never_sent(fake: FakeUmc) -> None:
    """It would become 0001-01-01 and could match a stranger."""
    fake.on("AppointmentCreate.BookAnAppointmentWithParams", Reply(b"Ok"))
    open_umc(fake.url).book(HOLD, PATIENT)
    assert fake.requests[0].body["Birthday"] == "1990-05-17T00:00:00"


def test_booking_what_is_held_repeats_everything(fake: FakeUmc) -> None:
    """A change by GUID removes what it does not name."""
    fake.on("AppointmentCreate.BookAnAppointmentWithParams", Reply(b"Ok"))
    open_umc(fake.url).book(HOLD, PATIENT, ["s-1"], "комментарий")
    sent = fake.requests[0].body
    assert all(sent[name] for name in ("GUID", "Clinic", "EmployeeID", "Date", "TimeBegin", "Duration"))
    assert (sent["Services"], sent["Comment"]) == ("s-1", "комментарий")


# --- The road to the base ---


@contextmanager
def secured() -> Iterator[str]:
    """An HTTPS server whose certificate nobody has signed but itself; it answers every request with {}."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write('{"Ответ": {}}'.encode())

    class Server(HTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_port}/hs/bwi"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_an_unknown_certificate_is_not_trusted_and_the_clinics_own_is() -> None:
    keys = {"centre": "k", "ural": "k"}
    with secured() as url:
        for ca_file in (None, str(CERTIFICATE)):
            transport = UmcTransport(url, "bwi", "bwi", JsonDialect(keys), PATIENCE, ca_file=ca_file)
            umc = Umc(transport, [CENTRE, URAL], SPECIALTIES, lambda: NOW)
            if ca_file is None:
                with pytest.raises(MisUnavailable):
                    umc.windows("centre", DAY, DAY)
            else:
                assert umc.windows("centre", DAY, DAY) == ()
            transport.close()


def test_the_environment_turns_off_no_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
    monkeypatch.setenv("HTTPS_PROXY", "http://elsewhere")
    with open_session() as session:
        assert session.verify is True
        assert not session.trust_env
