"""What a check finds in the answers of a base, and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mis.calls import Timeouts
from mis.check_base import Heard
from mis.check_findings import GAPS, KINDS, Finding, Weight, findings, usable
from mis.check_quirks import QuirkBook
from mis.check_reading import BaseReading, BranchReading, Door, Reading
from mis.check_report import report
from mis.check_texts import CheckTexts, CheckTextsError, load_check_texts
from mis.config import BaseConfig
from mis.port import Capabilities, Doctor, FullName, Service, VisitStatus, Window
from tests.mis.sandbox import CATALOGUE
from tests.mis.support import (
    ANNA,
    CENTRE,
    MOSCOW,
    OLEG,
    STRANGER,
    URAL,
    ZERO,
    answer,
    employee,
    item,
    schedule,
)

HOURS = {"centre": (time(8), time(21)), "ural": (time(8), time(21))}
START = datetime(2026, 11, 24, 9, tzinfo=MOSCOW)
ANNA_HERE = Doctor(
    ANNA, FullName("Иванова", "Анна"), "ent", "ЛОР", ("centre",), visit_length=timedelta(minutes=30)
)
PRICED = Service("s-1", "centre", "B-1", "Приём", price=Decimal(1800), length=timedelta(minutes=30))
WINDOW = Window("centre", ANNA, START, START + timedelta(hours=2))
CONFIG = BaseConfig(
    "clinic",
    "umc_http",
    "https://bot:word@mis.example:8443/base/hs/bwi?Key=1",
    "bot",
    "word",
    {"centre": "key-1", "ural": "key-2"},
    Timeouts(),
    timedelta(minutes=30),
    timedelta(minutes=12),
    35,
    None,
    None,
)


def good(value: Any, seconds: float = 0.1) -> Reading[Any]:
    return Reading(value, None, seconds)


def branch(
    windows: Sequence[Window] = (WINDOW,),
    doctors: Sequence[Doctor] = (ANNA_HERE,),
    services: Sequence[Service] = (PRICED,),
    **more: Any,
) -> BranchReading:
    return BranchReading(
        CENTRE,
        "clinic",
        good(windows),
        good(windows),
        good(()),
        good(VisitStatus.ERROR),
        good(services),
        good(doctors),
        **more,
    )


def base(*branches: BranchReading, **more: Any) -> BaseReading:
    made = BaseReading(CONFIG, Capabilities(), Door("open"), good([CENTRE, URAL]), branches, {})
    return replace(made, **more)


def found(*branches: BranchReading, **more: Any) -> dict[str, Finding]:
    return {one.kind: one for one in findings([base(*branches, **more)], HOURS, ["B-1"], 14)}


def test_a_base_in_order_has_nothing_to_set_up() -> None:
    assert found(branch()) == {}


@pytest.mark.parametrize(
    ("read", "kind", "count"),
    [
        (branch(doctors=()), "no_doctors", 0),
        (branch(windows=(), doctors=()), "no_schedule", 0),
        (branch(windows=()), "all_busy", 0),
        (branch(services=()), "no_services", 0),
        (branch(services=[replace(PRICED, price=None)]), "no_prices", 1),
        (branch(services=[PRICED, replace(PRICED, id="s-2", price=None)]), "some_prices", 1),
        (branch(services=[replace(PRICED, length=None)]), "no_lengths", 1),
        (branch(services=[PRICED, replace(PRICED, article="")]), "no_article", 1),
        (branch(services=[replace(PRICED, article="B-2")]), "articles_missing", 1),
        (branch(doctors=[replace(ANNA_HERE, specialty=None, mis_specialty="")]), "no_specialty", 1),
        (
            branch(doctors=[replace(ANNA_HERE, specialty=None, mis_specialty="Астрология")]),
            "unknown_specialty",
            1,
        ),
        (branch(doctors=[replace(ANNA_HERE, visit_length=None)]), "doctors_no_length", 1),
        (branch(windows=[WINDOW, replace(WINDOW, doctor_id=OLEG)]), "strange_doctors", 1),
        (branch(windows=[replace(WINDOW, end=START + timedelta(minutes=50))]), "tails", 1),
        (branch(windows=[replace(WINDOW, start=START.replace(hour=5))]), "zone", 1),
        (branch(windows=[replace(WINDOW, end=START.replace(hour=23))]), "zone", 1),
    ],
)
def test_what_is_missing_in_a_branch(read: BranchReading, kind: str, count: int) -> None:
    one = found(read)[kind]
    assert (one.count, one.where, one.base) == (count, (CENTRE.name,), "clinic")
    assert usable([one]) is (one.weight is not Weight.STOPS)


def test_a_status_of_a_visit_that_never_was() -> None:
    read = replace(branch(), status=good(VisitStatus.PROCESSED))
    assert "status_of_nothing" in found(read)


def test_a_slow_schedule_names_the_slowest_branch() -> None:
    slow = replace(branch(), windows=good([WINDOW], 4.2))
    slower = replace(branch(), branch=URAL, windows=good([WINDOW], 4.8))
    one = found(slow, slower)["slow"]
    assert (one.figures, one.where) == ({"seconds": "4,8"}, (CENTRE.name, URAL.name))


def test_the_same_finding_of_two_branches_is_one() -> None:
    unmapped = replace(ANNA_HERE, specialty=None, mis_specialty="Астрология")
    other = replace(unmapped, mis_specialty="Гадание")
    one = found(branch(doctors=[unmapped]), replace(branch(doctors=[other]), branch=URAL))[
        "unknown_specialty"
    ]
    assert (one.count, one.where) == (2, (CENTRE.name, URAL.name))
    assert one.names == {"«Астрология»", "«Гадание»"}


def test_clocks_and_clinics_of_the_base() -> None:
    skewed = found(branch(), door=Door("open", timedelta(minutes=-7)))
    assert skewed["clock"].figures == {"minutes": "-7"}
    assert found(branch(), door=Door("open", timedelta(seconds=90))) == {}
    assert found(branch(), strange_clinics={STRANGER: "Новый"})["strange_clinics"].names == {
        f"«Новый» ({STRANGER})"
    }


@pytest.fixture(scope="module")
def texts() -> CheckTexts:
    return load_check_texts(CATALOGUE / "mis_check.yml")


@pytest.mark.parametrize("kind", KINDS)
def test_every_finding_can_be_said(texts: CheckTexts, kind: str) -> None:
    figures = {name: f"<{name}>" for name in KINDS[kind][1]}
    one = Finding(kind, "clinic", (CENTRE.name,), 3, frozenset({"«А»"}), figures)
    lines = list(report([base(branch())], [one], texts, "mis.yml"))
    assert any(line.startswith("  1. ") for line in lines)
    assert "{" not in "".join(lines)


def test_no_secret_is_printed(texts: CheckTexts) -> None:
    read = base(branch())
    told = "\n".join(report([read], findings([read], HOURS, [], 14), texts, "mis.yml"))
    assert "mis.example:8443/base/hs/bwi" in told
    for secret in ("word", "bot", "key-1", "Key="):
        assert secret not in told


def test_a_gap_is_told_only_where_it_is(texts: CheckTexts) -> None:
    able = base(branch(), capabilities=Capabilities(**dict.fromkeys(GAPS, True)))
    told = "\n".join(report([able], [], texts, "mis.yml"))
    assert "Чего не умеет" not in told
    told = "\n".join(report([base(branch(), capabilities=Capabilities(holds=True))], [], texts, "mis.yml"))
    assert texts.gaps["lists_visits"] in told
    assert texts.gaps["holds"] not in told


Change = Callable[[str], str]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda text: text.replace("  zone:\n", "  zona:\n"), "problems.zona: unknown key"),
        (
            lambda text: text.replace("{host} не найдено", "{phone} не найдено"),
            "nothing fills {phone}; allowed:",
        ),
        (lambda text: text.replace("{host} не найдено", "{host не найдено"), "no_address.what: has a brace"),
        (
            lambda text: text.replace("  whole: есть\n", ""),
            "key 'whole' is missing; allowed: whole, part, none",
        ),
        (lambda text: text.replace("  holds:", "  hold:"), "gaps.hold: unknown key"),
        (lambda text: text.replace("title:", "titel:"), "titel: unknown key"),
    ],
)
def test_wrong_words_are_told_with_their_line(tmp_path: Path, change: Change, expected: str) -> None:
    text = (CATALOGUE / "mis_check.yml").read_text(encoding="utf-8")
    assert change(text) != text
    path = tmp_path / "mis_check.yml"
    path.write_text(change(text), encoding="utf-8")
    with pytest.raises(CheckTextsError, match=r"mis_check\.yml:\d+: ") as caught:
        load_check_texts(path)
    assert expected in str(caught.value)


def heard(method: str, body: object, *, marked: bool = False, **asked: str) -> Heard:
    return Heard("", method, "centre", asked, answer(body), marked)


def test_quirks_of_a_schedule() -> None:
    book = QuirkBook([CENTRE])
    rows = [schedule(ПериодГрафика=""), schedule(ПериодГрафика=""), schedule(OLEG, clinic=STRANGER)]
    book.hear(heard("GetSchedule20", {"ГрафикДляСайта": rows}, marked=True))
    book.hear(heard("GetSchedule20", {"ГрафикДляСайта": rows}, Employees=OLEG, StartDate="2"))
    assert book.of("centre") == {
        "byte_order_mark": 1,
        "repeated_doctors": 1,
        "other_clinics": 1,
        "other_doctors": 1,
    }


def test_quirks_of_directories() -> None:
    book = QuirkBook([CENTRE])
    book.hear(
        heard("GetListEmployees", {"Сотрудник": [employee(), employee(), employee(OLEG, Организация="x")]})
    )
    prices = [
        item("f", ЭтоПапка="true"),
        item("m", Вид="Материал"),
        item("s", Цена="0"),
        item("s", Цена="10"),
    ]
    book.hear(heard("GetNomenclatureAndPrices", {"Каталог": prices}))
    clinics = [{"УИД": CENTRE.mis_id, "Наименование": "Центр"}, {"УИД": STRANGER, "Наименование": "Новый"}]
    book.hear(heard("GetListClinic", {"Клиника": clinics}))
    assert book.of("centre") == {
        "doctors_without_branch": 2,
        "doctors_twice": 1,
        "folders_in_prices": 1,
        "materials_in_prices": 1,
        "services_twice": 1,
    }
    assert book.strange_clinics() == {STRANGER: "Новый"}
    assert employee()["Организация"] == ZERO


def test_an_answer_asked_for_again_is_counted_once() -> None:
    book = QuirkBook([CENTRE])
    for _ in range(2):
        book.hear(heard("GetNomenclatureAndPrices", {"Каталог": item("m", Вид="Материал")}))
    book.hear(heard("GetNomenclatureAndPrices", "Ошибка"))
    assert book.of("centre") == {"materials_in_prices": 1}
