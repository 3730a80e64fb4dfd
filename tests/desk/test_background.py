"""Bookings with an unknown outcome: the patient is told once, whatever happens in between."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime

import pytest

from clinic.outcomes import LedgerUnavailable
from desk.visits import News
from tests.desk.chat import eventually


class Clinic:
    """Has news until it is told that it was passed on."""

    def __init__(self, sender: str) -> None:
        self.news = {7: News(sender, 7, "booked", "Запись подтверждена.")}
        self.rounds = 0
        self.failures = 1
        self.unheard = []
        self.storage_losses = 0
        self.lock = threading.Lock()

    def settle(self):
        with self.lock:
            self.rounds += 1
            return list(self.news.values())

    def told(self, news):
        if self.failures:
            self.failures -= 1
            raise RuntimeError("the process died here")
        self.news.pop(news.booking_id, None)

    def holding(self):
        return frozenset()

    def let_go(self, sender, before):
        raise AssertionError("nobody took a conversation over")

    def not_heard(self, rasa_sender, since, until=None):
        if self.storage_losses:
            self.storage_losses -= 1
            raise LedgerUnavailable("OperationalError")
        self.unheard.append((rasa_sender, since, until))

    def calendar(self, token):
        return None


async def test_settled_bookings_are_told_once(open_desk, rasa, open_chat, rows):
    async with open_desk() as url:
        chat = await open_chat(url)
        await chat.ask("к лору")
        session = chat.session_id
    clinic = Clinic(rasa.turns[0]["sender_id"])
    async with open_desk(clinic) as url:
        chat = await open_chat(url, session)
        await chat.until(lambda: bool(chat.said) or len(chat.history) == 3)
    assert clinic.rounds == 1
    assert clinic.news, "the first life died before it noted that the patient knows"
    async with open_desk(clinic) as url:
        chat = await open_chat(url, session)
        await eventually(lambda: chat.request(session), lambda _: not clinic.news)
        await chat.request(session)
        texts = [message["text"] for message in chat.history]
    assert texts.count("Запись подтверждена.") == 1
    assert chat.history[-1]["author"] == "notice"


async def test_rest_callers_get_the_news_with_their_next_call(open_desk, rasa, rest_client, rows):
    async with open_desk() as url:
        client = rest_client(url)
        await client.say("к лору")
    clinic = Clinic(rasa.turns[0]["sender_id"])
    clinic.failures = 0
    async with open_desk(clinic) as url:
        client._url = url
        await eventually(lambda: client._http.get(f"{url}/live"), lambda _: not clinic.news)
        said = await client.say("ну что?")
    assert [item["text"] for item in said] == ["Запись подтверждена.", "ответ: ну что?"]


async def test_a_turn_that_broke_off_lets_its_answer_be_told_again(open_desk, rasa, open_chat, rows):
    """The dialogue may have booked and said so before it broke: the patient has not heard it."""
    clinic = Clinic("nobody")
    clinic.news = {}
    async with open_desk(clinic) as url:
        chat = await open_chat(url)
        await chat.ask("к лору")
        assert clinic.unheard == []
        rasa.says(status=500)
        await chat.ask("да")
    [(sender, since, _)] = clinic.unheard
    assert sender == rasa.turns[-1]["sender_id"]
    assert since <= datetime.now(UTC)


async def test_what_a_turn_tells_after_it_was_given_up_is_unheard_too(
    open_desk, rasa, open_chat, rows, monkeypatch
):
    """Rasa goes on with a turn nobody waits for: when it is surely over, what it told by then is news."""
    rows("UPDATE desk.inbox SET unheard = false")
    clinic = Clinic("nobody")
    clinic.news = {}
    async with open_desk(clinic) as url:
        chat = await open_chat(url)
        rasa.says(status=500)
        await chat.ask("да")
        rasa.says({"text": "Слушаю"})
        await chat.ask("ну что?")
        session = chat.session_id
        assert len(clinic.unheard) == 1, "the second look is not due"
    monkeypatch.setattr("desk.unheard.LONGEST_RUN", 0.0)
    async with open_desk(clinic) as url:
        await open_chat(url, session)
        await eventually(lambda: asyncio.sleep(0, clinic.unheard), lambda unheard: len(unheard) == 2)
        await eventually(
            lambda: asyncio.to_thread(rows, "SELECT 1 FROM desk.inbox WHERE unheard"), lambda due: not due
        )
    (first, second) = clinic.unheard
    assert (second[0], second[1]) == first[:2]
    [later] = rows("SELECT started_at FROM desk.inbox WHERE text = 'ну что?' AND started_at > %s", first[1])
    assert second[2] == later["started_at"], "what the next turn told was heard"


async def test_the_net_outlives_a_loss_of_the_clinics_storage(open_desk, rasa, open_chat, rows, monkeypatch):
    """The patient gets the apology, and what was not heard is marked as soon as the storage is back."""
    rows("UPDATE desk.inbox SET unheard = false")
    monkeypatch.setattr("desk.unheard.LONGEST_RUN", 0.0)
    clinic = Clinic("nobody")
    clinic.news = {}
    clinic.storage_losses = 3
    async with open_desk(clinic) as url:
        chat = await open_chat(url)
        rasa.says(status=500)
        await chat.ask("да")
        assert [message["author"] for message in chat.said] == ["notice"]
        await eventually(
            lambda: asyncio.to_thread(rows, "SELECT 1 FROM desk.inbox WHERE unheard"), lambda due: not due
        )
        assert rows("SELECT attempt FROM desk.inbox ORDER BY id DESC LIMIT 1") == [{"attempt": 1}]
    assert clinic.storage_losses == 0
    assert clinic.unheard


@pytest.mark.parametrize("ends_well", [False, True])
async def test_a_message_that_was_repeated_is_unheard_since_it_was_written(
    open_desk, rasa, open_chat, rows, monkeypatch, ends_well
):
    """The first try may have booked and said so while nothing could be stored: «Повторить» begins nothing."""
    rows("UPDATE desk.inbox SET unheard = false")
    clinic = Clinic("nobody")
    clinic.news = {}
    clinic.storage_losses = 1 if ends_well else 2
    async with open_desk(clinic) as url:
        chat = await open_chat(url)
        rasa.says(status=500)
        await chat.ask("да")
        if ends_well:
            rasa.says({"text": "Слушаю"})
        await chat.send(chat.said[0]["quick_replies"][0]["payload"])
        await chat.until(lambda: len(chat.said) == 2)
    session = chat.session_id
    assert clinic.unheard == []
    monkeypatch.setattr("desk.unheard.LONGEST_RUN", 0.0)
    async with open_desk(clinic) as url:
        await open_chat(url, session)
        await eventually(
            lambda: asyncio.to_thread(rows, "SELECT 1 FROM desk.inbox WHERE unheard"), lambda due: not due
        )
    [message] = rows("SELECT ts FROM desk.message WHERE text = 'да' ORDER BY ts DESC LIMIT 1")
    [tried] = rows("SELECT started_at FROM desk.inbox WHERE text = 'да' ORDER BY id DESC LIMIT 1")
    [(_, since, until)] = clinic.unheard
    assert since == message["ts"] < tried["started_at"]
    assert until == (tried["started_at"] if ends_well else None), "what was told at last was heard"
