from __future__ import annotations

from pathlib import Path

import pytest

from lang.catalogue import Catalogue, CatalogueError, load_catalogue

SPECIALTIES = """\
specialties:
  ent:
    name: оториноларинголог
    title: ЛОР
    direction: Оториноларингология
    synonyms: [лор, ухогорлонос]
    lay: [врач по ушам]
    mis_names: [ЛОР]
    children: true
    consultation: B-ENT
  surgeon:
    name: хирург
    title: Хирург
    direction: Хирургия
    synonyms: [хирург]
    mis_names: [Хирургия]
    children: false
unknown_doctors: [логопед]
"""
SERVICES = """\
services:
  us_abdomen:
    article: U-1
    name: УЗИ брюшной полости
    synonyms: [узи живота]
    kind: ultrasound
    specialty: null
    preparation: true
  consult_ent_1: {article: B-ENT-1, name: Приём ЛОРа, kind: consultation, specialty: ent}
groups:
  us: {name: УЗИ, kind: ultrasound, synonyms: [узишка]}
"""
BRANCHES = """\
regions:
  moscow: {name: Москва, cities: [Москва], synonyms: [мск]}
branches:
  leninsky:
    mis_id: 7c0f3a52
    name: Ленинский
    region: moscow
    city: Москва
    address: Ленинский проспект, дом 94
    phone: "+7 (495) 000-10-01"
    hours: {weekdays: "08:00-21:00", saturday: "09:00-20:00", sunday: null}
    timezone: Europe/Moscow
    metro: [Новаторская]
"""


def load(tmp_path: Path, **changed: str) -> Catalogue:
    for name, text in {
        "specialties": SPECIALTIES,
        "services": SERVICES,
        "branches": BRANCHES,
        **changed,
    }.items():
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    return load_catalogue(tmp_path)


def test_load_catalogue_reads_every_field(tmp_path: Path) -> None:
    catalogue = load(tmp_path)
    ent = catalogue.specialties["ent"]
    assert list(catalogue.specialties) == ["ent", "surgeon"]
    assert (ent.name, ent.title, ent.synonyms, ent.lay) == (
        "оториноларинголог",
        "ЛОР",
        ("лор", "ухогорлонос"),
        ("врач по ушам",),
    )
    assert (ent.mis_names, ent.children, ent.consultation) == (("ЛОР",), True, "B-ENT")
    assert (catalogue.specialties["surgeon"].lay, catalogue.specialties["surgeon"].consultation) == ((), None)
    assert catalogue.unknown_doctors == ("логопед",)
    abdomen = catalogue.services["us_abdomen"]
    assert (abdomen.article, abdomen.kind, abdomen.specialty, abdomen.preparation) == (
        "U-1",
        "ultrasound",
        None,
        True,
    )
    assert catalogue.services["consult_ent_1"].specialty == "ent"
    assert catalogue.groups["us"].synonyms == ("узишка",)
    assert catalogue.regions["moscow"].cities == ("Москва",)
    leninsky = catalogue.branches["leninsky"]
    assert (leninsky.metro, leninsky.landmark, leninsky.hours["sunday"]) == (("Новаторская",), "", None)


WRONG = [
    (
        "specialties",
        "children: true",
        "children: maybe",
        "specialties.yml:9: specialties.ent.children: must be yes or no",
    ),
    (
        "specialties",
        "title: ЛОР\n",
        "titel: ЛОР\n",
        "specialties.yml:4: specialties.ent.titel: unknown key; allowed: name",
    ),
    ("specialties", "    title: Хирург\n", "", "specialties.surgeon: key 'title' is missing"),
    (
        "specialties",
        "[хирург]",
        "[хирург, Лор]",
        "'Лор' already belongs to ent (specialties.yml:6); allowed: one owner",
    ),
    ("specialties", "[логопед]", "[логопед, хирург]", "unknown doctor 'хирург' already belongs to surgeon"),
    ("specialties", "  surgeon:", "  ent:", "specialties.ent is given twice, first in line 2"),
    ("specialties", "  surgeon:", "  Хирург:", "bad id 'Хирург'; allowed: small Latin letters"),
    ("specialties", "[Хирургия]", "[ЛОР]", "mis_name 'ЛОР' already belongs to ent"),
    ("specialties", "[лор, ухогорлонос]", "лор", "specialties.ent.synonyms: must be a list"),
    ("specialties", "name: хирург", "name:", "specialties.surgeon.name: must be a text"),
    ("specialties", "name: хирург", "name: [", "is not valid YAML"),
    ("services", "specialty: ent", "specialty: lor", "unknown specialty 'lor'; allowed: ent, surgeon"),
    ("services", "B-ENT-1", "U-1", "article 'U-1' already belongs to us_abdomen (services.yml:3)"),
    ("services", "[узишка]", "[узи живота]", "synonym 'узи живота' already belongs to us_abdomen"),
    (
        "services",
        "us: {name: УЗИ, kind: ultrasound",
        "us: {name: УЗИ, kind: usi",
        "no service has the kind 'usi'",
    ),
    (
        "branches",
        "region: moscow",
        "region: msk",
        "branches.yml:7: branches.leninsky.region: unknown region 'msk'",
    ),
    ("branches", "city: Москва", "city: Химки", "'Химки' is not a city of moscow; allowed: Москва"),
    ("branches", '"08:00-21:00"', '"8-21"', "bad hours '8-21'; allowed: \"HH:MM-HH:MM\" or null"),
    ("branches", "sunday: null", "sundays: null", "branches.leninsky.hours.sundays: unknown key"),
]


@pytest.mark.parametrize(("name", "old", "new", "message"), WRONG)
def test_mistakes_are_named_with_file_and_line(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    text = {"specialties": SPECIALTIES, "services": SERVICES, "branches": BRANCHES}[name]
    assert old in text
    with pytest.raises(CatalogueError) as error:
        load(tmp_path, **{name: text.replace(old, new, 1)})
    assert message in str(error.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as error:
        load(
            tmp_path,
            specialties=SPECIALTIES.replace("children: true", "children: maybe"),
            branches=BRANCHES.replace("region: moscow", "region: msk"),
        )
    assert len(error.value.problems) == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"specialties\.yml:1: the file is missing"):
        load_catalogue(tmp_path)


def test_the_network_has_its_specialties_services_and_branches(catalogue: Catalogue) -> None:
    assert len(catalogue.specialties) >= 45
    assert len(catalogue.services) >= 600
    assert len(catalogue.branches) == 16
    assert len(catalogue.regions) == 4
    assert all(catalogue.groups.values())
