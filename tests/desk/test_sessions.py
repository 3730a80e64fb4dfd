"""Whose conversation a socket may see, and what it sees after a reload."""

from __future__ import annotations

import httpx
import pytest
import socketio

from desk.sessions import SessionSigner
from tests.desk.chat import Chat


async def test_a_reload_brings_the_history_with_live_buttons_only(desk, rasa, open_chat):
    button = {"title": "Да", "payload": "/affirm"}
    rasa.says({"text": "Раз?", "buttons": [button]})
    chat = await open_chat(desk)
    await chat.ask("один", client_msg_id="c-1")
    await chat.ask("два")
    again = await open_chat(desk, chat.session_id)
    assert again.session_id == chat.session_id
    assert [(m["author"], m["text"]) for m in again.history] == [
        ("patient", "один"),
        ("bot", "Раз?"),
        ("patient", "два"),
        ("bot", "Раз?"),
    ]
    assert again.history[0]["client_msg_id"] == "c-1"
    assert "quick_replies" not in again.history[1]
    assert again.history[3]["quick_replies"] == chat.said[1]["quick_replies"]
    part = await open_chat(desk, chat.session_id, after=again.history[2]["seq"])
    assert [m["text"] for m in part.history] == ["Раз?"]


async def test_history_over_http_needs_the_signed_id(desk, open_chat):
    chat = await open_chat(desk)
    answer = await chat.ask("привет")
    async with httpx.AsyncClient(base_url=desk, trust_env=False) as http:
        own = await http.get("/history", params={"session_id": chat.session_id})
        assert [m["text"] for m in own.json()["messages"]] == ["привет", answer["text"]]
        later = await http.get("/history", params={"session_id": chat.session_id, "after": answer["seq"]})
        assert later.json() == {"messages": []}
        forged = await http.get("/history", params={"session_id": chat.session_id[:-1] + "~"})
        assert forged.status_code == 404


async def test_a_forged_or_bare_id_gets_a_new_conversation(desk, rasa, open_chat):
    victim = await open_chat(desk)
    await victim.ask("мой телефон ...")
    bare, _, signature = victim.session_id.partition(".")
    for stolen in (bare, f"{bare}.", f"{bare}.{'A' * len(signature)}", f"x{victim.session_id}", 7, {"a": 1}):
        thief = await open_chat(desk, stolen)
        assert thief.session_id != victim.session_id
        assert thief.history == []


async def test_a_strangers_id_in_a_message_gets_nothing(desk, rasa, open_chat, texts):
    victim, thief = await open_chat(desk), await open_chat(desk)
    await victim.ask("привет")
    ack = await thief.send("привет", session_id=victim.session_id)
    assert ack["ok"] is False
    await thief.until(lambda: len(thief.said) == 1)
    assert thief.texts == [texts["wrong_session"]]
    await victim.ask("ещё")
    assert thief.texts == [texts["wrong_session"]]
    assert rasa.texts == ["привет", "ещё"]


async def test_replies_reach_every_tab_and_nobody_else(desk, open_chat):
    chat = await open_chat(desk)
    tab, stranger = await open_chat(desk, chat.session_id), await open_chat(desk)
    await chat.ask("привет")
    await tab.until(lambda: tab.texts == chat.texts)
    assert stranger.said == []


async def test_a_message_before_the_session_opens_one(desk, rasa):
    chat = Chat(desk)
    await chat._io.connect(desk, transports=["websocket"])
    try:
        answer = await chat.ask("привет")
        assert answer["text"] == "ответ: привет"
        assert chat.session_id is not None
    finally:
        await chat.close()


async def test_a_foreign_page_is_refused_and_a_listed_one_let_in(open_desk, open_chat):
    async with open_desk(cors_origins="https://clinic.example") as url:
        await open_chat(url, headers={"Origin": "https://clinic.example"})
        await open_chat(url, headers={"Origin": url})
        with pytest.raises(socketio.exceptions.ConnectionError):
            await open_chat(url, headers={"Origin": "https://evil.example"})


def test_a_signature_of_another_key_is_worth_nothing():
    ours, theirs = SessionSigner("a" * 32), SessionSigner("b" * 32)
    bare = ours.new()
    assert ours.verify(ours.sign(bare)) == bare
    assert ours.verify(theirs.sign(bare)) is None
    assert len({ours.new() for _ in range(100)}) == 100
