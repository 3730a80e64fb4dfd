"""Prices: of what exactly, where, first and repeated; unknown is not zero."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.actions.asked import Talk, only
from tests.actions.clinic import Stage, catalogue

pytestmark = pytest.mark.asyncio

PRICE = "ask_price"


def price(stage: Stage, service: str, branch: str, value: Decimal | None) -> None:
    article = catalogue().services[service].article
    stage.mis.service_lists[branch] = [
        replace(one, price=value) if one.article == article else one
        for one in stage.mis.service_lists[branch]
    ]


def unlist(stage: Stage, service: str, *branches: str) -> None:
    article = catalogue().services[service].article
    for branch in branches:
        stage.mis.service_lists[branch] = [
            one for one in stage.mis.service_lists[branch] if one.article != article
        ]


async def test_a_specialty_has_the_first_and_the_repeated_visit(stage: Stage) -> None:
    said = only(await Talk(stage).ask(PRICE, "сколько стоит приём кардиолога"))

    assert said.text.count("\u20bd") == 2
    assert "Первичный" in said.text and "Повторный" in said.text
    assert said.buttons[-1]["payload"] == '/book_visit{"specialty": "cardiologist"}'


async def test_branches_that_differ_make_a_range(stage: Stage) -> None:
    price(stage, "us_kidneys", "sokol", Decimal(2500))

    said = only(await Talk(stage).ask(PRICE, "сколько стоит узи почек"))

    assert "от 1\u00a0800\u00a0₽ до 2\u00a0500\u00a0₽" in said.text


async def test_the_asked_branch_has_its_own_price(stage: Stage) -> None:
    price(stage, "us_kidneys", "sokol", Decimal(2500))

    said = only(await Talk(stage).ask(PRICE, "сколько стоит узи почек на Соколе"))

    assert "от 2\u00a0500\u00a0₽ («Сокол»)" in said.text
    assert said.buttons[-1]["payload"] == '/book_visit{"service": "us_kidneys", "branch": "sokol"}'


async def test_several_services_are_priced_in_one_answer(stage: Stage) -> None:
    said = only(await Talk(stage).ask(PRICE, "сколько стоит узи почек и мрт головного мозга"))

    assert "УЗИ почек" in said.text and "МРТ головного мозга" in said.text
    assert len(said.buttons) == 2
    assert all(button["title"].startswith("Записаться: ") for button in said.buttons)


async def test_an_unknown_price_is_not_zero(stage: Stage) -> None:
    for branch in catalogue().branches:
        price(stage, "us_kidneys", branch, None)

    said = only(await Talk(stage).ask(PRICE, "сколько стоит узи почек"))

    assert "0" not in said.text.split("\n")[0]
    assert "подскажет администратор" in said.text


async def test_what_is_not_done_here_is_said_with_where_it_is(stage: Stage) -> None:
    unlist(stage, "us_kidneys", *(branch for branch in catalogue().branches if branch != "sokol"))

    said = only(await Talk(stage).ask(PRICE, "сколько стоит узи почек на Таганке"))

    assert "здесь не делаем" in said.text
    assert "«Сокол»" in said.text


async def test_a_doctor_has_the_price_of_his_own_branches_and_a_button_to_him(stage: Stage) -> None:
    price(stage, "consult_ent_1", "leninsky", Decimal(3300))

    said = only(await Talk(stage).ask(PRICE, "сколько стоит приём Лапиной"))

    assert "Лапина О. П." in said.text.replace("\u00a0", " ")
    assert "3\u00a0300" not in said.text
    assert said.buttons[-1]["payload"] == '/book_visit{"what": "doctor:ent-3"}'


async def test_a_large_group_asks_which_with_at_most_eight_buttons(stage: Stage) -> None:
    talk = Talk(stage)
    said = await talk.ask(PRICE, "сколько стоит узи")

    assert said.names == ["utter_price_group"]
    assert len(said.buttons) == 8

    told = await talk.tap(said, "УЗИ брюшной полости")

    assert "УЗИ брюшной полости" in only(told).text


async def test_a_small_group_is_listed(stage: Stage) -> None:
    said = only(await Talk(stage).ask(PRICE, "сколько стоят анализы на онкомаркеры"))

    assert said.name == "utter_price_lines"
    assert "CA 125" in said.text


async def test_other_words_narrow_a_group(stage: Stage) -> None:
    said = only(await Talk(stage).ask(PRICE, "сколько стоит мрт с контрастом"))

    assert said.name == "utter_price_lines"
    assert all("контраст" in line for line in said.text.split("\n\n")[0].split("\n"))


async def test_a_doctor_we_do_not_have_is_not_the_last_one_asked_about(stage: Stage) -> None:
    talk = Talk(stage)
    await talk.ask(PRICE, "сколько стоит кардиолог")

    said = only(await talk.ask(PRICE, "сколько стоит логопед"))

    assert said.name == "utter_services_no"


async def test_without_a_subject_it_asks(stage: Stage) -> None:
    assert (await Talk(stage).ask(PRICE, "сколько стоит")).names == ["utter_price_what"]


async def test_inside_the_booking_no_buttons_compete_with_its_question(stage: Stage) -> None:
    for text in ("сколько стоит узи почек", "сколько стоит узи"):
        assert (await Talk(stage).busy().ask(PRICE, text)).buttons == []
