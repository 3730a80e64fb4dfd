from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    "consultation",
    "ultrasound",
    "mri",
    "ct",
    "xray",
    "functional",
    "endoscopy",
    "lab",
    "checkup",
    "dental",
    "procedure",
    "cosmetology",
    "vaccination",
    "document",
    "home",
    "online",
}


def read(path: str) -> Any:
    return yaml.load((ROOT / path).read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return read("data/catalogue/services.yml")["services"]


@pytest.fixture(scope="module")
def groups() -> dict[str, Any]:
    return read("data/catalogue/services.yml")["groups"]


@pytest.fixture(scope="module")
def specialties() -> dict[str, Any]:
    return read("data/catalogue/specialties.yml")["specialties"]


@pytest.fixture(scope="module")
def nomenclature() -> dict[str, Any]:
    return read("sandbox/data/nomenclature.yml")


def bare(phrase: str) -> str:
    return re.sub(r"[\s\-–—]+", " ", phrase.lower().replace("ё", "е")).strip()


def test_the_price_list_has_at_least_640_services_and_some_materials(nomenclature: dict[str, Any]) -> None:
    kinds = Counter(item["kind"] for item in nomenclature["items"])
    assert set(kinds) == {"Услуга", "Набор", "Материал"}
    assert kinds["Услуга"] + kinds["Набор"] >= 640
    assert kinds["Материал"] >= 40


def test_rows_of_the_price_list_are_whole(nomenclature: dict[str, Any], specialties: dict[str, Any]) -> None:
    articles = Counter(item["article"] for item in nomenclature["items"])
    assert [article for article, times in articles.items() if times > 1] == []
    for item in nomenclature["items"]:
        where = item["article"]
        assert set(item) == {"article", "name", "folder", "kind", "price", "minutes", "specialty"}, where
        assert item["folder"] in nomenclature["folders"], where
        assert isinstance(item["price"], int), where
        assert item["price"] >= 0, where
        assert item["minutes"] is None or 5 <= item["minutes"] <= 600, where
        assert item["specialty"] is None or item["specialty"] in specialties, where


def test_price_list_is_as_uneven_as_a_real_one(nomenclature: dict[str, Any]) -> None:
    sold = [item for item in nomenclature["items"] if item["kind"] != "Материал"]
    assert 5 <= sum(item["price"] == 0 for item in sold) <= len(sold) * 0.05
    assert 0.1 <= sum(item["minutes"] is None for item in sold) / len(sold) <= 0.5


def test_catalogue_and_price_list_name_the_same_services(
    services: dict[str, Any], nomenclature: dict[str, Any]
) -> None:
    ours = {service["article"]: service for service in services.values()}
    theirs = {item["article"]: item for item in nomenclature["items"] if item["kind"] != "Материал"}
    assert len(ours) == len(services) >= 600
    assert ours.keys() == theirs.keys()
    differing = [a for a in ours if ours[a]["specialty"] != theirs[a]["specialty"]]
    assert differing == []


def test_services_are_whole(services: dict[str, Any], specialties: dict[str, Any]) -> None:
    for identifier, service in services.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", identifier)
        required = {"article", "name", "synonyms", "kind", "specialty", "preparation"}
        assert required <= set(service) <= {*required, "entry"}, identifier
        assert service["kind"] in KINDS, identifier
        assert service["synonyms"], f"{identifier}: patients call it something"
        assert service["specialty"] is None or service["specialty"] in specialties, identifier
        assert isinstance(service["preparation"], bool), identifier
        assert len(service["name"]) <= 60, identifier


def test_no_name_is_claimed_by_two_services(
    services: dict[str, Any], groups: dict[str, Any], specialties: dict[str, Any]
) -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for identifier, entry in [*services.items(), *groups.items()]:
        for phrase in [entry["name"], *entry["synonyms"]]:
            owners[bare(phrase)].add(identifier)
    for identifier, specialty in specialties.items():
        for phrase in [specialty["name"], *specialty["synonyms"], *specialty["lay"]]:
            owners[bare(phrase)].add(identifier)
    assert {phrase: ids for phrase, ids in owners.items() if len(ids) > 1} == {}


def test_every_specialty_has_a_first_and_a_repeated_consultation(
    services: dict[str, Any], specialties: dict[str, Any]
) -> None:
    ours = {service["article"]: service for service in services.values()}
    for identifier, specialty in specialties.items():
        for number in ("1", "2"):
            service = ours[f"{specialty['consultation']}-{number}"]
            assert service["kind"] == "consultation", identifier
            assert service["specialty"] == identifier


@pytest.mark.parametrize(
    ("kind", "least"),
    [("ultrasound", 40), ("mri", 30), ("ct", 25), ("xray", 35), ("lab", 200), ("dental", 50)],
)
def test_directions_are_covered(services: dict[str, Any], kind: str, least: int) -> None:
    assert sum(service["kind"] == kind for service in services.values()) >= least


def test_groups_lead_to_services(services: dict[str, Any], groups: dict[str, Any]) -> None:
    kinds = {service["kind"] for service in services.values()}
    for identifier, group in groups.items():
        assert identifier not in services
        assert set(group) - {"services", "popular"} == {"name", "kind", "synonyms"}, identifier
        assert group["kind"] in kinds, identifier


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("узи живота", "us_abdomen"),
        ("кардиограмма", "fd_ecg"),
        ("глотать лампочку", "en_egd"),
        ("фгс", "en_egd"),
        ("гастроскопия", "en_egd"),
        ("оак", "lab_cbc"),
        ("клинический анализ крови", "lab_cbc"),
        ("ттг", "lab_tsh"),
        ("мрт головы", "mri_brain"),
        ("снимок зуба", "xr_tooth"),
        ("флюшка", "xr_fluorography"),
        ("узишка", "group_ultrasound"),
        ("анализ крови", "group_lab"),
        ("рентген", "group_xray"),
        ("мрт", "group_mri"),
    ],
)
def test_words_of_patients_lead_to_the_service(
    services: dict[str, Any], groups: dict[str, Any], words: str, expected: str
) -> None:
    entries = {**services, **groups}
    found = [
        identifier
        for identifier, entry in entries.items()
        if bare(words) in {bare(phrase) for phrase in [entry["name"], *entry["synonyms"]]}
    ]
    assert found == [expected]
