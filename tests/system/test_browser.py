"""The whole way in a real browser: a patient books in the widget and reloads in the middle."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.runner import Patient
from tests.support.system import System
from tests.web.conftest import CHROMIUM_ARGS, Watched

pytestmark = [pytest.mark.system, pytest.mark.browser]

PATIENCE_MS = 20_000


@pytest.fixture
def chromium() -> Iterator[Any]:
    """A browser; without one the test fails where REQUIRE_BROWSER=1, elsewhere it is skipped."""
    chromium = shutil.which("chromium")
    if chromium is None:
        missing = "the browser test needs Chromium: install the package `chromium`"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture
def watched(chromium: Any) -> Watched:
    """A page of it."""
    context = chromium.new_context(locale="ru-RU", viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE_MS)
    return Watched(context.new_page())


def test_a_visit_is_booked_in_the_widget(system: System, watched: Watched) -> None:
    from playwright.sync_api import expect

    patient = Patient(system)
    page = watched.page
    # As the launcher prints it: links in the chat point there, and only its own are offered as files.
    page.goto(system.desk.replace("127.0.0.1", "localhost"))
    page.get_by_role("button", name="Открыть чат").click()
    say(page, "запишите к тирапевту в самаре на ближайшее время")
    offer = in_log(page).get_by_role("button", name=re.compile(r"^\d\d\.\d\d, ")).first
    offer.click()
    expect(bot_says(page, "Придержала")).to_be_visible()

    before = in_log(page).locator(".message").all_inner_texts()
    page.reload()
    expect(bot_says(page, "Придержала")).to_be_visible()
    expect(in_log(page).locator(".message")).to_have_count(len(before))

    in_log(page).get_by_role("button", name=re.compile("^Согласен")).click()
    expect(bot_says(page, "фамилию, имя")).to_be_visible()
    say(page, f"{patient.name}, {patient.phone}, {patient.birth}")
    expect(bot_says(page, "Проверьте, пожалуйста")).to_be_visible()
    assert patient.visits() == []
    in_log(page).get_by_role("button", name="Да, записать", exact=True).click()
    booked = bot_says(page, "Вы записаны")
    expect(booked).to_be_visible()
    _keep_picture(page)

    (visit,) = patient.visits()
    expect(booked).to_contain_text(str(visit["doctor"]))
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("календар")).click()
    assert download.value.suggested_filename == "visit.ics"
    assert watched.complaints == []


def say(page: Any, text: str) -> None:
    box = page.get_by_label("Ваше сообщение")
    box.fill(text)
    box.press("Enter")


def in_log(page: Any) -> Any:
    return page.get_by_role("log", name="Переписка")


def bot_says(page: Any, part: str) -> Any:
    return page.locator("maria-chat .message.bot .text", has_text=part).last


def _keep_picture(page: Any) -> None:
    """For the README and for a look after a failed run; kept where nothing is committed."""
    folder = os.environ.get("SCREENSHOT_DIR")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / "chat.png"), animations="disabled")
