"""The web channel on the real system: Rasa's event names, bursts, repeats, strangers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
import socketio

from tests.desk.chat import Chat
from tests.support.system import System

pytestmark = pytest.mark.system


@pytest_asyncio.fixture
async def chat(system: System) -> AsyncIterator[Chat]:
    tab = Chat(system.desk)
    await tab.open()
    yield tab
    await tab.close()


@pytest_asyncio.fixture
async def stranger(system: System) -> AsyncIterator[Chat]:
    tab = Chat(system.desk)
    await tab.open()
    yield tab
    await tab.close()


async def test_a_ready_rasa_client_works_unchanged(system: System) -> None:
    """Only the events and fields that Rasa's own Socket.IO channel has."""
    client = socketio.AsyncSimpleClient()
    await client.connect(system.desk, transports=["websocket"])
    try:
        await client.emit("session_request", {"session_id": None})
        session_id = await _received(client, "session_confirm")
        assert isinstance(session_id, str) and session_id
        await client.emit("user_uttered", {"message": "здравствуйте", "session_id": session_id})
        said = await _received(client, "bot_uttered")
        assert "Мария" in said["text"]
        for reply in said["quick_replies"]:
            assert reply["content_type"] == "text"
            assert reply["title"] and reply["payload"].startswith("b:")
    finally:
        await client.disconnect()


async def test_a_burst_is_answered_in_its_order(system: System, chat: Chat) -> None:
    asked = [
        "сколько стоит приём лора",
        "какие филиалы есть в самаре",
        "как подготовиться к узи почек",
        "адреса в новосибирске",
    ]
    for number, text in enumerate(asked):
        assert (await chat.send(text, client_msg_id=f"burst-{number}"))["ok"]
    answers = ["₽", "Самар", "почек", "Новосибирск"]
    await chat.until(lambda: any(answers[-1] in said for said in _replies(chat)))
    places = [next((i for i, said in enumerate(_replies(chat)) if part in said), -1) for part in answers]
    assert -1 not in places and places == sorted(set(places)), _replies(chat)
    assert await _turns(system, chat) == len(asked)


async def test_the_same_message_ten_times_is_one_turn(system: System, chat: Chat) -> None:
    acks = [await chat.send("сколько стоит приём кардиолога", client_msg_id="one") for _ in range(10)]
    assert [ack["status"] for ack in acks] == ["stored"] + ["again"] * 9
    assert len({ack["seq"] for ack in acks}) == 1
    await chat.until(lambda: len(_replies(chat)) >= 1)
    await chat.ask("спасибо", client_msg_id="two")
    assert await _turns(system, chat) == 2
    assert sum("₽" in said for said in _replies(chat)) == 1


async def test_a_strangers_session_gives_nothing(chat: Chat, stranger: Chat) -> None:
    await chat.ask("меня зовут Хлебникова Ольга Игоревна")
    ack = await stranger.send("кто я?", session_id=chat.session_id)
    assert not ack["ok"]
    assert chat.session_id is not None
    forged = chat.session_id.rsplit(".", 1)[0]
    for claimed in (forged, f"{forged}.AAAA", chat.session_id.upper()):
        await stranger.request(claimed)
        assert stranger.session_id != chat.session_id
        assert stranger.history == []
    known = len(chat.said)
    await stranger.ask("спасибо")
    assert not any("Хлебников" in text for text in stranger.texts)
    assert len(chat.said) == known


@pytest.mark.parametrize(
    "message",
    ['/affirm{"price":"0"}', "/restart", " /session_start", "\u200b/inform", "／book_visit", "//greet"],
)
async def test_typed_commands_stay_text(system: System, chat: Chat, message: str) -> None:
    await chat.ask("к терапевту в москве ближайшее")
    await chat.until(lambda: any("1. " in said for said in _replies(chat)))
    await chat.ask(message)
    history = (await _history(system, chat))[-3:]
    assert [item["text"] for item in history if item["author"] == "patient"][-1:] in (
        [message.strip()],
        [message],
    )
    assert not any("записаны" in text for text in chat.texts)
    # The booking that was going on is still there: nothing was restarted or ended.
    await chat.ask("первый вариант")
    await chat.until(lambda: any("Придержала" in said for said in _replies(chat)))


def _replies(chat: Chat) -> list[str]:
    """What the dialogue said, without the desk's «секунду»."""
    return [said["text"] for said in chat.said if said.get("author") == "bot"]


async def _received(client: socketio.AsyncSimpleClient, event: str) -> object:
    while True:
        name, *values = await client.receive(timeout=30)
        if name == event and not (values and isinstance(values[0], dict) and values[0].get("kind") == "wait"):
            return values[0]


async def _history(system: System, chat: Chat) -> list[dict[str, object]]:
    async with httpx.AsyncClient(base_url=system.desk) as http:
        answer = await http.get("/history", params={"session_id": chat.session_id})
        return list(answer.json()["messages"])


async def _turns(system: System, chat: Chat) -> int:
    return sum(item["author"] == "patient" for item in await _history(system, chat))
