"""Logs hold ids, never what people wrote."""

from __future__ import annotations

import json
import logging

import pytest
import structlog

from desk.logs import configure_logging


@pytest.fixture
def fresh_logging():
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def test_an_exception_is_logged_without_its_message(fresh_logging, capsys):
    configure_logging("INFO")
    try:
        raise ValueError("Key (phone)=(+79990001122) already exists")
    except ValueError:
        structlog.get_logger("desk").error("inbox.failed", inbox=7, exc_info=True)
    logging.getLogger("library").warning("cannot handle %s", "Петрова Анна")
    lines = capsys.readouterr().out.splitlines()
    record, foreign = (json.loads(line) for line in lines)
    assert record["error"] == "builtins.ValueError"
    assert record["inbox"] == 7
    assert "test_logs.py" in record["at"][-1]
    assert "+7999" not in "".join(lines)
    assert foreign["event"] == "cannot handle %s"
    assert "Петрова" not in "".join(lines)


async def test_a_whole_conversation_leaves_no_word_in_the_log(
    open_desk, rasa, open_chat, rest_client, fresh_logging, capsys
):
    configure_logging("DEBUG")
    async with open_desk() as url:
        chat = await open_chat(url)
        await chat.ask("Петрова Анна, 8 999 000-11-22")
        await chat.ask("болит в груди", client_msg_id="1")
        await rest_client(url).say("Сидоров Пётр")
        rasa.says(status=503)
        await chat.ask("позвоните мне")
    out = capsys.readouterr()
    logged = out.out + out.err
    assert "turn.done" in logged
    for word in ("Петрова", "000-11-22", "груди", "Сидоров", "позвоните", "ответ"):
        assert word not in logged
