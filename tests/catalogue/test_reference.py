from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def read(path: str) -> Any:
    return yaml.load((ROOT / path).read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@pytest.fixture(scope="module")
def preparation() -> list[dict[str, Any]]:
    return read("sandbox/data/preparation.yml")["preparation"]


@pytest.fixture(scope="module")
def prepared(preparation: list[dict[str, Any]]) -> list[str]:
    return [article for entry in preparation for article in entry["articles"]]


def test_preparation_stands_for_services_that_exist(
    preparation: list[dict[str, Any]], prepared: list[str]
) -> None:
    items = read("sandbox/data/nomenclature.yml")["items"]
    sold = {item["article"] for item in items if item["kind"] != "Материал"}
    assert len(preparation) >= 60
    assert len(set(prepared)) == len(prepared), "an article stands in one entry only"
    assert set(prepared) <= sold


def test_the_catalogue_marks_exactly_the_services_with_preparation(prepared: list[str]) -> None:
    services = read("data/catalogue/services.yml")["services"]
    marked = {service["article"] for service in services.values() if service["preparation"]}
    assert marked == set(prepared)


def test_preparation_reads_as_whole_sentences(preparation: list[dict[str, Any]]) -> None:
    for entry in preparation:
        assert set(entry) == {"title", "articles", "rules", "bring"}, entry["title"]
        assert entry["rules"], entry["title"]
        for rule in entry["rules"]:
            assert re.match(r"^[А-ЯЁA-Z].*\.$", rule), f"{entry['title']}: {rule}"
            assert len(rule) <= 220, f"{entry['title']}: {rule}"
        for thing in entry["bring"]:
            assert not thing.endswith("."), thing
            assert not thing.startswith(("если ", "или ", "он ")), f"{entry['title']}: {thing}"


def test_preparation_prescribes_no_doses(preparation: list[dict[str, Any]]) -> None:
    text = " ".join(rule for entry in preparation for rule in entry["rules"]).lower()
    assert re.search(r"\d\s?(мг|мкг|таблет)", text) is None


def test_every_branch_has_insurers_that_the_catalogue_knows() -> None:
    branches = read("data/catalogue/branches.yml")["branches"]
    taken = read("sandbox/data/insurers.yml")["insurers"]
    known = {entry["name"] for entry in read("data/catalogue/insurers.yml")["insurers"].values()}
    assert set(taken) == set(branches)
    for branch, names in taken.items():
        assert 8 <= len(names) <= 14, branch
        assert len(set(names)) == len(names), branch
        assert set(names) <= known, branch
    assert known == {name for names in taken.values() for name in names}
    assert len({tuple(sorted(names)) for names in taken.values()}) > 1, "branches differ"


def test_no_name_is_claimed_by_two_insurers() -> None:
    owners: dict[str, str] = {}
    for identifier, entry in read("data/catalogue/insurers.yml")["insurers"].items():
        for phrase in {entry["name"].lower(), *entry["synonyms"]}:
            assert owners.setdefault(phrase, identifier) == identifier, phrase
