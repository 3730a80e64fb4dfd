"""`make pictures`: docs/operator-*.png, taken in a browser over a real desk with invented patients.

Rasa and the MIS are stand-ins: what they say and which times are free is written here.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from clinic.database import migrate as migrate_clinic
from desk import conversations, outbox
from desk.app import Desk
from desk.appointments import Choice, Choices, Found, Free, Wanted
from desk.conversations import briefing, operators, ownership
from desk.conversations.briefing import Call, Reason
from desk.conversations.operators import Operator
from desk.conversations.ownership import PATIENT, QUEUE, SERVICE
from desk.database import Connection, connect
from desk.migrate import migrate
from desk.outbox import Author, Draft
from desk.settings import Settings
from desk.texts import Texts, load_texts
from tests.desk.fake_rasa import SECRET, FakeRasa, serving
from tests.desk.guard import Guard
from tests.desk.staff import PASSWORD, add_account, stay
from tests.support.postgres import fresh_database, postgres_server

ROOT = Path(__file__).parents[1]
LARGEST = 200_000
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
ZONE = ZoneInfo("Europe/Moscow")
Lines = Sequence[tuple[Author, str]]

EAR: Lines = (
    ("patient", "здравствуйте, второй день болит ухо, хочу к лору"),
    ("bot", "Здравствуйте! Запишу вас к ЛОРу. Когда вам удобно прийти?"),
    ("patient", "завтра после работы, на ленинском"),
    ("bot", "Завтра вечером на Ленинском свободного времени нет. Могу предложить другой день или филиал."),
    ("patient", "а человек может посмотреть? мне только завтра"),
)
EAR_KNOWN = {
    "booking__patient": {"surname": "Берёзов", "given": "Илья", "patronymic": "Петрович"},
    "booking__phone": "+79160000001",
    "booking__birth_date": "1985-03-02",
    "booking__what": {"kind": "specialty", "ids": ["ent"]},
    "booking__place": {"kind": "branch", "id": "leninsky"},
}


class InventedTimes:
    """`desk.appointments.Appointments` with three free times; nothing can be booked in a picture."""

    def choices(self) -> Choices:
        return Choices(
            (Choice("ent", "ЛОР"), Choice("therapist", "Терапевт")),
            (),
            (Choice("leninsky", "На Ленинском"), Choice("center", "Центральный")),
        )

    def search(self, _sender: str, wanted: Wanted) -> Found:
        times = [("10:20", "Лебедева Ольга Игоревна"), ("14:40", "Орлов Павел Андреевич"), ("18:30", "")]
        return Found(tuple(self._free(wanted.since, *each) for each in times), ())

    def visits(self, _sender: str) -> None:
        return None

    def _free(self, day: date, clock: str, doctor: str) -> Free:
        start = datetime.combine(day + timedelta(days=1), datetime.strptime(clock, "%H:%M").time(), ZONE)
        name = doctor or "Лебедева Ольга Игоревна"
        place = ("leninsky", "На Ленинском", "Ленинский пр-т, 40")
        return Free(f"x{clock[:2]}.y", start, 20, "d1", name, "ent", *place, Decimal(2400))


def main() -> int:
    chromium = shutil.which("chromium")
    if chromium is None or not (ROOT / "web/dist/console/index.html").is_file():
        print("pictures need Chromium and the built pages: `make build`", file=sys.stderr)
        return 1
    with postgres_server() as server, fresh_database(server) as url:
        migrate_clinic(url)
        migrate(url)
        asyncio.run(_take_all(url, chromium))
    wrong = [each.name for each in (ROOT / "docs").glob("operator-*.png") if each.stat().st_size > LARGEST]
    for name in wrong:
        print(f"docs/{name} is larger than {LARGEST} bytes", file=sys.stderr)
    return 1 if wrong else 0


async def _take_all(url: str, chromium: str) -> None:
    from playwright.async_api import async_playwright

    anna, anna_login = add_account(url, login="anna")
    vera, vera_login = add_account(url, "supervisor", login="vera")
    gleb, _ = add_account(url, login="gleb")
    texts = load_texts(ROOT / "data/catalogue/desk_texts.yml")
    connection = await connect(url)
    async with connection, _desk(url, texts) as address:
        names = {anna: "Анна Соколова", vera: "Вера Зимина", gleb: "Глеб Новиков"}
        for staff_id, name in names.items():
            await connection.execute("UPDATE desk.staff SET name = %s WHERE id = %s", (name, staff_id))
        for staff_id in names:
            stay(url, staff_id)
        await _day(connection, texts, Operator(anna, names[anna]), Operator(gleb, names[gleb]))
        ear = await _handed_over(connection, texts, "asked", "book", EAR, EAR_KNOWN)
        me = Operator(anna, names[anna])
        await operators.take(connection, texts, ear, me, 1)
        await operators.note(connection, ear, me, "Просит только завтра: посмотреть соседние филиалы.")
        await _waiting(connection, texts, address)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=ARGS)
            await _window(browser, address, anna_login, str(ear))
            await _board(browser, address, vera_login)
            await browser.close()


@asynccontextmanager
async def _desk(url: str, texts: Texts) -> AsyncIterator[str]:
    rasa = FakeRasa()
    async with serving(rasa.app) as rasa_url:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            database_url=url,
            rasa_url=rasa_url,
            secret_key="k" * 32,
            channel_secret=SECRET,
            web_dir=ROOT / "web/dist",
            catalogue_dir=ROOT / "data/catalogue",
        )
        app = Desk(settings, texts, Guard(), None, appointments=InventedTimes()).app  # type: ignore[arg-type]
        async with serving(app) as address:
            yield address


async def _handed_over(
    connection: Connection,
    texts: Texts,
    reason: Reason,
    topic: str,
    lines: Lines,
    known: Mapping[str, Any] | None = None,
    seconds: int = 120,
) -> Any:
    """A conversation that waits for people, with its briefing."""
    async with connection.transaction():
        opened = await conversations.open_conversation(connection, "web", f"picture-{topic}-{lines[0][1]}")
        await outbox.add(connection, opened.id, [Draft(text, who) for who, text in lines], None)
        state = await ownership.state_of(connection, opened.id)
        call = Call(reason, topic, f"Написано: «{lines[-1][1]}»", slots=known)
        data = {"topic": topic, "priority": call.priority}
        after = await ownership.change(connection, state, QUEUE, "handoff", PATIENT, reason, data)
        await connection.execute(
            "UPDATE desk.conversation SET topic = %s, priority = %s WHERE id = %s",
            (topic, call.priority, opened.id),
        )
        await briefing.write(connection, texts, after, call, 1, seconds)
        promise = {"position": 1, "seconds": seconds}
        await ownership.record(connection, after, "promised", SERVICE, data=promise)
    return opened.id


async def _day(connection: Connection, texts: Texts, *people: Operator) -> None:
    """What was done today already: the figures are of these."""
    done: list[tuple[Reason, str, str]] = [
        ("asked", "book", "позовите администратора"),
        ("asked", "price", "сколько стоит узи, хочу спросить у человека"),
        ("insurance", "book", "у меня полис дмс"),
        ("misunderstood", "documents", "справка для бассейна"),
        ("asked", "book", "нужен невролог в субботу"),
    ]
    for number, (reason, topic, said) in enumerate(done):
        operator = people[number % len(people)]
        found = await _handed_over(connection, texts, reason, topic, (("patient", said),))
        async with connection.transaction():
            taken = await operators.take(connection, texts, found, operator, 1)
            await operators.say(connection, texts, found, operator, "Здравствуйте! Смотрю.", f"c-{number:08}")
            await operators.close(connection, texts, found, operator, taken.version, topic, "answered")
    for number in range(9):
        await conversations.open_conversation(connection, "web", f"picture-bot-{number}")


async def _waiting(connection: Connection, texts: Texts, address: str) -> None:
    await _handed_over(
        connection, texts, "complaint", "complaint", (("patient", "жду врача уже сорок минут"),)
    )
    await _handed_over(
        connection, texts, "asked", "results", (("patient", "когда будут готовы анализы? спросите врача"),)
    )
    form = {"name": "Ольга Ветрова", "phone": "+7 916 000-00-02", "consent": True, "key": "picture-request"}
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=60) as http:
        sent = await http.post("/requests", json={**form, "what": "Записать сына к педиатру, лучше утром"})
        sent.raise_for_status()


async def _logged_in(browser: Any, address: str, login: str, path: str) -> Any:
    context = await browser.new_context(locale="ru-RU", viewport={"width": 1360, "height": 800})
    context.set_default_timeout(120_000)
    page = await context.new_page()
    await page.goto(address + path)
    await page.get_by_label("Логин").fill(login)
    await page.get_by_label("Пароль").fill(PASSWORD)
    await page.get_by_role("button", name="Войти").click()
    return page


async def _window(browser: Any, address: str, login: str, ear: str) -> None:
    page = await _logged_in(browser, address, login, "/console/")
    async with page.expect_response("**/api/presence"):
        await page.get_by_label("Мой статус").select_option("no_new")
    await page.goto(f"{address}/console/#/{ear}")
    await page.get_by_role("log").get_by_text("мне только завтра").wait_for()
    await _shoot(page, "window")
    await page.get_by_label("Ответ пациенту").press("/")
    await page.get_by_role("combobox", name="Готовая фраза").wait_for()
    await _shoot(page, "phrases")
    await page.get_by_role("combobox", name="Готовая фраза").press("Escape")
    await page.get_by_role("button", name="Подобрать время").click()
    await page.get_by_role("button", name="Найти", exact=True).click()
    await page.get_by_text("Найдено: 3").scroll_into_view_if_needed()
    await _shoot(page, "times")


async def _board(browser: Any, address: str, login: str) -> None:
    page = await _logged_in(browser, address, login, "/board/")
    await page.get_by_role("heading", name="В очереди").wait_for()
    await page.get_by_text("Анна Соколова").first.wait_for()
    await _shoot(page, "figures")


async def _shoot(page: Any, name: str) -> None:
    await page.screenshot(path=str(ROOT / f"docs/operator-{name}.png"), animations="disabled")


if __name__ == "__main__":
    sys.exit(main())
