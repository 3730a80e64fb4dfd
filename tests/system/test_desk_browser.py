"""A patient, an operator and a supervisor in browsers of their own, over the real system.

What the operator books stands in the MIS, and after the return Мария knows nothing of the time before.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from desk.database import connect
from tests.desk.staff import PASSWORD, add_account, finish_all
from tests.scenarios.runner import Patient
from tests.support.system import System
from tests.system.test_browser import PATIENCE_MS, chromium, in_log, say

pytestmark = [pytest.mark.system, pytest.mark.browser]

__all__ = ["chromium"]


@dataclass
class Room:
    """Pages of several people, each in a context of their own. `complaints` is what their consoles said."""

    browser: Any
    system: System
    complaints: list[str] = field(default_factory=list)

    def page(self, path: str) -> Any:
        context = self.browser.new_context(locale="ru-RU", viewport={"width": 1440, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.goto(self.system.desk.replace("127.0.0.1", "localhost") + path)
        return page

    @property
    def database(self) -> str:
        return self.system.child("desk").environ()["DATABASE_URL"]

    def staff(self, role: str, path: str) -> Any:
        """The page of a new member of the staff, logged in."""
        _, login = add_account(self.database, role)
        page = self.page(path)
        page.get_by_label("Логин").fill(login)
        page.get_by_label("Пароль").fill(PASSWORD)
        page.get_by_role("button", name="Войти").click()
        return page


@pytest.fixture
def room(chromium: Any, system: System) -> Iterator[Room]:
    made = Room(chromium, system)
    yield made
    assert made.complaints == []


@pytest.fixture
def operator(room: Room) -> Iterator[Any]:
    """On line for this test only, with nothing of other tests in the queue."""
    with ThreadPoolExecutor(1) as thread:
        # The browser has a loop of its own in this thread.
        thread.submit(asyncio.run, _empty_queue(room.database)).result()
    page = room.staff("operator", "/console/")
    page.get_by_label("Мой статус").select_option("online")
    yield page
    with page.expect_response("**/api/presence"):
        page.get_by_label("Мой статус").select_option("offline")


async def _empty_queue(database: str) -> None:
    async with await connect(database) as connection:
        await connection.execute("UPDATE clinic.request SET state = 'closed' WHERE state = 'open'")
        await finish_all(connection)


def test_the_operator_books_and_gives_back(room: Room, operator: Any) -> None:
    from playwright.sync_api import expect

    patient = Patient(room.system)
    page = call_a_person(room)
    take_up(operator, "позовите оператора")
    answer(operator, "Здравствуйте! К кому вас записать?")
    expect(page.get_by_text("Здравствуйте! К кому вас записать?")).to_be_visible()
    say(page, "к терапевту, всё равно когда")
    expect(operator.get_by_role("log").get_by_text("к терапевту, всё равно когда")).to_be_visible()

    assert patient.visits() == []
    book(operator, patient)
    (visit,) = patient.visits()
    operator.get_by_role("button", name="Вставить в ответ").click()
    operator.get_by_label("Ответ пациенту").press("Control+Enter")
    told = page.get_by_text(re.compile("^Вы записаны: "))
    expect(told).to_contain_text(str(visit["doctor"]))

    operator.get_by_role("button", name=re.compile("^Вернуть Марии")).click()
    dialog = operator.get_by_role("dialog")
    dialog.get_by_label("Что сделано").fill("Записала вас к терапевту")
    dialog.get_by_role("button", name="Вернуть", exact=True).click()
    expect(page.get_by_text("Записала вас к терапевту")).to_be_visible()
    heard = in_log(page).locator(".message.bot")
    before = heard.count()
    say(page, "спасибо")
    expect(heard).to_have_count(before + 1)
    expect(heard.last).not_to_contain_text("Не расслышала")
    assert len(patient.visits()) == 1


def test_the_live_page_counts_what_was_done(room: Room, operator: Any) -> None:
    from playwright.sync_api import expect

    board = room.staff("supervisor", "/board/")
    replies = board.locator("section.tile", has_text="Каждый ответ за 60 секунд").locator("dd").first
    expect(replies).to_contain_text(" из ")
    done, of = map(int, re.findall(r"(\d+) из (\d+)", replies.inner_text())[0])
    page = call_a_person(room)
    take_up(operator, "позовите оператора")
    answer(operator, "Добрый день, слушаю вас")
    expect(page.get_by_text("Добрый день, слушаю вас")).to_be_visible()
    expect(replies).to_contain_text(f"{done + 1} из {of + 1}")
    close(operator, "documents", "answered")
    expect(board.locator("button.topic", has_text="Документы")).to_be_visible()


def test_the_form_of_the_site_becomes_a_request(room: Room, operator: Any) -> None:
    from playwright.sync_api import expect

    patient = Patient(room.system)
    page = room.page("/")
    form = page.locator("#request-form")
    form.get_by_label("Как к вам обращаться").fill("Ольга")
    form.get_by_label("Телефон").fill(patient.phone)
    form.get_by_label("Что вам нужно").fill("записать маму к кардиологу")
    form.get_by_role("button", name="Отправить заявку").click()
    expect(page.locator("#request-consent-wrong")).to_be_visible()
    form.get_by_role("checkbox").check()
    form.get_by_role("button", name="Отправить заявку").click()
    expect(page.locator("#request-said")).to_contain_text("заявка принята")

    take_up(operator, "записать маму к кардиологу")
    call = operator.get_by_role("link", name=re.compile("^Позвонить"))
    expect(call).to_have_attribute("href", f"tel:{patient.phone}")
    book(operator, patient)
    assert len(patient.visits()) == 1
    close(operator, "book", "booked")


def call_a_person(room: Room) -> Any:
    """The page of a patient who has asked for a person."""
    page = room.page("/")
    page.get_by_role("button", name="Открыть чат").click()
    say(page, "позовите оператора")
    return page


def take_up(operator: Any, said: str) -> None:
    """Accepts the one conversation there is, in which this was said."""
    from playwright.sync_api import expect

    expect(operator.locator("button.row")).to_have_count(1)
    operator.keyboard.press("j")
    expect(operator.get_by_role("log").get_by_text(said)).to_be_visible()
    operator.keyboard.press("Enter")
    expect(operator.get_by_role("button", name=re.compile("^Завершить"))).to_be_visible()


def answer(operator: Any, text: str) -> None:
    box = operator.get_by_label("Ответ пациенту")
    box.fill(text)
    box.press("Control+Enter")
    box.press("Escape")


def book(operator: Any, patient: Patient) -> None:
    """The first free time of a therapist, for this patient."""
    from playwright.sync_api import expect

    operator.get_by_role("button", name=re.compile("^Подобрать время")).click()
    operator.get_by_label("Специальность").select_option(label="Терапевт")
    operator.get_by_role("button", name="Найти", exact=True).click()
    operator.locator("button.slot").first.click()
    surname, given, patronymic = patient.name.split()
    side = operator.get_by_role("complementary", name="О разговоре")
    for label, value in (("Фамилия", surname), ("Имя", given), ("Отчество", patronymic)):
        side.get_by_label(label, exact=True).fill(value)
    side.get_by_label("Телефон", exact=True).fill(patient.phone)
    side.get_by_label("Дата рождения", exact=True).fill("1987-05-12")
    side.get_by_label(re.compile("^Пациент согласился")).check()
    side.get_by_role("button", name="Записать", exact=True).click()
    expect(side.get_by_text("медицинская система это подтвердила")).to_be_visible()


def close(operator: Any, topic: str, outcome: str) -> None:
    from playwright.sync_api import expect

    operator.keyboard.press("c")
    dialog = operator.get_by_role("dialog")
    dialog.get_by_label("Тема").select_option(topic)
    dialog.get_by_label("Итог").select_option(outcome)
    dialog.get_by_role("button", name="Завершить").click()
    expect(dialog).to_be_hidden()
