"""Texts are repaired once for the whole pipeline, and values found in them point into what was typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.mentions import MARK, TOKENS, MentionExtractor
from bot.repair import REPAIRED, TextRepair, repaired_of
from bot.tokenizer import RussianTokenizer
from lang.repaired import Repaired

DOCTOR = {"id": "1", "surname": "Кордиолог", "given": "Анна", "patronymic": "Сергеевна"}


@pytest.fixture
def snapshot(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where a new repair looks for today's doctors; nothing is there yet."""
    path = tmp_path / "directory.json"
    monkeypatch.setenv("DIRECTORY_SNAPSHOT", str(path))
    return path


def processed(repair: TextRepair, text: str) -> Message:
    [message] = repair.process([Message.build(text=text)])
    return message


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("запишите к кордиологу", "запишите к кардиологу"),
        ("запишите кгинекологу завтра", "запишите к гинекологу завтра"),
        ("pfgbcfnmcz r kjhe", "записаться к лору"),
        ("zapisatsa k loru", "записаться к лору"),
    ],
)
def test_a_text_that_differs_goes_along_as_it_was_meant(repair: TextRepair, typed: str, meant: str) -> None:
    message = processed(repair, typed)

    assert message.get(REPAIRED).text == meant
    assert message.get(REPAIRED).original == typed
    assert message.get("repaired_text") == meant
    assert message.get("text") == typed
    assert message.as_dict(only_output_properties=True)["repaired_text"] == meant


@pytest.mark.parametrize("text", ["запишите к лору", "Запишите, пожалуйста, к Лору!", "", "👍", "да"])
def test_a_right_text_has_no_second_form(repair: TextRepair, text: str) -> None:
    message = processed(repair, text)

    assert repaired_of(message) == Repaired(text, text, message.get(REPAIRED).layers)
    assert "repaired_text" not in message.as_dict(only_output_properties=True)
    assert message.get("repaired_text") is None


def test_training_messages_are_repaired_alike(repair: TextRepair) -> None:
    data = TrainingData([Message.build(text="запишите к кордиологу", intent="book_visit")])

    [example] = repair.process_training_data(data).nlu_examples

    assert repaired_of(example).text == "запишите к кардиологу"


def test_a_message_that_nobody_repaired_is_read_as_it_is() -> None:
    assert repaired_of(Message.build(text="к кордиологу")).text == "к кордиологу"
    assert repaired_of(Message({})).text == ""


@pytest.mark.usefixtures("fixed_present")
@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("к кордиологу на таганке", [("specialty", "кордиологу"), ("branch", "таганке")]),
        ("запишите кгинекологу завтра", [("specialty", "кгинекологу"), ("wish", "завтра")]),
        ("ну клору завтра в 10", [("specialty", "клору"), ("wish", "завтра в 10")]),
        ("pfgbcfnmcz r kjhe", [("specialty", "kjhe")]),
        ("за писаться к лору за втра", [("specialty", "лору"), ("wish", "за втра")]),
        ("к лору завтра", [("specialty", "лору"), ("wish", "завтра")]),
    ],
)
def test_values_point_into_what_was_typed(
    repair: TextRepair,
    tokenizer: RussianTokenizer,
    extractor: MentionExtractor,
    typed: str,
    expected: list[tuple[str, str]],
) -> None:
    message = processed(repair, typed)
    tokenizer.process([message])
    extractor.process([message])

    found = [(e["entity"], typed[e["start"] : e["end"]]) for e in message.get("entities")]
    assert found == expected


def test_tokens_and_their_marks_are_those_of_the_repaired_text(
    repair: TextRepair, tokenizer: RussianTokenizer, extractor: MentionExtractor
) -> None:
    message = processed(repair, "запишите кгинекологу")
    tokenizer.process([message])
    extractor.process([message])

    marked = [(token.text, token.get(MARK)) for token in message.get(TOKENS)]
    assert marked == [("запишите", None), ("к", None), ("гинекологу", "_specialty_")]


def test_todays_doctors_are_not_mended_into_specialties(
    snapshot: Path, trained_repair: Callable[[], TextRepair]
) -> None:
    repair = trained_repair()
    assert repaired_of(processed(repair, "к кордиологу")).text == "к кардиологу"

    snapshot.write_text(json.dumps([DOCTOR]), encoding="utf-8")

    for text in ("к кордиологу", "Кордиолог Анна принимает?", "была у кордиолога"):
        assert not repaired_of(processed(repair, text)).changed, text
    assert repaired_of(processed(repair, "к аллергалогу")).text == "к аллергологу"


def test_training_does_not_know_todays_doctors(
    snapshot: Path, trained_repair: Callable[[], TextRepair]
) -> None:
    """What a model is taught must not depend on who works today."""
    repair = trained_repair()
    snapshot.write_text(json.dumps([DOCTOR]), encoding="utf-8")
    processed(repair, "к лору")

    data = TrainingData([Message.build(text="к кордиологу", intent="book_visit")])
    [example] = repair.process_training_data(data).nlu_examples

    assert repaired_of(example).text == "к кардиологу"


def test_an_edited_catalogue_trains_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "catalogue"
    folder.mkdir()
    (folder / "specialties.yml").write_text("a: 1", encoding="utf-8")
    monkeypatch.setenv("CATALOGUE_DIR", str(folder))
    before = TextRepair.fingerprint_addon({})

    assert TextRepair.fingerprint_addon({}) == before
    (folder / "specialties.yml").write_text("a: 2", encoding="utf-8")
    assert TextRepair.fingerprint_addon({}) != before
