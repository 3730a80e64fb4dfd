"""What a complaint has said already, and to whom it leads."""

from __future__ import annotations

from pathlib import Path

import pytest

from lang.advice import Advice, AdviceError, likely, load_advice
from lang.alarm_talk import AlarmTalk, load_alarm_talk
from lang.catalogue import load_catalogue

CATALOGUE = Path("data/catalogue")


@pytest.fixture(scope="module")
def advice() -> Advice:
    return load_advice(CATALOGUE / "advice.yml", load_catalogue(CATALOGUE).specialties)


@pytest.fixture(scope="module")
def talk() -> AlarmTalk:
    return load_alarm_talk(CATALOGUE / "alarms.yml")


@pytest.mark.parametrize(
    ("text", "since", "whom"),
    [
        ("болит ухо", None, None),
        ("кашель у сына 5 лет", None, "child"),
        ("сыну 3 года, кашель 2 недели", "weeks", "child"),
        ("мне 14 лет, болит живот", None, "child"),
        ("мне 45 лет, болит колено", None, "self"),
        ("моему сыну 30 лет", None, "adult"),
        ("кашель 2 года", "long", None),
        ("у мужа второй день температура", "days", "adult"),
    ],
)
def test_what_was_said(advice: Advice, text: str, since: str | None, whom: str | None) -> None:
    assert (advice.since(text), advice.whom(text)) == (since, whom)


@pytest.mark.parametrize("text", ["к какому врачу мне обратиться?", "не знаю, к кому идти", "маме"])
def test_a_bare_question_tells_no_complaint(advice: Advice, text: str) -> None:
    assert not advice.tells(text)


@pytest.mark.parametrize("text", ["ухо болит", "к кому идти с кашлем"])
def test_a_complaint_is_told(advice: Advice, text: str) -> None:
    assert advice.tells(text)


def test_a_guess_is_no_advice() -> None:
    assert likely([("urologist", 0.1), ("ent", 0.1)], False, ()).specialties == ("therapist",)
    assert not likely([("urologist", 0.1)], False, ()).sure


def test_a_specialty_without_its_line_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "advice.yml"
    source = (CATALOGUE / "advice.yml").read_text(encoding="utf-8")
    broken.write_text(source.replace("  ent: это", "  ents: это"), encoding="utf-8")
    with pytest.raises(AdviceError, match=r"advice.yml:\d+: .*'ents'(?s:.)*no line for ent"):
        load_advice(broken, ("ent", *load_catalogue(CATALOGUE).specialties))


@pytest.mark.parametrize(
    ("text", "calm"),
    [
        ("мне уже лучше", True),
        ("это ошибка", True),
        ("всё в порядке", True),
        ("лучше не стало", False),
        ("стало хуже", False),
        ("Москва", False),
    ],
)
def test_calm(talk: AlarmTalk, text: str, calm: bool) -> None:
    assert talk.calm(text) is calm


def test_help_on_its_way(talk: AlarmTalk) -> None:
    assert talk.help_is_coming("скорая уже едет")
    assert not talk.help_is_coming("нужна ли скорая")
