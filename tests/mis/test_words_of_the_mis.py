"""What a MIS says in its errors names other patients: none of it gets into a log or an error of ours."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from mis.calls import Timeouts
from mis.fhir import Fhir
from mis.fhir_transport import FhirTransport
from mis.port import CallbackRequest, Mis, MisError, Visit
from mis.umc import Umc
from mis.umc_dialects import JsonDialect, SoapDialect
from mis.umc_transport import UmcTransport
from tests.mis.support import CENTRE, DAY, HOLD, NOW, PATIENT, SLOT, SPECIALTIES, URAL

PLANTED = ("Сидоров", "Пётр", "89161112233", "Sidorov")
WORDS = "Не удалось записать: занято, Сидоров Пётр (Sidorov), тел. 89161112233. {Модуль.Заявка(12)}"
GENEROUS = Timeouts(10, 20, 20, 20)


def soap(value: str) -> str:
    return (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><m:R xmlns:m="ru.umc">'
        f"<m:return>{value}</m:return></m:R></s:Body></s:Envelope>"
    )


FAULT = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Reason>'
    f"<s:Text>{WORDS}</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"
)
OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": WORDS, "diagnostics": WORDS, "details": {"text": WORDS}}],
}
ANSWERS = {
    "text": WORDS,
    "page": f"<html><body>{WORDS}</body></html>",
    "cut": json.dumps({"Ответ": {"ОписаниеОшибки": WORDS}}, ensure_ascii=False)[:-3],
    "refused": json.dumps({"Ответ": {"Результат": "false", "ОписаниеОшибки": WORDS}}, ensure_ascii=False),
    "named by it": json.dumps({"Ответ": {WORDS: WORDS}}, ensure_ascii=False),
    "soap text": soap(WORDS),
    "soap fault": FAULT,
    "outcome": json.dumps(OUTCOME, ensure_ascii=False),
    "other resource": json.dumps({"resourceType": WORDS, "id": "1"}, ensure_ascii=False),
}
REQUEST = CallbackRequest("centre", "ent", PATIENT.name, PATIENT.phone, datetime.now(CENTRE.timezone))
CALLS: dict[str, Callable[[Mis], object]] = {
    "branches": lambda mis: mis.branches(),
    "doctors": lambda mis: mis.doctors("centre"),
    "services": lambda mis: mis.services("centre"),
    "windows": lambda mis: mis.windows("centre", DAY, DAY),
    "hold": lambda mis: mis.hold(SLOT),
    "book": lambda mis: mis.book(HOLD, PATIENT, ["s-1"], "комментарий"),
    "status": lambda mis: mis.status("centre", HOLD.id),
    "cancel": lambda mis: mis.cancel("centre", HOLD.id),
    "callback": lambda mis: mis.request_callback(REQUEST),
}


@contextmanager
def saying(body: str, status: int) -> Iterator[str]:
    """The address of a server that has one answer for everything."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def adapters(url: str) -> dict[str, Mis]:
    branches, clock = [CENTRE, URAL], lambda: NOW
    json_dialect = JsonDialect({"centre": "key-centre", "ural": "key-ural"})
    return {
        "umc_http": Umc(UmcTransport(url, "u", "p", json_dialect, GENEROUS), branches, SPECIALTIES, clock),
        "umc_soap": Umc(UmcTransport(url, "u", "p", SoapDialect(), GENEROUS), branches, SPECIALTIES, clock),
        "fhir": Fhir(FhirTransport(url, GENEROUS), branches, SPECIALTIES, clock),
    }


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("answer", ANSWERS)
def test_none_of_its_words_get_into_logs_and_errors(
    answer: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    failed = 0
    with saying(ANSWERS[answer], status) as url:
        for name, mis in adapters(url).items():
            for operation, call in CALLS.items():
                try:
                    found: Any = call(mis)
                except MisError as error:
                    failed += 1
                    told += [f"{name}.{operation}", *traceback.format_exception(error)]
                else:
                    assert not isinstance(found, Visit), f"{name} booked by {answer}"
    assert failed, "no call failed: nothing was tried"
    everything = "".join(told) + caplog.text + "".join(str(vars(record)) for record in caplog.records)
    for piece in (*PLANTED, PATIENT.phone, str(PATIENT.name), "key-centre"):
        assert piece not in everything
