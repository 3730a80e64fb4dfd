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
def preparation() -> dict[str, Any]:
    return read("sandbox/data/preparation.yml")["preparation"]


def test_preparation_stands_for_services_that_exist(preparation: dict[str, Any]) -> None:
    items = read("sandbox/data/nomenclature.yml")["items"]
    sold = {item["article"] for item in items if item["kind"] != "Материал"}
    assert len(preparation) >= 60
    assert len({rules["title"] for rules in preparation.values()}) >= 60
    assert set(preparation) <= sold


def test_the_catalogue_marks_exactly_the_services_with_preparation(preparation: dict[str, Any]) -> None:
    services = read("data/catalogue/services.yml")["services"]
    marked = {service["article"] for service in services.values() if service["preparation"]}
    assert marked == set(preparation)


def test_preparation_reads_as_whole_sentences(preparation: dict[str, Any]) -> None:
    for article, facts in preparation.items():
        assert set(facts) == {"title", "rules", "bring"}, article
        assert facts["rules"], article
        for rule in facts["rules"]:
            assert re.match(r"^[А-ЯЁA-Z].*\.$", rule), f"{article}: {rule}"
            assert len(rule) <= 220, f"{article}: {rule}"
        for thing in facts["bring"]:
            assert thing[0].islower() or thing.split()[0].isupper() or thing.startswith("КТ"), thing
            assert not thing.startswith(("если ", "или ", "он ")), f"{article}: a part of a phrase: {thing}"


def test_preparation_prescribes_no_doses(preparation: dict[str, Any]) -> None:
    text = " ".join(rule for facts in preparation.values() for rule in facts["rules"]).lower()
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
