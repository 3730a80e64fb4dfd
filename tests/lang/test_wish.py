from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from lang.wish import Wish, parse_wish

DATA = yaml.safe_load(Path(__file__).with_name("wish_cases.yml").read_text(encoding="utf-8"))
NOW = {name: datetime.fromisoformat(moment) for name, moment in DATA["now"].items()}
MONDAY = NOW["monday"]


def test_the_table_is_large_and_names_no_line_twice() -> None:
    lines = [(text, now) for text, now, _ in DATA["cases"]]
    assert len(lines) >= 400
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize(("text", "now", "expected"), DATA["cases"], ids=lambda value: str(value)[:60])
def test_wishes(text: str, now: str, expected: dict[str, Any] | None) -> None:
    match = parse_wish(text, NOW[now])
    if expected is None:
        assert match is None
        return
    assert match is not None
    wish = Wish.from_json({key: value for key, value in expected.items() if key != "problems"})
    assert match.wish.to_json() == wish.to_json()
    assert match.problems == tuple(expected.get("problems", ()))


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Запишите  к лору на Завтра, утром!", ["на Завтра", "утром"]),
        ("не раньше 18 в среду", ["не раньше 18", "в среду"]),
        ("с 3 по 7 декабря к Ивановой", ["с 3 по 7 декабря"]),
        ("срочно нужен врач", ["срочно"]),
    ],
)
def test_spans(text: str, spans: list[str]) -> None:
    match = parse_wish(text, MONDAY)
    assert match is not None
    assert [text[start:end] for start, end in match.spans] == spans


TYPOS = {
    "понедельник": ["панедельник", "понидельник", "понедельнек", "понедельнк"],
    "четверг": ["читверг", "четверк", "четврег"],
    "пятницу": ["пятнецу", "пятнмцу", "пятицу"],
    "субботу": ["суботу", "суббтоу", "субооту"],
    "воскресенье": ["воскресение", "васкресенье", "воскресене"],
    "декабря": ["дикабря", "декбаря", "декабрря"],
}


@pytest.mark.parametrize(("right", "wrong"), [(right, wrong) for right in TYPOS for wrong in TYPOS[right]])
def test_typos_in_long_words(right: str, wrong: str) -> None:
    frame = "на 5 {} можно" if right == "декабря" else "в {} можно"
    meant, written = (parse_wish(frame.format(word), MONDAY) for word in (right, wrong))
    assert meant is not None
    assert written is not None
    assert written.wish == meant.wish


@pytest.mark.parametrize(
    "text",
    [
        "Субботина", "к Четвергову", "Пятницкая Анна Ивановна", "Сентябрёва", "Мартынова", "Июльская",
        "Вторушина Ольга", "Понедельниченко", "половинка таблетки",
        "к Средину", "Воскресенская улица",
        "завтрак",
        "завтракать можно?", "недельный", "вечеринка", "утренник", "обедня", "серединка",
        "декабрист",
    ],
)  # fmt: skip
def test_words_that_only_resemble(text: str) -> None:
    assert parse_wish(text, MONDAY) is None


@pytest.mark.parametrize("text", ["", "   ", "\u200b", "😀🙏", "12345", "?!", "-", "asdf qwerty", "ага ок"])
def test_nothing_is_found_in_nothing(text: str) -> None:
    assert parse_wish(text, MONDAY) is None
