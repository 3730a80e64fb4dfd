from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lang.red_flags import RedFlags, load_red_flags

ROOT = Path(__file__).resolve().parents[2]
FORM = re.compile(r"^[а-яa-z0-9]+\*?([ -][а-яa-z0-9]+\*?)*$")
NAMED = re.compile(r"^<(.+)>$")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "data/catalogue/red_flags.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "tests/catalogue/red_flag_examples.yml").read_text("utf-8"))


def alternatives(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """(where it stands, word) of every list; a list named in angle brackets is read where it is defined."""
    for identifier, sign in document["signs"].items():
        for phrase in sign.get("phrases", []):
            for group in [*phrase["all"], *phrase.get("not", [])]:
                yield from plain_words(identifier, group, document["words"])
        for word in [*sign.get("exact", []), *sign.get("whole", [])]:
            yield identifier, word
    for name, words in document["words"].items():
        yield from plain_words(f"words.{name}", words, document["words"])
    for key in ("past", "now", "other_subjects", "look_alikes"):
        yield from plain_words(key, document[key], document["words"])


def plain_words(where: str, group: Any, lists: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    lone = isinstance(group, str) and NAMED.match(group)
    assert lone or isinstance(group, list), f"{where}: a group is neither a list nor the name of one: {group}"
    assert group, f"{where}: an empty group"
    for word in [group] if lone else group:
        named = NAMED.match(str(word))
        if named is None:
            yield where, word
        else:
            assert named[1] in lists, f"{where}: no list is called {word}"


def test_every_sign_has_a_kind_a_title_and_words(document: dict[str, Any]) -> None:
    assert set(document) == {"words", "past", "now", "other_subjects", "signs", "look_alikes"}
    for identifier, sign in document["signs"].items():
        assert set(sign) <= {"kind", "title", "phrases", "exact", "whole"}, identifier
        assert sign["kind"] in {"emergency", "suicide"}, identifier
        assert sign["title"], identifier
        assert sign.get("phrases") or sign.get("exact"), identifier
        for phrase in sign.get("phrases", []):
            assert set(phrase) <= {"all", "near", "not", "past"}, identifier
            assert isinstance(phrase.get("near", 6), int), identifier


def test_words_are_written_as_they_are_compared(document: dict[str, Any]) -> None:
    wrong = [(where, word) for where, word in alternatives(document) if not FORM.match(str(word))]
    assert wrong == [], "lower case, е instead of ё, an asterisk only at the end"
    unquoted = [(where, word) for where, word in alternatives(document) if not isinstance(word, str)]
    assert unquoted == [], "numbers stand in quotes"


def test_every_sign_has_examples(document: dict[str, Any], examples: dict[str, Any]) -> None:
    assert list(examples["flags"]) == list(document["signs"])


@pytest.fixture(scope="module")
def red_flags() -> RedFlags:
    return load_red_flags(ROOT / "data/catalogue/red_flags.yml")


def test_signs_are_found_in_what_people_write(
    red_flags: RedFlags, document: dict[str, Any], examples: dict[str, Any]
) -> None:
    wrong = []
    for identifier, texts in examples["flags"].items():
        for text in texts:
            found = red_flags.check(text)
            if found is None or found.kind != document["signs"][identifier]["kind"]:
                wrong.append((identifier, text, found))
    assert wrong == []


def test_harmless_messages_raise_no_alarm(red_flags: RedFlags, examples: dict[str, Any]) -> None:
    found = [(text, flag.id) for text in examples["quiet"] if (flag := red_flags.check(text))]
    assert found == []


def test_names_of_services_and_doctors_raise_no_alarm(red_flags: RedFlags) -> None:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    catalogue = yaml.load((ROOT / "data/catalogue/services.yml").read_text("utf-8"), loader)
    specialties = yaml.load((ROOT / "data/catalogue/specialties.yml").read_text("utf-8"), loader)
    phrases = [
        phrase
        for entry in [*catalogue["services"].values(), *catalogue["groups"].values()]
        for phrase in [entry["name"], *entry["synonyms"]]
    ]
    for specialty in specialties["specialties"].values():
        phrases += [specialty["title"], *specialty["synonyms"], *specialty["lay"]]
    found = [
        (text, flag.id)
        for phrase in phrases
        for text in (phrase, f"запишите меня на {phrase} на завтра")
        if (flag := red_flags.check(text))
    ]
    assert found == []
