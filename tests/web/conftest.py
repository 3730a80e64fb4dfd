"""Chromium and a fake desk for the tests of the widget; without a browser or a build they say so and skip."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.fake_desk import FakeDesk

DIST = Path(__file__).parents[2] / "web" / "dist"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all tests of the widget."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("browser tests need Chromium: install the package `chromium`")
    if not (DIST / "maria-chat.js").is_file():
        pytest.skip("browser tests need the built widget: run `npm ci && npm run build` in web/")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        yield running
        running.close()


def answers(text: str) -> list[dict[str, Any]]:
    """What the fake desk says to each text; everything unknown is repeated."""
    if text == "привет":
        buttons = [{"title": "Записаться", "payload": "b:book"}, {"title": "Цены", "payload": "b:price"}]
        return [{"text": "Здравствуйте! Чем помочь?\nВыберите или напишите.", "buttons": buttons}]
    if text == "b:book":
        buttons = [{"title": "Завтра, 10:30", "payload": "b:slot"}]
        notice = {"author": "notice", "text": "Секунду, смотрю расписание."}
        return [notice, {"text": "Когда?", "buttons": buttons}]
    if text == "b:slot":
        return [{"text": "Вы записаны. Приём: /visits/abc-1.ics. Клиника: https://clinic.example/map?a=1."}]
    if text == "опасно":
        attack = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> javascript:alert(1)'
        return [{"text": attack, "buttons": [{"title": "<b>жирно</b>", "payload": "b:x"}]}]
    return [{"text": f"Вы написали: {text}"}]


@pytest.fixture
def desk(browser: Any) -> Iterator[FakeDesk]:
    fake = FakeDesk(DIST, answers)
    fake.start()
    yield fake
    fake.stop()


class Watched:
    """A page that remembers what it complained about."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))


@pytest.fixture
def watched(browser: Any) -> Iterator[Watched]:
    context = browser.new_context(locale="ru-RU", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(15_000)
    yield Watched(context.new_page())
    context.close()
