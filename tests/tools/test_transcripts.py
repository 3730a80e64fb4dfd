from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools import transcripts
from tools.transcripts import SCRIPT, ScriptError, quoted


class FakeChat:
    def __init__(self, *titles: str) -> None:
        self.buttons = [{"title": title, "payload": f"token-{title}"} for title in titles]


PATIENT = {"name": "Белова Анна", "phone": "+79000000001", "birth": "12.05.1987"}


def said(step: Any, chat: FakeChat, var_dir: Path = Path("nowhere")) -> tuple[str, str]:
    return transcripts._said(step, chat, PATIENT, var_dir)  # type: ignore[arg-type]


def test_a_message_has_the_patient_filled_in() -> None:
    assert said("это {name}", FakeChat()) == ("это Белова Анна", "это Белова Анна")


def test_a_button_is_found_by_its_beginning_and_an_offer_by_its_date() -> None:
    chat = FakeChat("Другое время", "24.11, 10:30, Иванов")
    assert said({"tap": "Другое"}, chat) == ("token-Другое время", "[Другое время]")
    assert said({"tap": "offer"}, chat)[1] == "[24.11, 10:30, Иванов]"


def test_a_missing_button_names_what_was_shown() -> None:
    with pytest.raises(ScriptError, match=r"«Да».*Нет"):
        said({"tap": "Да"}, FakeChat("Нет"))


def test_the_last_code_of_the_own_phone_is_typed(tmp_path: Path) -> None:
    rows = [("+79000000001", "111111"), ("+79000000001", "222222"), ("+79000000002", "333333")]
    lines = [json.dumps({"phone": phone, "text": f"Код: {code}"}, ensure_ascii=False) for phone, code in rows]
    (tmp_path / "sms.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert said({"code": True}, FakeChat(), tmp_path)[0] == "222222"


def test_a_code_that_was_never_sent_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="no code"):
        said({"code": True}, FakeChat(), tmp_path)


def test_links_of_one_run_are_not_kept() -> None:
    assert quoted("Календарь: http://127.0.0.1:1/a.ics\n\nЖдём") == "> Календарь: https://…  \n>\n> Ждём  "


def test_the_script_names_known_steps_only() -> None:
    script = yaml.safe_load(SCRIPT.read_text(encoding="utf-8"))
    for conversation in script["conversations"]:
        assert conversation["title"]
        for step in conversation["steps"]:
            assert isinstance(step, str) or set(step) in ({"tap"}, {"code"})
