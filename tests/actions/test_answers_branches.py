"""Branches: all of them, the nearest, open until when, on holidays, how to get in."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from actions.answers import hours
from lang.nearest import NearPlaces
from tests.actions.asked import Talk, only
from tests.actions.clinic import MOSCOW, Stage, catalogue, words

BRANCHES = "ask_branches"
asynchronous = pytest.mark.asyncio


def at(day: int, clock: str, month: int = 11) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, month, day, hour, minute, tzinfo=MOSCOW)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (at(23, "12:00"), "Сейчас открыто, до 20:00"),
        (at(23, "07:10"), "Откроется сегодня в 8:00"),
        (at(23, "20:00"), "Сейчас закрыто, откроется в 8:00: завтра, 24 ноября"),
        (at(28, "19:00"), "Сейчас закрыто, откроется в 8:00: послезавтра, 30 ноября"),
        (at(31, "16:00", 12), "Сейчас закрыто, откроется в 10:00: послезавтра, 2 января"),
    ],
)
def test_open_now(now: datetime, told: str) -> None:
    assert hours.today(words(), catalogue().branches["maryino"], now).startswith(told)


def test_holidays_of_the_coming_weeks() -> None:
    branch = catalogue().branches["maryino"]

    told = hours.holidays(words(), branch, at(20, "12:00", 12))

    assert "31 декабря, четверг — 09:00-15:00" in told
    assert "1 января" in told and "выходной" in told
    assert "февраля" not in told
    assert hours.holidays(words(), branch, at(1, "12:00", 10)) == "ближайшие недели работаем как обычно"


@pytest.mark.parametrize(
    ("text", "branch"),
    [
        ("есть что-нибудь у метро Курская?", "taganka"),
        ("а рядом с Университетом", "leninsky"),
        ("живу в Зеленограде, куда ехать", "mitino"),
        ("ближайший к Октябрьскому Полю", "sokol"),
        ("я из Бердска", "akademgorodok"),
        ("где вы находитесь", None),
    ],
)
def test_the_nearest_branch(text: str, branch: str | None) -> None:
    found = NearPlaces(catalogue().branches).find(text)

    assert (found.branch if found else None) == branch


def test_every_branch_has_all_the_facts() -> None:
    for branch in catalogue().branches.values():
        assert branch.parking and branch.way and branch.access and branch.landmark and branch.near, branch.id


@asynchronous
async def test_all_sixteen_by_region(stage: Stage) -> None:
    said = only(await Talk(stage).ask(BRANCHES, "какие у вас филиалы"))

    assert all(f"«{branch.name}»" in said.text for branch in catalogue().branches.values())
    assert len(said.buttons) == 4


@asynchronous
async def test_the_nearest_is_told_with_a_button_to_book_there(stage: Stage) -> None:
    said = only(await Talk(stage).ask(BRANCHES, "какой филиал ближе к Павелецкой"))

    assert "«Павелецкая»" in said.text and "«Таганка»" in said.text
    assert said.buttons[0]["payload"] == '/book_visit{"branch": "taganka"}'


@asynchronous
async def test_the_branch_asked_about_is_kept_for_the_next_question(stage: Stage) -> None:
    talk = Talk(stage)
    await talk.ask(BRANCHES, "где вы на Таганке")

    said = only(await talk.ask(BRANCHES, "а парковка есть?"))

    assert "Парковка: своей парковки нет" in said.text


@asynchronous
async def test_where_a_doctor_sees_patients(stage: Stage) -> None:
    said = only(await Talk(stage).ask(BRANCHES, "где принимает Лапина"))

    assert "Люблинская улица" in said.text


@asynchronous
async def test_where_a_service_is_done(stage: Stage) -> None:
    said = only(await Talk(stage).ask(BRANCHES, "где принимает генетик"))

    assert "«Красный проспект»" in said.text


@asynchronous
async def test_a_city_without_us(stage: Stage) -> None:
    said = only(await Talk(stage).ask(BRANCHES, "есть филиал в Казани?"))

    assert said.name == "utter_unknown_city"


@asynchronous
async def test_addresses_are_told_while_the_mis_is_down(stage: Stage) -> None:
    stage.mis.down_branches.update(catalogue().branches)
    stage.clock.now += timedelta(minutes=1)

    said = only(await Talk(stage).ask(BRANCHES, "адрес на Таганке"))

    assert "Воронцовская" in said.text
