"""Short messages to phones: the port, an adapter for development and one for SMSC.ru's HTTP interface."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Literal, Protocol, get_args

import requests
import yaml
from urllib3.exceptions import HTTPError

from clinic.clock import Clock
from mis.http import never_opened, open_session, read_body, time_limit

log = logging.getLogger(__name__)

TEXTS = Path(__file__).parent / "sms.yml"
CodeText = Callable[[str, timedelta], str]
TextKey = Literal["code", "code_for_staff"]
SMSC_URL = "https://smsc.ru/sys/send.php"


class SmsError(Exception):
    """The message was not sent for certain. Its text is for developers and names no phone."""


class SmsUnclear(SmsError):
    """The message was handed over and no sensible answer came: it may still arrive."""


class SmsTextsError(Exception):
    """The texts of the messages cannot be used; names the file and the key."""


class Sms(Protocol):
    """Sends text messages. Thread-safe; blocks for a few seconds at most."""

    def send(self, phone: str, text: str) -> None:
        """Send to `+7XXXXXXXXXX`. Raises `SmsError` (not sent) or `SmsUnclear` (nobody knows)."""
        ...


class NoSms:
    """For a process that never sends, or a clinic without a provider."""

    def send(self, phone: str, text: str) -> None:
        raise SmsError("no provider of SMS is configured")


class FileSms:
    """Development: each message becomes a line of JSON in a file that developers and tests read.

    Never for production, where it would keep codes and phones in clear.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def send(self, phone: str, text: str) -> None:
        line = {"at": self._clock().isoformat(), "phone": phone, "text": text}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            raise SmsError(f"the file of messages cannot be written: {type(error).__name__}") from error
        log.warning("development: a message for a phone was written to %s instead of being sent", self._path)


class SmscRu:
    """SMSC.ru: one POST with `fmt=3`, answered with `{"id", "cnt"}` or `{"error", "error_code"}`."""

    def __init__(
        self,
        login: str,
        password: str,
        sender: str = "",
        *,
        url: str = SMSC_URL,
        connect_seconds: float = 2.0,
        total_seconds: float = 5.0,
    ) -> None:
        self._form = {"login": login, "psw": password, "fmt": "3", "charset": "utf-8"}
        if sender:
            self._form["sender"] = sender
        self._url = url
        self._connect_seconds = connect_seconds
        self._total_seconds = total_seconds
        self._session = open_session(pool=4)
        self._session.headers["Connection"] = "close"

    def send(self, phone: str, text: str) -> None:
        try:
            with self._session.post(
                self._url,
                data={**self._form, "phones": phone, "mes": text},
                timeout=time_limit(self._connect_seconds, self._total_seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                status, body = response.status_code, read_body(response)
        except (requests.RequestException, HTTPError) as error:
            if never_opened(error):
                raise SmsError(f"SMSC was not reached: {type(error).__name__}") from error
            raise SmsUnclear(f"SMSC did not answer: {type(error).__name__}") from error
        _judge(status, body)


def _judge(status: int, body: bytes) -> None:
    if 400 <= status < 500:
        raise SmsError(f"SMSC answered {status}")
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, Mapping) and "error_code" in answer:
        raise SmsError(f"SMSC refused, error {answer['error_code']}")
    if status != 200 or not isinstance(answer, Mapping) or "id" not in answer:
        raise SmsUnclear(f"SMSC answered {status} with something else than an id or an error")


def load_code_text(path: Path = TEXTS, key: TextKey = "code") -> CodeText:
    """What the message with a code says, from (code, how long it works). Raises `SmsTextsError`."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    keys = get_args(TextKey)
    template = data.get(key) if isinstance(data, dict) and set(data) == set(keys) else None
    if not isinstance(template, str) or "{code}" not in template:
        raise SmsTextsError(
            f"{path}: {key}: must have exactly the keys {', '.join(keys)}, and each text the place {{code}}"
        )

    def text(code: str, lifetime: timedelta) -> str:
        return template.format(code=code, minutes=int(lifetime.total_seconds() // 60)).strip()

    try:
        text("000000", timedelta(minutes=5))
    except (KeyError, ValueError, IndexError) as error:
        raise SmsTextsError(
            f"{path}: {key}: bad template ({error}); allowed: {{code}}, {{minutes}}"
        ) from error
    return text
