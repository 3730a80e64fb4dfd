"""The ready phrases of the operators' window."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.console_api.phrases import load_phrases
from lang.strict_yaml import DataFileError

CATALOGUE = Path(__file__).parents[2] / "data/catalogue"


def test_the_phrases_of_the_catalogue_can_be_read():
    phrases = load_phrases(CATALOGUE / "phrases.yml")
    assert any("{patient}" in each.text for each in phrases)
    assert all(each.shortcut and each.title and each.text for each in phrases)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("{shortcut: a, title: A, text: 'Да, {name}'}", "unknown value ['name']"),
        ("{shortcut: А Б, title: A, text: Да}", "bad shortcut 'А Б'"),
        ("{shortcut: a, title: A}", "key 'text' is missing"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path, written, told):
    path = tmp_path / "phrases.yml"
    path.write_text(f"phrases:\n  - {written}\n", encoding="utf-8")
    with pytest.raises(DataFileError) as error:
        load_phrases(path)
    assert str(error.value).startswith("phrases.yml:2: ") and told in str(error.value)
    assert "allowed:" in str(error.value)


def test_a_shortcut_is_given_once(tmp_path):
    path = tmp_path / "phrases.yml"
    line = "  - {shortcut: a, title: A, text: Да}\n"
    path.write_text(f"phrases:\n{line}{line}", encoding="utf-8")
    with pytest.raises(DataFileError, match="given twice"):
        load_phrases(path)
