from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FORM = re.compile(r"^[а-яa-z0-9]+([ -][а-яa-z0-9]+)*\*?$")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "data/catalogue/red_flags.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "tests/catalogue/red_flag_examples.yml").read_text("utf-8"))


def alternatives(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for identifier, sign in document["signs"].items():
        for phrase in sign.get("phrases", []):
            for group in [*phrase["all"], *phrase.get("not", [])]:
                assert isinstance(group, list), f"{identifier}: a group is not a list: {group}"
                assert group, f"{identifier}: an empty group"
                for word in group:
                    yield identifier, word
        for word in sign.get("exact", []):
            yield identifier, word
    for word in document["look_alikes"]:
        yield "look_alikes", word


def test_every_sign_has_a_kind_a_title_and_words(document: dict[str, Any]) -> None:
    assert set(document) == {"signs", "look_alikes"}
    for identifier, sign in document["signs"].items():
        assert set(sign) <= {"kind", "title", "phrases", "exact"}, identifier
        assert sign["kind"] in {"emergency", "suicide"}, identifier
        assert sign["title"], identifier
        assert sign.get("phrases") or sign.get("exact"), identifier
        for phrase in sign.get("phrases", []):
            assert set(phrase) <= {"all", "near", "not"}, identifier
            assert isinstance(phrase.get("near", 6), int), identifier


def test_words_are_written_as_they_are_compared(document: dict[str, Any]) -> None:
    wrong = [(where, word) for where, word in alternatives(document) if not FORM.match(str(word))]
    assert wrong == [], "lower case, е instead of ё, an asterisk only at the end"
    unquoted = [(where, word) for where, word in alternatives(document) if not isinstance(word, str)]
    assert unquoted == [], "numbers stand in quotes"


def test_every_sign_has_examples(document: dict[str, Any], examples: dict[str, Any]) -> None:
    assert list(examples["flags"]) == list(document["signs"])
