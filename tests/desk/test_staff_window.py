"""The window of the staff in a real browser, over a real desk: a patient in one context, people in others."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from desk.appointments import Choice
from desk.prices import BranchPrice, Preparation, Prices
from tests.desk.pictures import photo
from tests.desk.staff import PASSWORD, add_account, held, queued

pytestmark = pytest.mark.browser

WEB = Path(__file__).parents[2] / "web"
AXE = WEB / "node_modules/axe-core/axe.min.js"
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


class OneService:
    """A price list of one service, done in one of two branches."""

    def find(self, text):
        return [Choice("us_abdomen", "УЗИ брюшной полости")]

    def service(self, service_id):
        return Choice(service_id, "УЗИ брюшной полости")

    def prices(self, service_id, branch_id, region):
        lines = (
            BranchPrice("b1", "Ленинский", "Москва", True, "price", Decimal(1900), False),
            BranchPrice("b2", "Сокол", "Москва", True, "silent", None, True),
        )
        return Prices(date(2026, 11, 22), Decimal(1900), Decimal(1900), (20, 20), lines)

    def preparation(self, service_id):
        return Preparation("rules", "УЗИ брюшной полости", ("Не ешьте шесть часов",), ("паспорт",))


@pytest_asyncio.fixture
async def served(open_desk):
    async with open_desk(web_dir=WEB / "dist", prices=OneService()) as url:
        yield url


@pytest_asyncio.fixture
async def browser(served):
    """Closes before the desk does, which waits for open streams."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("browser tests need Chromium: install the package `chromium`")
    if not (WEB / "dist/console/index.html").is_file():
        pytest.skip("browser tests need the built pages: run `npm ci && npm run build` in web/")
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=ARGS)
        yield running
        await running.close()


@pytest.fixture
def come(browser, served, desk_database):
    """Logs a member of the staff in; gives the page, which remembers what it complained about.

    In the window `state` is chosen then: from people who are not there the routing takes what they have.
    """

    async def open_page(role="operator", path="/console/", state="no_new", **options):
        staff_id, login = add_account(desk_database, role)
        context = await browser.new_context(
            locale="ru-RU", viewport={"width": 1440, "height": 900}, **options
        )
        context.set_default_timeout(15_000)
        page = await context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda told: _complain(page, told))
        page.staff_id = staff_id
        await page.goto(served + path)
        await page.get_by_label("Логин").fill(login)
        await page.get_by_label("Пароль").fill(PASSWORD)
        await page.get_by_role("button", name="Войти").click()
        if path == "/console/":
            async with page.expect_response("**/api/presence"):
                await page.get_by_label("Мой статус").select_option(state)
        return page

    return open_page


def _complain(page, told):
    # Browsers write each refusal down: who has not logged in gets 401, and this desk has no clinic (503).
    if told.type == "error" and not any(status in told.text for status in ("401", "503")):
        page.complaints.append(told.text)


async def serious(page):
    """What axe finds of serious and critical kind: rule and places."""
    if not AXE.is_file():
        pytest.skip("accessibility is checked with axe-core: run `npm ci` in web/")
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("async () => (await axe.run()).violations")
    return [
        (each["id"], [node["html"][:120] for node in each["nodes"]])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


async def test_patient_and_operator_from_the_handoff_to_the_close(browser, served, come, connection, rasa):
    anna = await come(state="online")
    patient = await (await browser.new_context(locale="ru-RU")).new_page()
    await patient.goto(served)
    await patient.get_by_role("button", name="Открыть чат").click()
    rasa.says(status=503)
    await patient.get_by_label("Ваше сообщение").fill("Мне нужна справка для бассейна")
    await patient.get_by_label("Ваше сообщение").press("Enter")

    await anna.get_by_role("button", name="Мария не отвечает").wait_for()
    await anna.keyboard.press("j")
    await anna.get_by_role("log").get_by_text("Мне нужна справка для бассейна").wait_for()
    await anna.keyboard.press("Enter")
    await anna.get_by_role("button", name="Завершить").wait_for()
    box = anna.get_by_label("Ответ пациенту")
    await box.fill("Здравствуйте! Справку выдаёт терапевт.")
    await patient.get_by_text("Сотрудник печатает").wait_for()
    await box.press("Control+Enter")
    await patient.get_by_text("Справку выдаёт терапевт.").wait_for()
    await patient.get_by_text("Сотрудник печатает").wait_for(state="detached")
    await patient.get_by_label("Ваше сообщение").fill("Спасибо, запишусь")
    await anna.get_by_text("Пациент пишет…").wait_for()
    await patient.get_by_label("Ваше сообщение").press("Enter")
    await anna.get_by_role("log").get_by_text("Спасибо, запишусь").wait_for()
    await anna.get_by_text("Пациент пишет…").wait_for(state="detached")
    await anna.get_by_role("log").get_by_text("доставлено").first.wait_for()

    await box.press("Escape")
    await anna.keyboard.press("c")
    await anna.get_by_label("Тема").select_option("documents")
    await anna.get_by_label("Итог").select_option("answered")
    await anna.get_by_role("dialog").get_by_role("button", name="Завершить").click()
    await anna.get_by_text("У вас пока нет разговоров").wait_for()
    await anna.get_by_text("Разговор завершён").wait_for()
    assert len(rasa.turns) == 1
    assert anna.complaints == []


async def test_a_photo_of_the_patient_gets_into_the_thread_and_opens_large(
    browser, served, come, connection, texts
):
    anna = await come(state="online")
    patient = await (await browser.new_context(locale="ru-RU")).new_page()
    complaints = []
    patient.on("console", lambda told: told.type == "error" and complaints.append(told.text))
    await patient.goto(served)
    await patient.get_by_role("button", name="Открыть чат").click()
    picker = patient.locator("input[type=file]")
    await picker.set_input_files({"name": "a.heic", "mimeType": "image/heic", "buffer": b"x"})
    await patient.get_by_role("alert").get_by_text("HEIC").wait_for()
    photos = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": photo()} for n in (1, 2)]
    await picker.set_input_files(photos)
    await patient.get_by_role("button", name="Убрать фото 2").click()
    await patient.get_by_role("button", name="Отправить", exact=True).click()
    sent = patient.get_by_role("img", name="Фото, которое вы отправили")
    await patient.get_by_text(texts["picture_taken"]).wait_for()
    assert await sent.count() == 1
    # After a reload it comes from the desk.
    await patient.reload()
    await sent.wait_for()
    await patient.wait_for_function(
        "() => document.querySelector('maria-chat').shadowRoot.querySelector('.picture img').naturalWidth > 0"
    )
    assert await serious(patient) == []
    await patient.get_by_role("button", name="Позвать администратора").click()

    await anna.route("**/pictures/**", lambda asked: asked.abort())
    await anna.get_by_role("button", name="Просит человека").click()
    await anna.get_by_text("Фото не загрузилось.").wait_for()
    await anna.unroute("**/pictures/**")
    anna.complaints.clear()
    await anna.get_by_role("log").get_by_role("button", name="Повторить").click()
    thumbnail = anna.get_by_role("log").get_by_role("img", name="Фото от пациента")
    await thumbnail.wait_for()
    await anna.wait_for_function("() => document.querySelector('.picture img').naturalWidth > 0")
    await anna.get_by_role("button", name="Открыть крупно").press("Enter")
    large = anna.get_by_role("dialog", name="Фото от пациента")
    await large.get_by_role("img").wait_for()
    assert await serious(anna) == []
    async with anna.context.expect_page() as opened:
        await large.get_by_role("link", name="Открыть в новой вкладке").click()
    original = await opened.value
    await original.wait_for_load_state()
    assert await original.evaluate("() => document.contentType") == "image/jpeg"
    await original.close()
    await anna.keyboard.press("Escape")
    await large.wait_for(state="detached")
    assert await anna.evaluate("() => document.activeElement.className") == "picture"
    assert anna.complaints == []
    assert complaints == []


async def test_a_draft_and_a_message_on_its_way_outlive_a_reload(come, connection):
    anna = await come()
    state = await held(connection, anna.staff_id)
    await anna.goto(f"{anna.url.split('#')[0]}#/{state.id}")
    box = anna.get_by_label("Ответ пациенту")
    # The thread has to be there before the network goes.
    await box.wait_for()
    await anna.context.set_offline(True)
    await box.fill("Ваши анализы готовы")
    await box.press("Control+Enter")
    await anna.get_by_text("отправляется…").wait_for()
    await box.fill("И ещё одно")
    await anna.context.set_offline(False)
    await anna.reload()
    await anna.get_by_role("log").get_by_text("отправлено").wait_for()
    assert await anna.get_by_label("Ответ пациенту").input_value() == "И ещё одно"
    assert await anna.get_by_role("log").get_by_text("Ваши анализы готовы").count() == 1


async def test_ready_phrases_by_the_keyboard(come, connection):
    anna = await come()
    state = await held(connection, anna.staff_id)
    await anna.goto(f"{anna.url.split('#')[0]}#/{state.id}")
    box = anna.get_by_label("Ответ пациенту")
    await box.press("/")
    await anna.get_by_role("combobox", name="Готовая фраза").fill("запис")
    await anna.keyboard.press("Enter")
    assert "‹имя и отчество›" in await box.input_value()
    await box.press("Control+Enter")
    await anna.get_by_text("Впишите выделенное").wait_for()


async def test_a_price_gets_into_the_answer_by_the_keyboard(come, connection):
    anna = await come()
    state = await held(connection, anna.staff_id)
    await anna.goto(f"{anna.url.split('#')[0]}#/{state.id}")
    box = anna.get_by_label("Ответ пациенту")
    await box.wait_for()
    await anna.keyboard.press("p")
    await anna.keyboard.type("узи брюшной")
    await anna.keyboard.press("Enter")
    await anna.get_by_text("от 1 900 ₽, 20 мин").wait_for()
    await anna.get_by_role("button", name="Вставить цену").focus()
    await anna.keyboard.press("Enter")
    await anna.get_by_role("button", name="Вставить подготовку").focus()
    await anna.keyboard.press("Space")
    written = await box.input_value()
    assert "от 1\u00a0900\u00a0₽. Занимает 20 минут." in written
    assert "\nУЗИ брюшной полости. Как подготовиться:\n— Не ешьте шесть часов\n" in written
    assert await box.evaluate("box => box === document.activeElement")
    assert anna.complaints == []


async def test_the_live_page_leads_to_conversations(come, connection):
    await queued(connection, "complaint")
    vera = await come("supervisor", "/board/")
    tile = vera.locator("section.tile", has=vera.get_by_role("heading", name="В очереди"))
    await tile.get_by_text("1", exact=True).wait_for()
    await tile.get_by_role("button").click()
    await vera.get_by_role("dialog").get_by_role("link", name="Открыть").click()
    await vera.get_by_role("button", name="Взять").wait_for()
    assert vera.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_serious_barriers(come, connection, scheme):
    anna = await come("supervisor", color_scheme=scheme)
    state = await held(connection, anna.staff_id)
    await queued(connection, "red_flag")
    await anna.goto(f"{anna.url.split('#')[0]}#/{state.id}")
    await anna.get_by_label("Ответ пациенту").wait_for()
    assert await serious(anna) == []
    await anna.get_by_role("button", name="Подобрать время").click()
    await anna.get_by_label("Услуга").last.fill("узи")
    await anna.get_by_label("Услуга").last.press("Enter")
    await anna.get_by_text("По филиалам").click()
    await anna.get_by_text("Почему этот сотрудник").click()
    await anna.get_by_text("Разговор взяли или передали вручную").wait_for()
    await anna.get_by_label("Ответ пациенту").press("/")
    assert await serious(anna) == []
    await anna.get_by_role("combobox", name="Готовая фраза").press("Escape")
    await anna.get_by_role("button", name="Завершить").click()
    assert await serious(anna) == []
    await anna.goto(anna.url.split("/console/")[0] + "/board/")
    await anna.get_by_role("heading", name="В очереди").wait_for()
    assert await serious(anna) == []
