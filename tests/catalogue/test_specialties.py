from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]

KEYS = {"name", "title", "direction", "synonyms", "lay", "mis_names", "children", "consultation"}


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "data/catalogue/specialties.yml").read_text("utf-8"))


@pytest.fixture(scope="module")
def specialties(document: dict[str, Any]) -> dict[str, Any]:
    return document["specialties"]


def bare(phrase: str) -> str:
    return " ".join(phrase.lower().replace("ё", "е").replace("-", " ").split())


def test_no_specialty_has_been_lost(specialties: dict[str, Any]) -> None:
    assert len(specialties) >= 45, "other systems and the trained model know their ids"


def test_every_specialty_has_all_fields(specialties: dict[str, Any]) -> None:
    for identifier, specialty in specialties.items():
        assert set(specialty) - {"needs"} == KEYS, identifier
        assert isinstance(specialty["children"], bool), identifier
        for field in ("synonyms", "lay", "mis_names"):
            assert specialty[field], f"{identifier}: {field} is empty"
            assert all(isinstance(text, str) for text in specialty[field]), f"{identifier}: {field}"
            assert len(specialty[field]) == len(set(specialty[field])), f"{identifier}: repeated {field}"


def test_the_ages_agree_with_who_is_seen(specialties: dict[str, Any]) -> None:
    for identifier, specialty in specialties.items():
        from_age = specialty.get("needs", {}).get("from_age", 0)
        assert specialty["children"] is (from_age < 18) or from_age == 0, identifier


def test_no_phrase_is_claimed_by_two_specialties(document: dict[str, Any]) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for identifier, specialty in document["specialties"].items():
        for phrase in [specialty["name"], *specialty["synonyms"], *specialty["lay"]]:
            owners[bare(phrase)].add(identifier)
    for phrase in document["unknown_doctors"]:
        owners[bare(phrase)].add("unknown_doctors")
    assert {phrase: ids for phrase, ids in owners.items() if len(ids) > 1} == {}


def test_no_spelling_of_the_clinic_is_claimed_by_two_specialties(specialties: dict[str, Any]) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for identifier, specialty in specialties.items():
        for name in specialty["mis_names"]:
            owners[bare(name)].add(identifier)
    assert {name: ids for name, ids in owners.items() if len(ids) > 1} == {}


def test_consultation_prefixes_are_unique(specialties: dict[str, Any]) -> None:
    prefixes = [specialty["consultation"] for specialty in specialties.values()]
    assert len(set(prefixes)) == len(prefixes)


def test_titles_fit_a_button(specialties: dict[str, Any]) -> None:
    assert [s["title"] for s in specialties.values() if len(s["title"]) > 32] == []


def test_spellings_used_by_the_sandbox_are_known(specialties: dict[str, Any]) -> None:
    path = ROOT / "sandbox/data/specialties.yml"
    theirs = yaml.safe_load(path.read_text("utf-8"))["specialties"]
    assert set(theirs) <= set(specialties)
    for identifier, entry in theirs.items():
        names = entry["mis_names"] if isinstance(entry, dict) else entry
        assert set(names) <= set(specialties[identifier]["mis_names"]), identifier


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("лор", "ent"),
        ("ухогорлонос", "ent"),
        ("травматолог", "orthopedist"),
        ("ортопед", "orthopedist"),
        ("остеопат", "manual_therapist"),
        ("кожвен", "dermatologist"),
        ("венеролог", "dermatologist"),
        ("стоматолог-ортопед", "dentist"),
        ("имплантолог", "dentist"),
        ("окулист", "ophthalmologist"),
        ("участковый", "therapist"),
    ],
)
def test_usual_words_lead_where_agreed(specialties: dict[str, Any], word: str, expected: str) -> None:
    assert [key for key, s in specialties.items() if word in s["synonyms"] + s["lay"]] == [expected]
