"""The product's own list of everyday complaints: what people come with each day, and what stays an alarm."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lang.everyday import Everyday, read_everyday
from lang.red_flags import RedFlags, load_red_flags
from lang.strict_yaml import Problems, read_yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def everyday() -> Everyday:
    problems = Problems()
    root = read_yaml(ROOT / "data/catalogue/alarms.yml", problems)
    assert root is not None
    return read_everyday(root.fields(("resembles", "after", "everyday"))["everyday"])


@pytest.fixture(scope="module")
def red_flags() -> RedFlags:
    return load_red_flags(ROOT / "data/catalogue/red_flags.yml")


@pytest.mark.parametrize(
    "text",
    [
        "болит живот",
        "живот болит вторую неделю",
        "болит зуб сильно, примите сегодня",
        "Сильно болит спина!! когда можно прийти?",
        "примите сегодня, болит горло",
        "ухо болит, запишите к лору на завтра пожалуйста",
        "тошнит",
        "температура 38",
        "у меня кашель третий день",
        "болит голова, к кому идти",
        "глаз красный и чешется",
        "нога болит при ходьбе",
    ],
)
def test_everyday_complaints(everyday: Everyday, text: str) -> None:
    assert everyday.tells(text)


@pytest.mark.parametrize(
    "text",
    [
        "болит сердце",
        "болит в груди",
        "болит живот, рвёт кровью",
        "болит голова, рвота и свет режет",
        "болит нога, онемела",
        "болит горло, дышать тяжело",
        "температура 39",
        "живот болит, беременна",
        "голова, шея и температура",
        "мне плохо",
        "запишите на завтра",
        "",
        "38",
    ],
)
def test_what_is_not_only_everyday(everyday: Everyday, text: str) -> None:
    assert not everyday.tells(text)


def test_no_written_alarm_is_silenced(everyday: Everyday, red_flags: RedFlags) -> None:
    written = yaml.safe_load((ROOT / "data/red_flags/alarms.yml").read_text(encoding="utf-8"))
    alarms = [text for texts in written.values() for text in texts]
    assert len(alarms) > 1000
    assert [text for text in alarms if everyday.tells(text) and red_flags.check(text) is None] == []
