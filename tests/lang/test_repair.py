from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
import yaml

from lang.catalogue import Catalogue
from lang.repair import Repairer
from lang.repair_vocabulary import catalogue_words, replacements
from lang.words import is_known
from tests.lang.typing_noise import with_typos

_ROOT = Path(__file__).parents[2]
_CASES = yaml.safe_load(Path(__file__).with_name("repair_cases.yml").read_text("utf-8"))
_REPAIRED = [pytest.param(*case, id=case[0]) for group in _CASES["repaired"].values() for case in group]
_UNTOUCHED = [str(case) for group in _CASES["untouched"].values() for case in group]


def plain(text: str) -> str:
    return text.lower().replace("ё", "е")


@pytest.mark.parametrize(("typed", "meant"), _REPAIRED)
def test_repair_gives_what_was_meant(repairer: Repairer, typed: str, meant: str) -> None:
    assert repairer.repair(typed).text.replace("ё", "е") == meant.replace("ё", "е")


@pytest.mark.parametrize("text", _UNTOUCHED)
def test_repair_leaves_alone(repairer: Repairer, text: str) -> None:
    repaired = repairer.repair(text)
    assert (repaired.text, repaired.changed) == (text, False)


@pytest.mark.parametrize("typed", [case.values[0] for case in _REPAIRED])
def test_repair_of_a_repaired_text_changes_nothing(repairer: Repairer, typed: str) -> None:
    once = repairer.repair(str(typed)).text
    assert not repairer.repair(once).changed


def test_spans_lead_back_to_the_whole_stretch_that_was_repaired(repairer: Repairer) -> None:
    repaired = repairer.repair("да, за писаться клору завтра")
    assert repaired.text == "да, записаться к лору завтра"
    found = {word: repaired.text.index(word) for word in ("да", "записаться", "к лору", "лору", "завтра")}
    back = {
        word: repaired.original[slice(*repaired.original_span(at, at + len(word)))]
        for word, at in found.items()
    }
    assert back == {
        "да": "да",
        "записаться": "за писаться",
        "к лору": "клору",
        "лору": "клору",
        "завтра": "завтра",
    }


def test_spans_lead_back_through_several_repairs(repairer: Repairer) -> None:
    repaired = repairer.repair("ну zapisatsa kloru")
    assert repaired.text == "ну записаться к лору"
    assert repaired.original_span(16, 20) == (13, 18)


def test_words_given_later_are_known_and_never_proposed(repairer: Repairer) -> None:
    assert repairer.repair("к геникологу завтра").text == "к гинекологу завтра"
    later = repairer.with_words(["Гениколог", "геникологу"])
    assert not later.repair("к геникологу завтра").changed
    assert later.repair("гинеколгг").text == "гинеколог"
    assert repairer.repair("к геникологу завтра").changed


def test_what_resembles_a_doctor_more_is_left_alone(repairer: Repairer) -> None:
    assert repairer.repair("залеская мазь").text != "залесская мазь"
    later = repairer.with_words(["Терапевд"])
    assert later.repair("терапевдд").text == "терапевдд"


def test_a_word_of_the_language_is_restored_from_swapped_or_doubled_letters_only(repairer: Repairer) -> None:
    assert repairer.repair("каритаида").text == "кариатида"
    assert repairer.repair("карриатида").text == "кариатида"
    assert not repairer.repair("кирпатида").changed


@pytest.mark.parametrize("text", [";" * 3000 + "a", "a" + "'" * 3000, "я" * 3000, "клору" * 600])
def test_a_senseless_text_is_left_alone(repairer: Repairer, text: str) -> None:
    assert not repairer.repair(text).changed


def test_own_words_decide_between_equally_near_ones() -> None:
    rare = Repairer({"бромкость": 1, "громкость": 500})
    assert rare.repair("хромкость").text == "громкость"


@pytest.mark.parametrize("word", sorted(replacements()))
def test_no_real_word_is_in_the_table_of_replacements(word: str) -> None:
    assert not is_known(word)


def test_most_typos_are_repaired_and_hardly_a_good_word_is_harmed(repairer: Repairer) -> None:
    messages = [case["text"] for case in yaml.safe_load((_ROOT / "tests/nlu/intents.yml").read_text("utf-8"))]
    chance = random.Random(20)
    damaged = restored = good = harmed = 0
    for message in messages:
        pieces = with_typos(message, chance, 3)
        repaired = repairer.repair("".join(typed for _, typed in pieces))
        words = [(m.group(), repaired.original_span(*m.span())) for m in re.finditer(r"\w+", repaired.text)]
        at = 0
        for right, typed in pieces:
            start, at = at, at + len(typed)
            if not right.isalpha():
                continue
            read = " ".join(word for word, (first, last) in words if first < at and start < last)
            if plain(typed) != plain(right):
                damaged += 1
                restored += plain(read) == plain(right)
            elif is_known(plain(right)):
                good += 1
                harmed += plain(read) != plain(right)
    print(f"restored {restored / damaged:.1%} of {damaged} words, harmed {harmed / good:.2%} of {good}")
    assert restored / damaged >= 0.75
    assert harmed / good <= 0.003


def test_a_misspelled_synonym_of_a_service_is_no_word(catalogue: Catalogue) -> None:
    words = catalogue_words(catalogue)
    assert "маммография" in words and "маммаграфия" not in words
    assert {"чирий", "кольпит", "ддимер"} <= words.keys()
