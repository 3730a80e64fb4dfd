"""Rooms and what to know before a visit: data that is checked on loading."""

from __future__ import annotations

from pathlib import Path

import pytest

from lang.catalogue import Catalogue, CatalogueError, load_catalogue
from lang.needs import Needs
from tests.lang.test_catalogue import BRANCHES, SERVICES, SPECIALTIES

ROOMS = """\
rooms:
  mri:
    name: кабинет МРТ
    kinds: [mri]
    mis_names: [МРТ]
    needs: {referral: if_any}
  laboratory:
    name: лаборатория
    kinds: [lab]
    mis_names: [Забор крови]
    entry: walk_in
    hours: {weekdays: "08:00-12:00", saturday: null, sunday: null}
"""
ROOM_SERVICES = """\
services:
  mri_brain: {article: M-1, name: МРТ мозга, kind: mri}
  lab_cbc: {article: L-1, name: Общий анализ крови, kind: lab, specialty: null}
  lab_load: {article: L-2, name: Сахарная кривая, kind: lab, entry: appointment}
  home: {article: H-1, name: Укол на дому, kind: home}
  us: {article: U-1, name: УЗИ, kind: ultrasound, specialty: ent}
"""


def load(tmp_path: Path, **changed: str) -> Catalogue:
    files = {"specialties": SPECIALTIES, "services": SERVICES, "branches": BRANCHES, "rooms": ROOMS}
    for name, text in {**files, "services": ROOM_SERVICES, **changed}.items():
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    return load_catalogue(tmp_path)


def test_services_without_a_doctor_are_done_in_their_room(tmp_path: Path) -> None:
    catalogue = load(tmp_path)
    ways = {service.id: (service.room, service.entry) for service in catalogue.services.values()}
    assert ways == {
        "mri_brain": ("mri", "appointment"),
        "lab_cbc": ("laboratory", "walk_in"),
        "lab_load": ("laboratory", "appointment"),
        "home": (None, "person"),
        "us": (None, "appointment"),
    }
    assert catalogue.rooms["laboratory"].hours["weekdays"] == "08:00-12:00"
    assert catalogue.needs_of(None, "mri") == Needs(referral="if_any")
    assert catalogue.needs_of("ent") == Needs()


def test_without_rooms_a_person_arranges_what_has_no_doctor(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "rooms.yml").unlink()
    services = load_catalogue(tmp_path).services.values()
    assert {service.entry for service in services if service.specialty is None} == {"person", "appointment"}
    assert all(service.room is None for service in services)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("kinds: [lab]", "kinds: [mri]", r"rooms\.yml:9: .*kind 'mri' already belongs to mri"),
        ("[Забор крови]", "[МРТ]", r"mis_name 'МРТ' already belongs to mri"),
        ("[Забор крови]", "[лор]", r"mis_name 'лор' is a specialty's; allowed: a spelling of its own"),
        ("entry: walk_in", "entry: often", r"unknown way 'often'; allowed: appointment, walk_in, person"),
        ("entry: walk_in", "entry: appointment", r"allowed: hours with `entry: walk_in`, and only there"),
        ('"08:00-12:00"', '"8-12"', r"bad hours '8-12'; allowed: \"HH:MM-HH:MM\" or null"),
        ("referral: if_any", "referral: perhaps", r"unknown value 'perhaps'; allowed: if_any, needed"),
        ("referral: if_any", "first: shaman", r"unknown specialty 'shaman'; allowed: ent, surgeon"),
        ("referral: if_any", "from_age: ten", r"bad age 'ten'; allowed: whole years from 0 to 120"),
        ("referral: if_any", "{from_age: 18, to_age: 3}", r"rooms\.yml"),
        ("    name: лаборатория\n", "", r"key 'name' is missing"),
    ],
)
def test_a_bad_room_says_where_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    assert old in ROOMS
    with pytest.raises(CatalogueError, match=complaint):
        load(tmp_path, rooms=ROOMS.replace(old, new, 1))


def test_a_service_cannot_be_had_without_an_appointment_where_no_room_has_hours(tmp_path: Path) -> None:
    bad = ROOM_SERVICES.replace("specialty: ent}", "specialty: ent, entry: walk_in}")
    with pytest.raises(CatalogueError, match=r"services\.yml:6: .*allowed: walk_in where the room has hours"):
        load(tmp_path, services=bad)


@pytest.mark.parametrize(
    ("needs", "complaint"),
    [
        ("{gender: woman}", r"specialties\.yml:11: .*unknown value 'woman'; allowed: female, male"),
        ("{first: shaman}", r"unknown specialty 'shaman'; allowed: ent, surgeon"),
        (
            "{from_age: 18, to_age: 3}",
            r"nobody is from 18 to 3 years old; allowed: from_age not above to_age",
        ),
        ("{weight: 90}", r"unknown key; allowed: gender, from_age, to_age, referral, first"),
    ],
)
def test_bad_needs_say_where_and_what_is_allowed(tmp_path: Path, needs: str, complaint: str) -> None:
    specialties = SPECIALTIES.replace(
        "    consultation: B-ENT\n", f"    consultation: B-ENT\n    needs: {needs}\n"
    )
    with pytest.raises(CatalogueError, match=complaint):
        load(tmp_path, specialties=specialties)


def test_needs_of_a_specialty(tmp_path: Path) -> None:
    written = "    consultation: B-ENT\n    needs: {gender: male, to_age: 17, first: surgeon}\n"
    catalogue = load(tmp_path, specialties=SPECIALTIES.replace("    consultation: B-ENT\n", written))
    needs = catalogue.needs_of("ent")
    assert needs == Needs(gender="male", to_age=17, first="surgeon")
    assert [needs.admits_age(age) for age in (0, 17, 18)] == [True, True, False]
