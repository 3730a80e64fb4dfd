"""Tables of what patients write, recognised as it stands and after the repair of the text."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from lang.catalogue import Catalogue
from lang.mentions import Mention, Recogniser
from lang.repair import Repairer
from lang.repair_vocabulary import collect_vocabulary

_HERE = Path(__file__).parent


def table(name: str) -> list[tuple[str, str]]:
    parts = yaml.safe_load((_HERE / name).read_text("utf-8"))
    return [(said, wanted) for cases in parts.values() for said, wanted in cases.items()]


SPECIALTIES = table("specialty_cases.yml")
SERVICES = table("service_cases.yml")


@pytest.fixture(scope="module")
def stranger(catalogue: Catalogue) -> Recogniser:
    """Knows no doctor: the surnames of the tables are nobody's."""
    return Recogniser(catalogue)


@pytest.fixture(scope="module")
def repairer(catalogue: Catalogue) -> Repairer:
    return Repairer(collect_vocabulary(catalogue))


def doctors_in(found: list[Mention]) -> str:
    said = [
        ("!" if m.kind == "unknown_doctor" else "") + m.value + ("+child" if m.child else "")
        for m in found
        if m.kind in {"specialty", "unknown_doctor"} and not m.negated
    ]
    return " ".join(said) or "none"


def candidates_in(found: list[Mention]) -> list[list[str]]:
    return [[m.value, *m.others] for m in found if m.kind == "service" and not m.negated]


def meets(candidates: list[list[str]], wanted: str) -> bool:
    ids = [] if wanted == "none" else wanted.split()
    return len(ids) == len(candidates) and all(
        id_ in three for id_, three in zip(ids, candidates, strict=True)
    )


def test_the_tables_are_large() -> None:
    assert len(SPECIALTIES) >= 250
    assert len(SERVICES) >= 300


@pytest.mark.parametrize(("said", "wanted"), SPECIALTIES)
def test_specialties_are_recognised(stranger: Recogniser, said: str, wanted: str) -> None:
    assert doctors_in(stranger.find(said)) == wanted


@pytest.mark.parametrize(("said", "wanted"), SPECIALTIES)
def test_specialties_are_recognised_after_repair(
    stranger: Recogniser, repairer: Repairer, said: str, wanted: str
) -> None:
    assert doctors_in(stranger.find(repairer.repair(said).text)) == wanted


@pytest.mark.parametrize(("said", "wanted"), SERVICES)
def test_services_are_among_three_candidates(stranger: Recogniser, said: str, wanted: str) -> None:
    candidates = candidates_in(stranger.find(said))
    assert all(len(three) <= 3 for three in candidates)
    assert meets(candidates, wanted), candidates


@pytest.mark.parametrize(("said", "wanted"), SERVICES)
def test_services_are_among_three_candidates_after_repair(
    stranger: Recogniser, repairer: Repairer, said: str, wanted: str
) -> None:
    candidates = candidates_in(stranger.find(repairer.repair(said).text))
    assert meets(candidates, wanted), candidates


@pytest.mark.parametrize(
    ("said", "value", "others"),
    [
        ("узи живота", "us_abdomen", {"us_abdomen_kidneys", "us_abdomen_child"}),
        ("мрт головы", "mri_brain", {"mri_brain_contrast", "mri_brain_angio"}),
    ],
)
def test_the_other_candidates_are_neighbours(
    stranger: Recogniser, said: str, value: str, others: set[str]
) -> None:
    (found,) = stranger.find(said)
    assert found.value == value
    assert set(found.others) & others


@pytest.mark.parametrize(
    ("said", "first", "second"),
    [
        ("к окулисту… ой нет, к лору", "ophthalmologist", "ent"),
        ("к терапевту, точнее к кардиологу", "therapist", "cardiologist"),
    ],
)
def test_what_was_taken_back_stays_as_not_wanted(
    stranger: Recogniser, said: str, first: str, second: str
) -> None:
    assert [(m.value, m.negated) for m in stranger.find(said)] == [(first, True), (second, False)]


@pytest.mark.parametrize(
    ("said", "city"),
    [
        ("есть ли вы в Питере", "Санкт-Петербург"),
        ("в спб филиал есть?", "Санкт-Петербург"),
        ("а в Казани работаете?", "Казань"),
        ("я из Нижнего Новгорода", "Нижний Новгород"),
        ("в Москве", ""),
        ("в Самаре к лору", ""),
        ("лечилась в Германии", ""),
        ("к врачу в понедельник", ""),
    ],
)
def test_cities_without_a_branch_are_named(stranger: Recogniser, said: str, city: str) -> None:
    assert [m.value for m in stranger.find(said) if m.kind == "unknown_city"] == ([city] if city else [])
