"""What goes to a phone: a file in development, SMSC.ru's interface against a server of our own."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from clinic.sms import FileSms, NoSms, SmscRu, SmsError, SmsTextsError, SmsUnclear, load_code_text
from tests.clinic.conftest import NOW, Clock

PHONE = "+79161234567"


@dataclass
class FakeSmsc:
    """Answers as it is told; remembers the forms."""

    url: str = ""
    status: int = 200
    body: bytes = b'{"id": 17, "cnt": 1}'
    hang: threading.Event = field(default_factory=threading.Event)
    forms: list[dict[str, list[str]]] = field(default_factory=list)


@pytest.fixture
def smsc() -> Iterator[FakeSmsc]:
    fake = FakeSmsc()
    fake.hang.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fake.forms.append(parse_qs(form, strict_parsing=True))
            fake.hang.wait(10)
            self.send_response(fake.status)
            self.end_headers()
            self.wfile.write(fake.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}/sys/send.php"
    yield fake
    fake.hang.set()
    server.shutdown()
    server.server_close()
    thread.join()


def test_smsc_gets_the_form_it_asks_for(smsc: FakeSmsc) -> None:
    SmscRu("clinic", "secret", "Klinika", url=smsc.url).send(PHONE, "Код 123456")
    assert smsc.forms == [
        {
            "login": ["clinic"],
            "psw": ["secret"],
            "sender": ["Klinika"],
            "fmt": ["3"],
            "charset": ["utf-8"],
            "phones": [PHONE],
            "mes": ["Код 123456"],
        }
    ]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b'{"error": "authorise error", "error_code": 2}', SmsError),
        (200, b'{"error": "no money", "error_code": 3, "id": 9}', SmsError),
        (403, b"denied", SmsError),
        (200, b"<html>", SmsUnclear),
        (200, b"[]", SmsUnclear),
        (200, b"", SmsUnclear),
        (502, b"bad gateway", SmsUnclear),
        (302, b"", SmsUnclear),
    ],
)
def test_smsc_refuses_or_talks_nonsense(
    smsc: FakeSmsc, status: int, body: bytes, error: type[SmsError]
) -> None:
    smsc.status, smsc.body = status, body
    with pytest.raises(SmsError) as caught:
        SmscRu("clinic", "secret", url=smsc.url).send(PHONE, "Код 123456")
    assert type(caught.value) is error
    assert not any(word in str(caught.value) for word in (PHONE[1:], "123456", "secret"))
    assert len(smsc.forms) == 1, "a message is never sent twice"


def test_smsc_that_hangs_is_unclear(smsc: FakeSmsc) -> None:
    smsc.hang.clear()
    with pytest.raises(SmsUnclear):
        SmscRu("clinic", "secret", url=smsc.url, total_seconds=0.2).send(PHONE, "Код")


def test_smsc_that_is_not_there_has_sent_nothing() -> None:
    with pytest.raises(SmsError) as caught:
        SmscRu("clinic", "secret", url="http://127.0.0.1:9/").send(PHONE, "Код")
    assert type(caught.value) is SmsError


def test_a_file_collects_messages_for_developers(tmp_path: Path) -> None:
    sms = FileSms(tmp_path / "var" / "sms.jsonl", Clock())
    sms.send(PHONE, "Код 1")
    sms.send(PHONE, "Код 2")
    lines = (tmp_path / "var" / "sms.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"at": NOW.isoformat(), "phone": PHONE, "text": "Код 1"},
        {"at": NOW.isoformat(), "phone": PHONE, "text": "Код 2"},
    ]


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SmsError):
        FileSms(tmp_path / "file" / "sms.jsonl", Clock()).send(PHONE, "Код")


def test_without_a_provider_nothing_is_sent() -> None:
    with pytest.raises(SmsError):
        NoSms().send(PHONE, "Код")


@pytest.mark.parametrize(
    "data",
    [
        "",
        "code: '{code}'",
        "code: без места\ncode_for_staff: '{code}'",
        "code: '{code}'\nother: '{code}'",
        "code: '{code} {hours}'\ncode_for_staff: '{code}'",
        "code: '{code} {'\ncode_for_staff: '{code}'",
    ],
)
def test_texts_that_cannot_be_used_name_the_file(tmp_path: Path, data: str) -> None:
    path = tmp_path / "sms.yml"
    path.write_text(data, encoding="utf-8")
    with pytest.raises(SmsTextsError, match=r"sms\.yml"):
        load_code_text(path)
