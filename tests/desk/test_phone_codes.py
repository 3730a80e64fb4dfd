"""The owner of a conversation has the patient's phone proved by a code."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from clinic.identity import CodeExpired, CodeSent, NoCode, NotSent, Proved, TooMany, WrongCode
from clinic.sms import load_code_text
from desk.app import Desk
from desk.phone_codes import ClinicPhoneCodes, CodeAsked, CodeChecked
from desk.settings import Settings
from tests.desk.fake_rasa import serving
from tests.desk.guard import Guard
from tests.desk.staff import Browser, add_account, held, stay

SOON = datetime(2026, 11, 24, 10, tzinfo=UTC)


class Identity:
    """The clinic's core and its `identity` in one: answers what it is told to."""

    def __init__(self, answer):
        self.identity = self
        self.answer = answer
        self.calls = []

    def send_code(self, conversation, phone, address="", text=None):
        self.calls.append((conversation, phone, text("012345", timedelta(minutes=5))))
        return self.answer

    def check(self, conversation, code):
        self.calls.append((conversation, code))
        return self.answer


def words(code, lifetime):
    return f"код {code}"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (CodeSent(SOON), CodeAsked("sent", SOON)),
        (TooMany(SOON), CodeAsked("too_many", SOON)),
        (NotSent(), CodeAsked("not_sent")),
    ],
)
def test_a_code_goes_to_the_phone_as_it_is_known_to_the_clinic(answer, told):
    clinic = Identity(answer)
    assert ClinicPhoneCodes(clinic, words).send("web:1", "8 (916) 123-45-67") == told
    assert clinic.calls == [("web:1", "+79161234567", "код 012345")]


@pytest.mark.parametrize("typed", ["нет телефона", "916 123", "+44 20 7946 0000"])
def test_what_is_no_russian_phone_gets_no_code(typed):
    clinic = Identity(CodeSent(SOON))
    assert ClinicPhoneCodes(clinic, words).send("web:1", typed) == CodeAsked("bad_phone")
    assert clinic.calls == []


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Proved("+79161234567"), CodeChecked("proved")),
        (WrongCode(3), CodeChecked("wrong", 3)),
        (CodeExpired(), CodeChecked("expired")),
        (NoCode(), CodeChecked("no_code")),
    ],
)
def test_a_code_is_checked_in_the_conversation_it_was_sent_for(answer, told):
    clinic = Identity(answer)
    assert ClinicPhoneCodes(clinic, words).check("web:1", "012345") == told
    assert clinic.calls == [("web:1", "012345")]


def test_the_message_asks_to_write_the_code_where_the_person_is():
    text = load_code_text(key="code_for_staff")("012345", timedelta(minutes=5))
    assert "012345" in text and "5 мин" in text and "не называйте" not in text


class Codes:
    def __init__(self):
        self.calls = []

    def send(self, sender, phone):
        self.calls.append((sender, phone))
        return CodeAsked("sent", SOON)

    def check(self, sender, code):
        self.calls.append((sender, code))
        return CodeChecked("wrong", 4) if code == "000000" else CodeChecked("proved")


@pytest_asyncio.fixture
async def window(desk_database, texts, rasa, tmp_path, connection):
    """Opens the window of an operator who has a conversation, over a desk with given codes."""
    settings = Settings(
        _env_file=None, database_url=desk_database, rasa_url=rasa.url, web_dir=tmp_path, desk_pool_size=4
    )
    anna, login = add_account(desk_database)
    stay(desk_database, anna)
    state = await held(connection, anna)

    def open_over(codes):
        return _Window(serving(Desk(settings, texts, Guard(), None, codes=codes).app), login, state)

    return open_over


class _Window:
    def __init__(self, desk, login, state):
        self._desk, self._login, self.state = desk, login, state

    async def __aenter__(self):
        self._browser = Browser(await self._desk.__aenter__())
        await self._browser.login(self._login)
        return self

    async def __aexit__(self, *error):
        await self._browser.close()
        await self._desk.__aexit__(*error)

    async def post(self, step, body):
        return await self._browser.call("POST", f"/api/conversations/{self.state.id}/{step}", body)


async def test_an_operator_has_a_phone_proved_and_the_log_keeps_neither_phone_nor_code(window, rows):
    codes = Codes()
    async with window(codes) as anna:
        asked = (await anna.post("phone-code", {"phone": "+79161234567"})).json()
        assert asked["outcome"] == "sent" and asked["again_at"] and "СМС" in asked["message"]
        wrong = (await anna.post("phone-code/check", {"code": "000000"})).json()
        assert (wrong["outcome"], wrong["tries_left"]) == ("wrong", 4)
        right = (await anna.post("phone-code/check", {"code": " 012345 "})).json()
        assert right["outcome"] == "proved"
        assert (await anna.post("phone-code", {"phone": ""})).status_code == 422
        sender = anna.state.rasa_sender
        log = rows(
            "SELECT action, details FROM desk.audit WHERE object_id = %s ORDER BY id", str(anna.state.id)
        )
    assert codes.calls == [(sender, "+79161234567"), (sender, "000000"), (sender, "012345")]
    assert [(row["action"], row["details"]) for row in log] == [
        ("phone_code.send", {"outcome": "sent"}),
        ("phone_code.check", {"outcome": "wrong"}),
        ("phone_code.check", {"outcome": "proved"}),
    ]


async def test_without_a_clinic_nothing_can_be_proved(window):
    async with window(None) as anna:
        refused = await anna.post("phone-code", {"phone": "+79161234567"})
        assert (refused.status_code, refused.json()["error"]) == (503, "no_clinic")
