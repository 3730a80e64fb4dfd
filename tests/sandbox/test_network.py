"""The invented network is plausible, the same in every run, and agrees with the catalogue."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.data_files import DataError
from sandbox.network import Network, load_network
from sandbox.people import Names, feminine
from sandbox.price_list import load_price_list
from sandbox.reference import load_preparation
from sandbox.settings import DATA, Settings
from sandbox.timetable import HORIZON_DAYS, Timetable, subtract, visible_days
from tests.sandbox.conftest import MONDAY

CATALOGUE = Path("data/catalogue")


@pytest.mark.parametrize(
    ("masculine", "woman"),
    [
        ("Иванов", "Иванова"),
        ("Королёв", "Королёва"),
        ("Ильин", "Ильина"),
        ("Вишневский", "Вишневская"),
        ("Толстой", "Толстая"),
        ("Белых", "Белых"),
        ("Бондаренко", "Бондаренко"),
        ("Мороз", "Мороз"),
        ("Саркисян", "Саркисян"),
        ("Цой", "Цой"),
        ("Вайнштейн", "Вайнштейн"),
        ("Зима", "Зима"),
    ],
)
def test_surnames_have_gender(masculine: str, woman: str) -> None:
    assert feminine(masculine) == woman


def test_all_three_parts_of_a_name_agree(network: Network) -> None:
    for doctor in network.doctors.values():
        person = doctor.person
        assert person.patronymic.endswith("на" if person.woman else "ич"), str(person)
        if person.surname.endswith(("ова", "ева", "ёва", "ина", "ская", "цкая")):
            assert person.woman or person.surname in ("Кобалия",), str(person)
        if person.surname.endswith(("ов", "ев", "ёв", "ский", "цкий")):
            assert not person.woman, str(person)


def test_names_are_spread_as_in_life(network: Network) -> None:
    roots = Counter(doctor.person.surname.removesuffix("а") for doctor in network.doctors.values())
    assert 250 <= len(roots) <= 500
    assert 20 <= roots.most_common(1)[0][1] <= 80
    women = sum(doctor.person.woman for doctor in network.doctors.values())
    assert 0.55 < women / 2000 < 0.75


def test_the_same_seed_gives_the_same_people(data_dir: Path, network: Network) -> None:
    settings = Settings(database_url="unused", data_dir=data_dir, _env_file=None)
    assert load_network(settings).doctors == network.doctors
    other = load_network(settings.model_copy(update={"seed": "other"}))
    assert not set(other.doctors) & set(network.doctors)
    names = Names(DATA / "names.yml")
    assert names.draw(random.Random(1), woman=True) == names.draw(random.Random(1), woman=True)


def sections(name: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load((CATALOGUE / f"{name}.yml").read_text(encoding="utf-8"))[name]
    return data


def test_doctors_are_spread_over_specialties_and_branches_as_the_data_say(network: Network) -> None:
    assert len(network.doctors) == 2000
    by_specialty: dict[str, list[set[str]]] = {}
    for doctor in network.doctors.values():
        by_specialty.setdefault(doctor.specialty.id, []).append(set(doctor.branch_ids))
    assert set(by_specialty) == set(sections("specialties"))
    for specialty in {doctor.specialty.id: doctor.specialty for doctor in network.doctors.values()}.values():
        places = by_specialty[specialty.id]
        assert len(places) == specialty.share
        assert len(set[str]().union(*places)) == specialty.branches, specialty.id
    regions = {
        specialty: {network.branches[branch].region for branches in places for branch in branches}
        for specialty, places in by_specialty.items()
    }
    assert min(len(found) for found in regions.values()) >= 3
    several = sum(len(doctor.branch_ids) > 1 for doctor in network.doctors.values())
    assert 0.08 < several / 2000 < 0.3
    for doctor in network.doctors.values():
        assert len({network.branches[branch].region for branch in doctor.branch_ids}) == 1


def test_specialties_agree_with_the_catalogue() -> None:
    own = yaml.safe_load((DATA / "specialties.yml").read_text(encoding="utf-8"))["specialties"]
    ours = yaml.safe_load((CATALOGUE / "specialties.yml").read_text(encoding="utf-8"))["specialties"]
    assert list(own) == list(ours)
    for specialty, facts in own.items():
        assert set(facts["mis_names"]) <= set(ours[specialty]["mis_names"]), specialty
        assert ours[specialty]["children"] is (facts["patients"] != "adults"), specialty
    spellings = Counter(name.lower() for facts in own.values() for name in facts["mis_names"])
    assert max(spellings.values()) == 1


def test_who_sees_children_is_seen_in_the_specialty(network: Network) -> None:
    for doctor in network.doctors.values():
        if doctor.mis_specialty.startswith("Детск"):
            assert doctor.patients == "children"
        if doctor.specialty.patients == "adults":
            assert not doctor.sees_children
    children = {doctor.specialty.id for doctor in network.doctors.values() if doctor.sees_children}
    adults = {doctor.specialty.id for doctor in network.doctors.values() if doctor.sees_adults}
    assert "pediatrician" in children - adults
    assert "therapist" in adults - children
    assert "geneticist" in children & adults


def test_four_regions_lie_in_four_time_zones(network: Network) -> None:
    zones = {branch.region: branch.zone.key for branch in network.branches.values()}
    assert len(network.branches) == 16
    assert len(set(zones.values())) == len(zones) == 4


def test_every_specialty_is_as_busy_as_its_data_say_and_scarce_ones_are_not_gone(network: Network) -> None:
    timetable = Timetable(network)
    free: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for doctor in network.doctors.values():
        for branch_id in doctor.branch_ids:
            for nth in range(0, 30, 3):
                day = timetable.day(doctor.id, branch_id, MONDAY + timedelta(days=nth))
                if day:
                    free[doctor.specialty.id] += sum(end - start for start, end in day.free)
                    taken[doctor.specialty.id] += sum(end - start for start, end in day.taken)
    for doctor in network.doctors.values():
        specialty = doctor.specialty
        share = taken[specialty.id] / (taken[specialty.id] + free[specialty.id])
        assert abs(share - specialty.busy) < 0.06, specialty.id
        assert free[specialty.id] > 0, specialty.id


def test_a_day_is_whole_and_the_same_every_time(network: Network) -> None:
    timetable, again = Timetable(network), Timetable(network)
    seen = 0
    for doctor in network.by_branch["leninsky"]:
        for nth in range(7):
            on = MONDAY + timedelta(days=nth)
            day = timetable.day(doctor.id, "leninsky", on)
            assert day == again.day(doctor.id, "leninsky", on)
            if day is None:
                continue
            seen += 1
            opening = network.branches["leninsky"].hours[on.weekday()]
            assert opening is not None
            assert opening[0] <= day.shift[0] < day.shift[1] <= opening[1]
            parts = sorted([*day.free, *day.taken, *day.breaks])
            assert parts[0][0] == day.shift[0]
            assert parts[-1][1] == day.shift[1]
            assert all(left[1] == right[0] for left, right in itertools.pairwise(parts))
    assert seen > 200


def test_nobody_works_in_two_places_or_in_a_closed_branch(network: Network) -> None:
    timetable = Timetable(network)
    for doctor in network.doctors.values():
        for nth in range(7):
            on = MONDAY + timedelta(days=nth)
            places = [b for b in doctor.branch_ids if timetable.day(doctor.id, b, on) is not None]
            assert len(places) <= 1
            assert all(network.branches[branch].hours[on.weekday()] for branch in places)


def test_some_windows_are_no_multiple_of_the_step(network: Network) -> None:
    timetable = Timetable(network)
    odd = whole = 0
    for doctor in network.by_branch["leninsky"]:
        for nth in range(14):
            day = timetable.day(doctor.id, "leninsky", MONDAY + timedelta(days=nth))
            for start, end in day.free if day else ():
                odd, whole = odd + bool((end - start) % doctor.minutes), whole + 1
    assert 0 < odd / whole < 0.1


def test_the_horizon_moves_with_today() -> None:
    first, last = date(2026, 1, 1), date(2027, 1, 1)
    days = visible_days(MONDAY, first, last)
    assert (days[0], days[-1]) == (MONDAY, MONDAY + timedelta(days=HORIZON_DAYS))
    assert visible_days(MONDAY, first, MONDAY - timedelta(days=1)) == []
    assert visible_days(MONDAY, MONDAY + timedelta(days=40), last) == []


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ([], ((60, 120),)),
        ([(60, 90)], ((90, 120),)),
        ([(80, 90)], ((60, 80), (90, 120))),
        ([(0, 200)], ()),
        ([(0, 60), (120, 150)], ((60, 120),)),
        ([(60, 80), (80, 120)], ()),
    ],
)
def test_subtract(taken: list[tuple[int, int]], left: tuple[tuple[int, int], ...]) -> None:
    assert subtract([(60, 120)], taken) == left


def test_every_code_has_words(data_dir: Path) -> None:
    words = yaml.safe_load((data_dir / "umc.yml").read_text(encoding="utf-8"))["statuses"]
    assert sorted(words) == [0, 1, 2, 3, 4, 5, 6, 9]


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("folders: [", "nomenclature.yml:"),
        ("items: []", "«folders»"),
        ("folders: {a: А}\nitems: [{article: X, name: Икс, folder: b, kind: Услуга, price: 1}]", "'b'"),
        ("folders: {a: А}\nitems: [{article: X, name: Икс, folder: a, kind: Чудо, price: 1}]", "Материал"),
    ],
)
def test_a_bad_price_list_says_where_and_what(tmp_path: Path, written: str, complaint: str) -> None:
    path = tmp_path / "nomenclature.yml"
    path.write_text(written, encoding="utf-8")
    with pytest.raises(DataError, match=complaint) as raised:
        load_price_list(path, "maria")
    assert str(path) in str(raised.value)


def test_the_price_list_of_the_network_is_a_clinics_own(network: Network) -> None:
    prices = load_price_list(DATA / "nomenclature.yml", network.seed)
    services = [item for item in prices.items if item.kind != "Материал"]
    assert len(services) >= 600
    assert len({item.article for item in prices.items}) == len(prices.items)
    assert {item.kind for item in prices.items} == {"Услуга", "Материал", "Набор"}
    assert any(item.price == 0 for item in services)
    assert any(item.minutes is None for item in services)
    performed = {doctor.specialty.id for doctor in network.doctors.values()}
    assert set(prices.by_specialty) == performed, "each specialty performs something, nobody else does"
    for item in services[::20]:
        for branch_id in network.branches:
            price = prices.price(item, branch_id)
            assert price % 50 == 0
            assert (price == 0) is (item.price == 0)
            assert not item.price or price == 50 or 0.8 <= price / item.price <= 1.3 or item.price < 500


def test_the_reference_covers_what_the_price_list_has(network: Network) -> None:
    articles = {item.article for item in load_price_list(DATA / "nomenclature.yml", network.seed).items}
    preparation = load_preparation(DATA / "preparation.yml")
    assert len(preparation) >= 60
    assert set(preparation) <= articles
    insurers = yaml.safe_load((DATA / "insurers.yml").read_text(encoding="utf-8"))["insurers"]
    assert set(insurers) == set(network.branches)


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ("[{title: УЗИ, articles: [US-1]}]", "rules"),
        ("[{title: А, articles: [X], rules: [а]}, {title: Б, articles: [X], rules: [б]}]", "X stands in two"),
        ("{US-1: {title: УЗИ}}", "US-1"),
    ],
)
def test_bad_preparation_rules_are_named(tmp_path: Path, entries: str, complaint: str) -> None:
    path = tmp_path / "preparation.yml"
    path.write_text(f"preparation: {entries}", encoding="utf-8")
    with pytest.raises(DataError, match=complaint):
        load_preparation(path)
