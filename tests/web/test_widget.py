"""The widget in a real browser against a fake desk."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.web.conftest import Watched
from tests.web.fake_desk import FakeDesk

pytestmark = pytest.mark.browser


def opened(desk: FakeDesk, watched: Watched) -> Any:
    page = watched.page
    page.goto(desk.url)
    page.get_by_role("button", name="Открыть чат").click()
    page.get_by_role("dialog", name="Мария").wait_for()
    return page


def say(page: Any, text: str) -> None:
    box = page.get_by_label("Ваше сообщение")
    box.fill(text)
    box.press("Enter")


def bubbles(page: Any, kind: str) -> Any:
    return page.locator(f"maria-chat .message.{kind} .text")


def in_chat(page: Any, button: str) -> Any:
    return page.get_by_role("log").get_by_role("button", name=button, exact=True)


def expect(locator: Any) -> Any:
    from playwright.sync_api import expect as playwright_expect

    playwright_expect.set_options(timeout=15_000)
    return playwright_expect(locator)


def test_message_and_answer_are_shown(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    say(page, "болит ухо\nтретий день")
    expect(bubbles(page, "bot")).to_have_text(["Вы написали: болит ухо\nтретий день"])
    expect(bubbles(page, "patient")).to_have_text(["болит ухо\nтретий день"])
    expect(page.locator("maria-chat").get_by_text("отправляется…")).to_have_count(0)
    assert bubbles(page, "bot").evaluate("node => getComputedStyle(node).whiteSpace") == "pre-wrap"


def test_strict_policy_draws_styles_and_no_complaints(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    say(page, "привет")
    in_chat(page, "Записаться").wait_for()
    panel = page.locator("maria-chat .panel")
    assert panel.evaluate("node => getComputedStyle(node).borderTopLeftRadius") != "0px"
    box = panel.bounding_box()
    assert box["x"] + box["width"] <= 1280
    assert box["y"] + box["height"] <= 800
    assert watched.complaints == []


def test_quick_reply_is_sent_once_and_then_disabled(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    say(page, "привет")
    reply = in_chat(page, "Записаться")
    reply.click()
    expect(page.get_by_role("button", name="выбрано: Записаться")).to_be_disabled()
    expect(in_chat(page, "Цены")).to_be_disabled()
    expect(page.get_by_role("button", name="Завтра, 10:30")).to_be_enabled()
    expect(bubbles(page, "patient")).to_have_text(["привет", "Записаться"])
    expect(bubbles(page, "notice")).to_have_text(["Секунду, смотрю расписание."])
    assert [data["message"] for data in desk.received] == ["привет", "b:book"]


def test_links_are_safe_and_calendar_is_offered(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    for step in ("привет", "b:book"):
        say(page, step)
        expect(bubbles(page, "bot").last).to_contain_text("?")
    say(page, "b:slot")
    calendar = page.get_by_role("link", name="файл для календаря")
    assert calendar.get_attribute("href") == f"{desk.url}/visits/abc-1.ics"
    site = page.get_by_role("link", name=re.compile("clinic.example"))
    assert site.get_attribute("href") == "https://clinic.example/map?a=1"
    assert "noopener" in site.get_attribute("rel")
    with page.expect_download() as download:
        calendar.click()
    assert download.value.suggested_filename == "visit.ics"


def test_markup_of_the_desk_stays_text(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    say(page, "опасно")
    expect(bubbles(page, "bot")).to_contain_text('<img src=x onerror="window.hacked=1">')
    page.get_by_role("button", name="<b>жирно</b>").wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator("maria-chat .bubble").locator("img, script, a").count() == 0
    assert watched.complaints == []


def test_markup_of_the_patient_stays_text(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    say(page, "<svg onload=window.hacked=1> https://evil.example")
    expect(bubbles(page, "bot")).to_contain_text("<svg onload=window.hacked=1>")
    assert page.evaluate("window.hacked") is None
    assert page.locator("maria-chat .message.patient a").count() == 0


def test_reload_brings_the_conversation_back(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    say(page, "привет")
    in_chat(page, "Записаться").click()
    page.get_by_role("button", name="Завтра, 10:30").wait_for()
    page.reload()
    expect(page.get_by_role("button", name="Завтра, 10:30")).to_be_enabled()
    expect(bubbles(page, "patient")).to_have_text(["привет", "Записаться"])
    expect(bubbles(page, "bot")).to_have_count(2)
    expect(page.get_by_role("button", name="выбрано: Записаться")).to_be_disabled()
    assert len(desk.conversations) == 1


def test_two_tabs_show_one_conversation(desk: FakeDesk, watched: Watched) -> None:
    first = opened(desk, watched)
    say(first, "раз")
    expect(bubbles(first, "bot")).to_have_count(1)
    second = first.context.new_page()
    opened(desk, Watched(second))
    expect(bubbles(second, "bot")).to_have_text(["Вы написали: раз"])
    say(second, "два")
    for page in (first, second):
        expect(bubbles(page, "patient")).to_have_text(["раз", "два"])
        expect(bubbles(page, "bot")).to_have_text(["Вы написали: раз", "Вы написали: два"])


def test_session_unknown_to_the_desk_starts_anew(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    say(page, "привет")
    bubbles(page, "bot").wait_for()
    desk.conversations.clear()
    page.reload()
    expect(page.locator("maria-chat").get_by_text("Здравствуйте!")).to_be_visible()
    expect(bubbles(page, "patient")).to_have_count(0)
    say(page, "снова я")
    expect(bubbles(page, "bot")).to_have_text(["Вы написали: снова я"])


def test_message_without_receipt_is_sent_again_and_stored_once(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    say(page, "раз")
    expect(bubbles(page, "bot")).to_have_count(1)
    desk.withhold_receipt = True
    say(page, "два")
    assert desk.withheld.wait(15)
    desk.stop()
    desk.start()
    expect(bubbles(page, "bot")).to_have_text(["Вы написали: раз", "Вы написали: два"])
    expect(bubbles(page, "patient")).to_have_text(["раз", "два"])
    expect(page.locator("maria-chat").get_by_text("отправляется…")).to_have_count(0)
    assert desk.texts("patient") == ["раз", "два"]
    assert [data["message"] for data in desk.received] == ["раз", "два", "два"]
    assert desk.requests[-1]["after"] == 2


def test_desk_goes_away_and_comes_back(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    say(page, "раз")
    expect(bubbles(page, "bot")).to_have_count(1)
    desk.stop()
    banner = page.locator("maria-chat").get_by_text("Нет связи с клиникой")
    expect(banner).to_be_visible()
    say(page, "два")
    say(page, "три")
    expect(page.locator("maria-chat").get_by_text("отправляется…")).to_have_count(2)
    desk.start()
    expect(banner).to_have_count(0)
    expect(bubbles(page, "bot")).to_have_text(["Вы написали: раз", "Вы написали: два", "Вы написали: три"])
    assert desk.texts("patient") == ["раз", "два", "три"]


def test_unsent_message_survives_a_reload(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    say(page, "раз")
    expect(bubbles(page, "bot")).to_have_count(1)
    desk.withhold_receipt = True
    say(page, "два")
    assert desk.withheld.wait(15)
    page.reload()
    expect(bubbles(page, "bot")).to_have_text(["Вы написали: раз", "Вы написали: два"])
    expect(bubbles(page, "patient")).to_have_text(["раз", "два"])
    assert desk.texts("patient") == ["раз", "два"]


def test_refused_message_can_be_repeated(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    desk.refuse = True
    say(page, "алло")
    expect(page.locator("maria-chat").get_by_text("Не принято.")).to_be_visible()
    desk.refuse = False
    page.get_by_role("button", name="Отправить ещё раз: алло").click()
    expect(bubbles(page, "bot")).to_have_text(["Вы написали: алло"])
    assert len({data["client_msg_id"] for data in desk.received}) == 1


def test_everything_works_from_the_keyboard(desk: FakeDesk, watched: Watched) -> None:
    page = watched.page
    page.goto(desk.url)
    launcher = page.get_by_role("button", name="Открыть чат")
    launcher.focus()
    page.keyboard.press("Enter")
    box = page.get_by_label("Ваше сообщение")
    expect(box).to_be_focused()
    page.keyboard.type("привет")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    last = in_chat(page, "Цены")
    last.wait_for()
    page.keyboard.press("Shift+Tab")
    expect(last).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Завтра, 10:30")).to_be_enabled()
    expect(box).to_be_focused()
    page.keyboard.press("Escape")
    expect(launcher).to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_screen_reader_finds_log_and_labels(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    say(page, "привет")
    log = page.get_by_role("log", name="Переписка")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(log.get_by_text("Мария:")).to_have_count(1)
    expect(page.get_by_role("group", name="Варианты ответа")).to_have_count(1)
    unnamed = page.evaluate(
        "[...document.querySelector('maria-chat').shadowRoot.querySelectorAll('button')]"
        ".filter(button => !(button.getAttribute('aria-label') || button.textContent.trim())).length"
    )
    assert unnamed == 0


def test_too_long_text_is_kept_and_explained(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    box = page.get_by_label("Ваше сообщение")
    box.fill("ы" * 1001)
    box.press("Enter")
    expect(page.locator("maria-chat").get_by_text("1001 из 1000")).to_be_visible()
    expect(page.get_by_role("button", name="Отправить", exact=True)).to_be_disabled()
    assert box.input_value() == "ы" * 1001
    assert desk.received == []


def test_answer_behind_a_closed_chat_is_counted(desk: FakeDesk, watched: Watched) -> None:
    page = opened(desk, watched)
    say(page, "привет")
    in_chat(page, "Записаться").wait_for()
    say(page, "ещё")
    page.get_by_role("button", name="Свернуть чат").click()
    page.get_by_role("button", name=re.compile("Непрочитанных сообщений: 1|^Открыть чат$")).click()
    expect(bubbles(page, "bot")).to_have_count(2)


def test_page_buttons_open_the_chat_with_a_draft(desk: FakeDesk, watched: Watched) -> None:
    page = watched.page
    page.goto(desk.url)
    page.get_by_role("button", name=re.compile("^ЛОР")).click()
    box = page.get_by_label("Ваше сообщение")
    expect(box).to_have_value("Запишите меня к лору ")
    expect(box).to_be_focused()
    assert desk.received == []


def test_phone_gets_the_whole_screen(desk: FakeDesk, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 568}, reduced_motion="reduce")
    page = context.new_page()
    opened(desk, Watched(page))
    expect(page.get_by_role("dialog")).to_have_attribute("aria-modal", "true")
    say(page, "привет")
    in_chat(page, "Цены").wait_for()
    box = page.locator("maria-chat .panel").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 320, 568)
    sideways = page.locator("maria-chat .log").evaluate("node => node.scrollWidth > node.clientWidth")
    assert not sideways
    context.close()
