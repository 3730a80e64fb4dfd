"""A patient of the proof goes the whole way at a real desk, and what is read afterwards is what happened."""

from __future__ import annotations

import asyncio
import random
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clinic.database import migrate as migrate_clinic
from tests.desk.conftest import TOKEN, desk, desk_database, open_desk, rasa, texts
from tests.proof.whole import histories
from tests.proof.whole.promises import check_talk
from tests.proof.whole.visitor import Story, Visitor
from tests.proof.whole.words import WORDS

__all__ = ["desk", "desk_database", "open_desk", "rasa", "texts"]

OFFER = {"title": "01.12, 10:00", "payload": '/inform{"offer":"1"}'}
BOOKED = WORDS.texts["utter_booked"].format(
    facts="завтра", patient="Анна", number=10001, documents="паспорт", link="http://x", preparation=""
)


async def dialogue(turn: dict[str, Any]) -> tuple[int, Any]:
    """The way through a booking."""
    payload, text = turn["payload"] or {}, turn["text"]
    if "offer" in payload.get("entities", {}):
        return 200, [{"text": "Придержала. Напишите фамилию, имя, телефон и дату рождения."}]
    if payload.get("intent") == "affirm":
        return 200, [{"text": BOOKED}]
    if "+7916" in text:
        return 200, [{"text": "Проверьте.", "buttons": [{"title": "Да, записать", "payload": "/affirm"}]}]
    return 200, [{"text": "1. Завтра.", "buttons": [OFFER]}]


@pytest.mark.parametrize("story", ["taps twice", "redelivers"])
async def test_a_patient_books_and_no_promise_is_broken(
    desk: str, rasa: Any, desk_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, story: Story
) -> None:
    rasa.answer = dialogue
    visitor = Visitor(
        f"w-{story}", 1, story, desk, TOKEN, tmp_path / "sms.jsonl", random.Random(1)
    )  # fmt: skip
    await visitor.play(time.monotonic() + 120)
    assert visitor.end == "utter_booked"
    await asyncio.to_thread(migrate_clinic, desk_database)
    base = SimpleNamespace(database=desk_database, mis_rows=lambda: [])
    monkeypatch.setattr(histories, "TOKEN", TOKEN)
    whole: Any = SimpleNamespace(url=desk, base=base)
    found, (talk,) = await asyncio.to_thread(histories.read_talks, whole, [visitor])
    assert check_talk(talk) == []
    assert [told.booking for told in found.told if told.response == "utter_booked"] == [10001]
    assert visitor.deliveries > len({sent.key for sent in visitor.sent}) or story == "taps twice"
    assert len([turn for turn in rasa.turns if (turn["payload"] or {}).get("intent") == "affirm"]) == 1
